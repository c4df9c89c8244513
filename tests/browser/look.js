// What can be measured on a page as it stands: headings, buttons, targets, reflow, and the shape of its structure.
() => {
  const SMALLEST = 44;
  const shown = (element) =>
    element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && element.getClientRects().length > 0;

  // A field and its label are one target: tapping the label ticks the box.
  const target = (element) => {
    const label = element.closest("label") || (element.labels && element.labels[0]);
    if (!label || !["radio", "checkbox"].includes(element.type)) return element;
    return label;
  };

  // For readers only, until it has the focus: the skip links, and words in class vh.
  const hidden = (element) => element.closest(".skip, .vh") || element.getBoundingClientRect().width <= 1;

  // The one exemption of WCAG 2.5.8 that the house uses: a link inside a line of running text. The text around it, in
  // the nearest block, must have words of its own; a link alone in a cell, a list item or a paragraph is no exemption.
  const inSentence = (element) => {
    if (element.tagName !== "A" || getComputedStyle(element).display !== "inline") return false;
    let block = element.parentElement;
    while (block && getComputedStyle(block).display === "inline") block = block.parentElement;
    const clone = block.cloneNode(true);
    for (const other of clone.querySelectorAll("a, button")) other.remove();
    return /\p{L}{2,}/u.test(clone.textContent);
  };

  const name = (element) =>
    `<${element.tagName.toLowerCase()}${element.className.baseVal === undefined && element.className ? "." + element.className.trim().split(/\s+/).join(".") : ""}> “${(element.innerText || element.getAttribute("aria-label") || element.name || "").trim().replace(/\s+/g, " ").slice(0, 40)}”`;

  const small = new Set();
  for (const element of document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")) {
    if (!shown(element) && !(element.labels && element.labels.length && shown(element.labels[0]))) continue;
    const place = target(element);
    if (hidden(place) || inSentence(element)) continue;
    const box = place.getBoundingClientRect();
    if (box.width + 0.5 < SMALLEST || box.height + 0.5 < SMALLEST)
      small.add(`${name(element)} ${Math.round(box.width)}×${Math.round(box.height)}`);
  }

  // Two pages of one shape differ in words only; siblings of one shape count once.
  const shape = (element) => {
    const attributes = [...element.attributes].map((a) => (/^(class|type|role|tabindex|open)$/.test(a.name) ? `${a.name}=${a.value}` : a.name));
    const inner = [...new Set([...element.children].map(shape))];
    return `${element.tagName}[${attributes.sort()}](${inner})`;
  };
  let hash = 5381;
  for (const letter of shape(document.body) + document.documentElement.dataset.shell) hash = (hash * 33) ^ letter.charCodeAt(0);

  // What the style sheets can see of each element and of what it stands in: where nothing of that is new, nothing can
  // have another colour.
  const part = (element) => {
    const attributes = ["type", "role", "open", "aria-current", "disabled"].filter((name) => element.hasAttribute(name));
    return [element.tagName, ...[...element.classList].sort(), ...attributes.map((name) => `${name}=${element.getAttribute(name)}`)].join(" ");
  };
  const parts = new Set();
  for (const element of document.querySelectorAll("body *")) if (shown(element)) parts.add(`${part(element)} < ${part(element.parentElement)}`);

  // Who makes the page wider than the screen: the innermost that sticks out and does not scroll by itself.
  const scrolls = (element) => element.closest(".tw") || /auto|scroll|hidden/.test(getComputedStyle(element).overflowX);
  const wide = [...document.querySelectorAll("body *")].filter(
    (element) => shown(element) && element.getBoundingClientRect().right > innerWidth + 0.5 && !scrolls(element) && !hidden(element),
  );

  // How each component looks here: two pages on which the same one looks otherwise are told of (check 37).
  const PARTS = ["btn", "linkbutton", "tlink", "rowlink", "card", "notice", "choice", "back", "ava", "lead", "kicker"];
  const PLACES = ["pagehead", "content", "card", "rows", "choices", "chips", "parts", "tlist", "helpfoot"];
  const STYLE = ["fontSize", "fontWeight", "lineHeight", "color", "backgroundColor", "borderTopColor", "borderTopWidth", "borderTopLeftRadius", "paddingLeft", "paddingTop", "textDecorationLine"];
  const looks = {};
  for (const element of document.querySelectorAll(PARTS.map((part) => `main .${part}`).join())) {
    if (!shown(element) || element.matches(":hover, :focus-within")) continue;
    const state = element.querySelector(":checked") ? " checked" : "";
    const style = getComputedStyle(element);
    // A row in a card, a small choice among chips, words in the heading: each place has a look of its own.
    const place = PLACES.filter((name) => element.parentElement.closest(`.${name}`)).join("+");
    looks[`${place} ${element.tagName.toLowerCase()}.${[...element.classList].sort().join(".")}${state}`] ??= STYLE.map((name) => style[name]).join(" | ");
  }

  const primary = [...document.querySelectorAll("main .btn:not(.sec):not(.danger)")].filter(shown);
  // The options of a closed list are not on the page.
  const counted = (element) => element?.innerText.split(/\s+/).filter(Boolean).length ?? 0;
  return {
    h1: document.querySelectorAll("h1").length,
    primary: primary.map(name),
    small: [...small],
    widest: wide.slice(-2).map(name),
    width: document.scrollingElement.scrollWidth,
    title: document.title,
    shell: document.documentElement.dataset.shell,
    shape: hash >>> 0,
    parts: [...parts],
    words: counted(document.querySelector("main")) - [...document.querySelectorAll("main select")].map(counted).reduce((a, b) => a + b, 0),
    looks,
    flow: document.querySelector("main")?.classList.contains("flow") ?? false,
    wordless: [...document.querySelectorAll("a[href], button")].filter((each) => shown(each) && each.querySelector("svg") && !each.innerText.trim()).map(name),
    controls: [...document.querySelectorAll("main a[href], main button")].filter(shown).length,
  };
}
