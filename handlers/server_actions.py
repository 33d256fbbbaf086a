"""What is done to a machine: asked for once, looked at until it is so, and for ops where it is not.

One action in hand a machine. What follows an action is its kind's business: `COMPLETED` and `FAILED`.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from msgspec.structs import replace

from domain import server_actions
from domain.effects import Effect
from domain.events import EffectDone
from domain.messages import Choice, Text, Value
from domain.server_actions import (
    DO,
    OFF,
    OURS,
    TAKEN_ON,
    WITHIN,
    WITHIN_OTHERS,
    Action,
    ActionKind,
    ActionStatus,
    action_id,
    is_so,
    is_wanted,
    move,
)
from domain.servers import LOOKS, LOST, Server, ServerStatus, note
from handlers.flow import Outcome, Turn
from handlers.handover import ops_alert
from handlers.server_telling import about, said_of, scheduled, tell_owner

CREATE = "servers.create"
ACT = "servers.act"
LOOK = "servers.look"
NO_ANSWER = "its provider does not answer"
UNANSWERED = 2
"""So often a provider is waited for in vain before what took too long has failed: after we were away it is asked."""
PAUSE = timedelta(minutes=5)
"""For an answer, before its provider is asked again."""
AT_LEAST = timedelta(minutes=10)
"""Once its provider has taken it on, however late that was."""
ERROR_LENGTH = 200

Follow = Callable[[Turn, Server, Action], Awaitable[tuple[Server, Outcome]]]
"""The machine has no action in hand and is not saved: what comes back is saved by the caller. It may begin one."""

COMPLETED: dict[ActionKind, Follow] = {}
"""What follows where it is so; the machine's `off` says already who switched it off. Filled in `handlers/registry.py`,
one line a kind.
"""
FAILED: dict[ActionKind, Follow] = {}
"""What follows where it was refused, or was not so in time. Of the business's own kinds (`OURS`) ops are told already,
but for a creation; of the customer's nobody is.
"""


# --- wanted ---


def begin(
    turn: Turn,
    server: Server,
    kind: ActionKind,
    *,
    by: str,
    plan: str = "",
    image: str = "",
    secret: str = "",
    within: timedelta | None = None,
) -> tuple[Server, Outcome]:
    """The machine with the action in hand, scheduled and not saved; the outcome saves the action and asks the provider.

    `by` is a word such as `customer` or `time`; `plan` what a resizing leads to; `image` and `secret` (empty: by the
    machine's key) are a reinstallation's, and the machine's once it is so. Raises ValueError where another action is in
    hand.
    """
    if server.action:
        raise ValueError(f"{server.id}: {server.action} is in hand")
    action = Action(
        id=action_id(server, kind),
        server=server.id,
        kind=kind,
        by=by,
        made_at=turn.now,
        until=turn.now + (within or _within(turn, kind)),
        plan=plan,
        image=image,
        secret=secret,
    )
    return _in_hand(turn, replace(server, actions=server.actions + 1), action)


async def again(turn: Turn, server: Server, action: Action, *, by: str) -> tuple[Server, Outcome]:
    """One that failed, tried once more: as `begin`."""
    if server.action:
        raise ValueError(f"{server.id}: {server.action} is in hand")
    action = server_actions.again(action, by=by, within=_within(turn, action.kind), now=turn.now)
    return _in_hand(turn, await _without(turn, server, action), action)


async def drop(turn: Turn, server: Server, action: Action, *, what: str) -> tuple[Server, Outcome]:
    """One that failed and is wanted no more: the machine, not saved."""
    dropped = move(action, ActionStatus.DROPPED, what=what, now=turn.now)
    return scheduled(turn, await _without(turn, server, action)), Outcome(save=(dropped,))


def _within(turn: Turn, kind: ActionKind) -> timedelta:
    offer = turn.catalog.servers
    if kind is ActionKind.CREATE and offer is not None:
        return offer.rules.create_within
    return WITHIN.get(kind, WITHIN_OTHERS)


def _in_hand(turn: Turn, server: Server, action: Action) -> tuple[Server, Outcome]:
    server = replace(server, action=action.id, look_at=action.until, polls=0, unanswered=1)
    return scheduled(turn, server), Outcome(save=(action,), effects=(_asking(turn, server, action),))


async def _without(turn: Turn, server: Server, action: Action) -> Server:
    """The machine as it stands with ops where that one has not failed."""
    others = [each.id for each in await failures(turn, server) if each.id != action.id]
    return replace(server, failed=others[-1] if others else "")


async def failures(turn: Turn, server: Server) -> tuple[Action, ...]:
    """Those of a machine that wait for ops, the oldest first."""
    found = await turn.records.find(Action, server=server.id, status=ActionStatus.FAILED)
    return tuple(sorted(found, key=lambda action: action.made_at))


def _asking(turn: Turn, server: Server, action: Action) -> Effect:
    """What the catalog does not know any more is empty: its provider refuses that, and ops hear of it."""
    offer = turn.catalog.servers
    plan = offer.plan(action.plan or server.plan) if offer else None
    region = offer.region(server.region) if offer else None
    secret = action.secret if action.kind is ActionKind.REINSTALL else server.secret
    params = {
        "provider": server.provider,
        "server": server.id,
        "number": str(server.number),
        "name": server.called,
        "hostname": server.hostname,
        "location": region.location if region else "",
        "size": region.sizes.get(plan.id, "") if region and plan else "",
        "image": region.images.get(action.image or server.image, "") if region else "",
        "cpus": str(plan.cpus if plan else 0),
        "memory": str(plan.memory_gb if plan else 0),
        "disk": str(plan.disk_gb if plan else 0),
        "user": server.user,
        "ssh_key": "" if secret else server.ssh_key,
        "secret": secret,
        "until": action.until.isoformat(),
    }
    if action.kind is ActionKind.CREATE:
        name = CREATE
    else:
        name, params = ACT, params | {"do": DO[action.kind], "machine": server.machine}
    return Effect(id=action.key, name=name, record=server.id, conversation=server.lane, params=params)


# --- what its provider says ---


async def on_answer(turn: Turn, done: EffectDone) -> Outcome:
    """It has taken on what was wanted, or will not do it."""
    server = await turn.records.get(Server, done.record)
    action = await _of(turn, server)
    if server is None or action is None or action.status is not ActionStatus.WANTED or action.key != done.effect:
        return Outcome()
    if done.error:
        return await _failed(turn, server, action, done.error)
    server = replace(
        server,
        machine=done.result.get("machine") or server.machine,
        state=done.result.get("state") or server.state,
        address=done.result.get("address") or server.address,
        page=done.result.get("page") or server.page,
        look_at=turn.now + LOOKS[0],
        unanswered=0,
    )
    action = move(action, ActionStatus.BEGUN, what=TAKEN_ON, now=turn.now)
    action = replace(action, until=max(action.until, turn.now + AT_LEAST))
    if action.kind is ActionKind.DESTROY and not server.machine:
        return await _completed(turn, replace(server, state="missing"), action)
    return Outcome(save=(action, scheduled(turn, server)))


async def look(turn: Turn, server: Server) -> Outcome:
    """Its time to be looked at has come (`ServerDue.LOOK`)."""
    action = await _of(turn, server)
    if action is not None and turn.now >= action.until and server.unanswered >= UNANSWERED:
        return await _failed(turn, server, action, NO_ANSWER)
    if action is not None and action.status is ActionStatus.WANTED:
        waiting = replace(server, look_at=turn.now + PAUSE, unanswered=server.unanswered + 1)
        return Outcome(save=(scheduled(turn, waiting),))
    server, asked = ask(turn, server)
    return asked + Outcome(save=(server,))


def ask(turn: Turn, server: Server) -> tuple[Server, Outcome]:
    """How it stands: the machine, scheduled and not saved."""
    server = replace(
        server,
        looks=server.looks + 1,
        polls=server.polls + 1,
        unanswered=server.unanswered + 1,
        look_at=turn.now + PAUSE if server.action else None,
    )
    effect = Effect(
        id=_look_id(server),
        name=LOOK,
        record=server.id,
        conversation=server.lane,
        params={"provider": server.provider, "machine": server.machine, "port": str(turn.places.ssh_port)},
    )
    return scheduled(turn, server), Outcome(effects=(effect,))


def _look_id(server: Server) -> str:
    return f"{server.id}-look-{server.looks}"


async def on_looked(turn: Turn, done: EffectDone) -> Outcome:
    """How it stands there. Only the last look counts, and that once."""
    server = await turn.records.get(Server, done.record)
    if server is None or done.effect != _look_id(server) or not server.unanswered:
        return Outcome()
    action = await _of(turn, server)
    if action is not None and action.status is not ActionStatus.BEGUN:
        return Outcome()
    server = replace(server, unanswered=0)
    if not done.error:
        state, address = done.result["state"], done.result["address"]
        server = replace(server, state=state, address=address or server.address)
    if action is None:
        server, outcome = await _stands(turn, server)
        return outcome + Outcome(save=(scheduled(turn, server),))
    if not done.error and is_so(action.kind, server.state, answers=done.result["answers"] == "yes"):
        return await _completed(turn, server, action)
    if not done.error and _is_hopeless(action, server.state):
        return await _failed(turn, server, action, f"its provider says: {server.state}")
    if turn.now >= action.until:
        why = done.error or f"not so in time; its provider says: {server.state}, {server.address or 'no address'}"
        return await _failed(turn, server, action, why)
    next_at = turn.now + LOOKS[min(server.polls, len(LOOKS) - 1)]
    return Outcome(save=(scheduled(turn, replace(server, look_at=next_at)),))


def _is_hopeless(action: Action, state: str) -> bool:
    """A machine just made may be known a little later only."""
    return state in (LOST if action.kind is not ActionKind.CREATE else {"error"})


async def on_state(turn: Turn, server: Server, state: str) -> tuple[Server, Outcome]:
    """How its provider says it stands, by a list of all of them: the machine, scheduled and not saved.

    One that seems lost is looked at, and only then anybody is told. With an action in hand its own looks tell.
    """
    if server.action:
        return server, Outcome()
    if state in LOST and server.held and server.state not in LOST:
        return ask(turn, server)
    server, outcome = await _stands(turn, replace(server, state=state))
    return scheduled(turn, server), outcome


async def _stands(turn: Turn, server: Server) -> tuple[Server, Outcome]:
    """With no action in hand. One that is lost waits for ops as a creation that failed; one that is back does not."""
    if not server.held:
        return server, Outcome()
    lost = [each for each in await failures(turn, server) if each.kind is ActionKind.CREATE]
    if server.state in LOST and not lost:
        return await _lost(turn, server)
    if server.state not in ("running", "stopped") or not lost:
        return server, Outcome()
    outcome = Outcome()
    for each in lost:
        server, dropped = await drop(turn, server, each, what="it is back")
        outcome += dropped
    server = note(server, what=f"it is back: {server.state}", by="provider", now=turn.now)
    values = about(turn, server, "id")
    outcome += Outcome(say=ops_alert(turn, Text("ops-server-back", values)))
    return server, outcome + await tell_owner(turn, server, await said_of(turn, server, "server-back"))


async def _lost(turn: Turn, server: Server) -> tuple[Server, Outcome]:
    error = f"its provider says: {server.state}"
    action = Action(
        id=action_id(server, ActionKind.CREATE),
        server=server.id,
        kind=ActionKind.CREATE,
        by="provider",
        status=ActionStatus.FAILED,
        made_at=turn.now,
        until=turn.now,
        error=error,
    )
    server = replace(server, actions=server.actions + 1, failed=action.id)
    server = note(server, what=f"lost: {error}", by="provider", now=turn.now)
    server, told = await _follow(FAILED, turn, server, action)
    return server, Outcome(save=(action,)) + told


# --- the end of it ---


async def _of(turn: Turn, server: Server | None) -> Action | None:
    """The action in hand."""
    return await turn.records.get(Action, server.action) if server is not None and server.action else None


def _idle(server: Server) -> Server:
    return replace(server, action="", look_at=None, polls=0, unanswered=0)


async def _follow(
    hooks: dict[ActionKind, Follow], turn: Turn, server: Server, action: Action
) -> tuple[Server, Outcome]:
    hook = hooks.get(action.kind)
    return await hook(turn, server, action) if hook is not None else (server, Outcome())


async def _completed(turn: Turn, server: Server, action: Action) -> Outcome:
    done = move(action, ActionStatus.DONE, what="it is so", now=turn.now)
    server = replace(await _without(turn, _idle(server), action), off=OFF.get(action.kind, ""))
    server, followed = await _follow(COMPLETED, turn, server, done)
    server, settled = await settle(turn, server)
    return Outcome(save=(done,)) + followed + settled + Outcome(save=(scheduled(turn, server),))


async def _failed(turn: Turn, server: Server, action: Action, error: str) -> Outcome:
    failed = move(action, ActionStatus.FAILED, what=f"failed: {error}"[:ERROR_LENGTH], now=turn.now)
    failed = replace(failed, error=error[:ERROR_LENGTH])
    server, outcome = _idle(server), Outcome()
    if action.kind in OURS and is_wanted(action, server.status):
        server = replace(server, failed=action.id)
        if action.kind is not ActionKind.CREATE:
            text = Text("ops-server-failed", _values(turn, server, failed))
            outcome += tell_ops(turn, text, again_choice(server, failed))
    else:
        failed = move(failed, ActionStatus.DROPPED, what="not for ops", now=turn.now)
        # It may have been carried out all the same: whoever renewed meanwhile is switched on to be sure.
        server = replace(server, off="us") if action.kind is ActionKind.SUSPEND else server
    server, followed = await _follow(FAILED, turn, server, failed)
    server, settled = await settle(turn, server)
    outcome = Outcome(save=(failed,)) + outcome + followed + settled
    if server.held and server.machine and not server.action:
        server, asked = ask(turn, server)
        outcome += asked
    return outcome + Outcome(save=(scheduled(turn, server),))


async def settle(turn: Turn, server: Server) -> tuple[Server, Outcome]:
    """What must follow once no action is in hand: the machine, not saved.

    Failures that nobody wants to have put right any more are dropped. One that was renewed while it was being suspended
    is resumed.
    """
    outcome = Outcome()
    if server.action:
        return server, outcome
    for each in await failures(turn, server):
        if not is_wanted(each, server.status):
            server, dropped = await drop(turn, server, each, what=f"not wanted any more: {server.status}")
            outcome += dropped
            server = replace(server, off="us") if each.kind is ActionKind.SUSPEND else server
    if server.off == "us" and server.status is ServerStatus.ACTIVE and not server.failed:
        server, resumed = begin(turn, server, ActionKind.RESUME, by="renewed")
        outcome += resumed
    return server, outcome


# --- to ops ---


def tell_ops(turn: Turn, text: Text, *choices: Choice) -> Outcome:
    """What failed, with what they can do about it."""
    return Outcome(say=tuple(replace(say, choices=choices) for say in ops_alert(turn, text)))


def again_choice(server: Server, action: Action) -> Choice:
    """Names the action by what its id adds to the machine's."""
    which = action.id.removeprefix(f"{server.id}-")
    return ops_choice(server, f"again-{which}", Text("label-server-again"))


def ops_choice(server: Server, action: str, label: Text) -> Choice:
    """A button of the ops group (`handlers/server_decisions.py`)."""
    return Choice(f"ops-server:{server.id}:{action}", label)


def _values(turn: Turn, server: Server, action: Action) -> dict[str, Value]:
    return {
        **about(turn, server, "id"),
        "kind": action.kind.value,
        "error": action.error,
        "provider": server.provider,
        "machine": server.machine or "–",
    }
