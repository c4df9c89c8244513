// Shows at once what a choice of screen does; it is kept only when the form is sent.
const page = document.documentElement;
const looks = { gewoon: ["", ""], rustig: ["", "aan"], donker: ["donker", ""], "rustig-donker": ["donker", "aan"] };

function show(name, value) {
  if (value) page.dataset[name] = value;
  else delete page.dataset[name];
}

for (const form of document.querySelectorAll("form[data-scherm]")) {
  form.addEventListener("change", ({ target }) => {
    if (target.name === "looks") {
      show("kleur", looks[target.value][0]);
      show("rust", looks[target.value][1]);
    }
    if (target.name === "colour") show("kleur", target.value);
    if (target.name === "calm") show("rust", target.checked ? "aan" : "");
    if (target.name === "letters") show("letters", target.value);
  });
}
