"""Effects of machines, against a cloud that answers late, wrongly, twice or never: one order is one machine."""

import asyncio
from datetime import timedelta

import bcrypt
import msgspec
import pytest
from msgspec import structs

from bot.effects import Done, Later, Refused
from bot.server_secrets import ServerSecrets
from bot.server_services import AWAY, PASSED, StoredMachines, server_services
from domain.server_actions import Action
from domain.server_secrets import ServerSecret, told
from domain.servers import Server
from services.failures import Permanent, Retry
from services.servers.base import Machine, State
from services.servers.sandbox import Sandbox
from storage.sqlite import SQLiteStorage
from tests.bot.cloud import LOST, dies, made_but_lost
from tests.bot.server_stage import KEY, NAME, PUBLIC, START, Stage, done, stage, store

__all__ = ["stage", "store"]

BUILDING = {"machine": "m-1", "state": "building", "address": "", "page": ""}


# --- one machine ---


async def test_a_machine_is_made_as_it_was_ordered(stage: Stage) -> None:
    assert done(await stage.create()) == BUILDING
    (wanted,) = stage.cloud.made
    assert (wanted.name, wanted.number, wanted.tag, wanted.hostname) == (NAME, 17, "sahut", "toko")
    assert (wanted.location, wanted.size, wanted.image) == ("sgp1", "c-2", "debian-13")
    assert (wanted.cpus, wanted.memory_gb, wanted.disk_gb) == (2, 4, 25)
    assert (wanted.access.user, wanted.access.ssh_key, wanted.access.password_hash) == ("root", KEY, "")


async def test_asked_again_it_is_the_same_machine(stage: Stage) -> None:
    """As after a stop between the provider's answer and our commit; the lists of the provider may still lag behind."""
    await stage.create()
    stage.cloud.hides = 5
    assert done(await stage.create()) == BUILDING
    assert len(stage.cloud.made) == 1


async def test_one_that_was_made_before_us_is_taken(stage: Stage) -> None:
    stage.cloud.machines["m-0"] = Machine(id="m-0", name=NAME, state=State.RUNNING, address="192.0.2.7")
    assert done(await stage.create()) == {"machine": "m-0", "state": "running", "address": "192.0.2.7", "page": ""}
    assert stage.cloud.made == []


async def test_an_answer_that_was_lost_is_looked_for(stage: Stage) -> None:
    stage.cloud.trouble = [made_but_lost]
    assert await stage.create() == Later(detail=LOST.detail)
    assert done(await stage.create()) == BUILDING
    assert len(stage.cloud.made) == 1


async def test_a_machine_that_shows_late_is_waited_for(stage: Stage) -> None:
    stage.cloud.trouble, stage.cloud.hides = [made_but_lost], 3
    answers = [await stage.create() for _ in range(3)]
    assert answers == [Later(detail=LOST.detail)] * 3
    assert done(await stage.create()) == BUILDING
    assert len(stage.cloud.made) == 1


async def test_a_call_that_made_nothing_is_made_again_after_a_pause_that_grows(stage: Stage) -> None:
    stage.cloud.trouble = [LOST, LOST]
    for seconds in (29, 59):
        assert await stage.create() == Later(detail=LOST.detail)
        calls = len(stage.cloud.trouble)
        stage.now += timedelta(seconds=seconds)
        assert await stage.create() == Later(detail=LOST.detail)
        assert len(stage.cloud.trouble) == calls, "called before its time"
        stage.now += timedelta(seconds=1)
    assert done(await stage.create()) == BUILDING


async def test_a_process_that_died_in_the_call_is_known_of(store: SQLiteStorage) -> None:
    killed = Stage(store)
    killed.cloud.trouble = [dies]
    with pytest.raises(asyncio.CancelledError):
        await killed.create()
    after = Stage(store)
    after.cloud.machines, after.cloud.hides = killed.cloud.machines, 2
    answers = [await after.create() for _ in range(2)]
    assert all(isinstance(answer, Later) for answer in answers), "not called again, though nothing was found yet"
    assert done(await after.create()) == BUILDING
    assert after.cloud.made == []


async def test_who_knows_a_call_again_is_asked_at_once(store: SQLiteStorage) -> None:
    """Also after a process died in it, also where no list tells of the machine yet."""
    killed = Stage(store)
    killed.cloud.trouble = [dies]
    with pytest.raises(asyncio.CancelledError):
        await killed.create()
    after = Stage(store)
    after.cloud.knows_again = True
    after.cloud.machines, after.cloud.hides = killed.cloud.machines, 2
    assert done(await after.create()) == BUILDING
    assert after.cloud.made == []


async def test_two_at_once_make_one(stage: Stage) -> None:
    """As where a lease ran out while the first was slow."""
    answers = await asyncio.gather(*(stage.create() for _ in range(5)))
    assert len(stage.cloud.made) == 1
    assert {type(answer) for answer in answers} == {Done, Later}


async def test_of_two_with_one_name_the_older_is_kept_and_none_is_deleted(stage: Stage) -> None:
    """The first one's call was lost, and it shows only after the second was made."""
    stage.cloud.trouble, stage.cloud.hides = [made_but_lost], 2
    await stage.create()
    stage.now += timedelta(minutes=1)
    assert done(await stage.create()) == BUILDING
    assert list(stage.cloud.machines) == ["m-1", "m-2"]
    assert stage.cloud.did == []


async def test_what_the_provider_lost_is_made_anew(stage: Stage) -> None:
    await stage.create()
    del stage.cloud.machines["m-1"]
    assert done(await stage.create())["machine"] == "m-2"


async def test_a_quota_is_waited_for_and_a_size_there_is_not_is_refused(stage: Stage) -> None:
    stage.cloud.trouble = [Retry("429 quota", 7.0), Permanent("422 no such size")]
    assert await stage.create() == Later(7.0, "429 quota")
    assert await stage.create() == Refused("422 no such size")
    assert done(await stage.create()) == BUILDING


# --- past its time ---


async def test_past_its_time_ops_hear_of_it(stage: Stage) -> None:
    stage.cloud.trouble = [Retry("429 quota")] * 2
    assert isinstance(await stage.create(), Later)
    stage.now += timedelta(minutes=30)
    assert await stage.create() == Refused("429 quota")


async def test_past_its_time_what_is_unclear_is_said_to_be(stage: Stage) -> None:
    stage.cloud.trouble = [LOST]
    await stage.create()
    stage.now += timedelta(minutes=31)
    assert await stage.create() == Refused(f"unclear: {LOST.detail}")
    assert stage.cloud.made == [], "not called again: nobody would wait for it"


async def test_past_its_time_a_machine_that_is_there_is_there(stage: Stage) -> None:
    stage.cloud.trouble = [made_but_lost]
    await stage.create()
    stage.now += timedelta(minutes=31)
    assert done(await stage.create()) == BUILDING


async def test_a_provider_that_cannot_be_asked(stage: Stage) -> None:
    stage.cloud.finding = Retry("503", 4.0)
    assert await stage.create() == Later(4.0, "503")
    stage.now += timedelta(minutes=31)
    assert await stage.create() == Refused("503")
    assert stage.cloud.made == []


async def test_what_is_not_wanted_any_more_is_not_done(stage: Stage) -> None:
    """It was put off; meanwhile it was given up, or begun once more."""
    await stage.save_server(action="")
    assert await stage.create() == Refused(PASSED)
    assert await stage.ask("servers.act", do="stop", machine="m-1") == Refused(PASSED)
    action = await stage.store.get(Action, f"{NAME}-create-1")
    server = await stage.store.get(Server, NAME)
    assert action
    assert server
    await stage.store.save(structs.replace(server, action=action.id))
    await stage.store.save(structs.replace(action, tries=2))
    assert await stage.create() == Refused(PASSED)
    assert stage.cloud.made == []
    assert stage.cloud.did == []


# --- passwords ---


async def test_the_password_that_is_shown_is_the_one_that_was_set(stage: Stage) -> None:
    await stage.save_server()
    stage.cloud.trouble = [LOST]
    await stage.create(secret="secret-17", ssh_key="")
    stage.now += timedelta(minutes=1)
    page = done(await stage.create(secret="secret-17", ssh_key=""))["page"]
    (wanted,) = stage.cloud.made
    token = page.removeprefix(f"{PUBLIC}/servers/password/").removesuffix("?lang=en")
    assert stage.secrets.id_of(token) == "secret-17"
    password = await stage.secrets.take("secret-17")
    assert len(password) == 20
    assert bcrypt.checkpw(password.encode(), wanted.access.password_hash.encode())
    assert wanted.access.password_hash.startswith("$2b$")


async def test_a_password_has_the_same_hash_at_each_call(stage: Stage) -> None:
    """EC2 refuses a call that it knows again by its token and that differs in a word."""
    await stage.save_server()
    for secret in ("secret-17", "secret-17", "secret-18"):
        await stage.create(secret=secret, ssh_key="")
        stage.cloud.machines.clear()
    first, second, other = (each.access.password_hash for each in stage.cloud.made)
    assert first == second
    assert first[:29] != other[:29]


async def test_a_password_lies_sealed(stage: Stage) -> None:
    await stage.save_server()
    await stage.create(secret="secret-17", ssh_key="")
    kept = await stage.store.get(ServerSecret, "secret-17")
    assert kept is not None
    assert (kept.server, kept.customer, kept.made_at, kept.expires_at) == (NAME, "telegram:1001", START, None)
    password = await stage.secrets.take("secret-17")
    assert password
    assert password not in msgspec.json.encode(kept).decode()


async def test_a_machine_made_anew_has_another_password(stage: Stage) -> None:
    """Its provider lost it. The first password was read; the page shows the new one, once."""
    await stage.save_server()
    page = done(await stage.create(secret="secret-17", ssh_key=""))["page"]
    first = await stage.secrets.take("secret-17")
    stage.cloud.machines.clear()
    assert done(await stage.create(secret="secret-17", ssh_key=""))["page"] == page
    second = await stage.secrets.take("secret-17")
    assert first != second
    assert bcrypt.checkpw(second.encode(), stage.cloud.made[-1].access.password_hash.encode())


async def test_a_password_that_was_told_of_and_not_read_is_kept_for_the_next_machine(stage: Stage) -> None:
    await stage.save_server()
    await stage.create(secret="secret-17", ssh_key="")
    kept = await stage.store.get(ServerSecret, "secret-17")
    assert kept is not None
    await stage.store.save(told(kept, stage.now))
    stage.cloud.machines.clear()
    stage.now += timedelta(hours=30)
    await stage.create(secret="secret-17", ssh_key="", until=(stage.now + timedelta(hours=1)).isoformat())
    assert await stage.secrets.is_readable("secret-17")


async def test_without_secret_key_there_is_no_password(stage: Stage) -> None:
    await stage.save_server()
    bare = ServerSecrets(stage.store, "", PUBLIC, stage.clock)
    services = server_services(stage.providers, stage.store, bare, tag="sahut", now=stage.clock)
    stage.services = dict(services)
    answer = await stage.create(secret="secret-17", ssh_key="")
    assert isinstance(answer, Refused)
    assert "SECRET_KEY" in answer.error
    assert stage.cloud.made == []


# --- what is done to it ---


async def test_what_is_done_to_a_machine(stage: Stage) -> None:
    for do in ("start", "stop", "restart", "resize", "destroy"):
        assert done(await stage.ask("servers.act", do=do, machine="m-1")) == {}
    assert stage.cloud.did == [
        ("start", "m-1"), ("stop", "m-1"), ("restart", "m-1"), ("resize c-2", "m-1"), ("destroy", "m-1"),
    ]  # fmt: skip
    assert isinstance(await stage.ask("servers.act", do="sell", machine="m-1"), Refused)


async def test_a_reinstalled_machine_has_a_new_password(stage: Stage) -> None:
    await stage.save_server()
    await stage.create(secret="secret-17", ssh_key="")
    page = done(await stage.ask("servers.act", do="reinstall", machine="m-1", secret="secret-17-2", ssh_key=""))["page"]
    assert page.startswith(f"{PUBLIC}/servers/password/")
    first, second = await stage.secrets.take("secret-17"), await stage.secrets.take("secret-17-2")
    assert first != second
    assert bcrypt.checkpw(second.encode(), stage.cloud.made[-1].access.password_hash.encode())


async def test_what_is_unclear_is_destroyed_by_its_name(stage: Stage) -> None:
    """Ops gave the money back for a creation that was unclear."""
    assert done(await stage.ask("servers.act", do="destroy")) == {}
    stage.cloud.trouble = [made_but_lost]
    await stage.create()
    assert done(await stage.ask("servers.act", do="destroy")) == {}
    assert stage.cloud.did == [("destroy", "m-1")]
    assert isinstance(await stage.ask("servers.act", do="start", name="server-99-00000000"), Refused)


async def test_what_fails_is_tried_until_its_time_is_over(stage: Stage) -> None:
    stage.cloud.doing = LOST
    assert await stage.ask("servers.act", do="stop", machine="m-1") == Later(detail=LOST.detail)
    stage.now += timedelta(minutes=30)
    assert await stage.ask("servers.act", do="stop", machine="m-1") == Refused(f"unclear: {LOST.detail}")


# --- looking ---


async def test_a_machine_is_up_once_it_answers(stage: Stage) -> None:
    async def look() -> dict[str, str]:
        return done(await stage.ask("servers.look", machine="m-1", port="22"))

    assert await look() == {"state": "missing", "address": "", "answers": "no"}
    stage.cloud.machines["m-1"] = Machine(id="m-1", name=NAME, state=State.RUNNING)
    assert await look() == {"state": "running", "address": "", "answers": "no"}
    assert stage.knocked == []
    stage.cloud.machines["m-1"] = Machine(id="m-1", name=NAME, state=State.RUNNING, address="192.0.2.7")
    stage.opens = False
    assert await look() == {"state": "running", "address": "192.0.2.7", "answers": "no"}
    stage.opens = True
    assert await look() == {"state": "running", "address": "192.0.2.7", "answers": "yes"}
    assert stage.knocked == [("192.0.2.7", 22)] * 2


async def test_metrics_and_consoles(stage: Stage) -> None:
    since, until = START.isoformat(), (START + timedelta(hours=1)).isoformat()
    samples = done(await stage.ask("servers.metrics", machine="m-1", since=since, until=until))["samples"]
    assert msgspec.json.decode(samples) == [[START.isoformat(), 12.5, None, 1.0, 2.0]]
    assert await stage.ask("servers.console", machine="m-1") == Refused("it has none")


async def test_a_list_of_what_is_ours(stage: Stage) -> None:
    stage.cloud.machines["m-1"] = Machine(id="m-1", name=NAME, state=State.STOPPED, address="192.0.2.7", made_at=START)
    stage.cloud.machines["m-2"] = Machine(id="m-2", name="another", state=State.RUNNING)
    machines = done(await stage.ask("servers.list"))["machines"]
    assert msgspec.json.decode(machines) == [
        ["m-1", NAME, "stopped", "192.0.2.7", START.isoformat()],
        ["m-2", "another", "running", "", ""],
    ]


async def test_a_provider_that_is_configured_no_more(stage: Stage) -> None:
    assert await stage.ask("servers.create", provider="gone") == Refused(AWAY)
    for what in ("act", "look", "list"):
        assert await stage.ask(f"servers.{what}", provider="gone") == Later(detail=AWAY)
    for what in ("console", "metrics"):
        assert await stage.ask(f"servers.{what}", provider="gone") == Refused(AWAY)


# --- the sandbox ---


async def test_the_sandbox_plays_a_whole_life(store: SQLiteStorage) -> None:
    stage = Stage(store, Sandbox(StoredMachines(store), now=lambda: START))
    made = done(await stage.create(provider="sandbox"))
    assert made == {"machine": NAME, "state": "running", "address": "192.0.2.18", "page": ""}
    assert done(await stage.create(provider="sandbox")) == made

    async def act(do: str) -> dict[str, str]:
        done(await stage.ask("servers.act", provider="sandbox", do=do, machine=NAME))
        return done(await stage.ask("servers.look", provider="sandbox", machine=NAME, port="22"))

    up = {"state": "running", "address": "192.0.2.18", "answers": "yes"}
    assert [(await act(do))["state"] for do in ("stop", "start", "stop", "resize")] == [
        "stopped", "running", "stopped", "running",
    ]  # fmt: skip
    assert await act("restart") == up
    assert stage.knocked == [], "its machines are nowhere"
    assert await act("destroy") == {"state": "missing", "address": "", "answers": "no"}
    assert done(await stage.ask("servers.list", provider="sandbox"))["machines"] == "[]"
