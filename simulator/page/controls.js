// The bar at the top: the clock, new customers, faults, reset.

import { api } from "./api.js";
import { el, icon } from "./dom.js";
import { hourMinute, shortDay } from "./time.js";

const NAMES = {
  id: ["Rini", "Agus", "Putri", "Joko", "Wati", "Hendra", "Ayu", "Bayu", "Lestari", "Dimas", "Nisa", "Yusuf"],
  en: ["Grace", "Tom", "Emma", "Oliver", "Mia", "Jack", "Chloe", "Ryan", "Sophie", "Daniel"],
};

const byId = (id) => document.getElementById(id);

/** `onPerson(person)` is called with a new customer. */
export function startControls(world, { onPerson }) {
  startPops();
  startClock(world);
  startPeople(world, onPerson);
  startFaults(world);
  startLog(world);
  world.addEventListener("state", () => {
    const link = byId("care-link");
    link.hidden = !world.careUrl;
    if (world.careUrl) link.href = world.careUrl;
  });
  onSubmit("pop-reset", () => api.reset());
}

/** Close what hangs from the bar, after its work is done. */
function onSubmit(id, run) {
  const form = byId(id);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button:not([type])");
    button.disabled = true;
    const done = await run(new FormData(form), form);
    button.disabled = false;
    if (done !== null) form.closest("[popover]").hidePopover();
  });
}

function startPops() {
  for (const button of document.querySelectorAll("[data-pop]")) {
    const pop = byId(button.dataset.pop);
    button.setAttribute("aria-controls", pop.id);
    button.setAttribute("aria-expanded", "false");
    // A press outside closes what is open, and the button is outside: remember, so that its click does not open it again.
    let wasOpen = false;
    button.addEventListener("pointerdown", () => (wasOpen = pop.matches(":popover-open")));
    button.addEventListener("click", () => {
      const close = wasOpen || pop.matches(":popover-open");
      wasOpen = false;
      if (close) return pop.hidePopover();
      const from = button.getBoundingClientRect();
      pop.showPopover();
      const wide = innerWidth > 760;
      pop.style.top = wide ? `${from.bottom + 10}px` : "";
      pop.style.left = wide ? `${Math.max(12, Math.min(from.left + from.width / 2 - pop.offsetWidth / 2, innerWidth - pop.offsetWidth - 12))}px` : "";
      pop.querySelector("input, button, select")?.focus();
    });
    pop.addEventListener("toggle", (event) => {
      button.setAttribute("aria-expanded", String(event.newState === "open"));
      if (event.newState === "closed" && pop.contains(document.activeElement)) button.focus();
    });
  }
  const more = byId("controls-button");
  const controls = byId("controls");
  more.addEventListener("click", () => controls.togglePopover());
  controls.addEventListener("toggle", (event) => more.setAttribute("aria-expanded", String(event.newState === "open")));
}

function startClock(world) {
  const now = byId("clock-now");
  const tick = () => {
    if (!world.ready) return;
    const when = world.now();
    const text = `${shortDay(when)} · ${hourMinute(when)} WIB`;
    if (now.textContent !== text) now.textContent = text;
    now.dateTime = when.toISOString();
  };
  setInterval(tick, 1000);
  world.addEventListener("state", tick);
  world.addEventListener("clock", () => {
    tick();
    now.classList.remove("moved");
    requestAnimationFrame(() => now.classList.add("moved"));
  });
  for (const button of document.querySelectorAll("[data-advance]")) {
    button.addEventListener("click", async () => {
      button.disabled = true;
      await api.advance(Number(button.dataset.advance));
      button.disabled = false;
    });
  }
  const next = byId("to-due");
  world.addEventListener("state", () => (next.hidden = !world.dueKnown));
  next.addEventListener("click", async () => {
    next.disabled = true;
    await api.advanceToDue();
    next.disabled = false;
  });
  onSubmit("pop-clock", (data) => api.advance(Number(data.get("amount")) * Number(data.get("unit"))));
}

function startPeople(world, onPerson) {
  const form = byId("pop-person");
  const suggest = () => {
    const used = new Set([...world.people.values()].map((person) => person.name));
    const free = NAMES[form.elements.language.value].filter((name) => !used.has(name));
    form.elements.name.value = free[0] ?? `Guest ${world.people.size + 1}`;
    form.elements.name.select();
  };
  form.addEventListener("beforetoggle", (event) => event.newState === "open" && suggest());
  form.addEventListener("change", (event) => event.target.name === "language" && suggest());
  onSubmit("pop-person", async (data) => {
    const person = await api.addPerson({ name: data.get("name").trim(), channel: data.get("channel"), language: data.get("language") });
    if (person) onPerson(person);
    return person;
  });
}

// What goes wrong is the simulator's to say (`fault_kinds`); here it only gets its words.
const PLACES = { twilio: "WhatsApp", telegram: "Telegram", stripe: "Stripe", xendit: "Xendit", google: "Google", smtp: "Mail", digitalocean: "DigitalOcean", proxmox: "Proxmox" };
const SIDES = { webhook: "Webhooks", status: "Ticks", machine: "Machine" };
const WORDS = {
  429: "429 · too many", 500: "500 · error", 403: "403 · quota used up", "4xx": "451 · later", "5xx": "554 · refused",
  cut: "cuts the line", silence: "stays silent", slow: "is slow", after: "does it, then cuts", wrong: "answers nonsense",
  quota: "quota used up", fails: "is accepted, then fails", no_address: "gets no address",
  twice: "twice", late: "late", reorder: "reordered", drop: "never",
};

function startLog(world) {
  const said = byId("log-said");
  world.addEventListener("state", () => {
    byId("log-button").hidden = !world.logPath;
    byId("log-path").textContent = world.logPath ?? "";
    byId("log-shown").hidden = !world.logPage.url;
    if (world.logPage.url) byId("log-page").href = world.logPage.url;
    byId("log-token").textContent = world.logPage.token;
  });
  for (const button of document.querySelectorAll("[data-log]")) {
    button.addEventListener("click", async () => {
      button.disabled = true;
      const written = await api.writeLog({ kind: button.dataset.log });
      button.disabled = false;
      if (written) said.textContent = `${written.lines} lines written.`;
    });
  }
}

/** Where the kinds of a side stand: webhooks of people and of ticks have the same. */
const box = (side) => (side === "status" ? "webhook" : side);

/** Chips to choose one of; what was chosen stays chosen where it is still there. */
function options(form, name, place, values, words) {
  const before = form.elements[name]?.value;
  const chosen = values.includes(before) ? before : values[0];
  if ([...place.querySelectorAll("input")].map((input) => input.value).join() === values.join()) return; // the focus stays
  place.replaceChildren(...values.map((value) => el("label", {},
    el("input", { type: "radio", name, value, checked: value === chosen }), el("span", {}, words[value] ?? value))));
}

function startFaults(world) {
  const form = byId("fault-form");
  const list = byId("fault-list");
  const count = byId("fault-count");
  const shape = () => {
    const place = world.faultKinds.find(({ provider }) => provider === form.elements.provider?.value);
    if (!place) return;
    for (const input of form.querySelectorAll("[name=side]")) {
      input.parentElement.hidden = input.value !== "answer" && !place.sides.includes(input.value);
      if (input.checked && input.parentElement.hidden) form.querySelector("[name=side][value=answer]").checked = true;
    }
    const side = box(form.elements.side.value);
    options(form, "answer", byId("fault-answers"), place.answers, WORDS);
    options(form, "webhook", byId("fault-webhooks"), place.webhooks, WORDS);
    options(form, "machine", byId("fault-machines"), place.machines, WORDS);
    for (const node of form.querySelectorAll("[data-side]")) node.hidden = node.dataset.side !== side;
    const kind = form.elements[side].value;
    for (const node of form.querySelectorAll("[data-for]")) node.hidden = !node.dataset.for.split(" ").includes(kind);
  };
  form.addEventListener("change", shape);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const data = new FormData(form);
    const side = data.get("side");
    const kind = data.get(box(side));
    const seconds = Number(data.get("seconds"));
    await api.addFault({
      provider: data.get("provider"), method: side === "answer" ? "*" : side, kind,
      times: Number(data.get("times")), probability: Number(data.get("probability")),
      ...(kind === "429" ? { retry_after: seconds } : { seconds }),
    });
  });
  byId("fault-clear").addEventListener("click", () => api.clearFaults());
  const hold = byId("hold");
  hold.addEventListener("change", () => api.pause({ paused: hold.checked }));
  const draw = () => {
    const active = world.faults.length + Number(world.paused);
    hold.checked = world.paused;
    count.hidden = !active;
    count.textContent = active;
    byId("fault-clear").disabled = !world.faults.length;
    list.replaceChildren(...(world.faults.length ? world.faults.map(faultRow) : [el("li", { class: "hint" }, "None: all works.")]));
  };
  world.addEventListener("faults", draw);
  world.addEventListener("state", () => {
    options(form, "provider", byId("fault-providers"), world.faultKinds.map(({ provider }) => provider), PLACES);
    shape();
    draw();
  });
}

function faultRow(fault) {
  const place = PLACES[fault.provider] ?? fault.provider;
  const what = fault.method === "*" ? "" : ` ${(SIDES[fault.method] ?? fault.method).toLowerCase()}`;
  const word = (WORDS[fault.kind] ?? fault.kind).split(" · ")[0];
  const left = fault.times ? `${fault.times} left` : "until cleared";
  const chance = fault.probability < 1 ? `, ${Math.round(fault.probability * 100)} %` : "";
  const remove = el("button", { type: "button", class: "round", "aria-label": `Clear ${place} ${word}` }, icon("close"));
  remove.addEventListener("click", () => api.clearFault(fault.id));
  return el("li", {}, el("i", { class: `dot ${fault.provider}`, "aria-hidden": "true" }),
    el("span", {}, el("b", {}, `${place}${what}`), ` ${word}`, el("small", {}, left + chance)), remove);
}
