// One message as a person sees it: a bubble, its media, its ticks and its buttons.

import { el, face, icon, safeHtml, tint } from "./dom.js";
import { renderMedia } from "./media.js";
import { hourMinute } from "./time.js";

const TICKS = {
  sending: ["wait", "sending"],
  sent: ["tick", "sent"],
  delivered: ["ticks", "delivered"],
  read: ["ticks", "read"],
  failed: ["fail", "failed"],
};

/**
 * `view`: {channel, mine, group, quoted (the message answered to), onPress(button), onList(), onMenu(), onQuote(id)}.
 */
export function renderMessage(message, view) {
  if (message.kind === "service") {
    return el("li", { class: "note service", data: { id: message.id } }, el("span", {}, content(message)));
  }
  const whatsapp = view.channel === "whatsapp";
  const bare = message.kind === "sticker";
  const failed = message.status === "failed";
  const keys = keyboard(message, view);
  const bubble = el("div", { class: bare ? "bubble bare" : "bubble" },
    el("span", { class: "hidden" }, `${view.mine ? "You" : message.name}: `),
    view.group && !view.mine ? el("div", { class: `who ${tint(message.name)}`, "aria-hidden": "true" }, message.name) : null,
    quote(view),
    renderMedia(message),
    el("div", { class: "text" }, message.text || message.html ? content(message) : null, meta(message, view)),
    whatsapp ? keys : null);
  const classes = ["msg", view.mine ? "out" : "in", `is-${message.kind}`];
  if (failed) classes.push("failed");
  if (!message.text && (message.media || message.location)) classes.push("pure");
  return el("li", {
    class: classes.join(" "), tabindex: "-1",
    data: { id: message.id, from: message.from, at: message.at },
  },
    view.group && !view.mine ? face(message.name, message.from.startsWith("bot:") ? "business" : "") : null,
    el("div", { class: "stack" },
      bubble,
      message.reactions?.length ? el("p", { class: "reactions", "aria-label": "Reactions" }, message.reactions.map((sign) => el("span", {}, sign))) : null,
      whatsapp ? null : keys,
      failed ? el("p", { class: "why" }, icon("fail", null, "tick"), message.error ? `Not delivered · ${message.error}` : "Not delivered") : null),
    el("button", { type: "button", class: "more", tabindex: "-1", "aria-label": "Message menu", onclick: view.onMenu }, icon("down")));
}

function content(message) {
  const node = el("span", { class: "words" });
  return message.html ? safeHtml(node, message.html) : (node.append(message.text ?? ""), node);
}

function meta(message, view) {
  const [shape, word] = TICKS[message.status] ?? [];
  const tick = shape && (view.mine || ["failed", "sending"].includes(message.status)) ? icon(shape, word, `tick ${message.status}`) : null;
  return el("span", { class: "meta" },
    message.silent ? icon("bell-off", "without sound", "tick") : null,
    message.kind === "template" ? el("span", { class: "tag" }, "template") : null,
    message.edited_at ? el("span", {}, "edited") : null,
    el("time", { datetime: message.at }, hourMinute(message.at)),
    tick);
}

function quote(view) {
  const quoted = view.quoted;
  if (!quoted) return null;
  return el("button", { type: "button", class: `quote ${tint(quoted.name)}`, onclick: () => view.onQuote(quoted.id) },
    el("b", {}, quoted.name || "Message"), el("span", {}, preview(quoted)));
}

/** A message in one line, for lists, quotes and announcements. */
export function preview(message) {
  const words = (message.text || "").replace(/\s+/g, " ").trim();
  const kinds = { photo: "Photo", voice: "Voice message", document: message.media?.name || "Document", sticker: "Sticker", location: "Location" };
  const kind = kinds[message.kind];
  if (!kind) return words || "Message";
  return words ? `${kind}: ${words}` : kind;
}

function keyboard(message, view) {
  const rows = message.buttons ?? [];
  if (!rows.length && !message.list) return null;
  const lines = rows.map((row) => el("div", { class: "keys-row" }, row.map((button) => key(button, view))));
  if (message.list) {
    lines.push(el("div", { class: "keys-row" }, el("button", { type: "button", class: "key", onclick: view.onList }, icon("list"), el("span", {}, message.list.button))));
  }
  return el("div", { class: "keys" }, lines);
}

/** Telegram takes an address without its scheme, too; anything but a web address leads nowhere here. */
function webAddress(url) {
  if (/^https?:\/\//i.test(url)) return url;
  return /^[a-z][a-z0-9+.-]*:/i.test(url) && !/^[^/:]+:\d/.test(url) ? null : `http://${url}`;
}

function key(button, view) {
  if (button.kind === "url") {
    return el("a", { class: "key", href: webAddress(button.url), target: "_blank", rel: "noopener noreferrer" }, el("span", {}, button.text), icon("link", "opens a page"));
  }
  const node = el("button", { type: "button", class: "key" }, view.channel === "whatsapp" ? icon("reply") : null, el("span", {}, button.text));
  node.addEventListener("click", async () => {
    node.classList.add("busy");
    await view.onPress(button);
    setTimeout(() => node.classList.remove("busy"), 400);
  });
  return node;
}
