"""WhatsApp's form of a message."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.base import Content, Option, Part, Worded
from bot.channels.splitting import units
from bot.channels.whatsapp_render import render
from domain.messages import BOLD_OFF, BOLD_ON, Location, Media, MediaKind
from tests.channels.conftest import MENU, NOTICE

B, E = BOLD_ON, BOLD_OFF


def parts(text: str = "", **more: Any) -> list[Part]:
    return render(
        Worded(to="whatsapp:+62", text=text, **more), lambda media: f"https://sahut.example/media/{media.ref}"
    )


def bodies(rendered: list[Part]) -> list[str]:
    return [part["params"]["body"] for part in rendered]


def options(*labels: str) -> tuple[Option, ...]:
    return tuple(Option(f"id-{label}", label) for label in labels)


def media(kind: MediaKind) -> Media:
    return Media(kind=kind, channel="telegram", ref="AgAC")


def test_a_text() -> None:
    assert parts(f"Halo {B}Budi{E}, *apa*?") == [
        {"method": "messages.create", "params": {"body": "Halo *Budi*, *apa*?"}}
    ]


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        (f"{B} Budi {E}ya", "*Budi* ya"),
        (f"{B}satu\ndua {E}", "*satu*\n*dua*"),
        (f"a{B}{E}b", "ab"),
        (f"{B}a{B}b", "*ab*"),
        (f"a{E}b", "ab"),
    ],
)
def test_bold_as_whatsapp_shows_it(text: str, seen: str) -> None:
    assert bodies(parts(text)) == [seen]


def test_numbered_lines_count_what_can_be_pressed() -> None:
    listed = (Option("a", "Isi\nsaldo"), Option("", "Situs", "https://x.id"), Option("b", "Lainnya"))
    assert bodies(parts("Pilih", options=listed)) == ["Pilih\n\nSitus: https://x.id\n\n1. Isi saldo\n2. Lainnya"]
    assert bodies(parts("", options=options("Ya"))) == ["1. Ya"]


def test_the_lines_stay_together_on_the_last_part() -> None:
    lines = "\n".join(f"{i}. {'x' * 60}" for i in range(1, 13))
    first, last = bodies(parts("a" * 1000, options=options(*["x" * 60] * 12)))
    assert (first, last) == ("a" * 1000, lines)
    [_, last] = bodies(parts("a " * 900, options=options("Ya", "Tidak")))
    assert last.endswith("\n\n1. Ya\n2. Tidak")
    many = bodies(parts("a", options=options(*["y" * 70] * 40)))
    assert len(many) > 2
    assert "\n".join(many[1:]).count(". ") == 40


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from("a*_ \n👍🏽é" + B + E), max_size=40), st.integers(1, 200))
def test_long_texts_keep_every_character_and_every_part_fits(unit: str, times: int) -> None:
    text = unit * times + "!"
    seen = bodies(parts(text))
    assert all(units(body) <= 1600 for body in seen)
    assert B not in "".join(seen)
    plain = text.replace(B, "").replace(E, "")
    assert "".join("".join(seen).split()).replace("*", "") == "".join(plain.split()).replace("*", "")


def test_a_template_instead_of_lines() -> None:
    content = Content(MENU, ("name", "topic"))
    [part] = parts("Halo", options=options("Ya"), content=content, content_values=(f"Budi\n\t {B}S.{E}    \x00", " "))
    assert part["params"]["content_sid"] == MENU
    assert json.loads(part["params"]["content_variables"]) == {"1": "Budi *S.*", "2": "-"}
    assert "body" not in part["params"]
    [bare] = parts("Halo", options=options("Ya"), content=Content(MENU))
    assert bare["params"] == {"content_sid": MENU}
    assert bodies(parts("Halo", content=Content(MENU))) == ["Halo"]  # nothing to press: our own words


def test_a_text_too_long_for_a_template_goes_as_lines() -> None:
    [part] = parts("a" * 1025, options=options("Ya"), content=Content(MENU))
    assert part["params"]["body"].endswith("1. Ya")


def test_outside_the_window_only_an_approved_template_goes() -> None:
    approved = Content(NOTICE, ("number",), approved=True)
    [part] = parts(
        "a" * 2000, content=approved, content_values=("17",), use_template=True, media=media(MediaKind.PHOTO)
    )
    assert json.loads(part["params"]["content_variables"]) == {"1": "17"}
    for content in (None, Content(MENU)):
        with pytest.raises(ValueError, match="template"):
            parts("Halo", content=content, use_template=True)


def test_media_goes_by_link_and_its_text_along_where_it_may() -> None:
    for kind in (MediaKind.PHOTO, MediaKind.VIDEO, MediaKind.DOCUMENT):
        [part] = parts(f"{B}Struk{E}", media=media(kind), options=options("Ya"))
        assert part["params"] == {"body": "*Struk*\n\n1. Ya", "media_url": ["https://sahut.example/media/AgAC"]}
    for kind in (MediaKind.VOICE, MediaKind.AUDIO, MediaKind.STICKER):
        first, second = parts("Ini", media=media(kind))
        assert first["params"] == {"media_url": ["https://sahut.example/media/AgAC"]}
        assert second["params"] == {"body": "Ini"}
    alone, text = parts("a" * 1025, media=media(MediaKind.PHOTO))
    assert "body" not in alone["params"]
    assert text["params"] == {"body": "a" * 1025}
    first, second = parts("Ini", media=media(MediaKind.PHOTO), content=Content(MENU), options=options("Ya"))
    assert "media_url" in first["params"]
    assert "content_sid" in second["params"]


def test_a_location() -> None:
    spot, text = parts("Di sini", location=Location(-6.1, 106.8, "Monas|x"))
    assert spot["params"] == {"body": "Monas/x", "persistent_action": ["geo:-6.1,106.8|Monas/x"]}
    assert text["params"] == {"body": "Di sini"}
    [bare] = parts(location=Location(-6.1, 106.8))
    assert bare["params"]["persistent_action"] == ["geo:-6.1,106.8"]


def test_nothing_to_say_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="nothing"):
        parts(" \x00")


def test_an_edit_is_a_new_message() -> None:
    assert bodies(parts("Baru", edit="SM1")) == ["Baru"]
