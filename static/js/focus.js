// After a wrong answer the person hears and sees first what to look at again.
const faults = document.querySelector("[data-fouten]");
if (faults) faults.focus();

// The links of the summary lead to the field itself, so that one can type at once.
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-fouten] a[href^='#']");
  const field = link && document.getElementById(link.hash.slice(1));
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.closest(".field, fieldset")?.scrollIntoView({ block: "start" });
});
