"""A Double 12 journey of four waves: how long each takes from the people to the outbox, and kills in the middle.

Only the engine is measured: what is planned is not sent. Requests lie before quiet hours end, so no worker takes them.
"""

from __future__ import annotations

import json
import multiprocessing
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random  # noqa: TID251 - seeded
from typing import Any, ClassVar

from regulars.app.boot import House
from regulars.core.clock import ManualClock
from regulars.core.ctx import Ctx
from regulars.infra.db import Connection
from regulars.journeys import api as journeys
from regulars.journeys import api_journeys
from regulars.segments import api as segments
from regulars.workspace import api as workspace
from regulars.workspace.contract import Brand
from regulars_bench import home, store_journey
from regulars_bench.contract import Bench, Figure, Result, Scale, Setup
from regulars_bench.people import consenting

PEOPLE: dict[Scale, int] = {"ci": 2_000, "1m": 1_000_000, "10m": 1_000_000, "max": 1_000_000}
KILLS: dict[Scale, int] = {"ci": 3, "1m": 20, "10m": 20, "max": 20}
_LONGEST_LIFE_S: dict[Scale, float] = {"ci": 1.0, "1m": 12.0, "10m": 12.0, "max": 12.0}
START = datetime(2026, 12, 4, 2, tzinfo=UTC)
"""Ten in the morning of the eighth day before Double 12, in Shanghai."""
PAUSE = timedelta(days=2)
MESSAGES = ("warm_up", "pre_sale_a", "pre_sale_b", "sale", "care")
WAVES = 4
_BAR_FIRST_S, _BAR_LATER_S = 10, 5
_SEED = 20261212
_BOUGHT = {"op": "did", "relation": "order", "window": {"kind": "last_days", "days": 7}}


class JourneyBench(Bench):
    """One journey measured wave by wave; a second one over the same people killed again and again."""

    key: ClassVar[str] = "journey"
    title: ClassVar[str] = "Journeys: four waves from the people to the outbox, with kills"

    def run(self, setup: Setup) -> Result:
        """Measure in a house made anew."""
        folder = setup.home / "journey"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        total = PEOPLE[setup.scale]
        with home.opened(folder) as house:
            setup.say(f"making {total:,} people")
            segment_id = _people(house, total)
            figures = _measured(house, segment_id, setup)
            setup.say("killing")
            figures |= _killed(house, folder, segment_id, setup)
            return Result({"people": total, "kills": KILLS[setup.scale]}, [], figures, home.versions(house))


def _people(house: House, total: int) -> int:
    with house.ctx() as ctx:
        workspace.add_brand(ctx, Brand(1, "bench", "Bench", "Asia/Shanghai", "CNY"))
    with house.ctx(1) as ctx:
        return segments.create_static(ctx, name="Everybody", uids=consenting(ctx, total)).id


def _drawing(segment_id: int) -> dict[str, Any]:
    """Warm-up, pre-sale in two wordings, sale, care; each behind all gates, two days apart; who orders leaves."""
    nodes = [
        _node("people", "entry_segment", segment_id=segment_id),
        _node("held", "holdout", share_bp=1_000, experiment="double_12"),
        _message("warm_up"),
        _node("pause_1", "wait_for", days=PAUSE.days),
        _node("bought", "condition", rule=_BOUGHT),
        _node("wording", "split", experiment="wording",
              shares=[{"name": "a", "bp": 5_000}, {"name": "b", "bp": 5_000}]),
        _message("pre_sale_a"),
        _message("pre_sale_b"),
        _node("pause_2", "wait_for", days=PAUSE.days),
        _message("sale"),
        _node("pause_3", "wait_for", days=PAUSE.days),
        _message("care"),
        _node("end", "exit"),
    ]  # fmt: skip
    ways = (
        "people.entered held", "held.treated warm_up", "held.held_out end", "warm_up.messaged pause_1",
        "pause_1.waited bought", "bought.yes end", "bought.no wording", "wording.a pre_sale_a",
        "wording.b pre_sale_b", "pre_sale_a.messaged pause_2", "pre_sale_b.messaged pause_2", "pause_2.waited sale",
        "sale.messaged pause_3", "pause_3.waited care", "care.messaged end",
    )  # fmt: skip
    return {
        "nodes": nodes,
        "edges": [dict(zip(("from", "way", "to"), way.replace(" ", ".").split("."), strict=True)) for way in ways],
        "settings": {"exits": [{"event": "order.placed"}]},
    }


def _node(key: str, kind: str, **config: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {"key": key, "kind": kind, "config": config}


def _message(key: str) -> dict[str, Any]:
    secret = "whsec_" + "A" * 32
    way = {"url": "http://127.0.0.1:9/", "secret": secret, "stands_for": "sms"}
    return _node(
        key, "message", channel="webhook", config=way, message={"title": "", "body": f"Double 12: {key}"},
        quiet={"start": "21:00", "end": "09:00"}, frequency={"messages": 10, "days": 30},
    )  # fmt: skip


def _at(house: House, moment: datetime) -> Callable[..., Ctx]:
    """Return what builds the house's Ctx at a business time."""

    def make(tx: Connection, brand_id: int = 0) -> Ctx:
        ctx = house.make_ctx(tx, brand_id)
        return replace(ctx, clock=ManualClock(moment, ctx.clock.system_now()))

    return make


def _published(house: House, name: str, segment_id: int) -> int:
    with house.db.tx() as tx:
        ctx = _at(house, START)(tx, 1)
        return api_journeys.publish(ctx, api_journeys.create(ctx, name, _drawing(segment_id)).id).id


def _measured(house: House, segment_id: int, setup: Setup) -> dict[str, Figure]:
    journey_id = _published(house, "Measured", segment_id)
    bars = {} if setup.scale == "ci" else {1: f"<= {_BAR_FIRST_S}"} | dict.fromkeys(range(2, 5), f"<= {_BAR_LATER_S}")
    figures: dict[str, Figure] = {}
    for wave in range(1, WAVES + 1):
        setup.say(f"wave {wave}")
        begun = time.perf_counter()
        steps = journeys.advance_due(house.db, _at(house, START + (wave - 1) * PAUSE))
        seconds = time.perf_counter() - begun
        figures[f"wave_{wave}"] = Figure(round(seconds, 2), "s", bars.get(wave, ""))
        figures[f"steps_{wave}"] = Figure(steps, "steps")
    figures["first_wave_people_per_s"] = Figure(round(PEOPLE[setup.scale] / figures["wave_1"].value), "1/s")
    return figures | _balance(house, journey_id, "measured")


def _balance(house: House, journey_id: int, name: str) -> dict[str, Figure]:
    """Return whether everybody who came to a node is somewhere, and whether anybody is told the same twice."""
    with house.ctx(1) as ctx:
        counts = api_journeys.counts(ctx, journey_id)
        planned = store_journey.planned(ctx, journey_id)
    lost = sum(abs(c.came - c.waiting - c.exited - c.ended - sum(c.ways.values())) for c in counts)
    came = {c.node: c.came for c in counts}
    doubled = sum(one["messages"] - one["people"] for one in planned.values())
    missing = sum(abs(came[key] - planned.get(key, {"people": 0})["people"]) for key in MESSAGES)
    return {
        f"{name}_messages": Figure(sum(one["messages"] for one in planned.values()), "messages planned"),
        f"{name}_doubled": Figure(doubled, "messages", "<= 0"),
        f"{name}_not_planned": Figure(missing, "people", "<= 0"),
        f"{name}_not_accounted_for": Figure(lost, "people", "<= 0"),
    }


def _advance(folder: str, moment: str) -> None:
    """Advance what is due at a business time, in a process of its own that may die at any moment."""
    with home.opened(Path(folder)) as house:
        journeys.advance_due(house.db, _at(house, datetime.fromisoformat(json.loads(moment))))


def _killed(house: House, folder: Path, segment_id: int, setup: Setup) -> dict[str, Figure]:
    """Walk everybody through a second journey while the process that does it is killed."""
    journey_id = _published(house, "Killed", segment_id)
    rng = Random(_SEED)  # noqa: S311 - not for secrets
    spawn = multiprocessing.get_context("spawn")
    killed, wave = 0, 0
    while wave < WAVES:
        moment = json.dumps((START + wave * PAUSE).isoformat())
        child = spawn.Process(target=_advance, args=(str(folder), moment))
        child.start()
        child.join(rng.uniform(0.3, _LONGEST_LIFE_S[setup.scale]) if killed < KILLS[setup.scale] else None)
        if child.is_alive():
            child.kill()
            child.join()
            killed += 1
        elif child.exitcode == 0:
            wave += 1
    return {"kills": Figure(killed, "processes")} | _balance(house, journey_id, "killed")
