// telegraf's webhook on node's http, with its session() over SQLite; replies are calls of their own, as the others'.
const http = require("http");
const { Telegraf, session } = require("telegraf");
const { ENDPOINT, PORT, SECRET, TOKEN, sessions, walk } = require("./given.js");

const bot = new Telegraf(TOKEN, { telegram: { apiRoot: ENDPOINT, webhookReply: false } });
bot.use(session({ store: sessions, defaultSession: () => ({ step: 0 }) }));
bot.on("text", async (context) => {
  const next = walk(context.session, context.message.text, context.message.message_id);
  context.session = next.session;
  await context.reply(next.reply);
});

bot.telegram.getMe().then((me) => {
  bot.botInfo = me;
  http.createServer(bot.webhookCallback("/webhook", { secretToken: SECRET })).listen(PORT, "127.0.0.1");
});
