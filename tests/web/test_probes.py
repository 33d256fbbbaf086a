"""What tells a platform that a worker or a clock is well, where they are given a port for it."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.build import Role
from tests.web.site import Site, telegram_call


@pytest.mark.parametrize("roles", [Role.WORKER, Role.CLOCK])
async def test_they_say_whether_they_are_well(tmp_path: Path, roles: Role) -> None:
    site = await Site.open(tmp_path, roles=roles, probe_port=0, metrics_token="count")
    assert [(await site.get(path)).status for path in ("/health", "/ready", "/metrics")] == [200, 200, 401]
    assert "sahut_turns_total" in (await site.get("/metrics", Authorization="Bearer count")).text
    with closing(sqlite3.connect(site.file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert [(await site.get(path)).status for path in ("/health", "/ready")] == [200, 503]
        other.execute("ROLLBACK")
    await site.close()


async def test_and_nothing_else(tmp_path: Path) -> None:
    site = await Site.open(tmp_path, roles=Role.WORKER, probe_port=0, tasks_token="wake-up")
    assert [(await site.get(path)).status for path in ("/", "/care", "/media/x")] == [404] * 3
    assert (await site.send(telegram_call(1))).status == 404
    async with site.http.post(f"{site.url}/tasks/tick", headers={"Authorization": "Bearer wake-up"}) as answer:
        assert answer.status == 404
    await site.close()


async def test_without_a_port_they_listen_on_none(tmp_path: Path) -> None:
    site = await Site.open(tmp_path, roles=Role.WORKER)
    assert site.service._server is None
    await site.close()
