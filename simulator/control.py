"""The /sim API: what the page and tests in other processes use."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from simulator.faults import Faults
from simulator.feed import encode
from simulator.model import Json, read_json
from simulator.world import NotPossible, World

Action = Callable[[Json], Awaitable[Json]]
NextDue = Callable[[], Awaitable[datetime | None]]

# A comment line now and then keeps proxies and browsers from giving up on a quiet stream.
KEEP_ALIVE = 20.0
LONGEST_ADVANCE = 10 * 366 * 86400.0


class Control:
    """Routes under /sim."""

    def __init__(
        self, world: World, faults: Faults, reset: Callable[[], None], next_due: NextDue | None = None
    ) -> None:
        self._world = world
        self._faults = faults
        self._reset_all = reset
        self._next_due = next_due

    def routes(self) -> list[web.RouteDef]:
        """The control API's routes."""
        actions: dict[str, Action] = {
            "people": self._people,
            "say": self._say,
            "press": self._press,
            "pick": self._pick,
            "edit": self._edit,
            "read": self._read,
            "block": self._block,
            "unblock": self._unblock,
            "topics/delete": self._delete_topic,
            "topics/close": self._close_topic,
            "topics/reopen": self._reopen_topic,
            "migrate": self._migrate,
            "clock": self._clock,
            "redeliver": self._redeliver,
            "pause": self._pause,
            "reset": self._reset,
            "faults": self._add_fault,
        }
        return [
            *(web.post(f"/sim/{name}", _handler(action)) for name, action in actions.items()),
            web.get("/sim/state", self._state),
            web.get("/sim/events", self._events),
            web.get("/sim/faults", self._list_faults),
            web.delete("/sim/faults", self._clear_faults),
            web.delete("/sim/faults/{id}", self._clear_fault),
            web.get("/sim/media/{id}", self._media),
            web.get("/sim/sent", self._sent),
        ]

    def state(self) -> Json:
        """The contract's state."""
        return self._world.state()

    async def _state(self, request: web.Request) -> web.Response:
        return _json(self.state())

    async def _sent(self, request: web.Request) -> web.Response:
        # Bubbles by number, so that a test in another process can count without reading the whole state.
        since = int(request.query.get("since", "0"))
        sent = self._world.sent[since:]
        rows = [
            {"provider": s.provider, "method": s.method, "chat": s.chat, "message": s.message.to_json()} for s in sent
        ]
        return _json({"count": len(self._world.sent), "sent": rows})

    async def _events(self, request: web.Request) -> web.StreamResponse:
        headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
        response = web.StreamResponse(headers=headers)
        queue = self._world.feed.subscribe()
        try:
            await response.prepare(request)
            await response.write(encode("state", self.state()))
            while True:
                try:
                    event = await asyncio.wait_for(queue.get(), KEEP_ALIVE)
                except TimeoutError:
                    await response.write(b": still here\n\n")
                    continue
                if event is None:
                    break
                if queue in self._world.feed.overflowed:
                    self._world.feed.overflowed.discard(queue)
                    while not queue.empty():
                        queue.get_nowait()
                    event = encode("state", self.state())
                await response.write(event)
        except ConnectionError:
            pass
        finally:
            self._world.feed.unsubscribe(queue)
        return response

    async def _media(self, request: web.Request) -> web.Response:
        media = self._world.media.get(request.match_info["id"])
        if media is None:
            raise web.HTTPNotFound
        # No file of a stranger is shown as a page of ours. A PDF is shown in a viewer apart, which a sandbox forbids.
        kind = media.type.partition(";")[0].strip().lower()
        headers = {"X-Content-Type-Options": "nosniff"}
        if kind != "application/pdf":
            headers["Content-Security-Policy"] = "sandbox"
        return web.Response(body=media.data, content_type=kind, headers=headers)

    async def _people(self, body: Json) -> Json:
        person = await self._world.add_person(
            str(body["name"]),
            str(body.get("channel", "whatsapp")),
            str(body.get("language", "id")),
            str(body.get("address", "")),
        )
        return person.to_json()

    async def _say(self, body: Json) -> Json:
        media = body.get("media")
        if media and "data" in media:
            media = {**media, "data": base64.b64decode(media["data"])}
        message = await self._world.say(
            str(body["person"]),
            str(body.get("text") or ""),
            chat=str(body["chat"]) if body.get("chat") else None,
            thread=int(body["thread"]) if body.get("thread") is not None else None,
            media=media,
            location=body.get("location"),
            contact=body.get("contact"),
            reply_to=str(body["reply_to"]) if body.get("reply_to") else None,
            forwarded=bool(body.get("forwarded")),
        )
        return {"id": message.id, "at": message.at.isoformat()}

    async def _press(self, body: Json) -> Json:
        at = self._world.now()
        message = await self._world.press(body["person"], body["chat"], str(body["message"]), body["button"])
        return {"id": message.id, "at": at.isoformat()}

    async def _pick(self, body: Json) -> Json:
        message = await self._world.pick(body["person"], body["chat"], str(body["message"]), body["row"])
        return {"id": message.id}

    async def _edit(self, body: Json) -> Json:
        message = await self._world.edit(body["person"], body["chat"], str(body["message"]), str(body["text"]))
        return {"id": message.id}

    async def _read(self, body: Json) -> Json:
        await self._world.read(body["person"], body["chat"])
        return {}

    async def _block(self, body: Json) -> Json:
        await self._world.block(body["person"])
        return {}

    async def _unblock(self, body: Json) -> Json:
        await self._world.unblock(body["person"])
        return {}

    async def _delete_topic(self, body: Json) -> Json:
        await self._world.delete_topic(body["chat"], int(body["thread"]))
        return {}

    async def _close_topic(self, body: Json) -> Json:
        await self._world.close_topic(body["person"], body["chat"], int(body["thread"]))
        return {}

    async def _reopen_topic(self, body: Json) -> Json:
        await self._world.close_topic(body["person"], body["chat"], int(body["thread"]), closed=False)
        return {}

    async def _migrate(self, body: Json) -> Json:
        return {"id": (await self._world.migrate(body["chat"])).id}

    async def _clock(self, body: Json) -> Json:
        seconds = await self._until_due() if body.get("to") == "due" else float(body["advance"])
        if not 0 <= seconds <= LONGEST_ADVANCE:
            raise NotPossible("the clock moves forward only, by ten years at most")
        await self._world.advance(timedelta(seconds=seconds))
        return {"now": self._world.now().isoformat()}

    async def _until_due(self) -> float:
        at = await self._next_due() if self._next_due is not None else None
        if at is None:
            raise NotPossible("nothing is due at any time: the service waits for nothing")
        return max((at - self._world.now()).total_seconds(), 0) + 1

    async def _redeliver(self, body: Json) -> Json:
        await self._world.redeliver(body["chat"], str(body["message"]))
        return {}

    async def _pause(self, body: Json) -> Json:
        self._world.pause(bool(body.get("paused", True)))
        return {"paused": self._world.paused}

    async def _reset(self, body: Json) -> Json:
        self._reset_all()
        return {}

    async def _add_fault(self, body: Json) -> Json:
        fields = dict(body)
        return self._faults.add(fields.pop("provider"), fields.pop("method"), fields.pop("kind"), **fields).to_json()

    async def _list_faults(self, request: web.Request) -> web.Response:
        return _json([fault.to_json() for fault in self._faults.list()])

    async def _clear_fault(self, request: web.Request) -> web.Response:
        wanted = request.match_info["id"]
        if not wanted.isdigit() or not self._faults.remove(int(wanted)):
            return _json({"error": f"there is no fault {wanted}"}, 404)
        return _json({})

    async def _clear_faults(self, request: web.Request) -> web.Response:
        self._faults.clear()
        return _json({})


def _handler(action: Action) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        # JSON only: a form of another site cannot be that without being asked first by the browser.
        if request.can_read_body and request.content_type != "application/json":
            return _json({"error": "JSON expected"}, 415)
        try:
            body = read_json(await request.read() or b"{}")
            if not isinstance(body, dict):
                raise TypeError("a JSON object is expected")
            return _json(await action(body))
        except KeyError as error:
            return _json({"error": f"{error.args[0]} is missing"}, 400)
        except (NotPossible, ValueError, TypeError, AttributeError, OverflowError) as error:
            return _json({"error": str(error)}, 400)

    return handle


def _json(body: Any, status: int = 200) -> web.Response:
    return web.Response(
        body=json.dumps(body, ensure_ascii=False).encode(), status=status, content_type="application/json"
    )
