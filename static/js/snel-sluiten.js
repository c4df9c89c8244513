// “Snel sluiten”: first nothing more to see, then sign out, then on to the weather. Without this file the form does it.
document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-snel-sluiten]");
  if (!form) return;
  const cover = document.createElement("div");
  cover.className = "cover";
  document.body.append(cover);
  document.title = "KNMI";
  try {
    indexedDB.deleteDatabase("kring"); // drafts that wait for a network
    sessionStorage.clear();
    caches?.keys().then((names) => names.forEach((name) => caches.delete(name)));
  } catch {
    // A browser that keeps nothing has nothing to throw away.
  }
  if (!navigator.sendBeacon || !navigator.sendBeacon(form.action, new FormData(form))) return; // the form goes on by itself
  event.preventDefault();
  location.replace("https://www.knmi.nl/");
});
