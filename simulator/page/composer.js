// Where a person writes: the input, the attach menu, and what one replies to or edits.

import { el, icon } from "./dom.js";
import { preview } from "./message.js";
import { openMenu, openSheet } from "./sheets.js";

const ATTACH = [
  { kind: "photo", icon: "image", text: "Photo", name: "bukti-transfer.jpg" },
  { kind: "document", icon: "file", text: "Document", name: "bukti-transfer.pdf" },
  { kind: "voice", icon: "mic", text: "Voice", name: "pesan-suara.ogg" },
  { kind: "sticker", icon: "sticker", text: "Sticker" },
  { kind: "location", icon: "pin", text: "Location" },
];
const MONAS = { lat: -6.175392, lon: 106.827153, name: "Monas, Jakarta" };

export class Composer {
  #screen;
  #actions;
  #context = null; // {mode: "reply" | "edit", message}

  /** `actions`: onSend({text, reply_to}), onEdit(message, text), onAttach(payload), commands(), onUnlock(). */
  constructor({ screen, channel, label, actions }) {
    this.#screen = screen;
    this.#actions = actions;
    this.input = el("textarea", { class: "input", rows: "1", placeholder: "Message", "aria-label": `Message, ${label}`, enterkeyhint: "send", maxlength: "5000" });
    this.send = el("button", { type: "button", class: "send" }, icon("mic"));
    this.attach = el("button", { type: "button", class: "round attach", "aria-label": "Attach", "aria-haspopup": "dialog" }, icon("clip"));
    this.menu = el("button", { type: "button", class: "round commands", "aria-label": "Commands", "aria-haspopup": "dialog", hidden: true }, icon("menu"));
    this.over = el("div", { class: "over", hidden: true });
    this.bar = el("div", { class: "write" }, el("div", { class: "write-field" }, this.menu, this.input, this.attach), this.send);
    this.closed = el("div", { class: "closed", hidden: true });
    this.element = el("div", { class: `composer ${channel}` }, this.over, this.bar, this.closed);
    this.input.addEventListener("input", () => this.#fit());
    this.input.addEventListener("keydown", (event) => this.#key(event));
    this.send.addEventListener("click", () => this.#submit());
    this.attach.addEventListener("click", () => this.#openAttach());
    this.menu.addEventListener("click", () => this.#openCommands());
    this.#fit();
  }

  get draft() {
    return this.input.value;
  }

  set draft(text) {
    this.input.value = text;
    this.#fit();
  }

  label(text) {
    this.input.setAttribute("aria-label", `Message, ${text}`);
  }

  refresh() {
    this.menu.hidden = !this.#actions.commands().length;
  }

  /** Say why nothing can be written, with an action to change that; null opens it again. */
  lock(reason) {
    this.closed.hidden = !reason;
    this.bar.hidden = Boolean(reason);
    if (!reason) return;
    this.closed.replaceChildren(el("span", {}, reason.text),
      reason.action ? el("button", { type: "button", class: "link", onclick: reason.run }, reason.action) : "");
  }

  begin(mode, message) {
    this.#context = { mode, message };
    if (mode === "edit") this.draft = message.text;
    this.over.hidden = false;
    this.over.replaceChildren(
      icon(mode === "edit" ? "edit" : "reply"),
      el("div", { class: "over-text" }, el("b", {}, mode === "edit" ? "Edit" : message.name), el("span", {}, preview(message))),
      el("button", { type: "button", class: "round", "aria-label": "Cancel", onclick: () => this.#cancel() }, icon("close")));
    this.input.focus();
  }

  #cancel() {
    if (this.#context?.mode === "edit") this.draft = "";
    this.#context = null;
    this.over.hidden = true;
    this.input.focus();
  }

  #key(event) {
    if (event.key === "Escape" && this.#context) this.#cancel();
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    if (this.draft.trim()) this.#submit();
  }

  async #submit() {
    const text = this.draft.trim();
    const context = this.#context;
    if (!text) return this.#actions.onAttach({ media: { kind: "voice", name: "pesan-suara.ogg" } });
    this.#context = null;
    this.over.hidden = true;
    this.draft = "";
    const done = context?.mode === "edit"
      ? await this.#actions.onEdit(context.message, text)
      : await this.#actions.onSend({ text, ...(context ? { reply_to: context.message.id } : {}) });
    if (done === null && !this.draft) this.draft = text; // nothing a person wrote is lost
  }

  #fit() {
    const full = Boolean(this.draft.trim());
    if (this.send.dataset.full !== String(full)) {
      this.send.dataset.full = full;
      this.send.replaceChildren(icon(full ? "send" : "mic"));
      this.send.setAttribute("aria-label", full ? "Send" : "Send a voice message");
    }
    this.input.style.height = "auto";
    if (this.input.scrollHeight) this.input.style.height = `${Math.min(this.input.scrollHeight, 132)}px`;
  }

  #openAttach() {
    const tiles = ATTACH.map((item, index) => el("button", {
      type: "button", class: `tile tile-${item.kind}`, "data-first": index === 0,
      onclick: () => {
        close();
        const text = this.draft.trim();
        const payload = item.kind === "location" ? { location: MONAS } : { media: { kind: item.kind, ...(item.name ? { name: item.name } : {}) } };
        if (text && ["photo", "document"].includes(item.kind)) {
          payload.text = text; // its caption
          this.draft = "";
        }
        this.#actions.onAttach(payload);
      },
    }, el("span", { class: "tile-dot" }, icon(item.icon)), item.text));
    const close = openSheet(this.#screen, { label: "Attach", content: el("div", { class: "tiles" }, tiles), className: "attach" });
  }

  #openCommands() {
    openMenu(this.#screen, "Commands", this.#actions.commands().map(({ command, description }) => ({
      icon: "hash", text: `/${command}`, note: description, run: () => this.#actions.onSend({ text: `/${command}` }),
    })));
  }
}
