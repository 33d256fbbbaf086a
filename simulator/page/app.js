// The page: puts the phones on the stage and keeps them there.

import { api, listen } from "./api.js";
import { startControls } from "./controls.js";
import { Desk } from "./desk.js";
import { devicesOf } from "./device.js";
import { el, gently } from "./dom.js";
import { GroupPhone } from "./group.js";
import { Phone } from "./phone.js";
import { World } from "./world.js";

const world = new World();
const stage = document.getElementById("stage");
const tabs = document.getElementById("tabs");
const phoneList = document.getElementById("phone-list");
const narrow = matchMedia("(max-width: 760px)");
const devices = new Map(); // key -> Device on the stage
const chosen = new Map(Object.entries(JSON.parse(sessionStorage.getItem("phones") ?? "{}"))); // key -> shown or not, by hand
const unread = new Map(); // key -> messages that came while out of view
let scene = ["mentoring", "machines"].find((name) => name === sessionStorage.getItem("scene")) ?? "care"; // what customers are seen beside
let current = null; // the phone in view on a narrow screen
let going = null; // the device that is being scrolled to
let wanted = new URLSearchParams(location.search || location.hash.slice(1));

startControls(world, { onPerson: (person) => show(person.chat) });
world.addEventListener("state", () => {
  const memories = new Map([...devices].map(([key, device]) => [key, device.memory]));
  for (const device of devices.values()) device.end();
  devices.clear();
  unread.clear();
  sync();
  for (const [key, memory] of memories) if (devices.has(key)) devices.get(key).memory = memory;
  stage.removeAttribute("aria-busy");
  openWanted();
});
world.addEventListener("people", sync);
world.addEventListener("chat", sync);
world.addEventListener("message", (event) => {
  sync();
  const { chat, message, isNew } = event.detail;
  if (!isNew || world.person(message.from)) return;
  const device = [...devices.values()].find((device) => device.spec.chat === chat);
  if (device && (!narrow.matches || device.spec.key === current)) return;
  const spec = device?.spec ?? devicesOf(world).find((spec) => spec.chat === chat);
  if (!spec) return;
  unread.set(spec.key, (unread.get(spec.key) ?? 0) + 1);
  drawTabs();
  drawScenes();
});
world.addEventListener("mail", ({ detail }) => {
  if (!detail.isNew || devices.has("desk")) return;
  unread.set("desk", (unread.get("desk") ?? 0) + 1);
  drawScenes();
});
narrow.addEventListener("change", () => {
  sync();
  drawTabs();
});
for (const button of document.querySelectorAll("[data-scene]")) button.addEventListener("click", () => setScene(button.dataset.scene));
addEventListener("hashchange", () => {
  wanted = new URLSearchParams(location.hash.slice(1));
  openWanted();
});
setInterval(() => {
  for (const device of devices.values()) device.tick();
}, 1000);
world.addEventListener("clock", () => {
  for (const device of devices.values()) device.tick();
});

/**
 * A phone stands there if someone asked for it; else customers', the other side of the scene (agents or the mentor with mails and
 * calendar; on a narrow screen, where only one is in view, both), and those with messages.
 */
function isShown(spec) {
  const byHand = chosen.get(spec.key);
  if (byHand !== undefined) return byHand;
  const side = spec.role === "mentor" && spec.person !== firstMentor() ? null : SIDES[spec.role];
  if (side) return narrow.matches || side.includes(scene);
  return spec.role === "customer" || world.chat(spec.chat).messages.length > 0;
}

/** Of several mentors the first one stands there from the start. */
function firstMentor() {
  return [...world.people.values()].find((person) => person.role === "mentor")?.id;
}

const SIDES = { agents: ["care"], mentor: ["mentoring"], desk: ["mentoring", "machines"] };

function setScene(name) {
  scene = name;
  sessionStorage.setItem("scene", scene);
  for (const spec of devicesOf(world)) if (SIDES[spec.role]) chosen.delete(spec.key);
  remember();
  sync();
  const desk = devices.get("desk");
  if (scene === "machines") desk.show("datacentre");
  else if (desk?.open === "datacentre") desk.show("mail");
  stage.scrollTo({ left: 0 });
}

function drawScenes() {
  for (const button of document.querySelectorAll("[data-scene]")) {
    const name = button.dataset.scene;
    button.setAttribute("aria-pressed", String(name === scene));
    let count = 0;
    for (const spec of devicesOf(world)) if (SIDES[spec.role]?.[0] === name && !devices.has(spec.key)) count += unread.get(spec.key) ?? 0;
    button.querySelector(".badge")?.remove();
    if (count) button.append(el("span", { class: "badge" }, String(count), el("span", { class: "hidden" }, " unread")));
  }
}

function sync() {
  if (!world.ready) return;
  const specs = devicesOf(world);
  const shown = specs.filter(isShown);
  for (const [key, device] of devices) {
    const spec = shown.find((spec) => spec.key === key);
    if (spec?.chat === device.spec.chat) continue; // a migrated group gets a new phone
    device.end();
    devices.delete(key);
  }
  let changed = devices.size !== shown.length;
  let before = null;
  for (const spec of shown) {
    if (!devices.has(spec.key)) {
      changed = true;
      if (!narrow.matches) unread.delete(spec.key);
      const device = make(spec);
      devices.set(spec.key, device);
      if (before) before.after(device.element);
      else stage.prepend(device.element);
      watch.observe(device.element);
    }
    before = devices.get(spec.key).element;
  }
  if (!changed && tabs.children.length) return;
  current = devices.has(current) ? current : (shown[0]?.key ?? null);
  drawTabs();
  drawScenes();
  drawList(specs);
}

function make(spec) {
  if (spec.role === "desk") return new Desk(spec, world, { onNews: drawTabs });
  return spec.group ? new GroupPhone(spec, world) : new Phone(spec, world);
}

function drawTabs() {
  tabs.replaceChildren(...[...stage.children].map((element) => {
    const device = [...devices.values()].find((device) => device.element === element);
    if (!device) return "";
    const { key, channel, name } = device.spec;
    const count = device.unread ?? unread.get(key) ?? 0;
    return el("button", {
      type: "button", role: "tab", class: "tab", "aria-selected": String(key === current), "aria-controls": element.id,
      tabindex: key === current ? "0" : "-1", data: { key }, onclick: () => goTo(key), onkeydown: moveTab,
    }, el("i", { class: `dot ${channel}`, "aria-hidden": "true" }), name,
      count ? el("span", { class: "badge" }, String(count), el("span", { class: "hidden" }, " unread")) : null);
  }));
  for (const device of devices.values()) {
    device.element.toggleAttribute("inert", narrow.matches && device.spec.key !== current);
  }
}

function moveTab(event) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const all = [...tabs.children];
  const next = all[(all.indexOf(event.currentTarget) + step + all.length) % all.length];
  goTo(next.dataset.key);
  tabs.querySelector('[aria-selected="true"]').focus();
}

function goTo(key) {
  const device = devices.get(key);
  if (!device) return;
  going = key;
  setCurrent(key);
  device.element.scrollIntoView({ inline: "center", block: "nearest", behavior: gently() });
}

function setCurrent(key) {
  unread.delete(key);
  current = key;
  drawTabs();
  tabs.querySelector('[aria-selected="true"]')?.scrollIntoView({ inline: "nearest", block: "nearest" });
}

// On a narrow screen a swipe changes the phone: the one that fills the stage is the current one.
const watch = new IntersectionObserver((entries) => {
  if (!narrow.matches) return;
  for (const entry of entries) {
    const device = [...devices.values()].find((device) => device.element === entry.target);
    const passing = going && device?.spec.key !== going;
    if (entry.isIntersecting && device && !passing && device.spec.key !== current) setCurrent(device.spec.key);
  }
}, { root: stage, threshold: 0.6 });

// Those that are passed on the way to another one do not become current; who is swiped to in between does, in the end.
stage.addEventListener("scrollend", () => {
  going = null;
  if (!narrow.matches) return;
  const { left, width } = stage.getBoundingClientRect();
  const off = ({ element }) => Math.abs(element.getBoundingClientRect().left + element.offsetWidth / 2 - left - width / 2);
  const nearest = [...devices.values()].sort((one, other) => off(one) - off(other))[0];
  if (nearest && nearest.spec.key !== current) setCurrent(nearest.spec.key);
});

function drawList(specs) {
  phoneList.replaceChildren(...specs.filter((spec) => spec.role !== "agent" || isShown(spec)).map((spec) => {
    const input = el("input", { type: "checkbox", role: "switch", onchange: () => choose(spec.key, input.checked) });
    input.checked = isShown(spec);
    return el("li", {}, el("label", {}, el("i", { class: `dot ${spec.channel}`, "aria-hidden": "true" }),
      el("span", {}, spec.name, el("small", {}, spec.note ?? (spec.group ? "group" : spec.role))), input));
  }));
}

function choose(key, on) {
  chosen.set(key, on);
  remember();
  sync();
  if (on) devices.get(key)?.point();
}

function remember() {
  sessionStorage.setItem("phones", JSON.stringify(Object.fromEntries(chosen)));
}

/** Bring a phone to the stage and the eye to it. */
function show(key) {
  const seek = () => {
    const device = devices.get(key);
    if (!device) return false;
    if (narrow.matches) goTo(key);
    device.point();
    device.focus();
    return true;
  };
  chosen.set(key, true);
  sync();
  if (seek()) return;
  // The answer to "new customer" may come before its event.
  world.addEventListener("people", () => seek(), { once: true });
}

/** `?open=whatsapp&text=…` and `?open=telegram&start=…`: a link of the service opens a phone with a draft. */
function openWanted() {
  const channel = wanted.get("open");
  if (!channel) return;
  const specs = devicesOf(world).filter((spec) => !spec.group && spec.channel === channel);
  const spec = specs.find((spec) => spec.person === wanted.get("person")) ?? specs.find((spec) => spec.role === "customer");
  const start = wanted.get("start");
  const draft = start !== null ? `/start ${start}`.trim() : wanted.get("text");
  wanted = new URLSearchParams();
  if (!spec) return;
  show(spec.key);
  if (draft) devices.get(spec.key).draft = draft;
  history.replaceState(null, "", location.pathname);
}

/** Links that lead to a phone of this page open it here, without loading the page again. */
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  if (!link || link.origin !== location.origin || link.pathname !== location.pathname) return;
  const query = new URLSearchParams(link.search || link.hash.slice(1));
  if (!query.has("open")) return;
  event.preventDefault();
  wanted = query;
  openWanted();
});

const linkState = document.getElementById("link-state");
listen((name, data) => world.apply(name, data), (up) => (linkState.hidden = up));

/** For the console: what a curious person may want at hand. */
window.simulator = { world, api };
