"""`python -m simulator`: the simulator in a process of its own. Prints `simulator http://HOST:PORT` when ready."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import signal
import sys
from pathlib import Path
from typing import Any

from simulator.server import Simulator, SimulatorConfig


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser("simulator", description="Plays Twilio (WhatsApp) and Telegram over HTTP.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    parser.add_argument("--smtp-port", type=int, help="where mails are taken; 0: any free port")
    parser.add_argument("--whatsapp-webhook", metavar="URL", help="where Twilio posts incoming messages")
    parser.add_argument("--account-sid")
    parser.add_argument("--auth-token")
    parser.add_argument("--whatsapp-from", metavar="whatsapp:+62...")
    parser.add_argument("--agents-chat", type=int, metavar="ID")
    parser.add_argument("--ops-chat", type=int, metavar="ID")
    parser.add_argument("--care-url", metavar="URL")
    parser.add_argument("--state", type=Path, metavar="FILE", help="where the world is kept between runs")
    parser.add_argument("--twilio-retries", type=int, metavar="N")
    parser.add_argument("--no-rates", action="store_true", help="do not enforce Telegram's sending limits")
    parser.add_argument("--config", type=Path, metavar="FILE", help="any field of SimulatorConfig, as JSON")
    return parser


def configuration(options: argparse.Namespace) -> SimulatorConfig:
    """What the options say, over what the file says."""
    values: dict[str, Any] = json.loads(options.config.read_text()) if options.config else {}
    given = {
        "smtp_port": options.smtp_port,
        "whatsapp_webhook_url": options.whatsapp_webhook,
        "twilio_account_sid": options.account_sid,
        "twilio_auth_token": options.auth_token,
        "whatsapp_from": options.whatsapp_from,
        "agents_chat_id": options.agents_chat,
        "ops_chat_id": options.ops_chat,
        "care_url": options.care_url,
        "state_path": options.state,
        "twilio_retries": options.twilio_retries,
        "enforce_rates": False if options.no_rates else None,
    }
    values.update({name: value for name, value in given.items() if value is not None})
    return SimulatorConfig.from_json(values)


async def run(options: argparse.Namespace) -> None:
    """Runs until SIGTERM or SIGINT."""
    simulator = Simulator(configuration(options))
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    await simulator.start(options.host, options.port)
    sys.stdout.write(f"simulator {simulator.url}\n")
    sys.stdout.flush()
    await stop.wait()
    await simulator.stop()


def main() -> None:
    """Entry point."""
    logging.basicConfig(level=logging.WARNING, format="simulator %(levelname)s %(message)s")
    asyncio.run(run(arguments().parse_args()))


if __name__ == "__main__":
    main()
