// Look for a picture by its word. Without JavaScript all of them stand on the page.
const search = document.querySelector("[data-zoek]");

if (search) {
  const field = search.querySelector("input");
  const told = search.querySelector("[role=status]");
  const rest = document.querySelector("details.more");
  const pictures = [...document.querySelectorAll("[data-woorden]")];
  const plain = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  search.hidden = false;

  field.addEventListener("input", () => {
    const words = plain(field.value).split(/\s+/).filter(Boolean);
    let found = 0;
    for (const picture of pictures) {
      const here = plain(picture.dataset.woorden);
      picture.hidden = !words.every((word) => here.includes(word));
      found += !picture.hidden;
    }
    if (rest) rest.open = words.length > 0 || rest.open;
    told.textContent = found ? "" : told.dataset.niets;
  });
  // Enter looks; it does not send the form.
  field.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
}
