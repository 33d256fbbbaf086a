"""Telegram's form of a message."""

import html
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.base import Option, Part, Worded
from bot.channels.splitting import units
from bot.channels.telegram_render import markup, render
from domain.messages import BOLD_OFF, BOLD_ON, Location, Media, MediaKind

TO = "telegram:1001"
TAGS = re.compile("</?b>")


def parts(text: str = "", channel: str = "telegram", **more: Any) -> list[Part]:
    return render(Worded(to=TO, text=text, **more), channel)


def keyboard(part: Part) -> list[list[dict[str, str]]]:
    rows: list[list[dict[str, str]]] = part["params"]["reply_markup"]["inline_keyboard"]
    return rows


def shown(part: Part) -> str:
    """What a person sees of a part."""
    return html.unescape(TAGS.sub("", part["params"].get("text") or part["params"].get("caption", "")))


def photo(channel: str = "telegram", kind: MediaKind = MediaKind.PHOTO, mime: str = "image/jpeg") -> Media:
    return Media(kind=kind, channel=channel, ref="AgAC-1", mime=mime, name="", size=10)


def test_a_text() -> None:
    assert parts(f"Halo {BOLD_ON}<Sari>{BOLD_OFF} & *co*") == [
        {
            "method": "sendMessage",
            "params": {
                "text": "Halo <b>&lt;Sari&gt;</b> &amp; *co*",
                "parse_mode": "HTML",
                "link_preview_options": {"is_disabled": True},
            },
        }
    ]


def test_marks_that_do_not_pair_are_closed() -> None:
    assert markup(f"{BOLD_OFF}a{BOLD_ON}b{BOLD_ON}c") == "a<b>bc</b>"


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from("a<>&\"' \n👍🏽" + BOLD_ON + BOLD_OFF), max_size=60), st.integers(1, 400))
def test_long_texts_keep_every_character_and_every_part_fits(unit: str, times: int) -> None:
    text = unit * times + "!"
    rendered = parts(text)
    for part in rendered:
        assert units(shown(part)) <= 4096
        opened = 0
        for tag in TAGS.findall(part["params"]["text"]):
            opened += 1 if tag == "<b>" else -1
            assert opened in (0, 1)
        assert opened == 0
        assert "<" not in TAGS.sub("", part["params"]["text"])
    plain = text.replace(BOLD_ON, "").replace(BOLD_OFF, "")
    assert "".join("".join(map(shown, rendered)).split()) == "".join(plain.split())


def test_entities_are_not_counted_and_not_cut() -> None:
    [part] = parts("&" * 4096)
    assert part["params"]["text"] == "&amp;" * 4096
    first, second = parts("&" * 4097)
    assert shown(first) + shown(second) == "&" * 4097


def test_options_go_on_the_last_part() -> None:
    first, last = parts("a" * 4000 + "\n\n" + "b" * 4000, options=(Option("x", "Pilihan yang panjang"),))
    assert "reply_markup" not in first["params"]
    assert keyboard(last) == [[{"text": "Pilihan yang panjang", "callback_data": "x"}]]


@pytest.mark.parametrize(
    ("labels", "widths"),
    [
        (["Isi saldo dan pembayaran", "Ya"], [1, 1]),
        (["Ya", "Tidak", "Nanti"], [2, 1]),
        (["1", "2", "3", "4", "5", "6"], [5, 1]),
    ],
)
def test_rows(labels: list[str], widths: list[int]) -> None:
    [part] = parts("Pilih", options=tuple(Option(label, label) for label in labels))
    assert [len(row) for row in keyboard(part)] == widths
    assert [button["text"] for row in keyboard(part) for button in row] == labels


def test_ids_of_64_bytes_and_no_more() -> None:
    [part] = parts("Pilih", options=(Option("é" * 32, "a"),))
    assert keyboard(part)[0][0]["callback_data"] == "é" * 32
    for identity in ("é" * 32 + "x", ""):
        with pytest.raises(ValueError, match="64 bytes"):
            parts("Pilih", options=(Option(identity, "a"),))
    with pytest.raises(ValueError, match="100 buttons"):
        parts("Pilih", options=tuple(Option(str(i), "a") for i in range(101)))


def test_labels_are_cut_and_never_empty() -> None:
    [part] = parts("Pilih", options=(Option("a", "👍" * 80), Option("b", " \n")))
    [[long], [empty]] = keyboard(part)
    assert units(long["text"]) <= 64
    assert long["text"].endswith("…")
    assert empty["text"] == "b"


def test_links_are_buttons_where_telegram_takes_them() -> None:
    options = (Option("", "Bayar", "https://bayar.id/1"), Option("", "Coba", "http://localhost:8080/x"))
    [part] = parts("Tagihan", options=options)
    assert keyboard(part) == [[{"text": "Bayar", "url": "https://bayar.id/1"}]]
    assert shown(part) == "Tagihan\nCoba: http://localhost:8080/x"


def test_an_edit_replaces_the_text_and_the_keyboard() -> None:
    [part] = parts("Baru", edit="41", options=(Option("a", "A"),))
    assert part["method"] == "editMessageText"
    assert part["params"]["message_id"] == 41
    first, second = parts("a" * 5000, edit="41")
    assert (first["method"], second["method"]) == ("editMessageText", "sendMessage")


@pytest.mark.parametrize("edit", ["SM12", "", "-", "²"])
def test_an_edit_of_something_else_is_a_new_message(edit: str) -> None:
    assert parts("Baru", edit=edit)[0]["method"] == "sendMessage"


def test_media_of_our_own_goes_by_its_id() -> None:
    [part] = parts("Struk <1>", media=photo(), options=(Option("a", "A"),), edit="41")
    assert part["method"] == "sendPhoto"
    assert part["params"]["photo"] == "AgAC-1"
    assert part["params"]["caption"] == "Struk &lt;1&gt;"
    assert keyboard(part) == [[{"text": "A", "callback_data": "a"}]]


def test_media_from_elsewhere_is_to_be_fetched() -> None:
    [part] = parts(media=photo("whatsapp"))
    assert part["params"] == {}
    assert part["field"] == "photo"
    assert part["fetch"]["channel"] == "whatsapp"
    assert parts(channel="telegram-ops", media=photo())[0]["params"] == {}  # a file id is its bot's own


@pytest.mark.parametrize(
    ("kind", "mime", "method"),
    [
        (MediaKind.PHOTO, "image/heic", "sendDocument"),
        (MediaKind.VOICE, "audio/ogg; codecs=opus", "sendVoice"),
        (MediaKind.VOICE, "audio/amr", "sendDocument"),
        (MediaKind.AUDIO, "audio/mpeg", "sendAudio"),
        (MediaKind.VIDEO, "video/mp4", "sendVideo"),
        (MediaKind.VIDEO, "video/3gpp", "sendDocument"),
        (MediaKind.STICKER, "image/webp", "sendSticker"),
        (MediaKind.DOCUMENT, "application/pdf", "sendDocument"),
    ],
)
def test_media_from_elsewhere_goes_as_what_telegram_takes(kind: MediaKind, mime: str, method: str) -> None:
    assert parts(media=photo("whatsapp", kind, mime))[0]["method"] == method


def test_a_long_caption_and_a_sticker_s_text_come_after() -> None:
    media, text = parts("a" * 1025, media=photo(), options=(Option("a", "A"),))
    assert "caption" not in media["params"]
    assert shown(text) == "a" * 1025
    assert "reply_markup" in text["params"]
    [_, words] = parts("Ini", media=photo(kind=MediaKind.STICKER))
    assert shown(words) == "Ini"


def test_a_location() -> None:
    spot, text = parts("Di sini", location=Location(-6.1, 106.8, "Monas"))
    assert spot == {"method": "sendLocation", "params": {"latitude": -6.1, "longitude": 106.8}}
    assert shown(text) == "Di sini"
    assert [p["method"] for p in parts(location=Location(-6.1, 106.8))] == ["sendLocation"]


def test_nothing_to_say_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="nothing"):
        parts(" \n\x00\ud800")
    assert shown(parts("", options=(Option("a", "A"),))[0]) == "…"
