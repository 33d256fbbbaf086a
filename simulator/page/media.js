// Photos, voice, documents, stickers and places inside a message.

import { el, hash, icon, shape } from "./dom.js";
import { openViewer } from "./sheets.js";

export function renderMedia(message) {
  const media = message.media;
  if (message.location) return place(message.location);
  if (!media) return null;
  if (message.kind === "sticker") return el("img", { class: "sticker", src: media.url, alt: "Sticker" });
  if (message.kind === "photo") return photo(media);
  if (message.kind === "voice") return voice(message, media);
  return file(media);
}

function photo(media) {
  const name = media.name || "Photo";
  const image = el("img", { src: media.url, alt: name });
  return el("button", { type: "button", class: "photo", "aria-label": `Open ${name}`, onclick: () => openViewer(media.url, name) }, image);
}

/** A file to open: a PDF in a tab of its own, others are handed to the program for them. */
export function file(media) {
  const name = media.name || "document";
  const ending = (name.includes(".") ? name.split(".").pop() : (media.type || "file").split("/").pop()).slice(0, 4);
  return el("a", { class: "file", href: media.url, target: "_blank", rel: "noopener", download: media.type === "application/pdf" ? null : name },
    el("span", { class: "file-kind", "aria-hidden": "true" }, ending.toUpperCase()),
    el("span", { class: "file-name" }, name, el("small", {}, media.type || "document")));
}

function voice(message, media) {
  const audio = el("audio", { src: media.url, preload: "metadata" });
  const bars = waveform(message.id);
  const time = el("span", { class: "voice-time" }, "0:00");
  const button = el("button", { type: "button", class: "voice-play", "aria-label": "Play voice message" }, icon("play"));
  const face = () => {
    button.replaceChildren(icon(audio.paused ? "play" : "pause"));
    button.setAttribute("aria-label", audio.paused ? "Play voice message" : "Pause voice message");
  };
  const show = () => {
    const length = Number.isFinite(audio.duration) ? audio.duration : 0;
    const part = length ? audio.currentTime / length : 0;
    const seconds = Math.round(audio.currentTime || length);
    time.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    [...bars.children].forEach((bar, index) => bar.classList.toggle("heard", index / bars.children.length < part));
  };
  button.addEventListener("click", () => (audio.paused ? audio.play().catch(() => {}) : audio.pause()));
  for (const name of ["play", "pause", "ended"]) audio.addEventListener(name, face);
  for (const name of ["timeupdate", "loadedmetadata", "ended"]) audio.addEventListener(name, show);
  return el("div", { class: "voice" }, button, el("span", { class: "voice-track" }, bars, time), audio);
}

function waveform(id) {
  let seed = hash(id) || 1;
  const bars = Array.from({ length: 32 }, (_, index) => {
    seed = Math.imul(seed ^ (seed >>> 13), 1540483477) >>> 0;
    const swell = 0.45 + 0.55 * Math.sin((index / 31) * Math.PI);
    const height = 3 + Math.round(((seed % 100) / 100) * 15 * swell);
    return shape("rect", { x: index * 4, y: 10 - height / 2, width: 2.4, height, rx: 1.2 });
  });
  return shape("svg", { class: "wave", viewBox: "0 0 128 20", "aria-hidden": "true" }, ...bars);
}

/** A drawn map: nothing is fetched, yet the same place always looks the same. */
function place(location) {
  const seed = hash(`${location.lat},${location.lon}`);
  const tilt = (seed % 40) - 20;
  const streets = [30, 62, 96].map((y, index) => shape("path", { class: index === 1 ? "road wide" : "road", d: `M-20 ${y + ((seed >> index) % 14)} Q 120 ${y - 14 + ((seed >> (index + 3)) % 28)} 260 ${y + ((seed >> (index + 2)) % 18)}` }));
  const lanes = [40, 105, 170, 215].map((x, index) => shape("path", { class: "road", d: `M${x + ((seed >> index) % 16)} -10 L${x + tilt} 140` }));
  const map = shape("svg", { class: "map", viewBox: "0 0 240 124", preserveAspectRatio: "xMidYMid slice", "aria-hidden": "true" },
    shape("rect", { class: "land", width: 240, height: 124 }),
    shape("path", { class: "park", d: `M${130 + (seed % 40)} -10h90v62h-78z` }),
    shape("path", { class: "water", d: `M-10 ${98 + (seed % 12)}c60-22 90 16 140 0s70-6 120-16v60H-10z` }),
    ...streets, ...lanes,
    shape("ellipse", { class: "shade", cx: 120, cy: 77, rx: 9, ry: 3 }),
    shape("path", { class: "marker", d: "M120 76c12-13 18-22 18-30a18 18 0 0 0-36 0c0 8 6 17 18 30z" }),
    shape("circle", { class: "marker-eye", cx: 120, cy: 46, r: 6.5 }));
  const at = `${Number(location.lat).toFixed(4)}, ${Number(location.lon).toFixed(4)}`;
  return el("div", { class: "place" }, map,
    el("div", { class: "place-name" }, location.name || "Location", el("small", {}, at)));
}
