// The simulator's control interface, as the page uses it.

import { toast } from "./dom.js";

async function call(method, path, body) {
  let answer;
  try {
    answer = await fetch(path, {
      method,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    toast("The simulator does not answer.");
    return null;
  }
  const text = await answer.text();
  let data = {};
  try {
    data = text ? JSON.parse(text) : {};
  } catch {
    data = { error: text.slice(0, 200) };
  }
  if (!answer.ok) {
    toast(data.error || data.description || `The simulator said ${answer.status}.`);
    return null;
  }
  return data;
}

const post = (path) => (body = {}) => call("POST", `/sim/${path}`, body);

/** Each returns the answer, or null after having told the person what went wrong. */
export const api = {
  say: post("say"),
  press: post("press"),
  pick: post("pick"),
  edit: post("edit"),
  read: post("read"),
  block: post("block"),
  unblock: post("unblock"),
  deleteTopic: post("topics/delete"),
  closeTopic: post("topics/close"),
  reopenTopic: post("topics/reopen"),
  migrate: post("migrate"),
  redeliver: post("redeliver"),
  pause: post("pause"),
  reset: post("reset"),
  addPerson: post("people"),
  addFault: post("faults"),
  writeLog: post("log"),
  advance: (seconds) => call("POST", "/sim/clock", { advance: seconds }),
  advanceToDue: () => call("POST", "/sim/clock", { to: "due" }),
  datacentre: () => call("GET", "/sim/datacentre"),
  machine: (provider, number, deed) => call("POST", `/sim/datacentre/${encodeURIComponent(provider)}/${number}/${deed}`, {}),
  checkouts: () => call("GET", "/sim/checkouts"),
  clearFaults: () => call("DELETE", "/sim/faults"),
  clearFault: (id) => call("DELETE", `/sim/faults/${encodeURIComponent(id)}`),
};

const EVENTS = ["state", "message", "chat", "deleted", "typing", "clock", "faults", "paused", "person", "answer", "mail", "calendar", "stripe", "xendit", "machine"];

/** Server-sent events; the browser reconnects, and each connection begins with the whole state. */
export function listen(onEvent, onLink) {
  let source;
  const open = () => {
    source = new EventSource("/sim/events");
    for (const name of EVENTS) {
      source.addEventListener(name, (event) => onEvent(name, JSON.parse(event.data)));
    }
    source.addEventListener("open", () => onLink(true));
    source.addEventListener("error", () => {
      onLink(false);
      // After an answer that is no event stream the browser gives up by itself: begin again.
      if (source.readyState === EventSource.CLOSED) setTimeout(open, 1500);
    });
  };
  open();
  addEventListener("pagehide", () => source.close());
}
