// Keeps what is typed, on leaving a field and every ten seconds. The server keeps it; this page keeps it until then.
for (const form of document.querySelectorAll("form[data-autosave]")) {
  const line = form.querySelector("[data-bewaard]") || document.querySelector("[data-bewaard]");
  const address = form.dataset.autosave || form.getAttribute("action") || location.href;
  let kept = snapshot();
  let busy = false;

  function snapshot() {
    const data = new FormData(form);
    for (const [name, value] of [...data]) if (value instanceof File) data.delete(name);
    return new URLSearchParams(data).toString();
  }

  function say(text, calm) {
    if (!line) return;
    line.hidden = false;
    line.classList.toggle("no-net", !calm);
    line.querySelector("span").textContent = text;
  }

  async function keep() {
    const now = snapshot();
    if (busy || now === kept) return;
    busy = true;
    try {
      const answer = await fetch(address, {
        method: "POST",
        body: new URLSearchParams(now),
        headers: { "X-Autosave": "1" },
        redirect: "manual", // signed out: do not follow to the sign-in page and call that kept
      });
      if (answer.status === 204 || answer.ok) {
        kept = now;
        const clock = new Date();
        const minutes = String(clock.getMinutes()).padStart(2, "0");
        const time = document.documentElement.lang === "nl" ? `${clock.getHours()}.${minutes} uur` : `${clock.getHours()}:${minutes}`;
        say(line?.dataset.tekst.replace("{tijd}", time), true);
      }
    } catch {
      say(line?.dataset.geenNet, false);
    } finally {
      busy = false;
    }
  }

  form.addEventListener("focusout", keep);
  form.addEventListener("change", keep);
  addEventListener("online", keep);
  const clock = setInterval(keep, 10000);
  form.addEventListener("submit", () => clearInterval(clock));
}
