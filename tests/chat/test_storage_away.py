"""Storage that does not answer for a moment, in the middle of a turn."""

from typing import Any

import pytest

from storage.base import StorageUnavailable
from tests.talk import Scripted, Talk


async def test_a_turn_that_storage_did_not_take_is_run_again_soon(
    talk: Talk, customer: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.turn.STORAGE_PAUSE", 0.05)
    storage: Any = talk.service.storage
    commit, refused = storage.commit, 0

    async def away(change: Any, **more: Any) -> Any:
        nonlocal refused
        if refused < 3:
            refused += 1
            raise StorageUnavailable("away")
        return await commit(change, **more)

    monkeypatch.setattr(storage, "commit", away)
    await customer.says("halo")
    await customer.hears("Selamat datang")
    assert refused == 3
    await customer.hears_nothing()
