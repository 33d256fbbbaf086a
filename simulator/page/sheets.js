// What slides over a phone's screen (sheets and menus), and the photo viewer.

import { el, icon } from "./dom.js";

/** Put `content` over the screen; the rest of it rests meanwhile. Returns a function that closes it. */
export function openSheet(screen, { label, content, className = "" }) {
  const before = document.activeElement;
  const others = [...screen.children];
  const panel = el("div", { class: `sheet ${className}`, role: "dialog", "aria-modal": "true", "aria-label": label, tabindex: "-1" }, content);
  const back = el("div", { class: `sheet-back ${className}` }, panel);
  const close = () => {
    if (!back.isConnected) return;
    for (const node of others) node.inert = false;
    back.remove();
    const again = before?.isConnected ? before : drawnAnew(screen, before);
    again?.focus({ preventScroll: true });
  };
  back.addEventListener("click", (event) => event.target === back && close());
  back.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      close();
    }
    if (event.key === "ArrowDown" || event.key === "ArrowUp") step(panel, event);
  });
  for (const node of others) node.inert = true;
  screen.append(back);
  (panel.querySelector("[data-first]") ?? panel).focus({ preventScroll: true });
  return close;
}

/** The button of a message that was drawn anew meanwhile. */
function drawnAnew(screen, button) {
  const message = button?.closest("[data-id]")?.dataset.id;
  const now = message && screen.querySelector(`[data-id="${CSS.escape(message)}"]`);
  return now && [...now.querySelectorAll("button")].find((one) => one.textContent === button.textContent);
}

function step(panel, event) {
  const items = [...panel.querySelectorAll("button:not(:disabled), input, a[href]")];
  const index = items.indexOf(document.activeElement);
  if (!items.length || document.activeElement?.type === "radio") return;
  event.preventDefault();
  items[(index + (event.key === "ArrowDown" ? 1 : -1) + items.length) % items.length].focus();
}

/** A menu of actions: [{icon, text, run, danger?}]. `where` is "top" (of a header) or "bottom". */
export function openMenu(screen, label, items, where = "bottom") {
  const list = items.filter(Boolean).map((item, index) => el("button", {
    type: "button", class: item.danger ? "menu-item danger" : "menu-item", "data-first": index === 0,
    onclick: () => {
      close();
      item.run();
    },
  }, icon(item.icon), el("span", {}, item.text, item.note ? el("small", {}, item.note) : null)));
  const close = openSheet(screen, { label, content: list, className: `menu ${where}` });
}

/** WhatsApp's list picker: choose a row, then send. */
export function openList(screen, list, onSend) {
  const name = `rows-${Math.random().toString(36).slice(2)}`;
  const send = el("button", { type: "button", class: "sheet-send", disabled: true }, "Send");
  const rows = list.rows.map((row, index) => el("label", { class: "pick-row" },
    el("span", { class: "pick-text" }, row.title, row.description ? el("small", {}, row.description) : null),
    el("input", { type: "radio", name, value: row.id, "data-first": index === 0, onchange: () => (send.disabled = false) })));
  const panel = [
    el("div", { class: "sheet-head" },
      el("button", { type: "button", class: "round", "aria-label": "Close", onclick: () => close() }, icon("close")),
      el("h2", {}, list.title || list.button)),
    el("div", { class: "pick-rows", role: "radiogroup", "aria-label": list.button }, rows),
    send,
  ];
  const close = openSheet(screen, { label: list.button, content: panel, className: "list" });
  send.addEventListener("click", () => {
    const chosen = rows.map((row) => row.querySelector("input")).find((input) => input.checked);
    if (!chosen) return;
    close();
    onSend(chosen.value);
  });
}

/** A short word over the screen; `alert` waits for OK. */
export function phoneToast(screen, text, alert = false) {
  if (alert) {
    const panel = [el("p", {}, text), el("button", { type: "button", class: "sheet-send", "data-first": true, onclick: () => close() }, "OK")];
    const close = openSheet(screen, { label: "Notice", content: panel, className: "notice" });
    return;
  }
  const node = el("div", { class: "phone-toast", role: "status" }, text);
  screen.append(node);
  setTimeout(() => node.remove(), 3500);
}

export function openViewer(url, name) {
  const viewer = document.getElementById("viewer");
  viewer.replaceChildren(
    el("button", { type: "button", class: "round", "aria-label": "Close", onclick: () => viewer.close() }, icon("close")),
    el("img", { src: url, alt: name }),
    el("p", {}, name));
  viewer.onclick = (event) => event.target === viewer && viewer.close();
  viewer.showModal();
}
