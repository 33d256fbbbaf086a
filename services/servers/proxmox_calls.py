"""Calls of Proxmox VE's API by proxmoxer, which waits where it calls: they are made in threads, each with a connection
of its own. docs/servers-providers.md says how the cluster is set up.
"""

import asyncio
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

import msgspec
import requests
from proxmoxer.backends.https import Backend
from proxmoxer.core import ProxmoxResource, ResourceException
from urllib3.exceptions import MaxRetryError, NewConnectionError

from services.failures import Failure, Permanent, Retry, Unknown
from services.servers.accounts import Cluster

THREADS = 4
CONNECT, READ = 5.0, 15.0
SECONDS = 25.0
"""For one call: what trickles in is not waited for for ever."""
POLL = 0.5
TOKEN = re.compile(r"([^!=\s]+)!([^!=\s]+)=([0-9A-Za-z-]+)")
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
LONGEST_DETAIL = 200

NEVER = frozenset({400, 401, 403, 404, 405, 501})
"""It will be answered so again."""
NOT_BEGUN = frozenset({429, 500, 503, 595})
"""Proxmox says 500 where it refuses, or gives up before a task begins; 595: a node that is not reached."""

Verb = Literal["get", "post", "put", "delete"]
T = TypeVar("T")


class Failed(Exception):
    """A call failed."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.detail)
        self.failure = failure


class Calls:
    """Raises ValueError, in words for the operator, where it cannot be used as it is set up."""

    def __init__(self, cluster: Cluster) -> None:
        parts, token = urlsplit(cluster.url), TOKEN.fullmatch(cluster.token)
        if not parts.hostname or token is None:
            raise ValueError("PROXMOX_URL or PROXMOX_TOKEN is not set as it should be")
        if parts.scheme != "https" and parts.hostname not in LOOPBACK:
            raise ValueError("PROXMOX_URL must begin with https://")
        self._cluster = cluster
        self._token = token.groups()
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="proxmox")
        self._own = threading.local()

    async def get(self, *path: str | int, kind: type[T], **params: Any) -> T:
        """What is there, as that kind. Raises Failed."""
        answer = await self._call("get", path, params)
        try:
            return msgspec.convert(answer, kind, strict=False)
        except msgspec.ValidationError:
            raise Failed(Retry("the answer is not understood")) from None

    async def ask(self, verb: Verb, *path: str | int, **params: Any) -> str:
        """Have something done; returns the task that does it, where there is one (UPID). Raises Failed."""
        answer = await self._call(verb, path, params)
        return answer if isinstance(answer, str) and answer.startswith("UPID:") else ""

    async def finished(self, upid: str, deadline: float) -> None:
        """Wait for a task, at the node that does it, until the deadline (the loop's time). Raises Failed: Retry where
        the task failed, or is not done.
        """
        while upid:
            task = await self.get("nodes", upid.split(":")[1], "tasks", upid, "status", kind=Task)
            if task.status == "stopped":
                if task.exitstatus.startswith(("OK", "WARNINGS")):
                    return
                raise Failed(Retry(f"{task.type}: {task.exitstatus}"[:LONGEST_DETAIL]))
            if asyncio.get_running_loop().time() >= deadline:
                raise Failed(Retry(f"{task.type} is under way", 5.0))
            await asyncio.sleep(POLL)

    async def _call(self, verb: Verb, path: tuple[str | int, ...], params: dict[str, Any]) -> Any:
        try:
            async with asyncio.timeout(SECONDS):
                return await asyncio.get_running_loop().run_in_executor(self._pool, self._made, verb, path, params)
        except TimeoutError:
            raise Failed(_lost(verb, f"no answer within {SECONDS:.0f} seconds")) from None

    def _made(self, verb: Verb, path: tuple[str | int, ...], params: dict[str, Any]) -> Any:
        """In a thread. Failures name the kind of trouble and Proxmox' own reason, nothing that was sent."""
        if not hasattr(self._own, "api"):
            self._own.api = self._open()
        try:
            answer = getattr(self._own.api([str(each) for each in path]), verb)(**params)
        except ResourceException as refusal:
            raise Failed(_refused(verb, refusal)) from None
        except requests.exceptions.RequestException as problem:
            raise Failed(_not_answered(verb, problem)) from None
        except (KeyError, TypeError):  # proxmoxer looked for the answer in it
            raise Failed(_lost(verb, "an answer that is none")) from None
        if isinstance(answer, dict) and answer.keys() == {"errors"}:  # as proxmoxer gives what is no JSON
            raise Failed(_lost(verb, "an answer that is none"))
        return answer

    def _open(self) -> ProxmoxResource:
        """As ProxmoxAPI opens it, but at the address that is set: its own is always https."""
        user, name, value = self._token
        backend = Backend(
            urlsplit(self._cluster.url).hostname,
            user=user,
            token_name=name,
            token_value=value,
            verify_ssl=self._cluster.ca_file or True,
            timeout=(CONNECT, READ),
        )
        session = backend.get_session()
        session.trust_env = False
        session.max_redirects = 0  # the token goes nowhere else
        return ProxmoxResource(
            base_url=f"{self._cluster.url}/api2/json", session=session, serializer=backend.get_serializer()
        )


class Task(msgspec.Struct):
    """As `nodes/{node}/tasks/{upid}/status` tells it."""

    status: str
    type: str = ""
    exitstatus: str = ""


def _refused(verb: Verb, refusal: ResourceException) -> Failure:
    fields = " ".join(f"{name}: {why}" for name, why in refusal.errors.items()) if _is_told(refusal.errors) else ""
    detail = " ".join(f"{refusal.status_code} {refusal.content} {fields}".split())[:LONGEST_DETAIL]
    if refusal.status_code in NEVER:
        return Permanent(detail)
    return Retry(detail) if refusal.status_code in NOT_BEGUN else _lost(verb, detail)


def _is_told(errors: Any) -> bool:
    """By parameter, in words: not a body that could not be read."""
    return isinstance(errors, dict) and all(isinstance(why, str) for why in errors.values())


def _not_answered(verb: Verb, problem: requests.exceptions.RequestException) -> Failure:
    detail = type(problem).__name__
    cause = problem.args[0] if problem.args else None
    not_connected = isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)
    not_sent = (requests.exceptions.ConnectTimeout, requests.exceptions.SSLError)
    if not_connected or isinstance(problem, not_sent):
        return Retry(detail)
    return _lost(verb, detail)


def _lost(verb: Verb, detail: str) -> Failure:
    """The call went out; what only reads may be made again."""
    return Retry(detail) if verb == "get" else Unknown(detail)
