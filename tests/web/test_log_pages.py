"""`/ops/logs` over HTTP: who is let in, and what they see."""

from datetime import timedelta
from pathlib import Path

import pytest

from domain.log_findings import Sample, hour_of
from domain.log_levels import Level
from domain.log_patterns import Do, LogHour, PatternState, SourceStatus, moved
from tests.web.log_kit import TOKEN, Visitor, dewi, open_site, pattern, save, site, stored
from tests.web.pages import Page
from tests.web.site import Site

__all__ = ["dewi", "site"]

pytestmark = pytest.mark.asyncio(loop_scope="module")

EVIL = "<script>alert(1)</script> \u202eslaf\u202c \x1b[31mred\x1b[0m \x00"
SHOWN = r"<script>alert(1)</script> \u202eslaf\u202c red \x00"


# --- who is let in ---


async def test_without_a_token_it_is_closed(tmp_path: Path) -> None:
    site = await Site.open(tmp_path)
    try:
        for path in ("/ops/logs", "/ops/login", "/ops/logs/errors", "/ops/logs/errors/1", "/ops/page.css"):
            assert (await Visitor(site).get(path)).status == 404
            assert (await Visitor(site).post(path, {"token": "", "name": "x"})).status in (404, 405)
    finally:
        await site.close()


async def test_strangers_are_asked_to_log_in_and_see_nothing(site: Site, dewi: Visitor) -> None:
    await save(dewi, pattern(1, site.service.clock.now()))
    stranger = Visitor(site)
    for path in ("/ops/logs", "/ops/logs/errors", f"/ops/logs/errors/{1:016x}"):
        page = await stranger.get(path)
        assert "Your name" in page.words
        assert "OrderError" not in page.words
    assert (await stranger.post(f"/ops/logs/errors/{1:016x}", {"do": "resolve", "seen": "new"})).status == 303
    assert (await stored(dewi, f"{1:016x}")).state is PatternState.NEW


async def test_the_cookie_is_for_the_server_alone(site: Site) -> None:
    cookie = (await Visitor(site).log_in()).sets_cookie()
    for attribute in ("HttpOnly", "SameSite=Strict", "Secure", "Path=/ops", "Max-Age=43200"):
        assert attribute in cookie
    assert TOKEN not in cookie


async def test_a_cookie_expires_and_none_can_be_made_up(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = Visitor(site)
    await visitor.log_in()
    good = visitor.cookies["sahut_ops"]
    payload, _, rest = good.partition(".")
    for wrong in ("", "x", payload, good[:-2], f"{payload[:-1]}A.{rest}", good + "A"):
        visitor.cookies["sahut_ops"] = wrong
        assert "Your name" in (await visitor.get("/ops/logs")).words
    visitor.cookies["sahut_ops"] = good
    assert "Log out" in (await visitor.get("/ops/logs")).words
    monkeypatch.setattr("itsdangerous.timed.TimestampSigner.get_timestamp", lambda self: 4_000_000_000)
    assert "Your name" in (await visitor.get("/ops/logs")).words


async def test_who_logs_in_gets_another_visit_and_goes_where_they_wanted(site: Site) -> None:
    visitor = Visitor(site)
    await visitor.get("/ops/login")
    before = visitor.cookies["sahut_ops"]
    answer = await visitor.log_in(to="/ops/logs/errors?q=time%20out")
    assert answer.headers["Location"] == "/ops/logs/errors?q=time%20out"
    assert visitor.cookies["sahut_ops"] != before


@pytest.mark.parametrize("to", ["https://evil.example", "//evil.example/ops/logs", "/ops/logs\\@evil", "/ops/logs\n"])
async def test_nobody_is_sent_elsewhere(site: Site, to: str) -> None:
    assert (await Visitor(site).log_in(to=to)).headers["Location"] == "/ops/logs"


async def test_a_wrong_token_and_no_name_are_refused(site: Site) -> None:
    for token in ("", TOKEN[:-1], "é" * 30):
        visitor = Visitor(site)
        answer = await visitor.log_in(token)
        assert (answer.status, answer.sets_cookie()) == (403, "")
        assert "not the token" in answer.words
        assert "Your name" in (await visitor.get("/ops/logs")).words
    assert (await Visitor(site).log_in(name=" ")).status == 400


async def test_who_tries_too_often_has_to_wait(tmp_path: Path) -> None:
    site = await open_site(tmp_path)
    try:
        answers = [await Visitor(site).log_in("wrong") for _ in range(7)]
        assert [each.status for each in answers] == [403] * 5 + [429] * 2
        assert 0 < int(answers[-1].headers["Retry-After"]) <= 12
        assert (await Visitor(site).log_in()).status == 429
    finally:
        await site.close()


async def test_a_form_of_another_site_changes_nothing(site: Site, dewi: Visitor) -> None:
    await save(dewi, pattern(1, site.service.clock.now()))
    page = f"/ops/logs/errors/{1:016x}"
    form = {"do": "resolve"}
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ):
        assert (await dewi.fill_in(page, page, form, **headers)).status == 403
    for seal in ("", "x", "ImEi.x"):
        assert (await dewi.fill_in(page, page, {**form, "seal": seal})).status == 403
    other = Visitor(site)
    await other.log_in()
    theirs = await other.get(page)
    assert (
        await dewi.post(page, {**form, "seen": "new", "seal": theirs.html.split('name="seal" value="')[1]})
    ).status == 403
    assert (await stored(dewi, f"{1:016x}")).state is PatternState.NEW
    assert (await dewi.fill_in(page, page, form, Origin="https://sahut.example")).status == 303
    assert (await stored(dewi, f"{1:016x}")).state is PatternState.RESOLVED


async def test_logging_out_ends_it(dewi: Visitor) -> None:
    assert (await dewi.fill_in("/ops/logs", "/ops/logout", {})).status == 303
    assert "Your name" in (await dewi.get("/ops/logs")).words


async def test_pages_are_kept_nowhere_and_may_load_nothing_from_elsewhere(dewi: Visitor) -> None:
    for path in ("/ops/logs", "/ops/logs/errors", "/ops/logs/errors/nothing"):
        answer = await dewi.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-store"
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "script" not in policy
        assert "<script" not in answer.html
        assert " style=" not in answer.html
        assert "http" not in answer.html.replace("http-equiv", "").replace("http://www.w3.org", "")


async def test_a_link_from_another_site_is_followed_once_more_with_the_cookie(site: Site) -> None:
    """A browser keeps a strict cookie back at first."""
    page = await Visitor(site).get("/ops/logs/errors?q=a%20b&sort=count", Sec_Fetch_Site="cross-site")
    assert '<meta http-equiv="refresh" content="0;url=/ops/logs/errors?q=a%20b&amp;sort=count">' in page.html
    assert "refresh" not in (await Visitor(site).get("/ops/logs", Sec_Fetch_Site="same-origin")).html


async def test_it_speaks_both_languages(site: Site, dewi: Visitor) -> None:
    await dewi.fill_in("/ops/logs", "/ops/language", {"language": "id"})
    assert "Ringkasan" in (await dewi.get("/ops/logs")).words
    await dewi.fill_in("/ops/logs", "/ops/language", {"language": "xx"})
    assert "Ringkasan" in (await dewi.get("/ops/logs")).words


# --- the dashboard ---


async def test_an_empty_dashboard_says_so(dewi: Visitor) -> None:
    page = await dewi.get("/ops/logs")
    assert page.status == 200
    assert {"No errors in this time.", "Nothing new.", "not read yet"} <= set(map(str.strip, page.words.split("\n")))
    Page(page.html)


async def test_the_dashboard_counts_by_level_and_source_and_says_what_is_new_rising_and_gone(dewi: Visitor) -> None:
    now = dewi.site.service.clock.now()
    hour = now.replace(minute=0, second=0)
    old = {"seen_at": now - timedelta(days=9)}
    before, yesterday = hour_of(now - timedelta(hours=30)), now - timedelta(hours=30)
    await save(
        dewi,
        LogHour(id="1", source="api", level=Level.ERROR, at=hour, count=1200),
        LogHour(id="2", source="api", level=Level.CRITICAL, at=hour - timedelta(hours=3), count=34),
        LogHour(id="3", source="gone", level=Level.WARNING, at=hour - timedelta(hours=30), count=5),
        pattern(1, now, "FreshError", seen_at=now),
        pattern(2, now, "RisingError", **old, hours={before: 10, hour_of(now - timedelta(hours=1)): 40}),
        pattern(3, now, "SteadyError", **old, hours={before: 10, hour_of(now - timedelta(hours=1)): 12}),
        pattern(4, now, "GoneError", **old, last_at=yesterday, hours={before: 77}),
        pattern(5, now, "BackError", **old, state=PatternState.REGRESSED),
        SourceStatus(id="api", scanned_at=now, grew_at=now, files=3, waiting=2_500_000),
        SourceStatus(id="web", scanned_at=now, grew_at=now, failing="app.log: Permission denied"),
    )
    words = " ".join((await dewi.get("/ops/logs")).words.split())
    for told in (
        "1,234 errors",
        "4 patterns nobody has handled",
        "1 came back after resolved",
        "Critical 34 Error 1,200",
        "10 before, 40 now",
        "77 before, 0 now",
        "2.5 MB still to read",
        "cannot be read: app.log: Permission denied",
    ):
        assert told in words
    new, rising, gone = words.partition("Rising")[0], words.partition("Rising")[2], words.partition("Gone")[2]
    assert "FreshError" in new
    assert "RisingError" in rising.partition("Gone")[0]
    assert "GoneError" in gone
    assert "SteadyError" not in words
    week = " ".join((await dewi.get("/ops/logs?window=7d")).words.split())
    assert "1,239 errors" in week


# --- the list ---


async def test_the_list_is_read_page_by_page_each_once(dewi: Visitor) -> None:
    now = dewi.site.service.clock.now()
    await save(dewi, *(pattern(number, now) for number in range(60)))
    for sort, order in (("last_at", range(60)), ("first_at", range(60)), ("count", range(59, -1, -1))):
        seen: list[str] = []
        path = f"/ops/logs/errors?sort={sort}"
        while path:
            page = Page((await dewi.get(path)).html)
            seen += [link.href.rpartition("/")[2] for link in page.leading_to("/ops/logs/errors/")]
            path = next((link.href for link in page.links if link.words == "Next page"), "")
        assert seen == [f"{number:016x}" for number in order]
    assert "60 patterns in all" in (await dewi.get("/ops/logs/errors")).words


async def found(dewi: Visitor, query: str) -> list[int]:
    page = Page((await dewi.get(f"/ops/logs/errors?{query}")).html)
    return [int(link.href.rpartition("/")[2], 16) for link in page.leading_to("/ops/logs/errors/")]


async def test_the_list_is_filtered(dewi: Visitor) -> None:
    now = dewi.site.service.clock.now()
    resolved = moved(pattern(1, now), Do.RESOLVE, by="Dewi", now=now)
    await save(
        dewi,
        resolved,
        pattern(2, now, level=Level.CRITICAL),
        pattern(3, now, team="pay", sources={"web": 1}),
        pattern(4, now, "No Space Left", last_at=now - timedelta(hours=30)),
        pattern(5, now, sample=Sample(at=now, path="/x", offset=0, text="Caused by: Out Of Memory")),
    )
    assert await found(dewi, "state=resolved") == [1]
    assert await found(dewi, "level=critical") == [2]
    assert await found(dewi, "team=pay") == [3]
    assert await found(dewi, "source=web") == [3]
    assert await found(dewi, "q=no+space") == [4]
    assert await found(dewi, "q=out+of+memory") == [5]
    assert await found(dewi, f"q={4:016x}") == [4]
    assert await found(dewi, "since=24h") == [1, 2, 3, 5]
    assert await found(dewi, "since=24h&sort=count") == [5, 3, 2, 1]
    assert await found(dewi, "state=new&level=error&team=core&sort=count") == [5, 4]
    assert await found(dewi, "state=nonsense&level=7&since=x&sort=y&after=z") == [1, 2, 3, 5, 4]
    assert await found(dewi, "after=2026-01-01~x&sort=count") == [5, 4, 3, 2, 1]
    assert await found(dewi, "source=%00%ff&q=%ed%a0%80&after=2026-01-01T00:00:00%2b00:00~%00&state=%00") == []
    assert await found(dewi, "window=%00&sort=count&after=" + "9" * 400) == [5, 4, 3, 2, 1]


async def test_a_filter_stays_in_the_address_and_in_the_form(dewi: Visitor) -> None:
    now = dewi.site.service.clock.now()
    await save(dewi, *(pattern(number, now, "time out") for number in range(30)))
    page = await dewi.get("/ops/logs/errors?q=time+out&level=error&sort=count")
    following = next(link for link in Page(page.html).links if link.words == "Next page")
    assert {"q": "time out", "level": "error", "sort": "count"}.items() <= following.query.items()
    assert 'value="time out"' in page.html
    assert '<option value="error" selected>' in page.html
    assert "25 found in the 25 patterns looked through" in page.words


async def test_a_search_says_how_many_it_has_looked_through_and_goes_on(
    dewi: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.ops_pages.log_list.LOOKED_THROUGH", 10)
    now = dewi.site.service.clock.now()
    await save(dewi, *(pattern(number, now) for number in range(15)), pattern(20, now, "Needle"))
    first = await dewi.get("/ops/logs/errors?q=needle")
    assert "0 found in the 10 patterns looked through" in first.words
    following = next(link for link in Page(first.html).links if link.words == "Look on")
    assert "Needle" in (await dewi.get(following.href)).words


# --- one error ---


async def test_an_unknown_error_is_a_404_in_words(dewi: Visitor) -> None:
    for path in ("nothing", "%00", "..%2f..%2fetc%2fpasswd", "a" * 3000):
        answer = await dewi.get(f"/ops/logs/errors/{path}")
        assert answer.status == 404
        assert "There is no such error" in answer.words


async def test_hostile_words_are_shown_as_words_everywhere(dewi: Visitor) -> None:
    now = dewi.site.service.clock.now()
    sample = Sample(at=now, path=f"/{EVIL}", offset=0, text=f"{EVIL}\n  at {EVIL}")
    evil = pattern(
        1, now, EVIL, id='"><img src=x>', team=EVIL, sources={EVIL: 1}, files={EVIL: 1}, sample=sample, seen_at=now
    )
    evil = moved(evil, Do.ACKNOWLEDGE, by=EVIL, now=now)
    hour = LogHour(id="1", source=EVIL, level=Level.ERROR, at=now.replace(minute=0, second=0), count=1)
    await save(dewi, evil, hour, SourceStatus(id=EVIL, failing=EVIL))
    for path in ("/ops/logs", "/ops/logs/errors", "/ops/logs/errors/%22%3E%3Cimg%20src%3Dx%3E"):
        answer = await dewi.get(path)
        assert answer.status == 200
        assert SHOWN in answer.words
        assert "<script" not in answer.html
        assert "<img" not in answer.html
        assert not set("\u202e\u202c\x1b\x00") & set(answer.words)
        Page(answer.html)


async def test_a_very_long_pattern_is_cut(dewi: Visitor) -> None:
    now = dewi.site.service.clock.now()
    await save(dewi, pattern(1, now, "word " * 4000))
    assert len((await dewi.get("/ops/logs/errors")).html) < 20_000
    assert len((await dewi.get(f"/ops/logs/errors/{1:016x}")).html) < 60_000


async def test_what_stood_around_the_line_is_shown(dewi: Visitor, site: Site) -> None:
    now = site.service.clock.now()
    before = "".join(f"INFO request {number}\n" for number in range(3000))
    own = "ERROR it broke\nTraceback:\n  File x\n"
    log = site.file.parent / "logs" / "app.log"
    log.write_text(f"{before}{own}INFO afterwards\n", encoding="utf-8")
    sample = Sample(at=now, path=str(log), offset=len(before), text=own.rstrip())
    await save(dewi, pattern(1, now, sample=sample))
    page = await dewi.get(f"/ops/logs/errors/{1:016x}")
    assert "<span>INFO request 2999</span><mark>ERROR it broke</mark>" in page.html
    assert "<mark>  File x</mark><span>INFO afterwards</span>" in page.html
    assert "request 2900" not in page.html
    log.write_text("INFO another file\n" * 5000, encoding="utf-8")
    page = await dewi.get(f"/ops/logs/errors/{1:016x}")
    assert "another file" not in page.html
    assert "<mark>ERROR it broke</mark>" in page.html
    assert "cannot be shown" in page.words
