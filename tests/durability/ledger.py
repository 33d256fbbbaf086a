"""What is counted at the end: the providers' records held against the database."""

import json
import sqlite3
from collections import Counter, defaultdict
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.durability.world import Json, Someone, World, outgoing

GROUP = ":-"


@dataclass(frozen=True)
class Count:
    """A number and what it may be: exactly so many, or at most so many; with neither it is only told."""

    what: str
    value: int
    exactly: int | None = None
    most: int | None = None

    @property
    def good(self) -> bool:
        return (self.exactly is None or self.value == self.exactly) and (self.most is None or self.value <= self.most)

    def __str__(self) -> str:
        allowed = f" (must be {self.exactly})" if self.exactly is not None and not self.good else ""
        return f"{self.what} {self.value}" + (f" (at most {self.most})" if self.most is not None else allowed)


@dataclass
class Ledger:
    """The database after the last stop, what the providers were sent, and the kills: how many sends there had been."""

    world: World
    database: Path
    sends: list[Json]
    kills: list[int]
    people: list[Someone]
    details: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))

    def rows(self, statement: str) -> list[Any]:
        with closing(sqlite3.connect(self.database)) as connection:
            return connection.execute(statement).fetchall()

    def column(self, statement: str) -> list[Any]:
        return [row[0] for row in self.rows(statement)]

    # --- what there is ---

    @cached_property
    def entries(self) -> list[Json]:
        """What people said, as the inbox has it, in order of recording."""
        rows = self.rows("SELECT seq, conversation, state, body FROM inbox WHERE kind = 'said' ORDER BY seq")
        return [
            {"seq": seq, "conversation": conversation, "state": state, **json.loads(body)}
            for seq, conversation, state, body in rows
        ]

    @cached_property
    def messages(self) -> list[Json]:
        """What went out, as the outbox has it, in order of queueing."""
        rows = self.rows('SELECT seq, id, entry, sender, "to", delivery, body FROM outbox ORDER BY seq')
        names = ("seq", "id", "entry", "sender", "to", "delivery")
        return [
            {
                **dict(zip(names, row, strict=False)),
                "ids": body.get("provider_ids", []),
                "parts": len(body.get("parts", [])),
                "edit": body["say"].get("edit"),
            }
            for row in rows
            for body in [json.loads(row[-1])]
        ]

    @cached_property
    def known(self) -> dict[tuple[str, str], Json]:
        """The message that made a bubble, by chat and the provider's id."""
        return {
            (_chat(message["to"]), each): message
            for message in self.messages
            for each in message["ids"]
            if each != message["edit"]
        }

    # --- what is counted ---

    def counts(self) -> list[Count]:
        return [
            Count("kills", len(self.kills)),
            Count("people", len(self.people)),
            Count("accepted", len(self._accepted())),
            Count("sends", len(self.sends)),
            Count("not accepted", self._not_accepted(), exactly=0),
            Count("never recorded", self._never_recorded(), exactly=0),
            Count("never answered", self._never_answered(), exactly=0),
            Count("left over", self._left_over(), exactly=0),
            Count("turns committed twice", self._committed_twice(), exactly=0),
            Count("recorded twice", self._recorded_twice(), exactly=0),
            Count("sent twice", len(self._repeated()), most=self._in_flight()),
            Count("sent twice without a kill", self._repeated_without_kill(), exactly=0),
            Count("out of order", self._out_of_order(), exactly=0),
        ]

    def _accepted(self) -> list[tuple[str, str]]:
        """The messages that a webhook was answered 200 for: chat and id."""
        return [
            (person.chat, each)
            for person in self.people
            for each in person.said
            if self.world.seen[person.chat][each]["status"] == "delivered"
        ]

    def _not_accepted(self) -> int:
        return sum(len(person.said) for person in self.people) - len(self._accepted())

    def _never_recorded(self) -> int:
        recorded = {(entry["conversation"], entry.get("message_id")) for entry in self.entries}
        presses = Counter(entry["conversation"] for entry in self.entries if entry.get("callback"))
        lost = [each for each in self._accepted() if each not in recorded]
        self.details["never recorded"] += lost
        return len(lost) + sum(person.presses - presses[person.chat] for person in self.people)

    def _never_answered(self) -> int:
        """Of everything that customers said: no message of ours was sent for it, nor was it shown to the agents."""
        agents = "\n".join(
            message["text"]
            for message in self.world.seen[f"telegram:{self.world.config.agents_chat_id}"].values()
            if outgoing(message)
        )
        sent = {message["entry"] for message in self.messages if message["delivery"] in ("sent", "delivered", "read")}
        silent = [
            entry
            for entry in self.entries
            if GROUP not in entry["conversation"]
            and entry["seq"] not in sent
            and (not entry.get("text") or entry["text"] not in agents)
        ]
        self.details["never answered"] += silent
        return len(silent)

    def _left_over(self) -> int:
        """Entries, messages and effects that still wait, were set aside or given up; but for reports on messages that
        nobody lived to note, which wait for the note.
        """
        return sum(
            self.column(
                "SELECT count(*) FROM inbox WHERE state <> 'done' AND kind <> 'reported' UNION ALL"
                " SELECT count(*) FROM outbox WHERE queued = 1 OR delivery IN ('queued', 'failed') UNION ALL"
                " SELECT count(*) FROM effects WHERE state <> 'done'"
            )
        )

    def _committed_twice(self) -> int:
        """An entry's messages are numbered from zero: a second turn for it would leave gaps or other ids."""
        numbers: dict[int, list[str]] = defaultdict(list)
        for message in self.messages:
            numbers[message["entry"]].append(message["id"])
        wrong = [
            entry
            for entry, found in numbers.items()
            if sorted(found) != sorted(f"in-{entry}-{index}" for index in range(len(found)))
        ]
        self.details["turns committed twice"] += wrong
        return len(wrong)

    def _recorded_twice(self) -> int:
        seen = Counter((e["conversation"], e["message_id"]) for e in self.entries if e.get("message_id"))
        return sum(times - 1 for times in seen.values())

    def _repeated(self) -> list[tuple[int, str]]:
        """Bubbles that no message knows as its own: a process sent them and died before it could note it."""
        return [
            (index, _lane(send))
            for index, send in enumerate(self.sends)
            if (send["chat"], send["message"]["id"]) not in self.known
        ]

    def _in_flight(self) -> int:
        """One send a chat can be in flight at a kill: the chats that were sent to in each process's life."""
        lanes = {(self._life(index), _lane(send)) for index, send in enumerate(self.sends)}
        return sum(life < len(self.kills) for life, _ in lanes)

    def _repeated_without_kill(self) -> int:
        """In each process's life the only such bubble of a chat is its last: the one in flight at the kill. And no
        message knows of more bubbles than it has parts.
        """
        last = {(self._life(index), _lane(send)): index for index, send in enumerate(self.sends)}
        wrong = [
            self.sends[index]
            for index, lane in self._repeated()
            if last[self._life(index), lane] != index or self._life(index) == len(self.kills)
        ]
        more = [message["id"] for message in self.messages if len(message["ids"]) > message["parts"]]
        self.details["sent twice without a kill"] += [*wrong, *more]
        return len(wrong) + len(more)

    def _life(self, index: int) -> int:
        return sum(count <= index for count in self.kills)

    def _out_of_order(self) -> int:
        """What people said is recorded in their order; what we sent arrived in the order it was queued in."""
        heard: dict[str, list[str]] = defaultdict(list)
        for entry in self.entries:
            if entry.get("message_id"):
                heard[entry["conversation"]].append(entry["message_id"])
        wrong: list[Any] = [person.name for person in self.people if heard[person.chat] != person.said]
        newest: dict[str, int] = {}
        for index, send in enumerate(self.sends):
            message = self.known.get((send["chat"], send["message"]["id"]))
            if message is None:
                continue
            if message["seq"] < newest.get(message["to"], 0):
                wrong.append((message["id"], message["to"], f"after {newest[message['to']]}", self._life(index)))
            newest[message["to"]] = message["seq"]
        self.details["out of order"] += wrong
        return len(wrong)


def _chat(address: str) -> str:
    """An address without its topic, as the simulator names the chat."""
    channel, chat, *_ = address.split(":")
    return f"{channel.removesuffix('-ops')}:{chat}"


def _lane(send: Json) -> str:
    thread = send["message"]["thread"]
    return f"{send['chat']}:{thread}" if thread else str(send["chat"])
