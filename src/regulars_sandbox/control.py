"""The sandbox's own pages and levers: calls, counts, faults, callbacks, the clock, scenarios."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from regulars_sandbox import page, scenario, told
from regulars_sandbox.faults import Fault
from regulars_sandbox.playing import Play

if TYPE_CHECKING:
    from regulars_sandbox.app import Sandbox

Endpoint = Callable[[Request], Awaitable[Response]]


class Control:
    """What /control/... and the page do; what cannot be read is answered with 422 and why."""

    def __init__(self, house: Sandbox) -> None:
        self._house = house
        self._tasks: set[asyncio.Task[None]] = set()

    def answered(self, work: Callable[[Request], Awaitable[object]]) -> Endpoint:
        """Return the endpoint that answers with what the work returns, as JSON."""

        async def endpoint(request: Request) -> Response:
            try:
                return JSONResponse(await work(request))
            except (KeyError, ValueError, TypeError) as error:
                return JSONResponse({"error": str(error)}, 422)

        return endpoint

    async def home(self, request: Request) -> Response:
        """Return the page."""
        del request
        return HTMLResponse(page.render(self._house))

    async def accounts(self, request: Request) -> object:
        """Return the accounts for the client's settings, by platform."""
        del request
        return {key: stand.credentials() for key, stand in self._house.stands.items()}

    async def requests(self, request: Request) -> object:
        """Return the calls after a number."""
        after = int(request.query_params.get("after", "0"))
        return {"items": [entry.row() for entry in self._house.journal.entries if entry.no > after]}

    async def counts(self, request: Request) -> object:
        """Return how many things a platform did, how often, and which of them more than once."""
        platform = request.path_params["platform"]
        done = {key: n for (p, key), n in self._house.journal.done.items() if p == platform}
        return {"things": len(done), "times": sum(done.values()), "twice": [key for key, n in done.items() if n > 1]}

    async def times(self, request: Request) -> object:
        """Return how often a platform did something, without looking at what."""
        return {"times": self._house.journal.times[request.path_params["platform"]]}

    async def faults(self, request: Request) -> object:
        """Return the faults that wait and those that struck; POST adds one, DELETE takes all back."""
        if request.method == "DELETE":
            self._house.faults.clear()
        elif request.method == "POST":
            self._house.faults.add(Fault.of(await request.json()))
        return {"waiting": [asdict(f) for f in self._house.faults.waiting], "done": self._house.faults.done}

    async def callbacks(self, request: Request) -> object:
        """Remember where a platform's messages go: platform, url."""
        given = await request.json()
        self._house.call_back_at(given["platform"], given["url"])
        return given

    async def clock(self, request: Request) -> object:
        """Move the clock: forward_s."""
        self._house.move(timedelta(seconds=float((await request.json())["forward_s"])))
        return {"now": self._house.now().isoformat()}

    async def act(self, request: Request) -> object:
        """Let something happen on a platform: platform, verb, given."""
        given = await request.json()
        return await self._house.stands[given["platform"]].act(given["verb"], given.get("given", {}))

    async def play(self, request: Request) -> object:
        """Play the scenario of the body (YAML), or the one named; GET tells how far it is.

        minutes: how long it is to take, in real time; without it, it is played at once and the clock moves.
        """
        house, query = self._house, request.query_params
        if request.method == "GET":
            return house.playing.row() if house.playing else {}
        if house.playing and not house.playing.ended:
            raise ValueError(f"{house.playing.scenario.name} is being played")
        text = scenario.find(query["name"]) if "name" in query else (await request.body()).decode()
        one = scenario.read(text, house.verbs())
        minutes = float(query.get("minutes", "0"))
        house.playing = Play(one, one.lasts.total_seconds() / 60 / minutes if minutes > 0 else 0.0)
        task = asyncio.create_task(house.playing.run(house))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if not house.playing.pace:
            await task
        return house.playing.row()

    async def facts(self, request: Request) -> object:
        """Return what the sandbox did: counts by platform, and how many people it told of in ways that can be seen."""
        del request
        return told.facts(self._house)
