// The data centre: racks by region or node, with the machines of DigitalOcean and Proxmox in them, and what happened.

import { api } from "./api.js";
import { announce, calm, el, icon } from "./dom.js";
import { empty } from "./mail.js";
import { hourMinute, shortDay } from "./time.js";

const PROVIDERS = { digitalocean: "DigitalOcean", proxmox: "Proxmox" };
const NEXT = { quota: "no quota", fails: "fails", no_address: "no address" }; // what may befall the next machine
const DOING = {
  create: "building", clone: "cloning", rebuild: "rebuilding", start: "starting", stop: "shutting down", restart: "restarting",
  resize: "resizing", destroy: "being destroyed",
};
const STATES = { building: "building", running: "running", stopped: "off", broken: "broken" };
const TOLD = ["ssh_keys", "monitoring", "cores", "memory", "affinity", "ciuser", "cipassword", "sshkeys", "ipconfig0", "nameserver", "net0", "onboot"];
const SHOWN = 40; // machines in a rack, and things that happened
const FRESH = 4000; // how often gauges are read while somebody looks, in milliseconds

export class DataCentrePane {
  #world;
  #cards = new Map(); // machine id -> Card
  #racks = new Map(); // "provider region" -> its element
  #frame = 0;
  #read = 0;

  constructor({ world, signal }) {
    this.#world = world;
    this.sub = el("span", { class: "head-sub" });
    this.sections = new Map(Object.keys(PROVIDERS).map((provider) => [provider, new Section(provider, world)]));
    this.happened = el("ol", { class: "happened" });
    this.trace = el("section", { class: "trace", "aria-label": "What happened", hidden: true }, el("h4", {}, "What happened"), this.happened);
    this.nothing = el("ul", {}, empty("server", "No machines yet", "A machine that is ordered and paid is built here, in the rack of its region, and answers on an address of its own."));
    this.scroll = el("div", { class: "desk-scroll centre", tabindex: "0", role: "region", "aria-label": "Racks" },
      ...[...this.sections.values()].map(({ element }) => element), this.nothing, this.trace);
    this.element = el("div", { class: "desk-pane" },
      el("header", { class: "head" }, el("div", { class: "head-text" }, el("h3", {}, "Data centre"), this.sub)), this.scroll);
    world.addEventListener("machine", ({ detail }) => this.#changed(detail), { signal });
    world.addEventListener("clock", () => this.#refresh(), { signal });
    world.addEventListener("faults", () => this.#drawNext(), { signal });
    this.#draw();
  }

  unread = 0;

  shown() {}

  /** Gauges move while somebody looks. */
  tick() {
    if (!this.element.hidden && this.#running() && Date.now() - this.#read > FRESH) this.#refresh();
  }

  async #refresh() {
    this.#read = Date.now();
    if (this.element.hidden || !this.#running()) return;
    const now = await api.datacentre();
    if (now) for (const machine of now.machines) this.#cards.get(machine.id)?.gauge(machine.cpu);
  }

  #running() {
    return [...this.#world.centre.machines.values()].some((machine) => machine.state === "running");
  }

  #changed({ happened }) {
    if (happened?.tone) announce(`${happened.name} ${happened.what}`);
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  #draw() {
    const { machines, happened } = this.#world.centre;
    const running = [...machines.values()].filter((machine) => machine.state === "running").length;
    this.sub.textContent = machines.size ? `${machines.size} ${machines.size === 1 ? "machine" : "machines"} · ${running} running` : "DigitalOcean and Proxmox";
    this.nothing.hidden = machines.size > 0 || happened.length > 0;
    for (const [id, card] of this.#cards) {
      if (machines.has(id)) continue;
      this.#cards.delete(id);
      card.leave(() => this.#tidy());
    }
    for (const machine of machines.values()) {
      const known = this.#cards.get(machine.id);
      if (known) known.show(machine);
      else this.#put(machine);
    }
    this.#tidy();
    this.#drawNext();
    this.#drawHappened(happened);
  }

  #put(machine) {
    const key = `${machine.provider} ${machine.region}`;
    if (!this.#racks.has(key)) {
      const rack = new Rack(this.#world.centre.places[machine.provider]?.[machine.region] ?? machine.region, machine.region);
      this.#racks.set(key, rack);
      this.sections.get(machine.provider).racks.append(rack.element);
    }
    const card = new Card(machine, this.#world);
    this.#cards.set(machine.id, card);
    this.#racks.get(key).units.append(card.element);
  }

  /** Racks say how full they are; empty ones go. */
  #tidy() {
    for (const [key, rack] of this.#racks) {
      const cards = rack.units.children.length;
      if (!cards) {
        rack.element.remove();
        this.#racks.delete(key);
        continue;
      }
      [...rack.units.children].forEach((unit, at) => (unit.hidden = at >= SHOWN));
      rack.count.textContent = cards > SHOWN ? `${SHOWN} of ${cards}` : cards;
    }
    for (const section of this.sections.values()) section.tidy();
  }

  #drawNext() {
    for (const section of this.sections.values()) section.drawNext();
  }

  #drawHappened(entries) {
    this.trace.hidden = !entries.length;
    this.happened.replaceChildren(...entries.slice(0, SHOWN).map((entry, at) => {
      const day = at === 0 || shortDay(entry.at) !== shortDay(entries[at - 1].at) ? el("span", { class: "happened-day" }, shortDay(entry.at)) : null;
      return el("li", { class: entry.tone || null },
        day, el("time", { datetime: entry.at }, hourMinute(entry.at)), el("b", {}, entry.name), el("span", { class: "happened-what" }, entry.what),
        el("small", {}, entry.region));
    }));
  }
}

/** A provider: what may befall its next machine, and its racks. */
class Section {
  constructor(provider, world) {
    this.provider = provider;
    this.world = world;
    this.buttons = new Map(Object.entries(NEXT).map(([kind, word]) => [kind, el("button", {
      type: "button", class: "chip", "aria-pressed": "false", onclick: () => this.#toggle(kind),
    }, word)]));
    this.racks = el("div", { class: "racks" });
    this.none = el("p", { class: "rack-none" }, "no machines");
    const name = PROVIDERS[provider];
    this.element = el("section", { class: "cloud", "aria-label": name },
      el("header", { class: "cloud-head" },
        el("h4", {}, el("i", { class: `dot ${provider}`, "aria-hidden": "true" }), name),
        el("div", { class: "cloud-next", role: "group", "aria-label": `The next machine at ${name}` },
          el("span", { class: "desk-note", "aria-hidden": "true" }, "next:"), ...this.buttons.values())),
      this.none, this.racks);
    this.drawNext();
  }

  tidy() {
    this.none.hidden = this.racks.children.length > 0;
  }

  drawNext() {
    for (const [kind, button] of this.buttons) button.setAttribute("aria-pressed", String(Boolean(this.#set(kind))));
  }

  #set(kind) {
    return this.world.faults.find((fault) => fault.provider === this.provider && fault.kind === kind);
  }

  #toggle(kind) {
    const fault = this.#set(kind);
    if (fault) return api.clearFault(fault.id);
    return api.addFault({ provider: this.provider, method: kind === "quota" ? "*" : "machine", kind, times: 1 });
  }
}

class Rack {
  constructor(name, region) {
    this.count = el("span", { class: "rack-count" });
    this.units = el("ul", { class: "units" });
    this.element = el("section", { class: "rack", "aria-label": `Rack ${name}` },
      el("header", {}, el("h5", {}, region, name === region ? null : el("small", {}, name)), this.count), this.units);
  }
}

/** A machine. What is the same stays as it is drawn, so that lights and progress go on. */
class Card {
  #drawn = "";
  #doing = "";

  constructor(machine, world) {
    this.world = world;
    this.id = machine.id;
    this.light = el("i", { class: "light", "aria-hidden": "true" });
    this.state = el("span", { class: "unit-state" });
    this.name = el("b", { class: "unit-name" });
    this.plan = el("p", { class: "unit-plan" });
    this.address = el("span", { class: "unit-address" });
    this.meter = el("span", { class: "meter", "aria-hidden": "true" }, el("i", {}));
    this.load = el("span", { class: "unit-load" });
    this.bar = el("span", { class: "progress", "aria-hidden": "true", hidden: true }, el("i", {}));
    this.told = el("dl", { class: "unit-told", hidden: true });
    const more = (hidden) => {
      this.told.hidden = hidden;
      this.info.setAttribute("aria-expanded", String(!hidden));
    };
    this.info = button("info", `About ${machine.name}`, () => more(!this.told.hidden));
    more(true);
    const deed = (shape, word, does) => button(shape, `${word} ${machine.name}`, async () => {
      for (const each of this.deeds.children) each.disabled = true;
      await api.machine(machine.provider, machine.number, does);
      for (const each of this.deeds.children) each.disabled = false;
    });
    this.stop = deed("power", "Stop", "stop");
    this.breaking = deed("bolt", "Break", "break");
    this.deeds = el("div", { class: "unit-deeds" }, this.info, this.stop, this.breaking, deed("trash", "Lose", "lose"));
    this.element = el("li", { class: "unit new", data: { machine: machine.name } },
      el("div", { class: "unit-line unit-head" }, this.light, this.name, this.state), this.deeds, this.plan, this.address,
      el("div", { class: "unit-line unit-gauge" }, this.meter, this.load),
      this.bar, this.told);
    this.show(machine);
  }

  show(machine) {
    this.gauge(machine.cpu);
    const text = JSON.stringify({ ...machine, cpu: 0 });
    if (text === this.#drawn) return;
    this.#drawn = text;
    const doing = machine.doing ? (DOING[machine.doing.kind] ?? machine.doing.kind) : "";
    const waiting = machine.state === "running" && !machine.online && !doing;
    this.element.dataset.state = doing ? "busy" : waiting ? "waiting" : machine.state;
    this.name.textContent = machine.name;
    this.state.textContent = doing || (waiting ? (machine.address ? "booting" : "no address yet") : STATES[machine.state]);
    this.plan.textContent = [...new Set([machine.size, `${machine.cpus} vCPU`, memory(machine.memory), `${machine.disk} GB disk`])]
      .filter((part) => part && !(machine.size.includes("vCPU") && (part.endsWith(" vCPU") || /^[\d.]+ [GM]B$/.test(part)))).join(" · ") + ` · ${machine.image}`;
    this.address.textContent = machine.address ? `${machine.address}:${this.world.centre.sshPort}` : "";
    this.stop.hidden = machine.state !== "running" || Boolean(doing);
    this.breaking.hidden = machine.state === "broken" || machine.state === "building";
    this.element.classList.toggle("on", machine.state === "running");
    this.#progress(machine.doing);
    this.#tell(machine);
  }

  gauge(cpu) {
    this.meter.firstChild.style.width = `${Math.max(2, cpu)}%`;
    this.meter.classList.toggle("hot", cpu > 75);
    this.load.textContent = `${cpu} %`;
  }

  leave(gone) {
    const end = () => {
      this.element.remove();
      gone();
    };
    if (calm()) return end();
    this.element.style.height = `${this.element.offsetHeight}px`;
    this.element.classList.add("leaving");
    setTimeout(end, 450);
  }

  #progress(doing) {
    const key = doing ? doing.kind : "";
    if (key === this.#doing) return;
    this.#doing = key;
    this.bar.hidden = !key;
    if (!key) return;
    const fill = el("i", {});
    fill.style.animationDuration = `${Math.max(0.05, doing.seconds)}s`;
    this.bar.replaceChildren(fill);
  }

  #tell(machine) {
    const { user_data: userData, config, ...others } = machine.written;
    const rows = [["made", `${shortDay(machine.made_at)}, ${hourMinute(machine.made_at)} WIB`], ["number", machine.number], ["tags", machine.tags.join(", ")]];
    for (const [name, value] of Object.entries({ ...others, ...config })) if (TOLD.includes(name)) rows.push([name, shown(name, value)]);
    this.told.replaceChildren(...rows.filter(([, value]) => value !== "").flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
    if (userData) this.told.append(el("dt", {}, "user data"), el("dd", {}, el("pre", { tabindex: "0", "aria-label": "User data" }, userData)));
  }
}

function button(shape, label, onclick) {
  return el("button", { type: "button", class: "deed", "aria-label": label, title: label, onclick }, icon(shape));
}

const memory = (megabytes) => (megabytes < 1024 ? `${megabytes} MB` : `${megabytes / 1024} GB`);

/** A setting as people read it: keys without their coding, no passwords. */
function shown(name, value) {
  if (name === "cipassword") return "set";
  if (name === "sshkeys") return decodeURIComponent(value);
  if (Array.isArray(value)) return value.join("\n");
  return value === true ? "yes" : value === false ? "" : String(value);
}
