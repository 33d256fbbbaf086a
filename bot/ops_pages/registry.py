"""The pages for ops that there are."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from aiohttp import web

from bot.ops_pages.frame import Frame
from bot.ops_pages.logs import LogPages
from bot.settings import Settings
from bot.wording import Texts
from domain.catalog import Catalog
from domain.events import Arrival
from domain.records import Record
from storage.base import Storage


def ops_pages(
    settings: Settings,
    texts: Texts,
    now: Callable[[], datetime],
    storage: Storage,
    catalog: Catalog,
    accept: Callable[[Sequence[Arrival], Sequence[Record]], Awaitable[object]],
) -> list[web.RouteDef]:
    """None without OPS_PAGE_TOKEN: they are closed (404). `now` is business time, `accept` records what happened, and
    saves what changed by it, in one commit.
    """
    if not settings.ops_page_token.get_secret_value():
        return []
    frame = Frame(settings, texts, now)
    return [*frame.routes(), *LogPages(frame, storage, catalog, accept).routes()]
