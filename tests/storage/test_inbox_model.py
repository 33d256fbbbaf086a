"""Whatever happens in whatever order, the inbox does what a few lists in memory would do."""

import asyncio
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from storage.base import Change, Claim, LeaseLost, Storage
from tests.storage.conftest import STORES, sqlite
from tests.storage.kit import AT, HELD_FOR, ids, lease, said

CONVERSATIONS = ("telegram:1", "telegram:2", "telegram:3")
TOKENS = st.sampled_from(["a", "b"])
ARRIVALS = st.lists(st.tuples(st.integers(0, 20), st.sampled_from(CONVERSATIONS)), min_size=1, max_size=4)


class InboxMachine(RuleBasedStateMachine):
    make: Callable[[Path], Storage]

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.runner = asyncio.Runner()
        self.now = 0.0
        self.made = 0
        self.known: set[str] = set()
        self.waiting: list[tuple[str, str]] = []
        self.deferred: dict[str, float] = {}
        self.held: dict[str, Claim] = {}
        self.lost: list[Claim] = []
        self.store = self.opened()

    def opened(self) -> Storage:
        store = self.make(Path(self.folder.name))
        self.runner.run(store.open())
        return store

    def teardown(self) -> None:
        self.runner.run(self.store.close())
        self.runner.close()
        self.folder.cleanup()

    @rule(arrivals=ARRIVALS, token=TOKENS, claiming=st.booleans())
    def record(self, arrivals: list[tuple[int, str]], token: str, claiming: bool) -> None:
        new = []
        for number, conversation in arrivals:
            if str(number) not in self.known:
                self.known.add(str(number))
                new.append((str(number), conversation))
        earlier = {conversation for _, conversation in self.waiting}
        self.waiting += new
        expected: list[str] = []
        for external_id, conversation in new if claiming else []:
            if conversation not in earlier and not self.is_held(conversation):
                expected.append(external_id)
            earlier.add(conversation)
        wish = lease(token, self.now) if claiming else None
        recorded = self.runner.run(self.store.record([said(*each) for each in arrivals], at=AT, lease=wish))
        assert (recorded.new, ids(recorded.claims)) == (len(new), expected)
        self.take(*recorded.claims)

    @rule(limit=st.integers(1, 3), token=TOKENS)
    def claim(self, limit: int, token: str) -> None:
        firsts: dict[str, str] = {}
        for external_id, conversation in self.waiting:
            firsts.setdefault(conversation, external_id)
        expected = [
            external_id
            for conversation, external_id in firsts.items()
            if not self.is_held(conversation) and self.deferred.get(external_id, 0.0) <= self.now
        ]
        claims = self.runner.run(self.store.claim(limit=limit, lease=lease(token, self.now)))
        assert ids(claims) == expected[:limit]
        self.take(*claims)

    @rule(data=st.data(), end=st.sampled_from(["done", "set aside", "defer"]), going_on=st.booleans())
    def commit(self, data: st.DataObject, end: str, going_on: bool) -> None:
        if not self.held:
            return
        conversation = data.draw(st.sampled_from(sorted(self.held)))
        claim = self.held.pop(conversation)
        entry = (claim.entry.external_id, conversation)
        if end == "defer":
            self.deferred[claim.entry.external_id] = self.now + 10.0
        else:
            self.waiting.remove(entry)
        following = next((each for each, name in self.waiting if name == conversation), None)
        expected = following if following and self.deferred.get(following, 0.0) <= self.now and going_on else None
        change = Change(
            claim=claim, at=AT, set_aside=end == "set aside", defer_until=self.now + 10.0 if end == "defer" else None
        )
        wish = lease(claim.token, self.now) if going_on else None
        got = self.runner.run(self.store.commit(change, lease=wish))
        assert (got and got.entry.external_id) == expected
        if got:
            self.take(got)

    @rule(data=st.data())
    def commit_too_late(self, data: st.DataObject) -> None:
        if not self.lost:
            return
        claim = data.draw(st.sampled_from(self.lost))
        holder = self.held.get(claim.entry.conversation)
        if holder and (holder.token, holder.entry.seq) == (claim.token, claim.entry.seq):
            return  # the same owner took the same entry again
        with pytest.raises(LeaseLost):
            self.runner.run(self.store.commit(Change(claim=claim, at=AT)))

    @rule(seconds=st.sampled_from([1.0, 10.0, HELD_FOR]))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def restart(self) -> None:
        self.runner.run(self.store.close())
        self.store = self.opened()

    @invariant()
    def as_many_wait_as_should(self) -> None:
        assert self.runner.run(self.store.waiting()) == len(self.waiting)

    def is_held(self, conversation: str) -> bool:
        claim = self.held.get(conversation)
        return claim is not None and claim.until > self.now

    def take(self, *claims: Claim) -> None:
        for claim in claims:
            taken_over = self.held.get(claim.entry.conversation)
            if taken_over:
                self.lost.append(taken_over)
            self.held[claim.entry.conversation] = claim


@pytest.mark.parametrize("make", STORES, ids=lambda make: make.__name__)
def test_the_inbox_keeps_order_and_hands_each_entry_to_one_owner_until_it_is_done(
    make: Callable[[Path], Storage],
) -> None:
    machine = type("Machine", (InboxMachine,), {"make": staticmethod(make)})
    examples = 20 if make is sqlite else 5  # a database on its own costs more than the tests it is for
    run_state_machine_as_test(machine, settings=settings(max_examples=examples, stateful_step_count=25, deadline=None))
