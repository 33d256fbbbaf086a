"""aiogram 3 on its aiohttp webhook; VARIANT is where its states are kept: memory, sqlite or redis."""

from aiogram import Bot, Dispatcher, Router
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.filters import StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.fsm.storage.base import BaseStorage
from aiogram.types import Message
from aiogram.webhook.aiohttp_server import SimpleRequestHandler, setup_application
from aiohttp import web
from given import ENDPOINT, FOLDER, MENU, PORT, REDIS_PORT, SECRET, TOKEN, VARIANT


class Booking(StatesGroup):
    choice = State()
    confirm = State()


router = Router()


@router.message(StateFilter(None))
async def begin(message: Message, state: FSMContext) -> None:
    await state.set_state(Booking.choice)
    await state.set_data({"last": message.message_id})
    await message.answer(MENU[0])


@router.message(Booking.choice)
async def choose(message: Message, state: FSMContext) -> None:
    await state.set_state(Booking.confirm)
    await state.set_data({"choice": message.text, "last": message.message_id})
    await message.answer(MENU[1].format(message.text))


@router.message(Booking.confirm)
async def confirm(message: Message, state: FSMContext) -> None:
    await state.set_state(None)
    await state.set_data({"last": message.message_id})
    await message.answer(MENU[2])


def storage() -> BaseStorage:
    if VARIANT == "sqlite":
        from aiogram_sqlite_storage.sqlitestore import SQLStorage

        return SQLStorage(f"{FOLDER}/states.db", serializing_method="json")
    if VARIANT == "redis":
        from aiogram.fsm.storage.redis import RedisStorage

        return RedisStorage.from_url(f"redis://127.0.0.1:{REDIS_PORT}/0")
    from aiogram.fsm.storage.memory import MemoryStorage

    return MemoryStorage()


bot = Bot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(ENDPOINT)))
dispatcher = Dispatcher(storage=storage())
dispatcher.include_router(router)
app = web.Application()
SimpleRequestHandler(dispatcher, bot, secret_token=SECRET).register(app, path="/webhook")
setup_application(app, dispatcher, bot=bot)
web.run_app(app, host="127.0.0.1", port=PORT, access_log=None, print=None)
