"""What anybody may ask for: health, metrics, the care page, media by signed links."""

import asyncio
import hashlib
import hmac
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import pytest_asyncio
from msgspec.structs import replace

from bot.catalog import load_catalog
from bot.media import EXPIRES_SECONDS, LARGEST, MediaLinks
from domain.messages import Media, MediaKind
from tests.talk import Talk
from tests.web.pages import Page
from tests.web.site import CARE_SECRET, PUBLIC, Site, site_simulator, telegram_call

# One event loop, and so one service, for all of these tests.
pytestmark = pytest.mark.asyncio(loop_scope="module")

CATALOG = load_catalog(Path("catalog.toml"))
WA, TG = "https://wa.me/6281100000000", "https://t.me/sahut_bot"
HOUR, DAY = 3600, 24 * 3600


@pytest_asyncio.fixture(loop_scope="module")
async def care_site(site: Site) -> Site:
    """The service, once it has learnt its bot's name."""
    await until_links(site)
    return site


async def until_links(site: Site) -> None:
    async with asyncio.timeout(8):
        while TG not in (await site.get("/care")).text:
            await asyncio.sleep(0.01)


# --- health, readiness, numbers ---


async def test_alive_and_ready(site: Site) -> None:
    assert [(await site.get(path)).status for path in ("/health", "/ready")] == [200, 200]


async def test_storage_away(site: Site) -> None:
    with closing(sqlite3.connect(site.file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        began = time.monotonic()
        answers = await asyncio.gather(*(site.get(path) for path in ("/health", "/ready", "/metrics", "/care")))
        assert [answer.status for answer in answers] == [200, 503, 200, 200]
        assert time.monotonic() - began < 3
        other.execute("ROLLBACK")
    assert (await site.get("/ready")).status == 200


async def test_numbers_are_open_by_default(site: Site) -> None:
    await site.send(telegram_call(1))
    answer = await site.get("/metrics")
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    assert "# TYPE sahut_arrivals_total counter" in answer.text
    assert "\nsahut_inbox_waiting 1.0\n" in answer.text


async def test_numbers_hold_no_paths_of_strangers(site: Site) -> None:
    await site.get("/wp-login.php?token=abc")
    await site.get("/media/a-token-of-somebody")
    text = (await site.get("/metrics")).text
    assert "wp-login" not in text
    assert "a-token-of-somebody" not in text
    assert 'endpoint="/media/{token}"' in text


async def test_numbers_with_a_token(tmp_path: Path) -> None:
    site = await Site.open(tmp_path, metrics_token="let-me-count")
    wrong = [
        "",
        "let-me-count",
        "Bearer",
        "Bearer ",
        "Bearer let-me-coun",
        "Bearer let-me-count2",
        "Basic let-me-count",
    ]
    for given in wrong:
        answer = await site.get("/metrics", Authorization=given)
        assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
        assert "sahut_" not in answer.text
    assert (await site.get("/metrics?token=let-me-count")).status == 401
    assert (await site.get("/metrics", Authorization="Bearer let-me-count")).status == 200
    await site.close()


async def test_the_token_is_compared_in_constant_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = await Site.open(tmp_path, metrics_token="let-me-count")
    compared: list[tuple[bytes, bytes]] = []

    def compare(given: bytes, wanted: bytes) -> bool:
        compared.append((given, wanted))
        return given == wanted

    monkeypatch.setattr("bot.web.hmac", SimpleNamespace(compare_digest=compare))
    assert (await site.get("/metrics", Authorization="Bearer x")).status == 401
    assert compared == [(b"Bearer x", b"Bearer let-me-count")]
    await site.close()


async def test_what_is_not_there(site: Site) -> None:
    assert [(await site.get(path)).status for path in ("/", "/admin", "/.env", "/webhooks", "/care/", "/media/")] == [
        404
    ] * 6


# --- the care page ---


def now() -> int:
    return int(time.time())


def sign(name: str, ts: object, secret: str = CARE_SECRET) -> str:
    """As the app's developers read it in our documents."""
    return hmac.new(secret.encode(), f"{name}.{ts}".encode(), hashlib.sha256).hexdigest()


def link(name: str, ts: object = None, sig: str | None = None, **more: str) -> str:
    ts = now() if ts is None else ts
    return "/care?" + urlencode({"name": name, "ts": ts, "sig": sign(name, ts) if sig is None else sig, **more})


async def page(site: Site, path: str) -> Page:
    answer = await site.get(path)
    assert answer.status == 200
    return Page(answer.text)


async def test_a_customer_of_the_app(care_site: Site) -> None:
    shown = await page(care_site, link("Budi Santoso"))
    assert shown.language == "id"
    assert shown.all("h1") == ["Halo, Budi Santoso! Apa yang bisa kami bantu?"]
    topup = shown.leading_to(WA)[0]
    text = "Halo, saya *Budi Santoso*, mengalami kesulitan top-up, mohon bantuannya."
    assert topup.href == f"{WA}?text={quote(text, safe='')}"
    assert " " not in topup.href
    assert "+" not in topup.href.partition("?")[2]


async def test_in_english(care_site: Site) -> None:
    shown = await page(care_site, link("Budi", lang="en"))
    assert shown.language == "en"
    assert shown.all("h1") == ["Hello, Budi! How can we help?"]
    text = "Hello, I am *Budi* and I am having difficulty with top-up, please help."
    assert shown.leading_to(WA)[0].query == {"text": text}


async def test_to_the_other_language_and_back_with_the_name(care_site: Site) -> None:
    shown = await page(care_site, link("Budi & Sari"))
    for words, greeting in (("English", "Hello, Budi & Sari!"), ("Bahasa Indonesia", "Halo, Budi & Sari!")):
        other = next(each for each in shown.links if each.words == words)
        shown = await page(care_site, f"/care{other.href}")
        assert shown.all("h1")[0].startswith(greeting)


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("name", ["", "Sari"])
async def test_every_topic_by_both_channels(care_site: Site, language: str, name: str) -> None:
    shown = await page(care_site, link(name, lang=language) if name else f"/care?lang={language}")
    names = [each.name[language] for each in CATALOG.leaves]
    texts = [CATALOG.prefill_text(each.id, name, language) for each in CATALOG.leaves]
    assert shown.all("h3") == names
    assert [each.query for each in shown.leading_to(WA)] == [{"text": text} for text in texts]
    assert [each.href for each in shown.leading_to(TG)] == [f"{TG}?start=care_{each.id}" for each in CATALOG.leaves]
    assert shown.all("h2") == [topic.name[language] for topic in CATALOG.topics if topic.children]


async def test_an_unknown_language_is_bahasa_indonesia(care_site: Site) -> None:
    assert (await page(care_site, "/care?lang=fr")).language == "id"


@pytest.mark.parametrize("age", [0, HOUR, DAY - 60, -60])
async def test_a_link_holds_for_a_day(care_site: Site, age: int) -> None:
    assert (await page(care_site, link("Budi", now() - age))).all("h1") == ["Halo, Budi! Apa yang bisa kami bantu?"]


STAMP = str(now())
UNTRUSTED = {
    "nothing": "/care",
    "stale": link("Budi", now() - DAY - 60),
    "future": link("Budi", now() + HOUR),
    "far future": link("Budi", 10**11),
    "no signature": link("Budi", sig=""),
    "wrong signature": link("Budi", sig="0" * 64),
    "half a signature": link("Budi", sig=sign("Budi", STAMP)[:32]),
    "the signature of another name": link("Budi", STAMP, sign("Sari", STAMP)),
    "the signature of another time": link("Budi", STAMP, sign("Budi", now() - HOUR)),
    "another secret": link("Budi", STAMP, sign("Budi", STAMP, "another")),
    "no time": link("Budi", "", sign("Budi", "")),
    "no number": link("Budi", "today"),
    "negative": link("Budi", -5),
    "digits of another script": link("Budi", "١٧٩٥٠٠٠٠٠٠"),
    "a fraction": link("Budi", f"{now()}.5"),
    "no name": link(""),
    "letters that are none": f"/care?name=%ff%fe&ts={STAMP}&sig=%00",
    "a signature of other letters": link("Budi", sig="é" * 64),
}


@pytest.mark.parametrize("path", UNTRUSTED.values(), ids=UNTRUSTED)
async def test_the_same_page_without_the_name(care_site: Site, path: str) -> None:
    answer = await care_site.get(path)
    assert answer.text == (await care_site.get("/care")).text
    assert "Budi" not in answer.text


async def test_a_name_that_is_a_name_no_more_when_cleaned(care_site: Site) -> None:
    assert (await page(care_site, link("***"))).all("h1") == ["Halo! Apa yang bisa kami bantu?"]


CLEANED = {
    "markup": ("*Bu*_di_ ~`<b>", "Budi b"),
    "lines": ("Budi\nSaldo saya\r\nhilang\u2028!", "Budi Saldo saya hilang !"),
    "html": ("<script>alert('x')</script>", "scriptalert('x')/script"),
    "an attribute": ('" onclick="x', '" onclick="x'),
    "an entity": ("&lt;b&gt; & co", "&lt;b&gt; & co"),
    "directions": ("\u202eidub\u202c \u2066Budi\u2069", "idub Budi"),
    "invisible": ("Bu\u200bdi\ufeff \u2060\x07", "Budi"),
    "our marks": ("\ue000Budi\ue001", "Budi"),
    "long": ("B" * 41, "B" * 40),
    "long, with a mark": ("B" * 39 + "e\u0301\u0302", "B" * 39),
    "placeholders": ("{name} {subject} { $name }", "{name} {subject} { $name }"),
    "a template": ("{{ 7*7 }}{% raw %}", "{{ 77 }}{% raw %}"),
    "percent": ("50% +&=#?", "50% +&=#?"),
    "emoji": ("Budi 🙏🏽", "Budi 🙏🏽"),
}


@pytest.mark.parametrize(("name", "cleaned"), CLEANED.values(), ids=CLEANED)
async def test_a_name_is_cleaned(care_site: Site, name: str, cleaned: str) -> None:
    plain = await page(care_site, "/care")
    shown = await page(care_site, link(name))
    assert shown.all("h1") == [f"Halo, {cleaned}! Apa yang bisa kami bantu?"]
    assert shown.leading_to(WA)[0].query == {
        "text": f"Halo, saya *{cleaned}*, mengalami kesulitan top-up, mohon bantuannya."
    }
    assert (len(shown.links), shown.tags) == (len(plain.links), plain.tags)


async def test_the_page_keeps_to_itself(care_site: Site) -> None:
    answer = await care_site.get(link("Budi"))
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "script" not in Page(answer.text).tags


async def test_without_a_secret_there_is_no_name(tmp_path: Path) -> None:
    site = await Site.open(tmp_path, care_link_secret="")
    await until_links(site)
    for secret in ("", CARE_SECRET):
        shown = await page(site, link("Budi", STAMP, sign("Budi", STAMP, secret)))
        assert shown.all("h1") == ["Halo! Apa yang bisa kami bantu?"]
    await site.close()


@pytest.mark.parametrize(
    ("off", "whatsapp", "telegram"),
    [
        ({"telegram_bot_token": ""}, True, False),
        ({"twilio_auth_token": ""}, False, True),
        ({"telegram_bot_token": "", "twilio_auth_token": ""}, False, False),
    ],
)
async def test_only_channels_that_are_on(tmp_path: Path, off: dict[str, Any], whatsapp: bool, telegram: bool) -> None:
    site = await Site.open(tmp_path, **{"care_link_secret": CARE_SECRET, **off})
    if telegram:
        await until_links(site)
    shown = await page(site, "/care")
    leaves = len(CATALOG.leaves)
    assert len(shown.leading_to(WA)) == leaves * whatsapp
    assert len(shown.leading_to(TG)) == leaves * telegram
    assert ("Belum ada kanal chat yang aktif." in shown.html) is not (whatsapp or telegram)
    await site.close()


async def test_the_bot_s_name_is_asked_for_until_it_is_known(tmp_path: Path) -> None:
    simulator = site_simulator()
    simulator.faults.add("telegram", "getMe", "500")
    site = await Site.open(tmp_path, simulator)
    await until_links(site)
    await site.close()


async def test_under_the_simulator_links_open_its_phones(tmp_path: Path) -> None:
    talk = await Talk.begin(tmp_path, care_link_secret=CARE_SECRET)
    site = Site(talk.service, talk.simulator, tmp_path / "sahut.db")
    shown = await page(site, link("Budi"))
    phones = talk.simulator.url
    text = "Halo, saya *Budi*, mengalami kesulitan top-up, mohon bantuannya."
    assert shown.leading_to(phones)[0].query == {"open": "whatsapp", "text": text}
    assert shown.leading_to(phones)[1].query == {"open": "telegram", "start": "care_topup"}
    assert len(shown.leading_to(phones)) == 2 * len(CATALOG.leaves)
    assert shown.leading_to("https://") == []
    await site.http.close()
    await talk.end()


# --- media ---


PHOTO = b"\xff\xd8\xff a photo"


@pytest.fixture
def links() -> MediaLinks:
    return MediaLinks("media-secret", PUBLIC)


def stored(site: Site, data: bytes = PHOTO, mime: str = "image/jpeg") -> Media:
    """A file that lies with Telegram."""
    file = site.simulator.world.media.put(data, mime, "foto.jpg", "photo")
    return Media(kind=MediaKind.PHOTO, channel="telegram", ref=f"photo-{file.id}", mime=mime, name="foto.jpg")


def path_of(links: MediaLinks, media: Media) -> str:
    return links.url(media).removeprefix(PUBLIC)


async def test_media_of_telegram_for_twilio(site: Site, links: MediaLinks) -> None:
    answer = await site.get(path_of(links, stored(site)))
    assert (answer.status, answer.body, answer.headers["Content-Type"]) == (200, PHOTO, "image/jpeg")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer.headers["Cache-Control"]


async def test_a_stranger_s_page_is_never_a_page_of_ours(site: Site, links: MediaLinks) -> None:
    answer = await site.get(path_of(links, stored(site, b"<script>1</script>", "text/html")))
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"


@pytest.mark.parametrize("mime", ["text/html\r\nSet-Cookie: a=b", "no type", "a/b; c=\x00", "🙏/🙏", "a" * 500])
async def test_a_type_that_is_none(site: Site, links: MediaLinks, mime: str) -> None:
    answer = await site.get(path_of(links, stored(site, mime=mime)))
    assert (answer.status, answer.body, answer.headers["Content-Type"]) == (200, PHOTO, "application/octet-stream")
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("kuitansi-5.pdf", "kuitansi-5.pdf"),
        ('a"; b.pdf\r\nSet-Cookie: a=b', "a%22%3B%20b.pdf%0D%0ASet-Cookie%3A%20a%3Db"),
        ("struk ✅.pdf", "struk%20%E2%9C%85.pdf"),
    ],
)
async def test_a_file_has_its_name_and_no_more_than_that(site: Site, links: MediaLinks, name: str, said: str) -> None:
    answer = await site.get(path_of(links, replace(stored(site), name=name)))
    assert (answer.status, answer.headers["Content-Disposition"]) == (200, f"inline; filename*=UTF-8''{said}")
    assert "Set-Cookie" not in answer.headers


async def test_a_link_that_was_changed(site: Site, links: MediaLinks) -> None:
    path = path_of(links, stored(site))
    other = path_of(links, stored(site))
    body, stamp, _ = path.rsplit(".", 2)
    ends = path[:-1], f"{path}A", body, "/media/x"
    changed = [*ends, path.replace(stamp, "AAAAAA"), f"{body}.{'.'.join(other.rsplit('.', 2)[1:])}"]
    assert [(await site.get(each)).status for each in changed] == [404] * len(changed)


async def test_a_link_that_is_too_old(site: Site, links: MediaLinks, monkeypatch: pytest.MonkeyPatch) -> None:
    media = stored(site)
    for age, status in ((EXPIRES_SECONDS - 60, 200), (EXPIRES_SECONDS + 60, 404)):
        with monkeypatch.context() as patch:
            patch.setattr("itsdangerous.timed.time", SimpleNamespace(time=lambda age=age: time.time() - age))
            path = path_of(links, media)
        assert (await site.get(path)).status == status


async def test_a_link_by_another_secret(site: Site) -> None:
    assert (await site.get(path_of(MediaLinks("another", PUBLIC), stored(site)))).status == 404
    assert (await site.get(path_of(MediaLinks("", PUBLIC), stored(site)))).status == 404


async def test_media_of_the_largest_size_and_over_it(site: Site, links: MediaLinks) -> None:
    largest = await site.get(path_of(links, stored(site, bytes(LARGEST))))
    assert (largest.status, len(largest.body)) == (200, LARGEST)
    assert (await site.get(path_of(links, stored(site, bytes(LARGEST + 1))))).status == 404
    site.simulator.world.media.clear()


async def test_media_that_is_gone_or_of_no_channel(site: Site, links: MediaLinks) -> None:
    gone = Media(kind=MediaKind.PHOTO, channel="telegram", ref="photo-1")
    nowhere = Media(kind=MediaKind.PHOTO, channel="pigeon", ref="1")
    assert [(await site.get(path_of(links, each))).status for each in (gone, nowhere)] == [404, 404]


async def test_telegram_away(site: Site, links: MediaLinks) -> None:
    site.simulator.faults.add("telegram", "getFile", "500")
    path = path_of(links, stored(site))
    answer = await site.get(path)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    assert (await site.get(path)).status == 200


async def test_without_a_secret_there_are_no_links(tmp_path: Path) -> None:
    site = await Site.open(tmp_path, secret_key="")
    assert (await site.get(path_of(MediaLinks("", PUBLIC), stored(site)))).status == 404
    await site.close()
