"""Whatever is sent to the service, by whomever: never a 5xx, nothing kept of what is refused, no memory taken."""

from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.fuzz.attacks import Attack, bad, sealed
from tests.fuzz.service import Service, played, serving
from tests.fuzz.wire import Wire
from tests.report import report
from tests.web.site import telegram_call, whatsapp_call

ONCE_A_5XX = [
    f"{line} HTTP/1.1\r\nHost: x\r\nExpect: \x80\r\n\r\n".encode("latin-1")
    for line in ("POST /webhooks/whatsapp", "GET /nowhere", "OPTIONS *")
]
NOWHERE = "http://127.0.0.1:9"
FINE = {"sealed": {200}, "event": {200, 400}}
"""An event of Stripe's has one form, and what has another was not read."""
FLAT = 40
"""MiB that a process may grow by, after it has seen some of everything."""


def throw(
    service: Service,
    attacks: st.SearchStrategy[Attack],
    kinds: int,
    fits: Callable[[Attack, int], bool],
    each: int = 1,
) -> Counter[int]:
    """So many attacks, so many times each: the answers' statuses, counted. Fails with the attack whose answer does not
    fit.
    """
    found: Counter[int] = Counter()
    with closing(Wire(service.port)) as wire:

        @settings(
            max_examples=kinds,
            deadline=None,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(attacks)
        def once(attack: Attack) -> None:
            for _ in range(each):
                status = attack.on(wire)
                found[status] += 1
                assert fits(attack, status), (attack.kind, status, attack.data[:500])

        once()
    return found


def refused(attack: Attack, status: int) -> bool:
    if attack.kind == "page":
        return status in (200, 401, 404, 405)
    if attack.kind == "no http":
        return status < 500
    return status in (400, 403, 404, 405, 413)


def fuzz_with_bad_requests(folder: Path, kinds: int, each: int, name: str) -> None:
    with serving(folder, "web", NOWHERE) as service:
        throw(service, bad, max(300, kinds // 5), refused, each)
        before = service.memory
        found = throw(service, bad, kinds, refused, each)
        after, stored = service.memory, service.stored
        with closing(Wire(service.port)) as wire:
            assert wire.calls(whatsapp_call(1)) == 200, "it has not lost its mind"
            assert [wire.throws(data) for data in ONCE_A_5XX] == [417] * 3
        errors = service.errors()
    counts = {
        "requests": sum(found.values()),
        "5xx": sum(times for status, times in found.items() if status >= 500),
        "stored": stored,
        "mib_before": before,
        "mib_after": after,
    }
    report(name, "fuzz", **counts)
    assert (counts["5xx"], stored, errors) == (0, 0, [])
    assert after - before <= FLAT


def fuzz_with_sealed_nonsense(folder: Path, times: int, name: str) -> None:
    """It is recorded, handled to the end without an error, and others are answered as ever."""
    with played(folder) as providers, serving(folder, "run", providers) as service:
        found = throw(service, sealed(), times, lambda attack, status: status in FINE[attack.kind])
        service.settled()
        before = service.stored
        with closing(Wire(service.port)) as wire:
            assert wire.calls(telegram_call(10**6)) == 200
        service.settled()
        aside = len(service.ask("SELECT 1 FROM inbox WHERE state = 'set-aside'"))
        report(name, "fuzz", requests=found.total(), stored=before, set_aside=aside, **{"5xx": 0})
        assert (aside, service.errors()) == (0, [])
        assert before > times / 8, "some 30 % of it have an id of their own"


def test_bad_requests(tmp_path: Path) -> None:
    fuzz_with_bad_requests(tmp_path, 500, 2, "bad requests")


def test_sealed_nonsense(tmp_path: Path) -> None:
    fuzz_with_sealed_nonsense(tmp_path, 400, "sealed nonsense")


@pytest.mark.soak
def test_a_hundred_thousand_bad_requests(tmp_path: Path) -> None:
    fuzz_with_bad_requests(tmp_path, 10_000, 10, "100,000 bad requests")


@pytest.mark.soak
def test_ten_thousand_pieces_of_sealed_nonsense(tmp_path: Path) -> None:
    fuzz_with_sealed_nonsense(tmp_path, 10_000, "10,000 pieces of sealed nonsense")
