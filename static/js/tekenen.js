// Draw on the page with a finger. The drawing goes along as if it were a chosen file; without JavaScript one chooses a photo.
const place = document.querySelector("[data-tekenen]");
const file = place?.closest("form")?.querySelector("input[type=file][accept^=image]");

if (file && window.DataTransfer) {
  const canvas = place.querySelector("canvas");
  const pen = canvas.getContext("2d");
  const told = place.querySelector("[data-klaar]");
  const lines = [];
  let line = null;
  place.hidden = false;

  const spot = (event) => {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * canvas.width, ((event.clientY - box.top) / box.height) * canvas.height];
  };

  function draw() {
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.lineWidth = 6;
    pen.lineCap = pen.lineJoin = "round";
    pen.strokeStyle = "#14505c";
    for (const points of lines) {
      pen.beginPath();
      pen.moveTo(...points[0]);
      for (const point of points) pen.lineTo(...point);
      pen.stroke();
    }
  }

  // The file field carries the drawing, so that it is sent, refused and kept like every other picture.
  function hand() {
    if (!lines.length) {
      file.value = "";
      told.textContent = "";
      return;
    }
    canvas.toBlob((blob) => {
      const bag = new DataTransfer();
      bag.items.add(new File([blob], "tekening.png", { type: "image/png" }));
      file.files = bag.files;
      told.textContent = told.dataset.klaar;
    }, "image/png");
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    canvas.setPointerCapture(event.pointerId);
    line = [spot(event)];
    lines.push(line);
    draw();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!line) return;
    line.push(spot(event));
    draw();
  });
  for (const end of ["pointerup", "pointercancel"])
    canvas.addEventListener(end, () => {
      if (line) hand();
      line = null;
    });
  place.querySelector("[data-terug]").addEventListener("click", () => {
    lines.pop();
    draw();
    hand();
  });
  place.querySelector("[data-leeg]").addEventListener("click", () => {
    lines.length = 0;
    draw();
    hand();
  });
  draw();
}
