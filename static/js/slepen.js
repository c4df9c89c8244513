// Drag somebody on the map to another ring. Only an extra way: "Naam of plek veranderen" does the same with radios.
const picture = document.querySelector("[data-map] svg.kmap");
const FAR_ENOUGH = 12; // of the drawing's units: less is a tap, and a tap opens the person

if (picture) {
  let held = null;

  const spot = (event) => {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(picture.getScreenCTM().inverse());
    return { x: point.x, y: point.y };
  };

  const ringAt = ({ x, y }) => {
    const rings = [...picture.querySelectorAll("[data-ring]")]
      .map((ring) => ({ number: Number(ring.dataset.ring), radius: ring.r.baseVal.value }))
      .sort((a, b) => a.radius - b.radius);
    return (rings.find((ring) => Math.hypot(x, y) <= ring.radius) || rings.at(-1)).number;
  };

  picture.addEventListener("pointerdown", (event) => {
    const person = event.target.closest("[data-person]");
    if (!person || event.button) return;
    held = { person, from: spot(event), before: person.getAttribute("transform"), moved: false };
  });

  picture.addEventListener("dragstart", (event) => event.preventDefault());

  picture.addEventListener("pointermove", (event) => {
    if (!held) return;
    const here = spot(event);
    if (!held.moved && Math.hypot(here.x - held.from.x, here.y - held.from.y) < FAR_ENOUGH) return;
    if (!held.moved) picture.setPointerCapture(event.pointerId);
    held.moved = true;
    held.person.setAttribute("transform", `translate(${here.x} ${here.y})`);
  });

  picture.addEventListener("pointercancel", () => {
    if (held) held.person.setAttribute("transform", held.before);
    held = null;
  });

  picture.addEventListener("pointerup", (event) => {
    if (!held?.moved) {
      held = null;
      return;
    }
    const { person } = held;
    held = null;
    const form = document.createElement("form");
    form.method = "post";
    form.action = `${person.dataset.person}plek/`;
    for (const [name, value] of [["csrfmiddlewaretoken", document.getElementById("csrf").value], ["ring", ringAt(spot(event))]]) {
      const field = document.createElement("input");
      field.type = "hidden";
      field.name = name;
      field.value = value;
      form.append(field);
    }
    document.body.append(form);
    form.submit();
  });
}
