// A button for paper: on a telephone the browser hides it. Without this file the page says where it is.
for (const button of document.querySelectorAll("[data-druk-af]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
