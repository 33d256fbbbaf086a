// The phone of a group's people: a forum with topics beside the thread, or a plain group; and who of them speaks.

import { api } from "./api.js";
import { Conversation } from "./conversation.js";
import { Device } from "./device.js";
import { el, face, icon, tint } from "./dom.js";
import { preview } from "./message.js";
import { openMenu } from "./sheets.js";
import { dayKey, hourMinute, shortDay } from "./time.js";

export class GroupPhone extends Device {
  #speaker = null;
  #thread = undefined; // undefined: the list of topics; null: General; a number: a topic
  #frame = 0;
  #chosen = false; // whether someone picked the topic
  #seen = new Map(); // thread -> how many messages were seen

  constructor(spec, world) {
    super(spec, world);
    this.topics = el("ul", { class: "topics" });
    this.topicHead = el("header", { class: "head" });
    this.threadHead = el("header", { class: "head" });
    this.conversation = new Conversation({
      world, chat: spec.chat, channel: spec.channel, screen: this.screen, speaker: () => this.speaker, label: this.label, signal: this.signal,
      thread: spec.forum ? null : undefined,
    });
    this.threadPane = el("div", { class: "pane thread" }, this.threadHead, this.conversation.element);
    if (spec.forum) {
      this.topicPane = el("nav", { class: "pane topic-pane", "aria-label": "Topics" }, this.topicHead, this.topics);
      this.app.append(this.topicPane);
    }
    this.app.append(this.threadPane);
    this.#drawSpeakers();
    this.on("message", (event) => event.detail.chat === spec.chat && this.#heard(event.detail));
    this.on("deleted", (event) => event.detail.chat === spec.chat && this.#drawSoon());
    this.on("chat", (event) => event.detail.chat === spec.chat && this.#drawSoon());
    this.markAllSeen();
    this.openThread(spec.forum ? this.#newestThread() : undefined, !matchMedia("(max-width: 760px)").matches);
    this.tick();
  }

  get speaker() {
    const members = this.world.members(this.world.chat(this.spec.chat));
    return members.find((person) => person.id === this.#speaker) ?? members[0];
  }

  get memory() {
    return { ...super.memory, speaker: this.#speaker, thread: this.#chosen ? this.#thread : undefined };
  }

  set memory({ draft, speaker, thread }) {
    if (speaker) this.#speak(speaker);
    if (thread !== undefined && this.#threads().some((topic) => topic.id === thread)) this.openThread(thread, false);
    super.memory = { draft };
  }

  refresh() {
    this.#draw();
  }

  markAllSeen() {
    for (const topic of this.#threads()) this.#seen.set(topic.id, topic.messages.length);
  }

  /** Show a topic; `enter` also leaves the list where there is room for only one of them. */
  openThread(thread, enter = true) {
    this.#thread = thread;
    this.element.classList.toggle("in-thread", enter && (thread !== null || this.#chosen));
    this.conversation.open(this.spec.chat, this.spec.forum ? thread ?? null : undefined);
    this.#draw();
  }

  #threads() {
    const chat = this.world.chat(this.spec.chat);
    const byThread = Map.groupBy ? Map.groupBy(chat.messages, (message) => message.thread ?? null) : groupBy(chat.messages);
    const rows = chat.topics.map((topic) => ({ ...topic, messages: byThread.get(topic.id) ?? [] }));
    rows.push({ id: null, name: "General", closed: false, deleted: false, messages: byThread.get(null) ?? [] });
    return rows.sort((a, b) => a.deleted - b.deleted || lastAt(b).localeCompare(lastAt(a)) || (b.id ?? 0) - (a.id ?? 0));
  }

  #newestThread() {
    const topics = this.#threads().filter((topic) => topic.id !== null && !topic.deleted);
    return topics.length ? topics[0].id : null;
  }

  #heard({ message, isNew }) {
    const thread = message.thread ?? null;
    // Until someone has chosen, the first topic opens by itself: who watches wants to see it.
    if (this.spec.forum && isNew && thread !== null && (this.#thread ?? null) === null && !this.#chosen) this.openThread(thread, !matchMedia("(max-width: 760px)").matches);
    else this.#drawSoon();
  }

  /** Many changes, one drawing. */
  #drawSoon() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  #draw() {
    const chat = this.world.chat(this.spec.chat);
    const members = this.world.members(chat);
    if (!this.spec.forum) {
      this.threadHead.replaceChildren(face(chat.title), el("div", { class: "head-text" }, el("h3", {}, chat.title), el("span", { class: "head-sub" }, memberWord(members))), this.#menuButton("Group menu", () => this.#groupMenu()));
      return;
    }
    const topics = this.#threads();
    const open = topics.find((topic) => topic.id === (this.#thread ?? null));
    if (open && this.threadPane.getClientRects().length) this.#seen.set(open.id, open.messages.length);
    const live = topics.filter((topic) => topic.id !== null && !topic.deleted).length;
    this.topicHead.replaceChildren(face(chat.title), el("div", { class: "head-text" }, el("h3", {}, chat.title), el("span", { class: "head-sub" }, `${live} ${live === 1 ? "topic" : "topics"} · ${memberWord(members)}`)), this.#menuButton("Group menu", () => this.#groupMenu()));
    const focused = this.topics.contains(document.activeElement) ? document.activeElement.dataset.thread : null;
    this.topics.replaceChildren(...topics.map((topic) => el("li", {}, this.#topicRow(topic, topic === open))));
    if (focused) this.topics.querySelector(`[data-thread="${focused}"]`)?.focus();
    this.#drawThreadHead(open, members);
  }

  #drawThreadHead(topic, members) {
    const gone = !topic || topic.deleted;
    const state = gone ? "deleted" : topic.closed ? "closed" : memberWord(members);
    this.threadHead.replaceChildren(
      el("button", { type: "button", class: "round back", "aria-label": "All topics", onclick: () => {
        this.element.classList.remove("in-thread");
        this.#draw();
      } }, icon("back")),
      topicMark(topic ?? { name: "?" }),
      el("div", { class: "head-text" }, el("h3", {}, topic?.name ?? "Topic"), el("span", { class: "head-sub" }, state)),
      topic?.id && !gone ? this.#menuButton("Topic menu", () => this.#topicMenu(topic)) : "");
    const lock = gone ? { text: "This topic was deleted." }
      : topic.closed ? { text: "This topic is closed.", action: "Reopen", run: () => api.reopenTopic(this.#topicRef(topic)) } : null;
    this.conversation.composer.lock(lock);
  }

  #topicRow(topic, open) {
    const last = topic.messages.at(-1);
    const unread = Math.max(0, topic.messages.length - (this.#seen.get(topic.id) ?? 0));
    const at = last && (dayKey(last.at) === dayKey(this.world.now()) ? hourMinute(last.at) : shortDay(last.at));
    return el("button", {
      type: "button", class: `topic ${topic.deleted ? "deleted" : ""}`, "aria-current": open ? "true" : false, data: { thread: String(topic.id) },
      onclick: () => {
        this.#chosen = true;
        this.openThread(topic.id);
      },
    },
      topicMark(topic),
      el("span", { class: "topic-text" },
        el("span", { class: "topic-name" }, el("b", {}, topic.name), topic.closed && !topic.deleted ? icon("lock", "closed") : null, at ? el("time", {}, at) : null),
        el("span", { class: "topic-last" }, topic.deleted ? "deleted" : last ? el("span", {}, this.world.person(last.from) && last.kind !== "service" ? el("i", {}, `${last.name}: `) : "", preview(last)) : "no messages",
          unread ? el("span", { class: "badge" }, String(unread), el("span", { class: "hidden" }, " unread")) : null)));
  }

  #menuButton(label, run) {
    return el("button", { type: "button", class: "round", "aria-label": label, "aria-haspopup": "dialog", onclick: run }, icon("dots"));
  }

  #topicRef(topic) {
    return { chat: this.spec.chat, thread: topic.id, person: this.speaker?.id };
  }

  #topicMenu(topic) {
    openMenu(this.screen, "Topic", [
      topic.closed
        ? { icon: "lock", text: "Reopen topic", run: () => api.reopenTopic(this.#topicRef(topic)) }
        : { icon: "lock", text: "Close topic", run: () => api.closeTopic(this.#topicRef(topic)) },
      { icon: "trash", text: "Delete topic", danger: true, note: "the bot is told nothing", run: () => api.deleteTopic({ chat: this.spec.chat, thread: topic.id }) },
    ], "top");
  }

  #groupMenu() {
    openMenu(this.screen, "Group", [
      { icon: "swap", text: "New group id", note: "the group is migrated", run: () => api.migrate({ chat: this.spec.chat }) },
    ], "top");
  }

  #drawSpeakers() {
    const members = this.world.members(this.world.chat(this.spec.chat));
    if (members.length < 2) return;
    this.speakers = members.map((person) => el("button", { type: "button", data: { person: person.id }, onclick: () => this.#speak(person.id) }, person.name));
    this.captionEnd.append(el("div", { class: "segments small", role: "group", "aria-label": "Who speaks" }, this.speakers));
    this.#speak(this.speaker.id);
  }

  #speak(id) {
    this.#speaker = id;
    for (const button of this.speakers ?? []) button.setAttribute("aria-pressed", String(button.dataset.person === id));
    this.conversation.composer.label(`${this.spec.name}, as ${this.speaker.name}`);
    this.conversation.redraw();
  }
}

const memberWord = (members) => members.map((person) => person.name).join(", ");
const lastAt = (topic) => topic.messages.at(-1)?.at ?? "";

function topicMark(topic) {
  return el("span", { class: `topic-mark ${tint(topic.name)}`, "aria-hidden": "true" }, topic.id === null ? icon("hash") : [...topic.name.trim()][0]?.toUpperCase() ?? "?");
}

function groupBy(messages) {
  const map = new Map();
  for (const message of messages) {
    const key = message.thread ?? null;
    map.set(key, [...(map.get(key) ?? []), message]);
  }
  return map;
}
