// Everybody's mailbox in one: by recipient, newest first.

import { announce, el, face, icon, linked } from "./dom.js";
import { file } from "./media.js";
import { dayKey, hourMinute, shortDay } from "./time.js";

const SHOWN = 200; // more would be slow to draw and nobody would read them

export class MailPane {
  #world;
  #read = new Set(JSON.parse(sessionStorage.getItem("mails-read") ?? "[]"));
  #to = ""; // whose mailbox; empty: everybody's
  #open = null; // the mail that is read
  #frame = 0;

  constructor({ world, signal, onCount }) {
    this.#world = world;
    this.onCount = onCount;
    this.whose = el("select", { "aria-label": "Mailbox of", onchange: () => this.#choose(this.whose.value) });
    this.sub = el("span", { class: "head-sub" });
    this.head = el("header", { class: "head" }, el("div", { class: "head-text" }, el("h3", {}, "Mail"), this.sub), this.whose);
    this.list = el("ul", { class: "mails" });
    this.reading = el("article", { class: "mail", hidden: true });
    this.element = el("div", { class: "desk-pane" }, this.head, el("div", { class: "desk-scroll" }, this.list, this.reading));
    world.addEventListener("mail", ({ detail }) => this.#arrived(detail), { signal });
    this.#draw();
  }

  get unread() {
    return [...this.#world.mails.keys()].filter((id) => !this.#read.has(id)).length;
  }

  shown() {}

  #arrived({ mail, isNew }) {
    if (isNew) announce(`Mail to ${mail.to}: ${mail.subject}`);
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  #choose(address) {
    this.#to = address;
    this.#draw();
  }

  #draw() {
    const all = [...this.#world.mails.values()].reverse();
    const unread = all.filter((mail) => !this.#read.has(mail.id));
    const people = [...new Set(all.map((mail) => mail.to.toLowerCase()))].sort();
    if (!people.includes(this.#to)) this.#to = "";
    const option = (value, name, count) => el("option", { value, selected: value === this.#to }, count ? `${name} (${count})` : name);
    this.whose.replaceChildren(option("", "Everybody", unread.length), ...people.map((to) => option(to, to, unread.filter((mail) => mail.to.toLowerCase() === to).length)));
    this.whose.hidden = people.length < 2;
    const shown = all.filter((mail) => !this.#to || mail.to.toLowerCase() === this.#to);
    this.sub.textContent = all.length ? (unread.length ? `${unread.length} unread` : "all read") : "no mails";
    const focused = this.list.contains(document.activeElement) ? document.activeElement.dataset.mail : null;
    this.list.replaceChildren(...shown.slice(0, SHOWN).map((mail) => el("li", {}, this.#row(mail))));
    if (!all.length) this.list.append(empty("mail", "No mails yet", "What Sahut mails, and calendar invitations, arrive here: nothing leaves this machine."));
    if (shown.length > SHOWN) this.list.append(el("li", { class: "desk-note" }, `${shown.length - SHOWN} older ones are not shown.`));
    if (focused) this.list.querySelector(`[data-mail="${CSS.escape(focused)}"]`)?.focus();
    if (this.#open && !this.#world.mails.has(this.#open)) this.#close();
    this.onCount();
  }

  #row(mail) {
    const unread = !this.#read.has(mail.id);
    const today = dayKey(mail.at) === dayKey(this.#world.now());
    return el("button", { type: "button", class: unread ? "mail-row unread" : "mail-row", data: { mail: mail.id }, onclick: () => this.#show(mail) },
      face(senderName(mail)),
      el("span", { class: "mail-text" },
        el("span", { class: "mail-line" }, el("b", {}, mail.subject || "(no subject)"), el("time", { datetime: mail.at }, today ? hourMinute(mail.at) : shortDay(mail.at))),
        el("span", { class: "mail-to" }, unread ? el("span", { class: "hidden" }, "unread, ") : null, `to ${mail.to}`),
        el("span", { class: "mail-last" },
          mail.attachments.length ? icon("clip", plural(mail.attachments.length, "attachment")) : null,
          el("span", {}, mail.text.replace(/\s+/g, " ").slice(0, 120)))));
  }

  #show(mail) {
    this.#open = mail.id;
    this.#read.add(mail.id);
    this.#remember();
    const heading = el("h4", { tabindex: "-1" }, mail.subject || "(no subject)");
    this.reading.replaceChildren(
      el("button", { type: "button", class: "mail-back", onclick: () => this.#close() }, icon("back"), "All mails"),
      heading,
      el("dl", {},
        el("dt", {}, "From"), el("dd", {}, mail.from),
        el("dt", {}, "To"), el("dd", {}, mail.to),
        el("dt", {}, "At"), el("dd", {}, el("time", { datetime: mail.at }, `${shortDay(mail.at)}, ${hourMinute(mail.at)} WIB`), mail.times > 1 ? ` · came ${mail.times} times` : "")),
      linked(el("div", { class: "mail-body" }), mail.text),
      mail.attachments.length ? el("ul", { class: "mail-files", "aria-label": "Attachments" }, mail.attachments.map((one) => el("li", {}, file(one)))) : "");
    this.list.hidden = true;
    this.reading.hidden = false;
    this.#draw();
    heading.focus({ preventScroll: true });
    this.reading.parentElement.scrollTop = 0;
  }

  #close() {
    const mail = this.#open;
    this.#open = null;
    this.reading.hidden = true;
    this.list.hidden = false;
    this.list.querySelector(`[data-mail="${CSS.escape(mail)}"]`)?.focus();
  }

  /** Across a reload; ids of mails that are gone are forgotten. */
  #remember() {
    sessionStorage.setItem("mails-read", JSON.stringify([...this.#read].filter((id) => this.#world.mails.has(id))));
  }
}

const senderName = (mail) => mail.from.replace(/<.*>/, "").replaceAll('"', "").trim() || mail.from;
const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

/** What stands where nothing is yet. */
export function empty(shape, title, text) {
  return el("li", { class: "desk-empty" }, icon(shape), el("b", {}, title), el("p", {}, text));
}
