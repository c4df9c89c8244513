// What was typed stays on a device of one's own, locked with a key that only the server gives to who signed in: through
// a lost network, an empty battery, a session that ended. It goes when it was sent, after 7 days, and with “Snel sluiten”.
const { slot } = document.documentElement.dataset;
const forms = [...document.querySelectorAll("main form[method=post]")].filter((form) => form.querySelector("textarea"));
const WEEK = 7 * 24 * 3600 * 1000;

const store = (mode) =>
  new Promise((resolve, reject) => {
    const opening = indexedDB.open("kring", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("concepten");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => resolve(opening.result.transaction("concepten", mode).objectStore("concepten"));
  });
const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
const bytes = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
const key = () => crypto.subtle.importKey("raw", bytes(slot), "AES-GCM", false, ["encrypt", "decrypt"]);

function typed(form) {
  const words = {};
  for (const field of form.querySelectorAll("textarea, input[type=text], input:not([type])")) if (field.name) words[field.name] = field.value;
  return words;
}

async function keep(place, words) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await key(), new TextEncoder().encode(JSON.stringify(words)));
  await done((await store("readwrite")).put({ iv, data, at: Date.now() }, place));
}

async function kept(place) {
  const found = await done((await store("readonly")).get(place));
  if (!found) return null;
  try {
    const data = await crypto.subtle.decrypt({ name: "AES-GCM", iv: found.iv }, await key(), found.data);
    return JSON.parse(new TextDecoder().decode(data));
  } catch {
    return null; // of somebody else on this device: stays locked
  }
}

const forget = async (place) => done((await store("readwrite")).delete(place));

async function tidy(arrived) {
  const places = await done((await store("readonly")).getAllKeys());
  for (const place of places) {
    const found = await done((await store("readonly")).get(place));
    if (Date.now() - found.at > WEEK || (arrived && place.startsWith(`${decodeURIComponent(arrived)}#`))) await forget(place);
  }
}

function offer(form, place, words) {
  const notice = document.getElementById("concept").content.firstElementChild.cloneNode(true);
  const [back, away] = notice.querySelectorAll("button");
  back.addEventListener("click", () => {
    for (const [name, text] of Object.entries(words)) if (form.elements[name]) form.elements[name].value = text;
    for (const details of form.querySelectorAll("details")) details.open = true;
    notice.remove();
    form.querySelector("textarea").focus();
  });
  away.addEventListener("click", async () => {
    await forget(place);
    notice.remove();
    form.querySelector("textarea").focus();
  });
  form.before(notice);
}

async function begin() {
  // The server says which form arrived; only then what was kept of it may go.
  const [, cookie, arrived] = document.cookie.match(/(?:^|; )((?:__Host-)?bewaard)=([^;]+)/) ?? [];
  if (cookie) document.cookie = `${cookie}=; path=/; max-age=0${location.protocol === "https:" ? "; secure" : ""}`;
  await tidy(arrived);
  for (const [number, form] of forms.entries()) {
    const place = `${location.pathname}#${number}`;
    const words = await kept(place);
    const now = typed(form);
    if (words && Object.entries(words).some(([name, text]) => text && now[name] !== undefined && now[name] !== text)) offer(form, place, words);
    let waiting = 0;
    form.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => keep(place, typed(form)).catch(() => {}), 400);
    });
    form.addEventListener("submit", () => {
      clearTimeout(waiting);
      keep(place, typed(form)).catch(() => {});
    });
  }
}

if (slot && window.indexedDB && window.crypto?.subtle) begin().catch(() => {});
