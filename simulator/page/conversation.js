// A conversation on a screen: its messages in order, typing, and the composer below.

import { api } from "./api.js";
import { Composer } from "./composer.js";
import { announce, el, gently, icon } from "./dom.js";
import { preview, renderMessage } from "./message.js";
import { openList, openMenu, phoneToast } from "./sheets.js";
import { dayKey, dayName, hourMinute } from "./time.js";

const PAGE = 150; // messages drawn at once; earlier ones on request

export class Conversation {
  #world;
  #screen;
  #typingTimer = 0;
  #seenTimer = 0;
  #drawn = PAGE;
  #fresh = 0; // messages that came while scrolled up
  #atEnd = true;
  #lastTop = 0;
  #drafts = new Map();

  /** `thread`: undefined for all of a chat, null for a forum's General, a number for a topic. `speaker()` is who holds the phone. */
  constructor({ world, chat, channel, screen, speaker, label, signal, thread = undefined, readsAll = () => false }) {
    Object.assign(this, { chat, channel, speaker, label, thread, readsAll });
    this.#world = world;
    this.#screen = screen;
    this.list = el("ol", { class: "messages", lang: speaker()?.language });
    this.typing = el("div", { class: "typing", hidden: true, role: "img", "aria-label": "typing" }, el("i"), el("i"), el("i"));
    this.scroller = el("div", { class: "scroller", role: "region", "aria-label": `Messages, ${label}`, tabindex: "0" }, this.list, this.typing);
    this.jump = el("button", { type: "button", class: "jump", "aria-label": "To the newest", hidden: true, onclick: () => this.#toEnd(true) }, icon("down"), el("b", { hidden: true }));
    this.composer = new Composer({ screen, channel, label, actions: {
      onSend: (payload) => this.say(payload),
      onAttach: (payload) => this.say(payload),
      onEdit: (message, text) => api.edit({ person: this.speaker().id, chat: this.chat, message: message.id, text }),
      commands: () => this.#world.chat(this.chat).commands ?? [],
    } });
    this.element = el("div", { class: `conversation ${channel}` }, el("div", { class: "wall" }), this.scroller, this.jump, this.composer.element);
    this.scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.list.addEventListener("keydown", (event) => this.#keys(event));
    this.list.addEventListener("contextmenu", (event) => this.#menuAt(event));
    this.list.addEventListener("click", (event) => this.#command(event));
    this.scroller.addEventListener("keydown", (event) => event.target === this.scroller && event.key === "ArrowUp" && this.list.lastElementChild?.focus());
    const resized = new ResizeObserver(() => this.#atEnd && this.#toEnd()); // photos grow when they come
    resized.observe(this.scroller);
    resized.observe(this.list);
    signal.addEventListener("abort", () => resized.disconnect());
    world.addEventListener("message", (event) => this.#onMessage(event.detail), { signal });
    world.addEventListener("deleted", (event) => event.detail.chat === this.chat && this.#drop(event.detail.id), { signal });
    world.addEventListener("typing", (event) => event.detail.chat === this.chat && this.#showTyping(), { signal });
    world.addEventListener("answer", (event) => this.#onAnswer(event.detail), { signal });
    document.addEventListener("visibilitychange", () => this.#seen(), { signal });
  }

  /** Show this chat and thread from the start. */
  open(chat, thread = undefined) {
    if (this.chat !== chat || this.thread !== thread) {
      this.#drafts.set(`${this.chat}/${this.thread}`, this.composer.draft);
      this.composer.draft = this.#drafts.get(`${chat}/${thread}`) ?? "";
      this.#drawn = PAGE;
    }
    this.chat = chat;
    this.thread = thread;
    this.redraw();
  }

  redraw() {
    const all = this.#messages();
    const shown = all.slice(-this.#drawn);
    this.list.replaceChildren();
    if (shown.length < all.length) {
      this.list.append(el("li", { class: "note" }, el("button", { type: "button", class: "earlier", onclick: () => {
        const fromEnd = this.scroller.scrollHeight - this.scroller.scrollTop;
        this.#drawn += PAGE;
        this.redraw();
        this.scroller.scrollTop = this.scroller.scrollHeight - fromEnd;
      } }, "Earlier messages")));
    }
    for (const message of shown) this.#append(message);
    this.#empty();
    this.composer.refresh();
    this.typing.hidden = true;
    if (this.#world.chat(this.chat).typing) this.#showTyping();
    this.#toEnd();
    this.#seen();
  }

  async say(payload) {
    const place = { person: this.speaker().id, chat: this.chat, ...(this.thread ? { thread: this.thread } : {}) };
    return api.say({ ...place, ...payload });
  }

  inView() {
    return this.element.isConnected && document.visibilityState === "visible" && this.element.getClientRects().length > 0;
  }

  #messages() {
    return this.#world.chat(this.chat).messages.filter((message) => this.#mine(message));
  }

  #mine(message) {
    return this.thread === undefined || (message.thread ?? null) === this.thread;
  }

  #onMessage({ chat, message, isNew }) {
    if (chat !== this.chat || !this.#mine(message)) return;
    const old = this.#node(message.id);
    if (old) {
      const end = this.#atEnd;
      replace(old, this.#render(message, old.classList.contains("same")));
      if (end) this.#toEnd();
      return;
    }
    if (!isNew) return; // an earlier one, not drawn
    this.list.querySelector(".welcome")?.remove();
    const own = message.from === this.speaker()?.id;
    const node = this.#append(message);
    node.classList.add("new");
    if (!own) this.#incoming(message);
    if (own || this.#atEnd) this.#toEnd(true);
    else this.#showJump(this.#fresh + 1);
    if (this.#atEnd && this.list.children.length > 3 * PAGE && !this.list.contains(document.activeElement)) {
      this.#drawn = PAGE; // a long run would make the page slow
      this.redraw();
    }
    this.#seen();
  }

  #incoming(message) {
    this.typing.hidden = true;
    if (this.inView()) announce(`${this.label}: ${message.kind === "service" ? "" : `${message.name}, `}${preview(message)}`);
  }

  #append(message) {
    const last = this.list.lastElementChild;
    const lastDay = last?.dataset.day;
    const day = dayKey(message.at);
    if (lastDay !== day) this.list.append(el("li", { class: "note day", data: { day } }, el("span", {}, dayName(message.at, this.#world.now()))));
    const same = lastDay === day && last.dataset.from === message.from && new Date(message.at) - new Date(last.dataset.at) < 600_000;
    const node = this.#render(message, same);
    this.list.append(node);
    return node;
  }

  #render(message, same) {
    const chat = this.#world.chat(this.chat);
    const own = message.from === this.speaker()?.id;
    const quoted = message.reply_to && message.reply_to !== String(this.thread) ? this.#world.message(this.chat, message.reply_to) : null;
    const node = renderMessage(message, {
      channel: this.channel, mine: own, group: chat.kind !== "private", quoted,
      onPress: (button) => api.press({ person: this.speaker().id, chat: this.chat, message: message.id, button: button.id }),
      onList: () => openList(this.#screen, message.list, (row) => api.pick({ person: this.speaker().id, chat: this.chat, message: message.id, row })),
      onMenu: () => this.#menu(message),
      onQuote: (id) => this.#show(id),
    });
    node.dataset.day = dayKey(message.at);
    node.classList.toggle("same", same);
    return node;
  }

  #empty() {
    const chat = this.#world.chat(this.chat);
    if (this.list.children.length || chat.kind !== "private") return;
    const english = this.speaker()?.language === "en";
    const lines = english ? ["Hello", "My top-up has not arrived", "I want a mentor"] : ["Halo", "Saldo belum masuk", "Mau pesan mentor"];
    const link = this.#world.starts[this.speaker()?.id]; // of the link that they were sent
    const start = link ? `/start ${link}` : "/start";
    const hint = link ? "Start opens the link that makes this phone known as the mentor's." : "A bot may answer once you have started it.";
    const openers = this.channel === "telegram" ? [start] : lines;
    this.list.append(el("li", { class: "welcome" },
      el("p", {}, this.channel === "telegram" ? `No messages here yet. ${hint}` : "No messages here yet. Say hello, or try one of these."),
      el("div", { class: "openers" }, openers.map((text) => el("button", { type: "button", class: "opener", onclick: () => this.say({ text }) }, text === start ? "Start" : text)))));
  }

  #node(id) {
    return this.list.querySelector(`[data-id="${CSS.escape(id)}"]`);
  }

  #drop(id) {
    const node = this.#node(id);
    if (!node) return;
    const before = node.previousElementSibling;
    node.remove();
    if (before?.matches(".day") && !before.nextElementSibling?.dataset.from) before.remove();
    this.#empty();
  }

  #show(id) {
    const node = this.#node(id);
    if (!node) return;
    node.scrollIntoView({ block: "center", behavior: gently() });
    node.classList.remove("flash");
    requestAnimationFrame(() => node.classList.add("flash"));
  }

  #menu(message) {
    const own = message.from === this.speaker()?.id;
    const said = this.#world.person(message.from);
    openMenu(this.#screen, "Message", [
      { icon: "reply", text: "Reply", run: () => this.composer.begin("reply", message) },
      own && this.channel === "telegram" && message.kind === "text" && { icon: "edit", text: "Edit", run: () => this.composer.begin("edit", message) },
      message.text && { icon: "copy", text: "Copy", run: () => navigator.clipboard?.writeText(message.text) },
      said && { icon: "again", text: "Deliver again", note: "the same webhook, the same ids", run: () => api.redeliver({ chat: this.chat, message: message.id }) },
      { icon: "info", text: `${message.status ?? "sent"}, ${hourMinute(message.at)}`, note: message.error || message.id, run: () => navigator.clipboard?.writeText(message.id) },
    ]);
  }

  #menuAt(event) {
    const node = event.target.closest(".msg");
    if (!node || getSelection().toString()) return;
    event.preventDefault();
    this.#menu(this.#world.message(this.chat, node.dataset.id));
  }

  #command(event) {
    const command = event.target.closest(".words .command");
    if (command) this.say({ text: command.textContent });
  }

  #keys(event) {
    const node = event.target;
    if (!node.matches?.(".msg")) return;
    const steps = { ArrowUp: "previousElementSibling", ArrowDown: "nextElementSibling" };
    if (steps[event.key]) {
      event.preventDefault();
      let next = node[steps[event.key]];
      while (next && !next.matches(".msg")) next = next[steps[event.key]];
      (next ?? (event.key === "ArrowDown" ? this.composer.input : node)).focus();
    } else if (event.key === "Enter") {
      event.preventDefault();
      this.#menu(this.#world.message(this.chat, node.dataset.id));
    }
  }

  #showTyping() {
    this.typing.hidden = false;
    if (this.#atEnd) this.#toEnd(true);
    clearTimeout(this.#typingTimer);
    this.#typingTimer = setTimeout(() => (this.typing.hidden = true), 5500);
  }

  #onAnswer({ chat, person, text, alert }) {
    if (chat !== this.chat || person !== this.speaker()?.id || !text || !this.inView()) return;
    phoneToast(this.#screen, text, alert);
    announce(text);
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    const up = scrollTop < this.#lastTop - 1;
    this.#lastTop = scrollTop;
    if (scrollHeight - scrollTop - clientHeight < 48) this.#atEnd = true;
    else if (up) this.#atEnd = false; // only a person scrolls up
    this.#showJump(this.#atEnd ? 0 : this.#fresh);
  }

  #showJump(count) {
    this.#fresh = count;
    const badge = this.jump.querySelector("b");
    badge.hidden = !count;
    badge.textContent = count;
    this.jump.hidden = this.#atEnd;
  }

  #toEnd(smooth = false) {
    this.#atEnd = true;
    this.scroller.scrollTo({ top: this.scroller.scrollHeight, behavior: smooth ? gently() : "instant" });
    this.#showJump(0);
  }

  /** Tell the service that what is in view was read. */
  #seen() {
    if (!this.readsAll() || this.#seenTimer) return;
    this.#seenTimer = setTimeout(() => {
      this.#seenTimer = 0;
      if (!this.inView() || !this.readsAll()) return;
      const unread = this.#messages().some((message) => !this.#world.person(message.from) && ["sent", "delivered"].includes(message.status));
      if (unread) api.read({ person: this.speaker().id, chat: this.chat });
    }, 900);
  }

  /** The phone came into view. */
  shown() {
    this.#toEnd();
    this.#seen();
  }
}

/** A message drawn anew keeps the focus where it was in it. */
function replace(old, node) {
  const places = (one) => [one, ...one.querySelectorAll("a[href], button")];
  const at = places(old).indexOf(document.activeElement);
  old.replaceWith(node);
  if (at >= 0) places(node)[at]?.focus({ preventScroll: true });
}
