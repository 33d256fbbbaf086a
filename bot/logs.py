"""Logs: JSON in production, readable on a terminal; no secrets and no message bodies."""

import logging
import sys

import structlog
from aiohttp import web
from aiohttp.http import HttpProcessingError
from structlog.typing import EventDict, Processor, WrappedLogger

from bot import own_log
from bot.settings import LogFormat, Settings


def _without_secrets(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    for key, value in event.items():
        if isinstance(value, str) and "/bot" in value:
            event[key] = own_log.TOKEN.sub(r"\1…", value)
    return event


def _not_of_strangers(record: logging.LogRecord) -> bool:
    """Bytes that are no HTTP are answered 400 and are no trouble of ours; aiohttp would print them with a traceback."""
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError | web.RequestPayloadError))


def configure(settings: Settings) -> None:
    """Our own lines and the libraries', in one form on stdout. Libraries speak from warning on."""
    as_json = settings.log_format is LogFormat.JSON or (
        settings.log_format is LogFormat.AUTO and not sys.stdout.isatty()
    )
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        own_log.gather,
        structlog.processors.format_exc_info if as_json else structlog.dev.set_exc_info,
        _without_secrets,
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(
            # The default would print local variables where `rich` is installed: texts and tokens among them.
            exception_formatter=structlog.dev.plain_traceback
        )
    )
    level = logging.getLevelNamesMapping()[settings.log_level]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.getLogger("aiohttp.server").addFilter(_not_of_strangers)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(max(level, logging.WARNING))
