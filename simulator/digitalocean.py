"""DigitalOcean's API v2, strictly, as far as machines need it: droplets with their actions, what can be chosen, keys,
tags and measurements.

Faults (provider "digitalocean"; methods create, list, get, delete, action, look and measure): the kinds of every
provider, and "quota"; "machine" is what becomes of the next one that is made: it fails, or never gets an address.
"""

from __future__ import annotations

import hmac
import json
import re
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from urllib.parse import urlencode

from aiohttp import web

from simulator import digitalocean_table as table
from simulator.datacentre import Busy, DataCentre, Machine, Operation, State
from simulator.digitalocean_account import Account, DigitalOceanError
from simulator.digitalocean_shapes import action_json, droplet_json
from simulator.digitalocean_vitals import GAUGES, measured
from simulator.faults import Answering, Faults
from simulator.model import Json, read_json
from simulator.world import World

NAME = "digitalocean"
HOUR = 3600.0
_NAME = re.compile(r"[a-zA-Z0-9]?[a-z0-9A-Z.\-]*[a-z0-9A-Z]")
_TAG = re.compile(r"[a-zA-Z0-9_\-:]{1,255}")

T = TypeVar("T")
Work = Callable[[web.Request], Awaitable[Any]]


class DigitalOcean:
    """The provider: one team's account."""

    def __init__(self, world: World, faults: Faults, answering: Answering, centre: DataCentre) -> None:
        self._world = world
        self._config = world.config
        self._faults = faults
        self._answering = answering
        self._centre = centre
        self._calls: deque[float] = deque()
        centre.starting[NAME] = "power_on"
        centre.places[NAME] = table.REGIONS
        self.account = Account(centre.next_number)
        self.base_url = ""

    def routes(self) -> list[web.RouteDef]:
        """The API's routes."""
        one, keys = "/v2/droplets/{id}", "/v2/account/keys"
        return [
            web.post("/v2/droplets", self._handler("create", self._create)),
            web.get("/v2/droplets", self._handler("list", self._list)),
            web.get(one, self._handler("get", self._get)),
            web.delete(one, self._handler("delete", self._delete)),
            web.post(f"{one}/actions", self._handler("action", self._act)),
            web.get(f"{one}/actions", self._handler("look", self._actions_of)),
            web.get(f"{one}/actions/{{action}}", self._handler("look", self._action)),
            web.get("/v2/actions", self._handler("look", self._actions)),
            web.get("/v2/actions/{action}", self._handler("look", self._action)),
            web.get("/v2/sizes", self._handler("look", self._offer("sizes", table.SIZES, table.size))),
            web.get("/v2/regions", self._handler("look", self._offer("regions", table.REGIONS, table.region))),
            web.get("/v2/images", self._handler("look", self._offer("images", table.IMAGES, table.image))),
            web.get("/v2/images/{image}", self._handler("look", self._image)),
            web.get("/v2/account", self._handler("look", self._account)),
            web.get(keys, self._handler("look", self._keys)),
            web.post(keys, self._handler("look", self._add_key)),
            web.get(keys + "/{key}", self._handler("look", self._key)),
            web.delete(keys + "/{key}", self._handler("look", self._delete_key)),
            web.get("/v2/tags", self._handler("look", self._tags)),
            web.post("/v2/tags", self._handler("look", self._add_tag)),
            web.get("/v2/tags/{tag}", self._handler("look", self._tag)),
            web.get("/v2/monitoring/metrics/droplet/{gauge}", self._handler("measure", self._measure)),
        ]

    def reset(self) -> None:
        """A new account."""
        self.account.reset()
        self._calls.clear()

    def kept(self) -> Json:
        """What lasts over a restart."""
        return self.account.kept()

    def take_up(self, kept: Json) -> None:
        """What was kept."""
        self.account.take_up(kept)

    # the service's side

    def _handler(self, method: str, work: Work) -> Work:
        async def handle(request: web.Request) -> web.StreamResponse:
            given = request.headers.get("Authorization", "").encode(errors="replace")
            if not hmac.compare_digest(given, f"Bearer {self._config.digitalocean_token}".encode()):
                return DigitalOceanError(401, "unauthorized").response()
            limits = self._limits()
            about = await self._about(request)
            if int(limits["ratelimit-remaining"]) <= 0 and self._config.enforce_rates:
                return _refuse(429, 60)

            async def carry_out() -> web.StreamResponse:
                answer = await self._carry_out(work, request)
                answer.headers.update(limits)
                return answer

            return await self._answering.answer(request, NAME, method, about, carry_out, _refuse)

        return handle

    async def _carry_out(self, work: Work, request: web.Request) -> web.Response:
        try:
            status, body = await work(request)
        except DigitalOceanError as error:
            return error.response()
        return web.Response(status=204) if status == 204 else _json(body, status)

    def _limits(self) -> dict[str, str]:
        """The headers that say how many calls of this hour are left."""
        now = time.monotonic()
        while self._calls and self._calls[0] < now - HOUR:
            self._calls.popleft()
        self._calls.append(now)
        left = max(0, self._config.digitalocean_rate + 1 - len(self._calls))
        reset = int(self._world.now().timestamp() + HOUR - (now - self._calls[0]))
        return {
            "ratelimit-limit": str(self._config.digitalocean_rate),
            "ratelimit-remaining": str(left),
            "ratelimit-reset": str(reset),
        }

    async def _about(self, request: web.Request) -> str | None:
        """The machine's name, so that faults can be for one."""
        if (number := request.match_info.get("id", "")).isdecimal():
            machine = self._centre.get(NAME, int(number))
            return machine.name if machine else None
        try:
            body = read_json(await request.read() or b"{}")
        except ValueError:
            return request.query.get("name")
        return str(body["name"]) if isinstance(body, dict) and "name" in body else request.query.get("name")

    async def _create(self, request: web.Request) -> tuple[int, Json]:
        wanted = await _body(request, table.CREATE)
        name, slug, region, image = self._choice(wanted)
        keys = [self.account.key(str(key)) for key in wanted.get("ssh_keys") or []]
        if unknown := [str(key) for key, found in zip(wanted.get("ssh_keys") or [], keys, strict=True) if not found]:
            raise _unprocessable("keys", ", ".join(unknown))
        tags = [self.account.tag(_tag(tag)) for tag in wanted.get("tags") or []]
        if len((wanted.get("user_data") or "").encode()) > table.LARGEST_USER_DATA:
            raise _unprocessable("user_data")
        if len(self._centre.of(NAME)) >= self._config.droplet_limit:
            raise _unprocessable("limit")
        cpus, memory, disk, *_ = table.SIZES[slug]
        fault = self._faults.take(NAME, "machine", name)
        machine = Machine(
            provider=NAME,
            number=self._centre.next_number(),
            name=name,
            region=region,
            size=slug,
            image=image,
            cpus=cpus,
            memory=memory,
            disk=disk,
            made_at=self._world.now(),
            tags=tags,
            mute=fault is not None and fault.kind == "no_address",
            written={
                "user_data": wanted.get("user_data") or "",
                "ssh_keys": [key["public_key"] for key in keys if key],
                "monitoring": bool(wanted.get("monitoring")),
                "ipv6": bool(wanted.get("ipv6")),
                "vpc_uuid": wanted.get("vpc_uuid") or self.account.vpc(region),
            },
        )
        fails = "it could not be built" if fault is not None and fault.kind == "fails" else ""
        action = self._centre.make(machine, "create", "create", fails)
        link = {"id": action.id, "rel": "create", "href": f"{self.base_url}/v2/actions/{action.id}"}
        return 202, {"droplet": droplet_json(machine), "links": {"actions": [link]}}

    def _choice(self, wanted: Json) -> tuple[str, str, str, str]:
        """Name, size, region and image; raises DigitalOceanError for what cannot be had."""
        name = wanted.get("name") or ""
        if not _NAME.fullmatch(name) or len(name) > 255:
            raise _unprocessable("name")
        slug, region = wanted.get("size"), wanted.get("region") or "sgp1"
        if slug not in table.SIZES:
            raise _unprocessable("size")
        if region not in table.REGIONS:
            raise _unprocessable("region")
        if region in table.SIZES[slug][-1]:
            raise _unprocessable("elsewhere")
        return name, slug, region, _image_slug(wanted.get("image"))

    async def _list(self, request: web.Request) -> tuple[int, Json]:
        query = request.query
        _only(query, {"page", "per_page", "name", "tag_name", "type"})
        if "tag_name" in query and ("name" in query or "type" in query):
            raise DigitalOceanError(400, "bad_request", "tag_name can not be combined with name or type")
        found = self._centre.of(NAME)
        if "name" in query:
            found = [machine for machine in found if machine.name.lower() == query["name"].lower()]
        if "tag_name" in query:
            found = [machine for machine in found if query["tag_name"].lower() in map(str.lower, machine.tags)]
        if query.get("type") == "gpus":
            found = []
        return 200, self._page(request, "droplets", found, droplet_json)

    async def _get(self, request: web.Request) -> tuple[int, Json]:
        return 200, {"droplet": droplet_json(self._wanted(request))}

    async def _delete(self, request: web.Request) -> tuple[int, Json]:
        machine = self._wanted(request)
        if machine.operation:
            raise _unprocessable("pending")
        self._centre.remove(machine)
        return 204, {}

    async def _act(self, request: web.Request) -> tuple[int, Json]:
        machine = self._wanted(request)
        wanted = await _body(request, table.ACTION)
        word = wanted.get("type")
        if word not in table.ACTIONS:
            raise DigitalOceanError(422, "unprocessable_entity", "Type is not included in the list")
        if machine.operation:
            raise _unprocessable("pending")
        kind, on = table.ACTIONS[word]
        if on is not None and on is not (machine.state is State.RUNNING):
            told = {"power_on": "on", "power_off": "off", "shutdown": "off"}
            raise _unprocessable(told.get(word, "must_be_on" if on else "must_be_off"))
        details = self._details(machine, kind, wanted)
        try:
            operation = self._centre.begin(machine, kind, word, **details)
        except Busy:
            raise _unprocessable("pending") from None
        return 201, {"action": action_json(operation)}

    def _details(self, machine: Machine, kind: str, wanted: Json) -> Json:
        """What an action changes of its machine; raises DigitalOceanError."""
        if kind == "rebuild":
            return {"image": _image_slug(wanted.get("image"))}
        if kind == "rename":
            if not _NAME.fullmatch(wanted.get("name") or ""):
                raise _unprocessable("name")
            return {"name": wanted["name"]}
        if kind != "resize":
            return {}
        slug = wanted.get("size")
        if slug not in table.SIZES:
            raise _unprocessable("size")
        if slug == machine.size:
            raise _unprocessable("same_size")
        cpus, memory, disk, *_ = table.SIZES[slug]
        if disk < machine.disk:
            raise _unprocessable("smaller")
        details = {"size": slug, "cpus": cpus, "memory": memory}
        return {**details, "disk": disk} if wanted.get("disk") else details

    async def _actions_of(self, request: web.Request) -> tuple[int, Json]:
        number = self._wanted(request).number
        return 200, self._page(request, "actions", self._actions_about(number), action_json)

    async def _actions(self, request: web.Request) -> tuple[int, Json]:
        return 200, self._page(request, "actions", self._actions_about(None), action_json)

    def _actions_about(self, number: int | None) -> list[Operation]:
        """The last ones first, of one machine or of all."""
        every = [each for each in self._centre.operations.values() if each.provider == NAME]
        return [each for each in reversed(every) if number in (None, each.machine)]

    async def _action(self, request: web.Request) -> tuple[int, Json]:
        wanted = request.match_info["action"]
        operation = self._centre.operations.get(int(wanted)) if wanted.isdecimal() else None
        if operation is None or operation.provider != NAME:
            raise DigitalOceanError(404, "not_found")
        if request.match_info.get("id", str(operation.machine)) != str(operation.machine):
            raise DigitalOceanError(404, "not_found")
        return 200, {"action": action_json(operation)}

    def _offer(self, what: str, slugs: Any, shape: Callable[[str], Json]) -> Work:
        async def offer(request: web.Request) -> tuple[int, Json]:
            return 200, self._page(request, what, list(slugs), shape)

        return offer

    async def _image(self, request: web.Request) -> tuple[int, Json]:
        try:
            return 200, {"image": table.image(table.slug_of(request.match_info["image"]))}
        except KeyError:
            raise DigitalOceanError(404, "not_found") from None

    async def _account(self, request: web.Request) -> tuple[int, Json]:
        return 200, {"account": self.account.to_json(self._config.droplet_limit)}

    async def _keys(self, request: web.Request) -> tuple[int, Json]:
        return 200, self._page(request, "ssh_keys", list(self.account.keys.values()), dict)

    async def _add_key(self, request: web.Request) -> tuple[int, Json]:
        wanted = await _body(request, {"name": str, "public_key": str})
        return 201, {"ssh_key": self.account.add_key(wanted.get("name") or "", wanted.get("public_key") or "")}

    async def _key(self, request: web.Request) -> tuple[int, Json]:
        found = self.account.key(request.match_info["key"])
        if found is None:
            raise DigitalOceanError(404, "not_found")
        return 200, {"ssh_key": found}

    async def _delete_key(self, request: web.Request) -> tuple[int, Json]:
        found = self.account.key(request.match_info["key"])
        if found is None:
            raise DigitalOceanError(404, "not_found")
        del self.account.keys[found["id"]]
        return 204, {}

    async def _tags(self, request: web.Request) -> tuple[int, Json]:
        return 200, self._page(request, "tags", list(self.account.tags.values()), self._tagged)

    async def _add_tag(self, request: web.Request) -> tuple[int, Json]:
        wanted = await _body(request, {"name": str})
        return 201, {"tag": self._tagged(self.account.tag(_tag(wanted.get("name"))))}

    async def _tag(self, request: web.Request) -> tuple[int, Json]:
        tag = request.match_info["tag"]
        if tag not in self.account.tags.values():
            raise DigitalOceanError(404, "not_found")
        return 200, {"tag": self._tagged(tag)}

    def _tagged(self, tag: str) -> Json:
        numbers = [machine.number for machine in self._centre.of(NAME) if tag in machine.tags]
        last = f"{self.base_url}/v2/droplets/{numbers[-1]}" if numbers else ""
        count = {"count": len(numbers), "last_tagged_uri": last} if numbers else {"count": 0}
        return {"name": tag, "resources": {**count, "droplets": count}}

    async def _measure(self, request: web.Request) -> tuple[int, Json]:
        gauge, query = request.match_info["gauge"], request.query
        if gauge not in GAUGES:
            raise DigitalOceanError(404, "not_found")
        _only(query, {"page", "per_page", *GAUGES[gauge]})
        if missing := [name for name in GAUGES[gauge] if name not in query]:
            raise DigitalOceanError(400, "bad_request", f"{missing[0]} is required")
        host = query["host_id"]
        machine = self._centre.get(NAME, int(host)) if host.isdecimal() else None
        if machine is None:
            raise DigitalOceanError(404, "not_found")
        return 200, measured(machine, gauge, query, self._world.now())

    def _wanted(self, request: web.Request) -> Machine:
        number = request.match_info["id"]
        machine = self._centre.get(NAME, int(number)) if number.isdecimal() else None
        if machine is None:
            raise DigitalOceanError(404, "not_found")
        return machine

    def _page(self, request: web.Request, what: str, rows: list[T], shape: Callable[[T], Json]) -> Json:
        """The page that was asked for, each row in its shape, with links to the other pages."""
        given = {name: request.query.get(name, default) for name, default in (("page", "1"), ("per_page", "20"))}
        if not all(value.isdecimal() and int(value) for value in given.values()) or int(given["per_page"]) > 200:
            raise DigitalOceanError(400, "bad_request", "page and per_page must be positive, per_page 200 at most")
        number, size = int(given["page"]), int(given["per_page"])
        last = max(1, -(-len(rows) // size))

        def link(page: int) -> str:
            query = {**request.query, "page": page, "per_page": size}
            return f"{self.base_url}{request.path}?{urlencode(query)}"

        pages: Json = {}
        if number > 1:
            pages |= {"first": link(1), "prev": link(number - 1)}
        if number < last:
            pages |= {"next": link(number + 1), "last": link(last)}
        return {
            what: [shape(row) for row in rows[(number - 1) * size : number * size]],
            "links": {"pages": pages} if pages else {},
            "meta": {"total": len(rows)},
        }


async def _body(request: web.Request, known: dict[str, Any]) -> Json:
    """The JSON object of a request, with nothing in it that is not known; null is as if it were not there."""
    if request.content_type != "application/json":
        raise DigitalOceanError(415, "unsupported_media_type", "Content-Type must be application/json")
    try:
        body = read_json(await request.read())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise DigitalOceanError(400, "bad_request", "unable to parse request body")
    for name, value in body.items():
        if name not in known:
            raise DigitalOceanError(422, "unprocessable_entity", f"The simulator does not play {name}")
        plain = known[name] is not bool and isinstance(value, bool)
        if value is not None and (plain or not isinstance(value, known[name])):
            raise DigitalOceanError(422, "unprocessable_entity", f"{name} is of the wrong type")
    return body


def _only(query: Any, known: set[str]) -> None:
    if unknown := set(query) - known:
        raise DigitalOceanError(400, "bad_request", f"The simulator does not play {', '.join(sorted(unknown))}")


def _image_slug(given: str | int | None) -> str:
    try:
        return table.slug_of(given or "")
    except KeyError:
        raise _unprocessable("image") from None


def _tag(given: Any) -> str:
    if not isinstance(given, str) or not _TAG.fullmatch(given):
        raise DigitalOceanError(422, "unprocessable_entity", "Tag name is invalid")
    return given


def _unprocessable(key: str, *values: str) -> DigitalOceanError:
    return DigitalOceanError(422, "unprocessable_entity", table.MESSAGES[key].format(*values))


def _json(body: Any, status: int = 200) -> web.Response:
    return web.Response(body=json.dumps(body).encode(), status=status, content_type="application/json")


def _refuse(status: int, retry_after: int) -> web.Response:
    match status:
        case 422:
            return _unprocessable("limit").response()
        case 429:
            answer = DigitalOceanError(429, "too_many_requests").response()
            answer.headers["retry-after"] = str(retry_after)
            return answer
    return DigitalOceanError(status, "server_error").response()
