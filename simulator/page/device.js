// A phone: its frame, the caption above it, and what every kind of phone shares.

import { el, gently, icon } from "./dom.js";
import { hourMinute } from "./time.js";

/** What stands on the stage: {key, chat, channel, group, person, name, role}. One for each own chat and each group. */
export function devicesOf(world) {
  const found = [];
  for (const person of world.people.values()) {
    found.push({ key: person.chat, chat: person.chat, channel: person.channel, group: false, person: person.id, name: person.name, role: person.role });
  }
  for (const chat of world.chats.values()) {
    if (chat.kind !== "private") {
      const forum = chat.kind === "forum";
      found.push({ key: forum ? "agents" : `group:${chat.title}`, chat: chat.id, channel: chat.channel, group: true, forum, name: chat.title, role: forum ? "agents" : "ops" });
    } else if (!found.some((spec) => spec.chat === chat.id)) {
      const person = world.person(chat.members?.[0]);
      if (person) found.push({ key: chat.id, chat: chat.id, channel: chat.channel, group: false, person: person.id, name: person.name, role: person.role, bot: chat.bot });
    }
  }
  found.push({ key: "desk", chat: null, channel: "desk", group: false, name: "Mail & calendar", role: "desk", note: "what the providers keep" });
  const order = { customer: 0, mentor: 1, desk: 2, agents: 3, ops: 4, agent: 5 };
  return found.sort((a, b) => (order[a.role] ?? 9) - (order[b.role] ?? 9));
}

const ROLES = { customer: "Customer", mentor: "Mentor", agent: "Agent", ops: "Ops", agents: "Agents' group" };
const APPS = { whatsapp: "WhatsApp", telegram: "Telegram" };

function note(spec) {
  if (spec.note) return spec.note;
  const role = (ROLES[spec.role] ?? spec.role).toLowerCase();
  return spec.group ? `Telegram · ${role}` : `${APPS[spec.channel]} · ${role}${spec.bot ? ` · @${spec.bot}` : ""}`;
}

export class Device {
  #life = new AbortController();

  constructor(spec, world) {
    this.spec = spec;
    this.world = world;
    this.label = spec.group || spec.note ? spec.name : `${spec.name}, ${APPS[spec.channel]}`;
    this.captionEnd = el("div", { class: "caption-end" });
    this.time = el("span", { class: "status-time" });
    this.screen = el("div", { class: "screen" });
    this.app = el("div", { class: "app" });
    this.screen.append(
      el("div", { class: "status-bar", "aria-hidden": "true" }, this.time, el("span", { class: "status-icons" }, icon("signal"), icon("wifi"), icon("battery"))),
      this.app, el("div", { class: "home-bar", "aria-hidden": "true" }));
    this.caption = el("header", { class: "caption" },
      el("h2", {}, el("span", { class: "caption-name" }, spec.name), el("small", {}, el("i", { class: `dot ${spec.channel}`, "aria-hidden": "true" }), note(spec))),
      this.captionEnd);
    this.element = el("section", {
      class: `device ${spec.channel} ${spec.group ? "group" : "private"} ${spec.forum ? "forum" : ""}`, "aria-label": this.label,
      id: `device-${spec.key.replace(/\W+/g, "-")}`,
    }, this.caption, el("div", { class: "frame" }, el("div", { class: "camera", "aria-hidden": "true" }), this.screen));
  }

  /** Ends with the device. */
  get signal() {
    return this.#life.signal;
  }

  on(name, listener) {
    this.world.addEventListener(name, listener, { signal: this.signal });
  }

  get draft() {
    return this.conversation.composer.draft;
  }

  set draft(text) {
    this.conversation.composer.draft = text;
  }

  /** What outlives the device when it is drawn anew. */
  get memory() {
    return { draft: this.draft };
  }

  set memory({ draft }) {
    if (draft) this.draft = draft;
  }

  focus() {
    this.conversation.composer.input.focus({ preventScroll: true });
  }

  end() {
    this.#life.abort();
    this.element.remove();
  }

  tick() {
    this.time.textContent = hourMinute(this.world.now());
  }

  /** Bring the eye here. */
  point() {
    this.element.scrollIntoView({ inline: "center", block: "nearest", behavior: gently() });
    this.element.classList.remove("pointed");
    requestAnimationFrame(() => this.element.classList.add("pointed"));
  }
}
