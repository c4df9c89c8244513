// Short neutral messages on this device: ask the device, tell the server. Only where the worker runs (a device of one's own).
const place = document.querySelector("[data-bericht]");

async function begin() {
  const form = place.querySelector("form");
  const [on, off] = place.querySelectorAll("button");
  const told = place.querySelector("[role=status]");
  const worker = await navigator.serviceWorker.ready;
  const show = (subscription) => {
    on.hidden = Boolean(subscription);
    off.hidden = !subscription;
  };
  const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));

  async function send(subscription, address) {
    const { endpoint, keys } = subscription.toJSON();
    const data = new FormData(form);
    for (const [name, value] of Object.entries({ endpoint, p256dh: keys.p256dh, secret: keys.auth })) data.set(name, value);
    const answer = await fetch(address, { method: "POST", body: data });
    if (!answer.ok) throw new Error(String(answer.status));
  }

  on.addEventListener("click", async () => {
    try {
      if ((await Notification.requestPermission()) !== "granted") throw new Error("no");
      const key = bytes(place.dataset.bericht);
      const subscription = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
      await send(subscription, on.dataset.naar);
      told.textContent = told.dataset.aan;
      show(subscription);
    } catch {
      told.textContent = told.dataset.magNiet;
    }
  });
  off.addEventListener("click", async () => {
    const subscription = await worker.pushManager.getSubscription();
    if (subscription) {
      await send(subscription, off.dataset.naar).catch(() => {});
      await subscription.unsubscribe();
    }
    told.textContent = told.dataset.uit;
    show(null);
  });
  show(await worker.pushManager.getSubscription());
  place.hidden = false;
}

if (place && "serviceWorker" in navigator && window.PushManager && window.Notification) begin();
