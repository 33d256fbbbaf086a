// The played Google Calendar, as an agenda by day.

import { el, icon, linked, outside } from "./dom.js";
import { empty } from "./mail.js";
import { comingDay, dayKey, hourMinute } from "./time.js";

export class CalendarPane {
  #world;
  #frame = 0;
  #today = "";

  constructor({ world, signal }) {
    this.#world = world;
    this.sub = el("span", { class: "head-sub" });
    this.list = el("ol", { class: "days" });
    this.scroll = el("div", { class: "desk-scroll", tabindex: "0", role: "region", "aria-label": "Events by day" }, this.list);
    this.element = el("div", { class: "desk-pane" },
      el("header", { class: "head" }, el("div", { class: "head-text" }, el("h3", {}, "Calendar"), this.sub)), this.scroll);
    world.addEventListener("calendar", () => this.#drawSoon(), { signal });
    world.addEventListener("clock", () => this.#drawSoon(), { signal });
    this.#draw();
  }

  unread = 0;

  /** The eye goes to what is next. */
  shown() {
    this.list.querySelector(".day-coming")?.scrollIntoView({ block: "start" });
  }

  tick() {
    if (this.#today !== dayKey(this.#world.now())) this.#drawSoon();
  }

  #drawSoon() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  #draw() {
    const now = this.#world.now();
    this.#today = dayKey(now);
    const events = [...this.#world.calendar.events.values()].sort((a, b) => new Date(a.start) - new Date(b.start));
    this.sub.textContent = this.#world.calendar.account || "Google Calendar";
    const days = new Map();
    for (const event of events) {
      const day = dayKey(event.start);
      days.set(day, [...(days.get(day) ?? []), event]);
    }
    let marked = false;
    this.list.replaceChildren(...[...days].map(([day, found]) => {
      const coming = !marked && day >= this.#today;
      marked ||= coming;
      return el("li", { class: coming ? "day-coming" : null }, el("h4", {}, el("time", { datetime: day }, comingDay(found[0].start, now))), el("ul", {}, found.map((event) => eventCard(event, now))));
    }));
    if (!events.length) this.list.append(empty("calendar", "No events yet", "A session that is paid and approved gets its event, its room and its invitations here."));
  }
}

function eventCard(event, now) {
  const cancelled = event.status === "cancelled";
  const over = new Date(event.end) < now;
  const classes = ["event", cancelled && "cancelled", over && "over"].filter(Boolean).join(" ");
  return el("li", { class: classes },
    el("p", { class: "event-time" }, el("time", { datetime: event.start }, hourMinute(event.start)), "–", el("time", { datetime: event.end }, hourMinute(event.end)), " WIB",
      cancelled ? el("span", { class: "tag" }, "cancelled") : over ? el("span", { class: "tag" }, "over") : event.revision ? el("span", { class: "tag" }, "moved") : null),
    el("h5", {}, cancelled ? el("s", {}, event.title || "(no title)") : event.title || "(no title)"),
    el("ul", { class: "event-people", "aria-label": "Attendees" }, event.attendees.map((address) => el("li", {}, address)),
      event.attendees.length ? el("li", { class: "desk-note" }, event.invited ? "invited" : "not invited yet") : null),
    room(event, cancelled),
    event.description ? el("details", {}, el("summary", {}, "Description"), linked(el("p", { class: "event-text" }), event.description)) : null);
}

function room(event, cancelled) {
  if (cancelled) return null;
  if (!event.room) return el("p", { class: "desk-note" }, "no room yet");
  const link = outside(event.room, icon("video"), event.room.replace(/^https?:\/\//, ""));
  link.classList.add("event-room");
  return link;
}
