// The payment providers' pages that customers were sent to, newest first.

import { api } from "./api.js";
import { el, icon, outside } from "./dom.js";
import { empty } from "./mail.js";
import { hourMinute, shortDay } from "./time.js";

const STATES = { open: "open", processing: "on its way", failed: "failed", paid: "paid", expired: "expired", refunded: "given back" };

export class PaymentsPane {
  #timer = 0;
  #drawn = "";

  constructor({ world, signal, onCount }) {
    this.onCount = onCount;
    this.unread = 0;
    this.sub = el("span", { class: "head-sub" }, "Stripe and Xendit");
    this.list = el("ul", { class: "checkouts" });
    this.element = el("div", { class: "desk-pane" },
      el("header", { class: "head" }, el("div", { class: "head-text" }, el("h3", {}, "Payments"), this.sub)),
      el("div", { class: "desk-scroll", tabindex: "0", role: "region", "aria-label": "Payment pages" }, this.list));
    world.addEventListener("payments", () => this.#readSoon(), { signal });
    world.addEventListener("clock", () => this.#readSoon(), { signal });
    signal.addEventListener("abort", () => clearTimeout(this.#timer));
    this.#readSoon();
  }

  shown() {}

  #readSoon() {
    this.#timer ||= setTimeout(async () => {
      this.#timer = 0;
      const answer = await api.checkouts();
      if (answer) this.#draw(answer.checkouts);
    }, 100);
  }

  #draw(checkouts) {
    const text = JSON.stringify(checkouts);
    if (text === this.#drawn) return; // a link that is about to be pressed stays where it is
    this.#drawn = text;
    this.unread = checkouts.filter((one) => one.state === "open").length;
    this.list.replaceChildren(...checkouts.map(row));
    if (!checkouts.length) this.list.append(empty("card", "No payments yet", "An order's payment page at Stripe or Xendit stands here, with its link, as soon as the customer has chosen how to pay."));
    this.onCount();
  }
}

function row(one) {
  const open = one.state === "open";
  const link = open && one.url ? outside(one.url, "Open the page", icon("link", "opens a page")) : null;
  link?.classList.add("button", "primary");
  return el("li", { class: `checkout is-${one.state}` },
    el("p", { class: "checkout-line" }, el("i", { class: `dot ${one.provider}`, "aria-hidden": "true" }), one.name, el("span", { class: "tag" }, STATES[one.state] ?? one.state)),
    el("p", { class: "checkout-amount" }, one.amount),
    el("p", { class: "desk-note" }, one.description || one.reference),
    el("p", { class: "desk-note" }, [one.email, open ? `until ${shortDay(one.expires_at)}, ${hourMinute(one.expires_at)} WIB` : null].filter(Boolean).join(" · ")),
    link);
}
