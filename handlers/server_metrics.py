"""What a customer's machine was busy with for a day: asked of its provider, and sent as a picture."""

import msgspec

from domain.effects import Effect
from domain.events import EffectDone
from domain.messages import Media, MediaKind, Text
from domain.server_metrics import SPAN, Sample, ServerMetrics
from domain.servers import Server
from handlers.flow import Outcome, Turn
from handlers.server_telling import said_of, server_choice, tell_owner

METRICS = "servers.metrics"


def wanted(turn: Turn, server: Server) -> Effect:
    return Effect(
        id=f"{turn.id}-metrics",
        name=METRICS,
        record=server.id,
        conversation=server.lane,
        params={
            "provider": server.provider,
            "machine": server.machine,
            "since": (turn.now - SPAN).isoformat(),
            "until": turn.now.isoformat(),
        },
    )


def _is_measured(sample: Sample) -> bool:
    """Some providers tell of a time before the machine too: nothing."""
    return (sample.cpu, sample.memory, sample.received, sample.sent) != (None, None, None, None)


async def on_metrics(turn: Turn, event: EffectDone) -> Outcome:
    server = await turn.records.get(Server, event.record)
    if server is None or not server.customer:
        return Outcome()
    back = server_choice(server, "show", Text("label-server-show"))
    samples = () if event.error else msgspec.json.decode(event.result["samples"], type=tuple[Sample, ...])
    if not any(_is_measured(sample) for sample in samples):
        key = "server-metrics-failed" if event.error else "server-metrics-none"
        return await tell_owner(turn, server, await said_of(turn, server, key), back)
    kept = await turn.records.get(ServerMetrics, server.id)
    metrics = ServerMetrics(
        id=server.id,
        version=kept.version if kept else 0,
        customer=server.customer,
        since=turn.now - SPAN,
        until=turn.now,
        samples=samples,
    )
    picture = Media(
        kind=MediaKind.PHOTO,
        channel="documents",
        ref=f"metrics/{server.id}",
        mime="image/png",
        name=f"metrics-{server.number}.png",
    )
    text = await said_of(turn, server, "server-metrics")
    return Outcome(save=(metrics,)) + await tell_owner(turn, server, text, back, media=picture)
