"""What is wanted of the outside world, other than a message."""

from msgspec import Struct, field


class Effect(Struct, frozen=True, kw_only=True):
    """A call that is made after the commit that asked for it.

    `id` is the idempotency key: the same id is the same call, and its parameters are frozen here, with nothing in
    them read from a clock.
    The answer comes back as `EffectDone` into `conversation`.
    """

    id: str
    name: str
    record: str
    conversation: str
    params: dict[str, str] = field(default_factory=dict)
