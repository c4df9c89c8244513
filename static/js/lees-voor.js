// “Lees voor”: with a voice that lives on the device. A voice from far away would get to hear the page, so it is never used.
const button = document.querySelector("[data-lees-voor]");
const words = button?.querySelector("span");
const language = document.documentElement.lang;
const start = words?.textContent;
let voice = null;
let reading = 0;

function findVoice() {
  const own = speechSynthesis.getVoices().filter((v) => v.localService && v.lang.toLowerCase().startsWith(language));
  voice = own.find((v) => v.lang.replace("_", "-") === "nl-NL") || own[0] || null;
  button.hidden = !voice;
}

// The order of the page: heading, text, choices, buttons. What is hidden for the eye is not read; what is only for readers neither.
function pieces() {
  const main = document.getElementById("inhoud");
  const blocks = "h1, h2, h3, p, li, dt, dd, legend, label, .btn, .tlink, th, td, figcaption";
  return [...main.querySelectorAll(blocks)].filter((block) => {
    const inside = block.querySelector(blocks);
    return !inside && block.getClientRects().length && !block.closest("[aria-hidden=true], .vh, .read, .helpfoot");
  });
}

function light(range) {
  if (!window.Highlight || !CSS.highlights) return;
  if (range) CSS.highlights.set("lees-voor", new Highlight(range));
  else CSS.highlights.delete("lees-voor");
}

function stop() {
  reading += 1;
  speechSynthesis.cancel();
  light(null);
  words.textContent = start;
  button.setAttribute("aria-pressed", "false");
}

function read(list, at, turn) {
  if (turn !== reading) return;
  if (at >= list.length) return stop();
  const text = list[at].innerText.replace(/\s+/g, " ").replace(/(\d{1,2})\.(\d\d) uur/g, "$1 uur $2").replace(/ uur 00/g, " uur").replace(/ uur 0/g, " uur ").trim();
  if (!text) return read(list, at + 1, turn);
  const range = new Range();
  range.selectNodeContents(list[at]);
  light(range);
  list[at].scrollIntoView({ block: "nearest" });
  const speech = new SpeechSynthesisUtterance(text);
  speech.voice = voice;
  speech.lang = voice.lang;
  speech.rate = Number(document.documentElement.dataset.tempo || 0.9);
  speech.onend = () => read(list, at + 1, turn);
  speech.onerror = () => turn === reading && stop();
  speechSynthesis.speak(speech);
}

if (button && "speechSynthesis" in window) {
  findVoice();
  // Some browsers know their voices only a moment later.
  speechSynthesis.addEventListener?.("voiceschanged", findVoice);
  addEventListener("pagehide", stop);
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-pressed") === "true") return stop();
    stop();
    button.setAttribute("aria-pressed", "true");
    words.textContent = button.dataset.stop;
    read(pieces(), 0, reading);
  });
}
