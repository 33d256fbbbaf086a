"""python-telegram-bot on its own webhook, with its ConversationHandler and PicklePersistence, which writes its file
once a minute; VARIANT: concurrent or sequential.
"""

from given import ENDPOINT, FOLDER, MENU, PORT, SECRET, TOKEN, VARIANT
from telegram import Update
from telegram.ext import (
    ApplicationBuilder,
    ContextTypes,
    ConversationHandler,
    MessageHandler,
    PicklePersistence,
    filters,
)

CHOICE, CONFIRM = 1, 2


async def begin(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
    context.user_data["last"] = update.message.message_id
    await update.message.reply_text(MENU[0])
    return CHOICE


async def choose(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
    context.user_data["choice"] = update.message.text
    await update.message.reply_text(MENU[1].format(update.message.text))
    return CONFIRM


async def confirm(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
    context.user_data["last"] = update.message.message_id
    await update.message.reply_text(MENU[2])
    return ConversationHandler.END


booking = ConversationHandler(
    entry_points=[MessageHandler(filters.TEXT, begin)],
    states={CHOICE: [MessageHandler(filters.TEXT, choose)], CONFIRM: [MessageHandler(filters.TEXT, confirm)]},
    fallbacks=[],
    name="booking",
    persistent=True,
)
builder = ApplicationBuilder().token(TOKEN).base_url(f"{ENDPOINT}/bot")
builder = builder.persistence(PicklePersistence(f"{FOLDER}/states.pickle"))
if VARIANT == "concurrent":
    builder = builder.concurrent_updates(True)
application = builder.build()
application.add_handler(booking)
application.run_webhook(
    listen="127.0.0.1",
    port=PORT,
    url_path="webhook",
    secret_token=SECRET,
    webhook_url=f"http://127.0.0.1:{PORT}/webhook",
)
