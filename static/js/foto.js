// A photo is made small before it goes: less data, less battery, and no place in it. Without this file the server does it.
const EDGE = 1600;
const SMALL = 500_000; // bytes that may go as they are

async function small(photo) {
  const drawn = await createImageBitmap(photo, { imageOrientation: "from-image" });
  const scale = Math.min(1, EDGE / Math.max(drawn.width, drawn.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(drawn.width * scale);
  canvas.height = Math.round(drawn.height * scale);
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fff"; // what was see-through
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(drawn, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.85));
}

for (const file of document.querySelectorAll('input[type=file][accept^="image"]')) {
  file.addEventListener("change", async () => {
    const [photo] = file.files;
    if (!photo || photo.size < SMALL || !window.DataTransfer || !window.createImageBitmap) return;
    const blob = await small(photo).catch(() => null); // no picture: the server says so
    if (!blob || blob.size >= photo.size || file.files[0] !== photo) return;
    const bag = new DataTransfer();
    bag.items.add(new File([blob], "foto.jpg", { type: "image/jpeg" }));
    file.files = bag.files;
  });
}
