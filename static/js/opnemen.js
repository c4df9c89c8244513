// Tell it instead of writing it. The recording goes along as if it were a chosen file, and goes nowhere before “Bewaar”.
const place = document.querySelector("[data-opnemen]");
const file = place?.closest("form")?.querySelector("input.voice");

if (file && window.DataTransfer && window.MediaRecorder && navigator.mediaDevices?.getUserMedia) {
  const told = place.querySelector("[role=status]");
  const player = place.querySelector("audio");
  const button = Object.fromEntries(["begin", "stop", "weg"].map((name) => [name, place.querySelector(`[data-${name}]`)]));
  const kind = ["audio/webm;codecs=opus", "audio/mp4"].find((type) => MediaRecorder.isTypeSupported(type));
  let recorder = null;
  place.hidden = false;

  function show(...names) {
    for (const [name, element] of Object.entries(button)) element.hidden = !names.includes(name);
  }

  function throwAway() {
    file.value = "";
    player.hidden = true;
    URL.revokeObjectURL(player.src);
    player.removeAttribute("src");
    told.textContent = "";
  }

  function hand(pieces, full) {
    const type = recorder.mimeType;
    const bag = new DataTransfer();
    bag.items.add(new File(pieces, type.includes("mp4") ? "stem.m4a" : "stem.webm", { type }));
    file.files = bag.files;
    player.src = URL.createObjectURL(bag.files[0]);
    player.hidden = false;
    told.textContent = full ? told.dataset.vol : told.dataset.klaar;
    show("begin", "weg");
    button.weg.focus();
  }

  button.begin.addEventListener("click", async () => {
    let microphone;
    try {
      microphone = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch {
      told.textContent = told.dataset.magNiet;
      return;
    }
    throwAway();
    const pieces = [];
    let full = false;
    recorder = new MediaRecorder(microphone, { mimeType: kind, audioBitsPerSecond: 32000 });
    const end = setTimeout(() => {
      full = true;
      recorder.stop();
    }, place.dataset.meest * 1000);
    recorder.addEventListener("dataavailable", (event) => pieces.push(event.data));
    recorder.addEventListener("stop", () => {
      clearTimeout(end);
      for (const track of microphone.getTracks()) track.stop(); // the light of the microphone goes out
      hand(pieces, full);
    });
    recorder.start(1000);
    told.textContent = told.dataset.neemtOp;
    show("stop");
    button.stop.focus();
  });
  button.stop.addEventListener("click", () => recorder.stop());
  button.weg.addEventListener("click", () => {
    throwAway();
    show("begin");
    button.begin.focus();
  });
}
