"""`python -m tests.durability.starter`: starts Sahut's command line as often as it is told, each in a process of its
own.

The modules are imported once, here, and each start is a fork: what a start costs is mostly its imports, and a test that
kills as often as it can would spend its time on them. Commands come as lines of JSON, and each is answered by one.
"""

import json
import os
import runpy
import signal
import sys
from pathlib import Path
from typing import Any

import uvloop  # noqa: F401 - these are imported for what follows

import bot.build
import bot.channels.telegram
import bot.channels.whatsapp
import bot.check  # noqa: F401
import services.calendar.google
import services.documents.invoice
import services.mail.smtp
import services.payments.stripe
import services.servers.libcloud_digitalocean
import services.servers.proxmox  # noqa: F401
import tests.durability.patches


def start(arguments: list[str], environment: dict[str, str], folder: str, log: str, patches: list[str]) -> int:
    process = os.fork()
    if process:
        return process
    status = 70
    try:
        output = os.open(Path(folder) / log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for number, file in ((0, nothing), (1, output), (2, output)):
            os.dup2(file, number)
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        for name in patches:
            getattr(tests.durability.patches, name)()
        sys.argv = ["sahut", *arguments]
        runpy.run_module("bot", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 0
    finally:
        sys.stdout.flush()
        os._exit(status)


def end(process: int, number: int) -> int:
    """Send the signal; returns once the process is gone, with its exit code (negative: the signal)."""
    os.kill(process, number)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def main() -> None:
    running: set[int] = set()
    for line in sys.stdin:
        command: dict[str, Any] = json.loads(line)
        answer: int
        if "start" in command:
            answer = start(*(command[name] for name in ("start", "environment", "folder", "log", "patches")))
            running.add(answer)
        else:
            answer = end(command["end"], command["signal"])
            running.discard(command["end"])
        sys.stdout.write(f"{json.dumps(answer)}\n")
        sys.stdout.flush()
    for process in running:
        os.kill(process, signal.SIGKILL)


if __name__ == "__main__":
    main()
