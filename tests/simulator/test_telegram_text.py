"""What the HTML parse mode and the keyboards let through."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.markup import telegram_html, whatsapp_html
from simulator.telegram_entities import EntityError, good_url, parse_html, trim
from simulator.telegram_errors import TelegramError
from simulator.telegram_json import found_entities
from simulator.telegram_keyboards import parse_markup


def entity(kind: str, offset: int, length: int, **more: str) -> dict[str, Any]:
    return {"offset": offset, "length": length, "type": kind, **more}


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("a &lt;b&gt; &amp; &quot;c&quot; &#65; &x; & y", 'a <b> & "c" A &x; & y', []),
        ("<b>tebal</b> biasa", "tebal biasa", [entity("bold", 0, 5)]),
        ("😀<i>x</i>", "😀x", [entity("italic", 2, 1)]),
        ("<b>a<i>b</i></b>", "ab", [entity("bold", 0, 2), entity("italic", 1, 1)]),
        ('<a href="https://x.id/?a=1&amp;b=2">di sini</a>', "di sini", [
            entity("text_link", 0, 7, url="https://x.id/?a=1&b=2")
        ]),
        ('<a href="javascript:alert(1)">x</a>', "x", []),
        ('<pre><code class="language-py">x</code></pre>', "x", [entity("pre", 0, 1, language="py")]),
        ("<blockquote expandable>x</blockquote>", "x", [entity("expandable_blockquote", 0, 1)]),
        ('<span class="tg-spoiler">x</span><tg-spoiler>y</tg-spoiler>', "xy", [
            entity("spoiler", 0, 1), entity("spoiler", 1, 1)
        ]),
        ("<b></b>x", "x", []),
        ("<STRONG>x</STRONG >", "x", [entity("bold", 0, 1)]),
    ],
)  # fmt: skip
def test_html_becomes_text_and_entities(source: str, text: str, entities: list[dict[str, Any]]) -> None:
    assert parse_html(source) == (text, entities)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("a < b", 'Unsupported start tag "" at byte offset 2'),
        ("<h1>x</h1>", 'Unsupported start tag "h1" at byte offset 0'),
        ("é<br>", 'Unsupported start tag "br" at byte offset 2'),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b", "Unclosed start tag at byte offset 0"),
        ('<a href="x', "Unclosed start tag at byte offset 0"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ],
)
def test_broken_html_is_refused_in_telegrams_words(source: str, words: str) -> None:
    with pytest.raises(EntityError) as caught:
        parse_html(source)
    assert str(caught.value) == words


def test_white_space_at_both_ends_goes_and_the_entities_follow() -> None:
    assert trim(*parse_html(" \n<b> x </b>\n")) == ("x", [entity("bold", 0, 1)])


@given(st.text(max_size=60))
def test_escaped_text_comes_back_as_it_was(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert parse_html(escaped) == (text, [])


@given(st.text(alphabet="<>&\"'*_~`/ab :.htps\n", max_size=60))
def test_what_the_page_gets_holds_no_tag_of_the_writer(text: str) -> None:
    allowed = ("<br>", "<b>", "</b>", "<i>", "</i>", "<s>", "</s>", "<code>", "</code>", "</a>", "</span>")
    for html in (whatsapp_html(text), telegram_html(text, found_entities(text))):
        for tag in allowed:
            html = html.replace(tag, "")
        rest = [part for part in html.split("<")[1:] if not part.startswith(('a href="http', 'span class="'))]
        assert rest == []


def test_entities_become_html_properly_nested() -> None:
    text, entities = parse_html("<b><i>a</i></b> & <u>b<s>c</s></u>")
    shown = telegram_html(text + " /menu https://x.id?a=1&b=2", [*entities, *found_entities("......./menu")])
    assert shown.startswith(("<b><i>a</i></b> &amp;", "<i><b>a</b></i> &amp;"))
    assert '<a href="https://x.id?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">' in shown


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Halo, saya *Budi Santoso*!", "Halo, saya <b>Budi Santoso</b>!"),
        ("_miring_ ~coret~ ```a*b*c```", "<i>miring</i> <s>coret</s> <code>a*b*c</code>"),
        ("2*3*4 snake_case_name * a *", "2*3*4 snake_case_name * a *"),
        ("*_dua_*", "<b><i>dua</i></b>"),
        ("<b>\n*x*", "&lt;b&gt;<br><b>x</b>"),
        ("https://x.id/a_b_c", '<a href="https://x.id/a_b_c" target="_blank" rel="noopener noreferrer">'
                               "https://x.id/a_b_c</a>"),
    ],
)  # fmt: skip
def test_whatsapps_marks_become_html(text: str, html: str) -> None:
    assert whatsapp_html(text) == html


def inline(**button: Any) -> dict[str, Any]:
    return {"inline_keyboard": [[button]]}


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        (inline(text="x", callback_data="ü" * 33), "BUTTON_DATA_INVALID"),
        (inline(text="x", callback_data=""), "BUTTON_DATA_INVALID"),
        (inline(text="", callback_data="a"), "can't parse inline keyboard button: Text must be non-empty"),
        (inline(callback_data="a"), "can't parse inline keyboard button: Can't find field \"text\""),
        (inline(text="x"), "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"),
        (
            inline(text="x", callback_data="a", url="https://x.id"),
            "can't parse inline keyboard button: exactly one of the optional fields must be used",
        ),
        (inline(text="x", data="a"), "can't parse inline keyboard button: unknown field 'data'"),
        (inline(text="x", url="localhost"), "inline keyboard button URL 'localhost' is invalid: Wrong HTTP URL"),
        ({"inline_keyboard": [], "resize": True}, "unknown field 'resize' in reply markup"),
        ({"keyboard": [[{"text": " "}]]}, "can't parse keyboard button: Text must be non-empty"),
        ({"inline_keyboard": [[{"text": "x", "callback_data": "a"}] * 101]}, "reply markup is too long"),
        ("[]", "object expected as reply markup"),
        ({"buttons": []}, "inline keyboard expected"),
    ],
)
def test_keyboards_that_are_refused(markup: Any, words: str) -> None:
    with pytest.raises(TelegramError) as caught:
        parse_markup(markup)
    assert caught.value.description == f"Bad Request: {words}"


def test_callback_data_of_64_bytes_is_taken() -> None:
    markup, buttons = parse_markup(inline(text="x", callback_data="ü" * 32))
    assert markup == inline(text="x", callback_data="ü" * 32)
    assert buttons[0][0].kind == "callback"


def test_other_keyboards() -> None:
    assert parse_markup({"keyboard": [["Menu"]]})[1][0][0].kind == "reply"
    assert parse_markup({"remove_keyboard": True}) == (None, [])
    assert parse_markup(None) == (None, [])
    with pytest.raises(TelegramError):
        parse_markup({"remove_keyboard": True}, inline_only=True)


@pytest.mark.parametrize("url", ["https://x.id/a", "http://127.0.0.1:8080/p", "tg://user?id=1", "wa.me/62811"])
def test_addresses_that_a_button_may_have(url: str) -> None:
    assert good_url(url)


@pytest.mark.parametrize("url", ["", "javascript:alert(1)", "http://localhost:8080/", "ftp://x.id", "https://a b.id"])
def test_addresses_that_a_button_may_not_have(url: str) -> None:
    assert not good_url(url)


def test_what_telegram_finds_in_a_text() -> None:
    assert found_entities("/balas@sahut_bot 😀 @dewi_sim https://x.id.") == [
        entity("bot_command", 0, 16),
        entity("mention", 20, 9),
        entity("url", 30, 12),
    ]
    assert found_entities("km/jam 1/2 a@b.id") == []
