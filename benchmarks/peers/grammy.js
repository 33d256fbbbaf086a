// grammY's webhook on node's http, with its session() over SQLite.
const http = require("http");
const { Bot, session, webhookCallback } = require("grammy");
const { ENDPOINT, PORT, SECRET, TOKEN, sessions, walk } = require("./given.js");

const storage = { read: sessions.get, write: sessions.set, delete: sessions.delete };
const bot = new Bot(TOKEN, { client: { apiRoot: ENDPOINT } });
bot.use(session({ initial: () => ({ step: 0 }), storage }));
bot.on("message:text", async (context) => {
  const next = walk(context.session, context.message.text, context.message.message_id);
  context.session = next.session;
  await context.reply(next.reply);
});

const webhook = webhookCallback(bot, "http", { secretToken: SECRET });
bot.init().then(() => http.createServer(webhook).listen(PORT, "127.0.0.1"));
