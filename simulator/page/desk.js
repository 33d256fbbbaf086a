// The desk: what Sahut's other providers keep, each in a tab of its own: mails, the calendar, payment pages, machines.

import { CalendarPane } from "./calendar.js";
import { DataCentrePane } from "./datacentre.js";
import { Device } from "./device.js";
import { el, icon } from "./dom.js";
import { MailPane } from "./mail.js";
import { PaymentsPane } from "./payments.js";

export class Desk extends Device {
  #open = null;

  /** `onNews()` is called when the number of unread mails changes. */
  constructor(spec, world, { onNews }) {
    super(spec, world);
    this.onNews = onNews;
    const context = { world, screen: this.screen, signal: this.signal, onCount: () => this.#count() };
    this.panes = [
      { key: "mail", name: "Mail", icon: "mail", pane: new MailPane(context) },
      { key: "calendar", name: "Calendar", icon: "calendar", pane: new CalendarPane(context) },
      { key: "payments", name: "Payments", icon: "card", pane: new PaymentsPane(context) },
      { key: "datacentre", name: "Data centre", icon: "server", pane: new DataCentrePane(context) },
    ];
    for (const each of this.panes) {
      each.badge = el("span", { class: "badge", hidden: true });
      each.tab = el("button", {
        type: "button", role: "tab", class: "desk-tab", id: `desk-tab-${each.key}`, "aria-controls": `desk-${each.key}`,
        onclick: () => this.show(each.key), onkeydown: (event) => this.#move(event),
      }, icon(each.icon), el("span", {}, each.name), each.badge);
      Object.assign(each.pane.element, { id: `desk-${each.key}`, role: "tabpanel" });
      each.pane.element.setAttribute("aria-labelledby", each.tab.id);
    }
    this.tabs = el("div", { class: "desk-tabs", role: "tablist", "aria-label": "Mail, calendar, payments and machines" }, this.panes.map(({ tab }) => tab));
    this.app.append(...this.panes.map(({ pane }) => pane.element), this.tabs);
    this.show(sessionStorage.getItem("desk") ?? "mail");
    this.#count();
    this.tick();
  }

  get unread() {
    return this.panes[0].pane.unread;
  }

  get draft() {
    return "";
  }

  get memory() {
    return { tab: this.#open };
  }

  set memory({ tab }) {
    this.show(tab);
  }

  focus() {
    this.#tab().focus({ preventScroll: true });
  }

  get open() {
    return this.#open;
  }

  show(key) {
    this.#open = this.panes.some((each) => each.key === key) ? key : "mail";
    sessionStorage.setItem("desk", this.#open);
    const machines = this.#open === "datacentre";
    this.element.classList.toggle("wide", machines);
    this.caption.querySelector(".caption-name").textContent = machines ? "Data centre" : this.spec.name;
    for (const { key: name, tab, pane } of this.panes) {
      const open = name === this.#open;
      tab.setAttribute("aria-selected", String(open));
      tab.tabIndex = open ? 0 : -1;
      pane.element.hidden = !open;
      if (open) pane.shown();
    }
  }

  tick() {
    super.tick();
    for (const { pane } of this.panes) pane.tick?.();
  }

  #tab() {
    return this.panes.find((each) => each.key === this.#open).tab;
  }

  #move(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const at = this.panes.findIndex((each) => each.key === this.#open);
    this.show(this.panes[(at + step + this.panes.length) % this.panes.length].key);
    this.#tab().focus();
  }

  #count() {
    for (const { pane, badge, name } of this.panes ?? []) {
      badge.hidden = !pane.unread;
      badge.replaceChildren(String(pane.unread || ""), el("span", { class: "hidden" }, name === "Mail" ? " unread" : " open"));
    }
    this.onNews();
  }
}
