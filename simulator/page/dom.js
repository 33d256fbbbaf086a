// Small helpers to build the page. Text always goes in as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";

/** An element. `on…` are listeners, `class` and `data` are what they say, the rest are attributes. */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key === "class") node.className = value;
    else if (key === "data") Object.assign(node.dataset, value);
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** A shape of the sprite in index.html. With a label it speaks for itself, else it is decoration. */
export function icon(name, label = null, className = "icon") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", className);
  if (label) {
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", label);
  } else {
    svg.setAttribute("aria-hidden", "true");
  }
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

export function shape(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

/** The backend's ready, escaped HTML; its links open beside the page. */
export function safeHtml(node, html) {
  node.innerHTML = html;
  for (const link of node.querySelectorAll("a[href]")) {
    link.target = "_blank";
    link.rel = "noopener noreferrer";
  }
  for (const spoiler of node.querySelectorAll(".spoiler")) {
    spoiler.addEventListener("click", () => spoiler.classList.add("shown"));
  }
  return node;
}

/** Plain text with its web addresses as links, for mails and descriptions. */
export function linked(node, text) {
  let from = 0;
  for (const found of String(text).matchAll(/https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]]/g)) {
    node.append(text.slice(from, found.index), outside(found[0], found[0]));
    from = found.index + found[0].length;
  }
  node.append(text.slice(from));
  return node;
}

/** A link that opens beside the page; what is no web address stays text. */
export function outside(url, ...children) {
  return /^https?:\/\//i.test(url) ? el("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, ...children) : el("span", {}, ...children);
}

/** A stable number from a string, for colours and drawings. */
export function hash(text) {
  let value = 2166136261;
  for (const letter of String(text)) value = Math.imul(value ^ letter.codePointAt(0), 16777619);
  value = Math.imul(value ^ (value >>> 15), 2246822507);
  return (value ^ (value >>> 13)) >>> 0;
}

/** The colour class of a name. */
export const tint = (name) => `tint-${hash(name) % 7}`;

/** A round picture with initials. */
export function face(name, extra = "") {
  const words = String(name ?? "").match(/[\p{L}\p{N}]+/gu) ?? ["?"];
  const letters = words.slice(0, 2).map((word) => [...word][0]).join("");
  return el("span", { class: `face ${tint(name)} ${extra}`, "aria-hidden": "true" }, letters.toUpperCase());
}

const toasts = () => document.getElementById("toasts");

export function toast(text) {
  const node = el("div", { class: "toast" }, text);
  toasts().append(node);
  setTimeout(() => node.remove(), 6000);
}

/** Whether somebody wants nothing to move. */
export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** How to scroll for somebody who looks on. */
export const gently = () => (calm() ? "instant" : "smooth");

/** Say it to a screen reader, once. */
export function announce(text) {
  document.getElementById("live").textContent = text;
}
