"""The command line: `python -m bot`."""

import argparse
import asyncio
import errno
import gc
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import uvloop

from bot import backup, copy, logs, privacy, scan
from bot.build import Role, Service, data_folder
from bot.catalog import CatalogError, load_catalog
from bot.check import check, refusal
from bot.command import Refused
from bot.settings import Settings, WrongSettings, catalog_path, load
from domain.catalog import Catalog
from storage.base import StorageUnavailable

EPILOG = """\
how the parts belong together:
  run is everything in one process: enough for a laptop and for a small business.
  For more, start any number of web, worker and clock on one database instead:
    web     takes webhooks and serves the public pages; answers 200 once what came is stored
    worker  runs the conversations, sends messages, carries out effects
    clock   wakes the jobs: reminders, idle cases

settings come from the environment or .env; .env.example lists them all. Try it without any account:
  SIMULATE=1 python -m bot run        (the same as: make run)
"""

ROLES = {"run": Role.ALL, "web": Role.WEB, "worker": Role.WORKER, "clock": Role.CLOCK}


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bot",
        description="Sahut answers customers on WhatsApp and Telegram.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser("run", help="everything in one process (the default)")
    commands.add_parser("web", help="webhooks and public pages")
    commands.add_parser("worker", help="conversations, sending, effects")
    commands.add_parser("clock", help="the jobs")
    commands.add_parser("check", help="what is configured, what is played, what is wrong and how to mend it")
    catalog = commands.add_parser("load", help="check a catalog file and put it in place; a restart takes it up")
    catalog.add_argument("file", type=Path, metavar="FILE", help="a catalog like catalog.toml")
    for module in (backup, copy, privacy, scan):
        module.add_to(commands)
    return parser


def main() -> int:
    command = arguments().parse_args()
    try:
        if hasattr(command, "act"):
            return int(command.act(command))
        match command.command:
            case "check":
                report = asyncio.run(check(load))
                print(report.text)
                return 1 if report.wrong else 0
            case "load":
                return load_file(command.file)
            case name:
                return uvloop.run(serve(load(), ROLES[name or "run"]))
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 1
    except WrongSettings as wrong:
        return _refuse(wrong.problems)
    except CatalogError as wrong:
        return _refuse(str(wrong).splitlines())
    except StorageUnavailable as problem:
        return _refuse([f"storage cannot be used: {problem}. See DATABASE_URL."])
    except KeyboardInterrupt:
        return 130


def _refuse(problems: list[str]) -> int:
    print(refusal(problems), file=sys.stderr)
    return 2


def load_file(path: Path) -> int:
    """Check a catalog and put it where the service reads it, in one step; the old one is kept beside it. Raises
    CatalogError.
    """
    target = catalog_path()
    catalog = load_catalog(path)
    if target.exists() and path.resolve() == target.resolve():
        print(f"{path} is in place and fine: {_size(catalog)}.")
        return 0
    try:
        if target.exists():
            target.with_suffix(".toml.before").write_bytes(target.read_bytes())
        arriving = target.with_suffix(".toml.arriving")
        arriving.write_bytes(path.read_bytes())
        arriving.replace(target)
    except OSError as problem:
        raise CatalogError((f"{target}: cannot be written ({problem})",)) from problem
    print(f"{target} is now {path}: {_size(catalog)}. Restart Sahut to take it up.")
    return 0


def _size(catalog: Catalog) -> str:
    return f"{len(catalog.leaves)} topics, {len(catalog.teams)} teams, {len(catalog.canned)} canned answers"


async def serve(settings: Settings, roles: Role) -> int:
    """Run until SIGTERM or SIGINT."""
    logs.configure(settings)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    try:
        if settings.simulate and roles is not Role.ALL:
            return _refuse(["SIMULATE=1 is for `run` alone: each process would have providers of its own."])
        if settings.simulate:
            return await _serve_simulated(settings, roles, stopping)
        service = Service(settings, roles)
        return await _until(stopping, service.start, service.stop, lambda: _hello(service))
    except OSError as problem:
        running = " Is another Sahut running?" if problem.errno == errno.EADDRINUSE else ""
        return _refuse([f"{problem.strerror or problem}.{running} See HOST, PORT and SIMULATOR_PORT."])


async def _serve_simulated(settings: Settings, roles: Role, stopping: asyncio.Event) -> int:
    from bot.simulation import Simulation

    catalog = load_catalog(settings.catalog_file)
    folder = data_folder(settings)
    demo_log = folder.absolute() / "logs" / "demo.log"
    simulation = Simulation(settings, catalog, state_path=folder / "simulator.json", log_path=demo_log)
    played = await simulation.start("127.0.0.1", settings.simulator_port)
    service = Service(played, roles, catalog=simulation.catalog, clock=simulation.clock)
    simulation.attach(service.storage)

    def hello() -> None:
        _hello(service)
        print(f"\n  Open the simulator:  {simulation.simulator.url}\n", flush=True)

    try:
        return await _until(stopping, service.start, service.stop, hello)
    finally:
        await simulation.stop()


async def _until(
    stopping: asyncio.Event,
    start: Callable[[], Awaitable[None]],
    stop: Callable[[], Awaitable[None]],
    hello: Callable[[], None],
) -> int:
    try:
        await start()
        hello()
        # What was made so far lives as long as the process: no need to look at it again at every collection. What a
        # message leaves behind is freed by counting; cycles are few.
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000, 20, 50)
        await stopping.wait()
    finally:
        await stop()
    return 0


def _hello(service: Service) -> None:
    channels = ", ".join(channel.name for channel in service.channels) or "no channel"
    listens = Role.WEB in service.roles or service.settings.probe_port is not None
    where = f"http://{service.settings.host}:{service.port}" if listens else "no address"
    print(f"Sahut is ready: {where} ({channels}; {service.settings.database_shown}). Ctrl-C stops it.", flush=True)


if __name__ == "__main__":
    sys.exit(main())
