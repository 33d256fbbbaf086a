"""What is counted of every message, whatever it is about. What only one capability does is counted beside it."""

from collections import Counter, defaultdict
from typing import Any

from domain.messages import AGAIN
from tests.durability.books import Json
from tests.durability.ledger import Count, Ledger, lane_of

GROUP = ":-"
ARRIVED = ("sent", "delivered", "read")


def not_accepted(ledger: Ledger) -> int:
    return sum(len(person.said) for person in ledger.people) - len(ledger.accepted)


def never_recorded(ledger: Ledger) -> list[Any]:
    recorded = {(entry["conversation"], entry.get("message_id")) for entry in ledger.said}
    presses = Counter(entry["conversation"] for entry in ledger.said if entry.get("callback"))
    lost: list[Any] = [each for each in ledger.accepted if each not in recorded]
    return lost + [person.name for person in ledger.people for _ in range(person.pressed - presses[person.chat])]


def never_answered(ledger: Ledger) -> list[Any]:
    """Of everything that customers said: no message of ours was sent for it, nor was it shown to the agents."""
    answered = {message["entry"] for message in ledger.books.messages if message["delivery"] in ARRIVED}
    return [
        entry
        for entry in ledger.said
        if GROUP not in entry["conversation"]
        and entry["seq"] not in answered
        and (not entry.get("text") or entry["text"] not in ledger.shown_to_agents)
    ]


def left_over(ledger: Ledger) -> list[Any]:
    """What still waits, was set aside or given up; but for what a service told of itself as it stopped."""
    ids = {each["id"] for each in ledger.books.messages}
    left = [
        *ledger.books.waiting(),
        *(each for each in ledger.books.entries if each["state"] == "set-aside"),
        *(each for each in ledger.books.messages if is_left(each) and each["id"] + AGAIN not in ids),
    ]
    return [each for each in left if not is_of_itself(each)]


def is_of_itself(each: Json) -> bool:
    """Told as one process stopped, it waits for the next start, or is told by another that stops right after."""
    if "kind" in each:
        return bool(each["kind"] == "log-seen" and each["state"] == "new")
    return each.get("delivery") == "queued" and each["say"]["text"]["key"] in ("log-alert", "log-digest")


def is_left(message: Json) -> bool:
    return message["delivery"] in ("queued", "failed")


def committed_twice(ledger: Ledger) -> list[Any]:
    """An entry's messages are numbered from zero: a second turn for it would leave gaps or other ids."""
    numbers: dict[int, list[str]] = defaultdict(list)
    for message in ledger.books.messages:
        if not message["id"].endswith(AGAIN):
            numbers[message["entry"]].append(message["id"].replace("-failed-", "-"))
    return [
        entry
        for entry, found in numbers.items()
        if sorted(found) != sorted(f"in-{entry}-{index}" for index in range(len(found)))
    ]


def recorded_twice(ledger: Ledger) -> list[Any]:
    seen = Counter((entry["conversation"], entry["message_id"]) for entry in ledger.said if entry.get("message_id"))
    return [each for each, times in seen.items() if times > 1]


def sent_twice_without_a_kill(ledger: Ledger) -> list[Any]:
    """Between two kills the only bubble of a chat that nobody knows is its last: the one in flight at the kill. And no
    message knows of more bubbles than it has parts.
    """
    last = {(ledger.life(index), lane_of(send)): index for index, send in enumerate(ledger.sends)}
    wrong: list[Any] = [
        send
        for index, send in ledger.unknown
        if last[ledger.life(index), lane_of(send)] != index or ledger.life(index) == len(ledger.kills)
    ]
    messages = ledger.books.messages
    return wrong + [m["id"] for m in messages if len(m.get("provider_ids", [])) > len(m.get("parts", []))]


def out_of_order(ledger: Ledger) -> list[Any]:
    """What people said is recorded in their order; what we sent arrived in the order it was queued in, as far as one
    conversation's steps said it: two that speak to a chat at once (an order's, its payment's) have no order.
    """
    heard: dict[str, list[str]] = defaultdict(list)
    for entry in ledger.said:
        if entry.get("message_id"):
            heard[entry["conversation"]].append(entry["message_id"])
    wrong: list[Any] = [person.name for person in ledger.people if heard[person.chat] != person.said]
    came_of = {entry["seq"]: entry["conversation"] for entry in ledger.books.entries}
    newest: dict[tuple[str, str], int] = {}
    for index, send in enumerate(ledger.sends):
        message = ledger.known.get((send["chat"], send["message"]["id"]))
        if message is None:
            continue
        lane = (message["to"], came_of[message["entry"]])
        if message["seq"] < newest.get(lane, 0):
            wrong.append((message["id"], *lane, f"after {newest[lane]}", ledger.life(index)))
        newest[lane] = message["seq"]
    return wrong


COUNTS = (
    Count("people", lambda ledger: ledger.people),
    Count("accepted", lambda ledger: ledger.accepted),
    Count("sends", lambda ledger: ledger.sends),
    Count("not accepted", not_accepted, exactly=0),
    Count("never recorded", never_recorded, exactly=0),
    Count("never answered", never_answered, exactly=0),
    Count("left over", left_over, exactly=0),
    Count("turns committed twice", committed_twice, exactly=0),
    Count("recorded twice", recorded_twice, exactly=0),
    Count("out of order", out_of_order, exactly=0),
    Count("waited in vain", lambda ledger: ledger.vain, exactly=0),
)

KILLED = (
    Count("kills", lambda ledger: len(ledger.kills)),
    Count("sent twice", lambda ledger: ledger.unknown, most=Ledger.in_flight),
    Count("sent twice without a kill", sent_twice_without_a_kill, exactly=0),
)
"""Where processes were killed."""

LIVED = (Count("sent twice", lambda ledger: ledger.unknown, exactly=0),)
"""Where none was, and every call was answered."""
