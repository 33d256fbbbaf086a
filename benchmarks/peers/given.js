// What a peer bot is told by its environment, what it says, and where its sessions are kept: SQLite, synchronous=FULL.
const Database = require("better-sqlite3");

const { BOT_PORT, ENDPOINT, BOT_FOLDER } = process.env;
const database = new Database(`${BOT_FOLDER}/sessions.db`);
database.pragma("journal_mode = wal");
database.pragma("synchronous = full");
database.exec("CREATE TABLE sessions (key TEXT PRIMARY KEY, value TEXT)");

const read = database.prepare("SELECT value FROM sessions WHERE key = ?");
const write = database.prepare(
  "INSERT INTO sessions VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
);
const remove = database.prepare("DELETE FROM sessions WHERE key = ?");

const sessions = {
  get(key) {
    const row = read.get(key);
    return row ? JSON.parse(row.value) : undefined;
  },
  set(key, value) {
    write.run(key, JSON.stringify(value));
  },
  delete(key) {
    remove.run(key);
  },
};

const MENU = [
  "Welcome STEP1. Reply 1) lunch 2) dinner 3) cancel",
  "You chose {} STEP2. Confirm? (yes/no)",
  "Booked, thank you STEP3. See you soon!",
];

// One step of the walk: the reply, and the session as it is after it.
function walk(session, text, messageId) {
  const { step } = session;
  return {
    reply: MENU[step].replace("{}", text),
    session: { step: (step + 1) % 3, last: messageId, choice: step === 1 ? text : undefined },
  };
}

module.exports = {
  ENDPOINT,
  PORT: Number(BOT_PORT),
  SECRET: "bench-secret",
  TOKEN: "42:TESTTESTTESTTESTTESTTESTTESTTESTTEST",
  sessions,
  walk,
};
