// On a device of one's own: the worker that answers when there is no network, and the card for a hard day.
const { eigen, kaart } = document.documentElement.dataset;

if (eigen && "serviceWorker" in navigator && window.caches) {
  const mine = `eigen-${eigen}`;

  async function keepCard() {
    const cache = await caches.open(mine);
    const here = location.pathname === kaart;
    if (!here && (await cache.match(kaart))) return;
    const answer = await fetch(kaart, { redirect: "error" });
    if (!answer.ok) return;
    const page = await answer.clone().text();
    if (page.includes("data-kaart>")) await cache.put(kaart, answer);
    else await cache.delete(kaart);
    for (const line of document.querySelectorAll("[data-zonder-net]")) line.hidden = !(await cache.match(kaart));
  }

  async function begin() {
    await navigator.serviceWorker.register("/werker.js");
    for (const name of await caches.keys()) if (name.startsWith("eigen-") && name !== mine) await caches.delete(name); // of somebody else
    if (kaart) await keepCard();
  }

  (window.requestIdleCallback || setTimeout)(() => begin().catch(() => {}));
}
