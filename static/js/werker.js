// The service worker of a device of one's own. In front of this stand VERSION, SHELL, PAGES and CARD.
// It keeps letters and numbers to call, never a page of anybody: zonder-net.js puts the card away, “Snel sluiten” wipes it.
const KEPT = `kring-${VERSION}`;

self.addEventListener("install", (event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(KEPT);
      await cache.addAll(SHELL);
      // As somebody who is not signed in: what everybody may read, in the language of the device.
      await cache.addAll(PAGES.map((url) => new Request(url, { credentials: "omit" })));
      await self.skipWaiting();
    })(),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      const names = await caches.keys();
      await Promise.all(names.filter((name) => name.startsWith("kring-") && name !== KEPT).map((name) => caches.delete(name)));
      await self.clients.claim();
    })(),
  );
});

async function withoutNetwork(request) {
  const { pathname } = new URL(request.url);
  const cache = await caches.open(KEPT);
  if (pathname === CARD) {
    for (const name of (await caches.keys()).filter((each) => each.startsWith("eigen-"))) {
      const card = await (await caches.open(name)).match(CARD);
      if (card) return card;
    }
  }
  return (await cache.match(pathname)) || cache.match(PAGES[0]);
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (new URL(request.url).origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(fetch(request).catch(() => withoutNetwork(request)));
  else if (request.method === "GET" && SHELL.includes(new URL(request.url).pathname))
    event.respondWith(caches.match(request, { ignoreSearch: true }).then((kept) => kept || fetch(request)));
});

// A short neutral sentence, the same as in a mail; what it is about stands behind signing in.
self.addEventListener("push", (event) => {
  const { tekst } = event.data?.json() ?? {};
  if (tekst) event.waitUntil(self.registration.showNotification("Kring", { body: tekst, tag: "kring", icon: SHELL.at(-1) }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow("/rol/"));
});
