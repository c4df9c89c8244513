// Sharing a link through the phone's own menu, or copying it. Without JavaScript the link itself stands on the page.
for (const button of document.querySelectorAll("[data-deel]")) {
  if (!navigator.share) continue;
  button.hidden = false;
  button.addEventListener("click", () => {
    // Closing the menu without sending is an answer too, not an error.
    navigator.share({ text: button.dataset.tekst, url: button.dataset.deel }).catch(() => {});
  });
}

for (const button of document.querySelectorAll("[data-kopieer]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.kopieer);
    const words = button.querySelector("span") || button;
    words.textContent = button.dataset.klaar;
    const message = document.querySelector("[data-kopieer-melding]");
    if (message) message.textContent = button.dataset.klaar;
  });
}
