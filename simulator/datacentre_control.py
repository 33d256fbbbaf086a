"""What people do to machines in the data centre, over HTTP.

  GET  /sim/datacentre                                {"ssh_port", "places" (names by provider and region),
                                                      "machines": [Machine, ..], "happened": [Entry, ..]}; also in the
                                                      state, "datacentre"
  POST /sim/datacentre/{provider}/{number}/{deed}     lose (gone, and nobody asked for it), break (it does not start any
                                                      more) or stop; the body is {}
  event `machine`                                     {"machine": Machine} or {"gone": id}, and "happened": Entry | null
A Machine: {"id", "provider", "number", "name", "region", "size", "image", "cpus", "memory" (MB), "disk" (GB), "tags",
"state" (building, running, stopped, broken), "address" (empty: none yet), "online" (it answers there), "cpu" (per
cent), "made_at" (ISO), "doing" ({"kind", "seconds"} or null), "written" (what its provider was told besides)}.
An Entry: {"at" (ISO), "id", "name", "provider", "region", "what" (in words), "tone" (good, bad or empty)}.
What goes wrong with the next machine is a fault of its provider: method "machine", and "quota".
"""

from __future__ import annotations

import json

from aiohttp import web

from simulator.datacentre import DataCentre
from simulator.phones import NotPossible


class DataCentreControl:
    """The control API's routes."""

    def __init__(self, centre: DataCentre) -> None:
        self._centre = centre
        self._deeds = {"lose": centre.lose, "break": centre.damage, "stop": centre.halt}

    def routes(self) -> list[web.RouteDef]:
        """Theirs."""
        return [
            web.get("/sim/datacentre", self._show),
            web.post("/sim/datacentre/{provider}/{number:[0-9]+}/{deed}", self._do),
        ]

    async def _show(self, request: web.Request) -> web.Response:
        return _json(self._centre.to_json())

    async def _do(self, request: web.Request) -> web.Response:
        # JSON only: a form of another site cannot be that without being asked first by the browser.
        if request.content_type != "application/json":
            return _json({"error": "JSON expected"}, 415)
        deed = self._deeds.get(request.match_info["deed"])
        if deed is None:
            return _json({"error": f"nobody can {request.match_info['deed']} a machine"}, 404)
        try:
            deed(request.match_info["provider"], int(request.match_info["number"]))
        except NotPossible as error:
            return _json({"error": str(error)}, 400)
        return _json({})


def _json(body: object, status: int = 200) -> web.Response:
    return web.Response(
        body=json.dumps(body, ensure_ascii=False).encode(), status=status, content_type="application/json"
    )
