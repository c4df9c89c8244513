// Signing in without a code. allauth's own scripts talk to the device; this one shows their buttons where the device
// can do it, and says so when it did not work. <button data-sleutel="login|add|authenticate" data-veld="id of the field">
const ways = window.allauth?.webauthn?.forms;
const wrong = document.querySelector("[data-sleutel-mis]");

for (const button of document.querySelectorAll("[data-sleutel]")) {
  if (!ways || !window.PublicKeyCredential) continue;
  const kind = button.dataset.sleutel;
  const ids = { [kind]: button.id, credential: button.dataset.veld };
  if (kind !== "login") ids.data = "js_data";
  if (kind === "add") ids.passwordless = "id_passwordless";
  ways[`${kind}Form`]({ ids });
  button.addEventListener("click", () => wrong && (wrong.hidden = true));
  for (const part of document.querySelectorAll("[data-sleutel-kan]")) part.hidden = false;
  for (const part of document.querySelectorAll("[data-sleutel-niet]")) part.hidden = true;
}

// Closing the device's own window is an answer too: no alarm, only what one can do now.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  if (wrong) wrong.hidden = false;
});
