// What the page knows: people, chats, messages, mails and events, kept current by the simulator's events.

/**
 * Events: "state" (all new), "message" {chat, message, isNew}, "deleted", "chat", "people", "typing", "faults", "clock", "answer",
 * "mail" {mail, isNew}, "calendar", "payments" (something changed at a payment provider), "machine" {machine, gone, happened}.
 */
export class World extends EventTarget {
  people = new Map();
  chats = new Map();
  mails = new Map(); // oldest first
  calendar = { account: "", events: new Map() };
  centre = { sshPort: 0, places: {}, machines: new Map(), happened: [] }; // the oldest machine, what happened last first
  faults = [];
  faultKinds = []; // what can be set: {provider, answers, webhooks, machines, sides}
  starts = {}; // by person: the /start of the link that they were sent
  dueKnown = false; // whether the clock can be moved to what is due next
  careUrl = null;
  logPath = null; // where a log with errors can be written
  logPage = { url: null, token: "" }; // where the service shows them
  paused = false; // webhooks are held back
  ready = false;
  #ahead = 0; // the service's clock less this machine's, in milliseconds

  now() {
    return new Date(Date.now() + this.#ahead);
  }

  /** A chat may not exist before its first message: then it is an empty one. */
  chat(id) {
    return this.chats.get(id) ?? blankChat(id);
  }

  message(chat, id) {
    return this.chats.get(chat)?.messages.find((message) => message.id === id);
  }

  person(id) {
    return this.people.get(id);
  }

  /** Who can speak in a group. */
  members(chat) {
    const people = [...this.people.values()];
    if (chat.members?.length) return chat.members.map((id) => this.people.get(id)).filter(Boolean);
    return people.filter((person) => person.role === (chat.kind === "forum" ? "agent" : "ops"));
  }

  apply(name, data) {
    switch (name) {
      case "state":
        this.people = new Map(data.people.map((person) => [person.id, person]));
        this.chats = new Map(data.chats.map((chat) => [chat.id, { ...blankChat(chat.id), ...chat }]));
        this.mails = byId(data.mails);
        this.calendar = { account: data.calendar?.account ?? "", events: byId(data.calendar?.events) };
        this.centre = {
          sshPort: data.datacentre?.ssh_port ?? 0, places: data.datacentre?.places ?? {},
          machines: byId(data.datacentre?.machines), happened: data.datacentre?.happened ?? [],
        };
        this.faults = data.faults ?? this.faults;
        this.faultKinds = data.fault_kinds ?? [];
        this.starts = data.starts ?? {};
        this.dueKnown = Boolean(data.due_known);
        this.careUrl = data.care_url ?? null;
        this.logPath = data.log?.path ?? null;
        this.logPage = { url: data.log?.page || null, token: data.log?.token ?? "" };
        this.paused = Boolean(data.paused);
        this.#setClock(data.now);
        this.ready = true;
        return this.#tell("state", {});
      case "message": {
        const chat = this.#known(data.chat);
        const index = chat.messages.findIndex((message) => message.id === data.message.id);
        if (index < 0) chat.messages.push(data.message);
        else chat.messages[index] = data.message;
        return this.#tell("message", { chat: data.chat, message: data.message, isNew: index < 0 });
      }
      case "deleted": {
        const chat = this.#known(data.chat);
        chat.messages = chat.messages.filter((message) => message.id !== data.id);
        return this.#tell("deleted", data);
      }
      case "chat": {
        const chat = this.#known(data.id);
        Object.assign(chat, { ...data, messages: chat.messages });
        return this.#tell("chat", { chat: data.id });
      }
      case "person":
        this.people.set(data.id, data);
        return this.#tell("people", { person: data });
      case "mail": {
        const isNew = !this.mails.has(data.id);
        this.mails.set(data.id, data);
        return this.#tell("mail", { mail: data, isNew });
      }
      case "calendar":
        this.calendar.events.set(data.id, data);
        return this.#tell("calendar", {});
      case "machine":
        if (data.gone) this.centre.machines.delete(data.gone);
        else this.centre.machines.set(data.machine.id, data.machine);
        if (data.happened) this.centre.happened = [data.happened, ...this.centre.happened].slice(0, 200);
        return this.#tell("machine", data);
      case "stripe":
      case "xendit":
        return this.#tell("payments", {});
      case "typing":
        return this.#tell("typing", data);
      case "faults":
        this.faults = Array.isArray(data) ? data : (data.faults ?? []);
        return this.#tell("faults", {});
      case "paused":
        this.paused = Boolean(data.paused);
        return this.#tell("faults", {});
      case "clock":
        this.#setClock(data.now);
        return this.#tell("clock", {});
      case "answer":
        return this.#tell("answer", data);
    }
  }

  #known(id) {
    if (!this.chats.has(id)) this.chats.set(id, blankChat(id));
    return this.chats.get(id);
  }

  #setClock(now) {
    if (now) this.#ahead = new Date(now).getTime() - Date.now();
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

const byId = (things) => new Map((things ?? []).map((thing) => [thing.id, thing]));

function blankChat(id) {
  const channel = id.split(":", 1)[0];
  return { id, channel, kind: "private", title: "", blocked: false, window_until: null, typing: false, topics: [], messages: [] };
}
