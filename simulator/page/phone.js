// A person's own phone, open at the chat with the business.

import { api } from "./api.js";
import { Conversation } from "./conversation.js";
import { Device } from "./device.js";
import { el, face, icon, shape } from "./dom.js";
import { openMenu } from "./sheets.js";
import { span } from "./time.js";

const DAY = 86_400_000;

export class Phone extends Device {
  #typingTimer = 0;
  #reads = true;

  constructor(spec, world) {
    super(spec, world);
    const person = () => world.person(spec.person);
    this.subtitle = el("span", { class: "head-sub" });
    this.title = el("span", {});
    this.head = el("header", { class: "head" });
    this.conversation = new Conversation({
      world, chat: spec.chat, channel: spec.channel, screen: this.screen, speaker: person, label: this.label, signal: this.signal,
      readsAll: () => this.#reads && spec.channel === "whatsapp",
    });
    this.app.append(this.head, this.conversation.element);
    this.#drawHead();
    if (spec.channel === "whatsapp") this.#drawWindow();
    this.on("chat", (event) => event.detail.chat === spec.chat && this.refresh());
    this.on("typing", (event) => event.detail.chat === spec.chat && this.#typing());
    this.on("message", (event) => event.detail.chat === spec.chat && this.#heard(event.detail.message));
    this.refresh();
    this.conversation.redraw();
  }

  refresh() {
    const chat = this.world.chat(this.spec.chat);
    this.title.textContent = chat.bot_name || "Sahut";
    this.subtitle.textContent = chat.blocked ? "blocked" : this.spec.channel === "whatsapp" ? "business account" : `bot${chat.bot ? ` · @${chat.bot}` : ""}`;
    this.conversation.composer.refresh();
    this.conversation.composer.lock(chat.blocked && { text: "You have blocked this chat.", action: "Unblock", run: () => api.unblock({ person: this.spec.person }) });
    this.tick();
  }

  tick() {
    super.tick();
    if (!this.windowPill) return;
    const until = this.world.chat(this.spec.chat).window_until;
    const left = until ? new Date(until) - this.world.now() : 0;
    const open = left > 0;
    const text = open ? span(left) : until ? "window closed" : "window not open";
    this.windowPill.dataset.state = open ? (left < DAY / 12 ? "closing" : "open") : "closed";
    this.windowRing.setAttribute("stroke-dashoffset", String(44 * (1 - Math.min(1, left / DAY) * (open ? 1 : 0))));
    if (this.windowText.textContent !== text) this.windowText.textContent = text;
    this.windowPill.title = open ? "24-hour window: free text reaches the customer" : "24-hour window: only approved templates reach the customer";
  }

  #drawHead() {
    const menu = el("button", { type: "button", class: "round", "aria-label": `Chat menu, ${this.label}`, "aria-haspopup": "dialog", onclick: () => this.#menu() }, icon("dots"));
    this.head.append(
      el("span", { class: "face business", "aria-hidden": "true" }, face("Sahut").textContent),
      el("div", { class: "head-text" }, el("h3", {}, this.title), this.subtitle), menu);
  }

  #drawWindow() {
    this.windowRing = shape("circle", { class: "ring-left", cx: 9, cy: 9, r: 7, "stroke-dasharray": 44, "stroke-dashoffset": 44 });
    this.windowText = el("span", {});
    this.windowPill = el("span", { class: "window-pill" },
      shape("svg", { class: "ring", viewBox: "0 0 18 18", "aria-hidden": "true" }, shape("circle", { class: "ring-all", cx: 9, cy: 9, r: 7 }), this.windowRing),
      el("span", { class: "hidden" }, "24-hour window, time left:"), this.windowText);
    this.captionEnd.append(this.windowPill);
  }

  #menu() {
    const blocked = this.world.chat(this.spec.chat).blocked;
    const person = this.spec.person;
    openMenu(this.screen, "Chat", [
      this.spec.channel === "whatsapp" && { icon: "eye", text: this.#reads ? "Stop reading" : "Read messages", note: this.#reads ? "no more blue ticks for the service" : "blue ticks for the service", run: () => {
        this.#reads = !this.#reads;
        this.conversation.shown();
      } },
      blocked
        ? { icon: "ban", text: "Unblock", run: () => api.unblock({ person }) }
        : { icon: "ban", text: "Block", danger: true, run: () => api.block({ person }) },
    ], "top");
  }

  #typing() {
    this.subtitle.textContent = "typing…";
    this.subtitle.classList.add("live");
    clearTimeout(this.#typingTimer);
    this.#typingTimer = setTimeout(() => this.#still(), 5500);
  }

  #heard(message) {
    if (!this.world.person(message.from)) this.#still();
  }

  #still() {
    clearTimeout(this.#typingTimer);
    this.subtitle.classList.remove("live");
    this.refresh();
  }
}
