"""What becomes of our messages, and of the chats they go to."""

from msgspec.structs import replace

from domain.events import Membership, Migrated, Reported, Undeliverable
from domain.messages import AGAIN, Delivery, FailureReason, Purpose, Text, Value
from domain.people import ChatAlias, Conversation
from handlers.desk import on_undeliverable as on_case_undeliverable
from handlers.flow import Outcome, Turn
from handlers.handover import ops_alert

MOST_AGAIN = 3
"""How often a message is sent once more whose file could not be fetched."""

_TOLD_TO_OPS = frozenset(
    {
        FailureReason.MEDIA,
        FailureReason.REFUSED,
        FailureReason.RENDER,
        FailureReason.BAD_ADDRESS,
        FailureReason.NO_CHAT,
        FailureReason.EXPIRED,
        FailureReason.WINDOW_CLOSED,
    }
)


async def on_reported(turn: Turn, report: Reported) -> Outcome:
    """Move the message on. A report may overtake our own note of the send: then it waits."""
    sender = turn.conversation.id.partition(":")[0].removesuffix("-status")
    message = await turn.records.message_by_provider_id(sender, report.provider_id)
    if message is None:
        return Outcome(wait=True)
    moved = Outcome(reports=((message, report.delivery, report.error_code),))
    if report.delivery is not Delivery.FAILED or message.delivery in {Delivery.READ, Delivery.FAILED}:
        return moved
    content = turn.catalog.content(message.say.text.key, message.language)
    closed = report.reason is FailureReason.WINDOW_CLOSED
    if closed and not message.template_tried and content is not None and content.approved:
        return moved + Outcome(resend=(replace(message, template_tried=True),))
    # We were away when the file was fetched: nothing of the message has reached the person.
    if report.reason is FailureReason.MEDIA and message.id.count(AGAIN) < MOST_AGAIN:
        return moved + Outcome(resend=(message,))
    failure = Undeliverable(
        message=message.id, to=message.to, reason=report.reason, detail=report.error_code, case=message.say.case
    )
    return moved + await on_undeliverable(turn, failure)


async def on_undeliverable(turn: Turn, failure: Undeliverable) -> Outcome:
    """Tell whom it concerns: the agents where it belongs to a case, else ops, once. Who blocked us is marked and left
    alone.
    """
    message = await turn.records.message(failure.message)
    outcome = await on_case_undeliverable(turn, failure) if failure.case else Outcome()
    if failure.reason is FailureReason.BLOCKED:
        return outcome + await _mark_blocked(turn, failure.to)
    if failure.case or message is None or message.say.purpose is Purpose.ALERT or failure.reason not in _TOLD_TO_OPS:
        return outcome
    values: dict[str, Value] = {
        "person": failure.to,
        "reason": failure.reason.value,
        "detail": failure.detail,
        "text": message.say.text.key,
    }
    return outcome + Outcome(say=ops_alert(turn, Text("ops-undeliverable", values)))


async def _mark_blocked(turn: Turn, chat: str) -> Outcome:
    if chat == turn.conversation.id:
        return Outcome(conversation=replace(turn.conversation, blocked=True))
    conversation = await turn.records.get(Conversation, chat)
    return Outcome(save=(replace(conversation, blocked=True),)) if conversation else Outcome()


async def on_membership(turn: Turn, change: Membership) -> Outcome:
    return Outcome(conversation=replace(turn.conversation, blocked=not change.active))


async def on_migrated(turn: Turn, moved: Migrated) -> Outcome:
    """A group became a supergroup: its new address is kept, and everything for the old one goes there."""
    known = await turn.records.get(ChatAlias, moved.old)
    if known is not None and known.to == moved.new:
        return Outcome()
    return Outcome(save=(replace(known or ChatAlias(id=moved.old, to=moved.new), to=moved.new),))
