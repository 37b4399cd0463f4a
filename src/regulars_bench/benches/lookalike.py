"""People like those in a segment of about one in a hundred: seconds, and how well left-out seeds are found."""

from __future__ import annotations

from time import perf_counter
from typing import ClassVar

from regulars.app.boot import House
from regulars.core.ctx import Ctx
from regulars.core.rule import parse
from regulars.segments import api as segments
from regulars.segments import api_lookalike
from regulars.segments.api_lookalike import Asked
from regulars.segments.contract import Segment
from regulars_bench import home
from regulars_bench.contract import Bench, Figure, Result, Scale, Setup
from regulars_bench.generate import making

SEEDS = "lookalike_bench"
BABY = ("奶粉", "纸尿裤", "婴儿车", "玩具", "童装", "童鞋", "绘本")
_RULE = {
    "op": "and",
    "rules": [
        {"op": "ge", "field": "person.purchase_number", "value": 2},
        {"op": "in", "field": "person.favourite_category", "values": list(BABY)},
        {"op": "within_days", "field": "person.last_order_on", "days": 180},
    ],
}
WANTED_SHARE = 20
"""One in so many of all people is asked for."""

BAR_SECONDS = 30


class LookalikeBench(Bench):
    """One look-alike from asking to the kept segment, in the group."""

    key: ClassVar[str] = "lookalike"
    title: ClassVar[str] = "Look-alike: people like those of a segment"

    def run(self, setup: Setup) -> Result:
        """Measure; people that are missing are made first."""
        folder = making.folder_of(setup)
        folder.mkdir(parents=True, exist_ok=True)
        with home.opened(folder) as house:
            counts = making.ensure(house, setup)
            return Result({"people": counts["people"]}, [], measured(house, setup.scale), home.versions(house))


def measured(house: House, scale: Scale) -> dict[str, Figure]:
    """Make one look-alike, and take it away again."""
    with house.ctx() as ctx:
        seeds = _seeds(ctx)
        people = max(1, min(1_000_000, segments.preview(ctx, parse({"op": "everyone"})).people // WANTED_SHARE))
        begun = perf_counter()
        found = api_lookalike.create(ctx, seeds.id, Asked(people), name=SEEDS)
        seconds = perf_counter() - begun
        segments.delete(ctx, found.id)
    told = found.made_from
    return {
        "seconds": Figure(round(seconds, 2), "s", "" if scale == "ci" else f"<= {BAR_SECONDS}"),
        "seeds": Figure(told["learnt"] + told["held"], "people"),
        "looked_at": Figure(told["everybody"], "people"),
        "found": Figure(found.people, "people"),
        "auc": Figure(told["auc"], "of left-out seeds"),
        "gain": Figure(told["gain"], "times chance"),
    }


def _seeds(ctx: Ctx) -> Segment:
    kept = segments.find(ctx, SEEDS)
    return kept or segments.create(ctx, name=f"{SEEDS}: seeds", rule=parse(_RULE), key=SEEDS)
