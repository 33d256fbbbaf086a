"""WhatsApp's form of a message: choices as a Content template where there is one, else as numbered lines."""

import json
import re
from collections.abc import Callable

from bot.channels.base import Option, Part, Worded
from bot.channels.cleaning import sendable
from bot.channels.splitting import shortened, split, units
from domain.messages import BOLD_OFF, BOLD_ON, Location, Media, MediaKind

TEXT = 1600
CAPTION = 1024
CONTENT = 1024  # the body of a quick reply or a list
LABEL = 72
MARK = 1  # a mark becomes an asterisk

_SPAN = re.compile(f"{BOLD_ON}([^{BOLD_ON}{BOLD_OFF}]*){BOLD_OFF}")
_MARKS = re.compile(f"[{BOLD_ON}{BOLD_OFF}]")
_CAPTIONED = (MediaKind.PHOTO, MediaKind.VIDEO, MediaKind.DOCUMENT)


def render(message: Worded, link: Callable[[Media], str]) -> list[Part]:
    """The calls that say it. Raises ValueError where a demanded template is not set up, or there is nothing to say."""
    text = _tight(sendable(message.text)).strip()
    if message.use_template:
        if message.content is None or not message.content.approved:
            raise ValueError("outside the 24-hour window a template is needed, and none is set up")
        return [_template(message)]
    parts: list[Part] = []
    if message.location:
        parts.append(_location(message.location))
    if message.content is not None and message.options and units(text) <= CONTENT:
        if message.media:
            parts.append(_part(media_url=[link(message.media)]))
        return [*parts, _template(message)]
    pieces = _pieces(text, _lines(message.options, message.numbers_hint))
    if message.media:
        captioned = message.media.kind in _CAPTIONED and len(pieces) == 1 and units(pieces[0], MARK) <= CAPTION
        body = {"body": _asterisks(pieces.pop())} if captioned else {}
        parts.append(_part(**body, media_url=[link(message.media)]))
    parts.extend(_part(body=_asterisks(piece)) for piece in pieces)
    if not parts:
        raise ValueError("a message with nothing to say")
    return parts


def _part(**params: str | list[str]) -> Part:
    return {"method": "messages.create", "params": params}


def _template(message: Worded) -> Part:
    """No variable may be empty or hold a line break, a tab or a run of spaces."""
    assert message.content is not None  # noqa: S101 - for the type checker
    given = [" ".join(sendable(value).split()) for value in message.content_values]
    wanted = len(message.content.variables)
    values = [*given, *[""] * wanted][:wanted]
    params: dict[str, str | list[str]] = {"content_sid": message.content.sid}
    if values:
        numbered = {str(i): _asterisks(_tight(value)) or "-" for i, value in enumerate(values, 1)}
        params["content_variables"] = json.dumps(numbered, ensure_ascii=False)
    return _part(**params)


def _lines(options: tuple[Option, ...], hint: str) -> str:
    """The links; the options to press as lines, numbered by their order among themselves, and how to answer them."""
    pressed = [option for option in options if not option.url]
    numbered = [f"{i}. {_label(option.label) or option.id}" for i, option in enumerate(pressed, 1)]
    links = [f"{_label(option.label)}: {option.url}".removeprefix(": ") for option in options if option.url]
    hints = [sendable(hint)] if hint and len(numbered) > 1 else []
    return "\n\n".join("\n".join(block) for block in (links, numbered, hints) if block)


def _label(label: str) -> str:
    return shortened(sendable(label), LABEL)


def _pieces(text: str, lines: str) -> list[str]:
    """The text in parts, with the lines under the last; they are kept together where one part can hold them."""
    if not lines:
        return split(text, TEXT, MARK)
    whole = f"{text}\n\n{lines}" if text else lines
    if units(whole, MARK) <= TEXT:
        return [whole]
    pieces = split(text, TEXT, MARK)
    if pieces and units(f"{pieces[-1]}\n\n{lines}", MARK) <= TEXT:
        pieces[-1] += f"\n\n{lines}"
        return pieces
    return [*pieces, *split(lines, TEXT, MARK)]


def _location(spot: Location) -> Part:
    name = sendable(spot.label).replace("|", "/").strip()
    place = f"geo:{spot.latitude},{spot.longitude}" + (f"|{name}" if name else "")
    return _part(body=name or "📍", persistent_action=[place])


def _tight(text: str) -> str:
    """Bold spans that WhatsApp shows as such: within one line, with no space inside their ends, balanced."""
    return _SPAN.sub(lambda span: "\n".join(map(_tight_line, span[1].split("\n"))), _balanced(text))


def _tight_line(line: str) -> str:
    inside = line.strip()
    return line.replace(inside, f"{BOLD_ON}{inside}{BOLD_OFF}", 1) if inside else line


def _balanced(text: str) -> str:
    """Each mark opened once and closed once, in turn."""
    bold = False
    pieces: list[str] = []
    for piece in re.split(f"([{BOLD_ON}{BOLD_OFF}])", text):
        if piece not in (BOLD_ON, BOLD_OFF):
            pieces.append(piece)
        elif bold != (piece == BOLD_ON):
            bold = not bold
            pieces.append(piece)
    return "".join(pieces) + (BOLD_OFF if bold else "")


def _asterisks(text: str) -> str:
    return _MARKS.sub("*", _tight(text))
