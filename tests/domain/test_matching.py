import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.catalog import load_catalog
from domain.matching import Clear, Matcher, Nothing, Unclear
from tests.rules.tree import ROOT

CATALOG = load_catalog(ROOT / "catalog.toml")
MATCHER = Matcher(CATALOG)
LEAVES = [topic.id for topic in CATALOG.leaves]


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("saldo saya belum masuk", "topup"),
        ("lupa pin", "login"),
        ("token listrik belum keluar", "ppob"),
        ("uang yang saya kirim ke rekening BRI belum sampai", "transfer"),
        ("berapa bunga pinjaman", "loans"),
        ("komisi jualan pulsa berapa", "profit_ppob"),
        ("bagi hasil pendanaan pinjaman", "profit_loans"),
        ("mau bicara dengan manusia", "other"),
        ("my top up has not arrived", "topup"),
        ("I forgot my password", "login"),
    ],
)
def test_plain_words_open_their_topic(text: str, topic: str) -> None:
    assert MATCHER.match(text) == Clear(topic)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("sldo blm msk", "topup"),
        ("SALDOOO SAYA BELOM MASUK!!!", "topup"),
        ("s4ldo g4k masuk2", "topup"),
        ("saldosayabelummasuk", "topup"),
        ("pasword saya lupaa", "login"),
        ("pnjmn saya kpn cair", "loans"),
        ("pulsane durung mlebu", "ppob"),
        ("trasnfer ke rekning salah", "transfer"),
        ("my saldo belum masuk after topup", "topup"),
        ("Ｓaldo bélum masuk", "topup"),
    ],
)
def test_slang_slips_and_mixed_language_are_understood(text: str, topic: str) -> None:
    assert MATCHER.match(text) == Clear(topic)


@pytest.mark.parametrize(
    "text",
    ["", "halo kak", "selamat pagi", "asdfghjkl", "👍", "123", "resep rendang dong", "mau tanya", "can you help me"],
)
def test_a_greeting_or_something_else_finds_nothing(text: str) -> None:
    assert MATCHER.match(text) == Nothing()


def test_of_a_text_that_says_nothing_the_topic_for_the_rest_comes_first() -> None:
    assert MATCHER.rank("asdfghjkl")[0].topic_id == "other"


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("profit saya salah", {"profit_ppob", "profit_loans"}),
        ("transaksi saya gagal", {"ppob", "transfer"}),
        ("kok belum masuk", {"topup", "ppob", "transfer"}),
    ],
)
def test_what_may_mean_several_topics_is_asked_about(text: str, topics: set[str]) -> None:
    match = MATCHER.match(text)
    assert isinstance(match, Unclear)
    assert {guess.topic_id for guess in match.guesses} == topics


def test_a_word_that_is_taken_back_does_not_count() -> None:
    assert MATCHER.match("bukan pulsa tapi transfer") == Clear("transfer")


@given(st.text(max_size=200))
def test_every_text_ranks_every_topic_once_and_finds_at_most_three(text: str) -> None:
    ranked = MATCHER.rank(text)
    assert sorted(guess.topic_id for guess in ranked) == sorted(LEAVES)
    assert all(0 <= guess.score <= 1 for guess in ranked)
    assert list(ranked) == sorted(ranked, key=lambda guess: -guess.score)
    assert sum(guess.score for guess in ranked) <= 1.000001
    match MATCHER.match(text):
        case Clear(topic):
            assert topic == ranked[0].topic_id
        case Unclear(guesses):
            assert 1 <= len(guesses) <= 3
            assert guesses == ranked[: len(guesses)]
        case _:
            pass
    assert MATCHER.match(text) == MATCHER.match(text)


def test_a_word_without_end_does_not_hold_anybody_up() -> None:
    assert MATCHER.match("a" * 100_000) == Nothing()
    assert MATCHER.match("lupa pin " * 10_000) == Clear("login")
    assert MATCHER.prefilled("halo saya mengalami " * 10_000) is None


names = st.sampled_from(
    ["", "Budi", "Sri Wahyuni Kusumaningrum Putri Ayu", "O'Neil", "M. Zaki", "阿明", "Pinjaman Jaya"]
)
languages = st.sampled_from(["id", "en"])
leaves = st.sampled_from(LEAVES)
slips = st.sampled_from("abcdefghijklmnopqrstuvwxyz ,.*")


def identifiable_from(text: str, topic: str, name: str, language: str) -> int:
    """The least number of characters that no other topic's prefilled text begins with, in any case."""
    others = [CATALOG.prefill_text(other, name, language).lower() for other in LEAVES if other != topic]
    return next(n for n in range(len(text) + 1) if not any(other.startswith(text[:n].lower()) for other in others))


@given(leaves, names, languages, st.sampled_from([str, str.lower, str.upper, str.title, str.swapcase]))
def test_a_prefilled_text_opens_its_topic_in_any_case(topic: str, name: str, language: str, case: type[str]) -> None:
    assert MATCHER.prefilled(case(CATALOG.prefill_text(topic, name, language))) == topic


@given(leaves, names, languages, st.data())
def test_a_prefilled_text_opens_its_topic_with_the_name_removed_or_signs_dropped(
    topic: str, name: str, language: str, data: st.DataObject
) -> None:
    text = CATALOG.prefill_text(topic, name, language).replace(
        f"*{name}*", data.draw(st.sampled_from(["", name, "**"]))
    )
    dropped = data.draw(st.sets(st.sampled_from(",.*-'\n ")))
    assert MATCHER.prefilled("".join(c for c in text if c not in dropped)) == topic


@given(leaves, names, languages, st.data())
def test_a_prefilled_text_opens_its_topic_with_a_slip_of_the_finger(
    topic: str, name: str, language: str, data: st.DataObject
) -> None:
    text = CATALOG.prefill_text(topic, name, language)
    at = data.draw(st.integers(0, len(text) - 1))
    slip = data.draw(slips)
    slipped = data.draw(
        st.sampled_from(
            [
                text[:at] + text[at + 1 :],
                text[:at] + slip + text[at:],
                text[:at] + slip + text[at + 1 :],
                text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :],
            ]
        )
    )
    assert MATCHER.prefilled(slipped) == topic


@given(leaves.filter(lambda topic: topic != "other"), names, languages, st.data())
def test_a_prefilled_text_opens_its_topic_cut_off_after_it_is_clear(
    topic: str, name: str, language: str, data: st.DataObject
) -> None:
    text = CATALOG.prefill_text(topic, name, language)
    # One letter more, since a single letter of a first word is also where any word of the person's own may begin.
    least = identifiable_from(text, topic, name, language) + 1
    cut = data.draw(st.integers(least, len(text)))
    assert MATCHER.prefilled(text[:cut]) == topic


@given(leaves, names, languages, st.data())
def test_a_cut_prefilled_text_never_opens_another_topic(
    topic: str, name: str, language: str, data: st.DataObject
) -> None:
    text = CATALOG.prefill_text(topic, name, language)
    assert MATCHER.prefilled(text[: data.draw(st.integers(0, len(text)))]) in (topic, None)


@pytest.mark.parametrize("topic", LEAVES)
@pytest.mark.parametrize("language", ["id", "en"])
def test_more_words_around_a_prefilled_text_do_not_hide_it(topic: str, language: str) -> None:
    text = CATALOG.prefill_text(topic, "Budi", language)
    assert MATCHER.prefilled(f"Selamat pagi. {text} Dari kemarin begini terus, saldo saya juga belum masuk.") == topic
    assert MATCHER.prefilled(text.replace("kesulitan ", "kesulitan saat ").replace("about ", "about the ")) == topic


@pytest.mark.parametrize(
    "text",
    [
        "saldo belum masuk",
        "halo saya budi",
        "halo kak, lupa pin",
        "saya kesulitan",
        "pinjaman",
        "mohon bantuannya",
        "Halo, saya mau tanya pinjaman",
        "saya ingin pinjaman 5 juta, mohon bantuannya",
        "Halo, saya mengalami kesulitan",
        "Halo, saya ingin bertanya tentang jam buka",
        "halo saya membutuhkan bantuan",
        "Hello, I need help",
        "hello, I would like to ask about your office",
        "transaksi PPOB gagal, mohon bantuannya",
    ],
)
def test_what_a_person_wrote_freely_is_no_prefilled_text(text: str) -> None:
    assert MATCHER.prefilled(text) is None
