"""The lake of look-alikes: everybody's features binned, how often each value occurs, and everybody scored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from regulars.core.ctx import Ctx
from regulars.core.text import Text
from regulars.segments import store_lake
from regulars.segments.store_lake import Membership
from regulars.segments.store_leaves import Answer

HELD_ONE_IN = 5
"""One seed in so many is left out of the model and looked for in its ranking."""

_SINCE = (-1, 0, 8, 31, 61, 91, 181, 366, 731)
_TIMES = (0, 1, 2, 3, 4, 6, 9)
_FEN = (0, 1, *(5_000 << step for step in range(12)))


@dataclass(frozen=True, slots=True)
class Feature:
    """One thing known of everybody, each person having just one value of it.

    family: features that say nearly the same. sql: over user_state. bounds: what the bins of a number begin with;
    none: the value is a text, '' = not known. A bin that begins with -1: not known.
    """

    key: str
    label: Text
    family: str
    sql: str
    bounds: tuple[int, ...] = ()

    @property
    def column(self) -> str:
        """SQL of the value: Int64, the beginning of its bin, or a text."""
        return f"toInt64(roundDown({self.sql}, {list(self.bounds)}))" if self.bounds else f"toString({self.sql})"

    @property
    def type(self) -> str:
        """The lake's type of the value."""
        return "Int64" if self.bounds else "String"


def _days_since(day: str) -> str:
    return f"if(isNull({day}), -1, greatest(toInt32(as_of_on - assumeNotNull({day})), 0))"


FEATURES = (
    Feature("purchase_number", Text("购买次数", "number of purchases"), "buying", "purchase_number", tuple(range(9))),
    Feature("orders_90d", Text("近 90 天订单", "orders in 90 days"), "buying", "orders_90d", _TIMES),
    Feature("orders_365d", Text("近 365 天订单", "orders in 365 days"), "buying", "orders_365d", _TIMES),
    Feature("net_fen", Text("累计净消费", "net spend"), "spending", "net_fen", _FEN),
    Feature("net_fen_365d", Text("近 365 天净消费", "net spend in 365 days"), "spending", "net_fen_365d", _FEN),
    Feature(
        "order_fen", Text("笔单价", "net spend per purchase"), "spending",
        "intDiv(net_fen, greatest(toInt64(purchase_number), 1))", _FEN,
    ),
    Feature(
        "since_last_order", Text("距最近一单天数", "days since the last order"), "recency",
        _days_since("last_order_on"), _SINCE,
    ),
    Feature(
        "since_last_event", Text("距最近活跃天数", "days since last active"), "recency",
        _days_since("last_event_on"), _SINCE,
    ),
    Feature(
        "since_first_order", Text("距首单天数", "days since the first order"), "tenure",
        _days_since("first_order_on"), _SINCE,
    ),
    Feature("member", Text("会员", "member"), "tenure", "member", (0, 1)),
    Feature("favourite_category", Text("偏好品类", "favourite category"), "category", "favourite_category"),
    Feature("favourite_shop", Text("偏好店铺", "favourite shop"), "shop", "favourite_shop"),
    Feature("city", Text("城市", "city"), "place", "city"),
    Feature("province", Text("省份", "province"), "place", "province"),
    Feature("region", Text("地区", "region"), "place", "region"),
    Feature("gender", Text("性别", "gender"), "gender", "gender"),
    Feature(
        "birth_month", Text("生日月份", "month of birth"), "birthday", "intDiv(birth_md, 100)", tuple(range(13))
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who is looked at. seed: where the seeds lie. anonymous: also people without identifier. consent: '' = any."""

    seed: Membership
    anonymous: bool = False
    consent: str = ""


@dataclass(frozen=True, slots=True)
class Count:
    """How many of everybody, and of the seeds learnt from, have a value of a feature."""

    feature: str
    value: int | str
    everybody: int
    learnt: int


@dataclass(frozen=True, slots=True)
class Points:
    """What the values of a feature add to a score. rest: what any other value adds."""

    values: Sequence[int | str]
    points: Sequence[int]
    rest: int


@dataclass(frozen=True, slots=True)
class Step:
    """People with one score: not seeds, of those who may be chosen, and seeds that were left out."""

    score: int
    others: int
    candidates: int
    held: int


def counted(ctx: Ctx, crowd: Crowd) -> tuple[list[Count], int, int, int]:
    """Return the counts of every value of every feature, and how many there are of everybody, learnt and held seeds."""
    population, bound = _population(ctx, crowd)
    columns = [f"f_{feature.key}" for feature in FEATURES]
    sets = ", ".join(f"({column})" for column in columns)
    rows = ctx.lake.rows(
        f"SELECT grouping({', '.join(columns)}) AS away, {', '.join(columns)}, count() AS everybody,"
        " countIf(seed AND NOT held) AS learnt, countIf(held) AS left_out"
        f" FROM ({population}) GROUP BY GROUPING SETS ({sets}, ())",
        bound,
    )
    # A bit of `away` tells that the row is not about that feature; the first feature has the highest bit.
    nothing = (1 << len(FEATURES)) - 1
    about = {nothing ^ 1 << place: feature for place, feature in enumerate(reversed(FEATURES))}
    counts = [
        Count(about[row["away"]].key, row[f"f_{about[row['away']].key}"], row["everybody"], row["learnt"])
        for row in rows
        if row["away"] != nothing
    ]
    total = next((row for row in rows if row["away"] == nothing), {"everybody": 0, "learnt": 0, "left_out": 0})
    return counts, total["everybody"], total["learnt"], total["left_out"]


def ranked(ctx: Ctx, crowd: Crowd, model: Mapping[str, Points]) -> list[Step]:
    """Return how many people have each score, the highest first."""
    scored, bound = _scored(ctx, crowd, model)
    rows = ctx.lake.rows(
        "SELECT score, countIf(NOT seed) AS others, countIf(wanted AND NOT seed) AS candidates, countIf(held) AS held"
        f" FROM ({scored}) GROUP BY score ORDER BY score DESC",
        bound,
    )
    return [Step(**row) for row in rows]


def best(ctx: Ctx, crowd: Crowd, model: Mapping[str, Points], *, people: int, least: int) -> Answer:
    """Return the answer that names the first people by score, then number; least: the score of the last of them."""
    scored, bound = _scored(ctx, crowd, model)
    sql = (
        "SELECT bucket, groupBitmapState(uid) AS people, people AS everybody FROM ("
        f"SELECT toUInt16(bitShiftRight(uid, 20)) AS bucket, toUInt32(uid) AS uid FROM ({scored})"
        " WHERE wanted AND NOT seed AND score >= {least:Int32} ORDER BY score DESC, uid LIMIT {people:UInt32}"
        ") GROUP BY bucket"
    )
    return Answer(sql, bound | {"least": least, "people": people}, "scan")


def _population(ctx: Ctx, crowd: Crowd) -> tuple[str, dict[str, Any]]:
    reached, bound = store_lake.reach(ctx)
    columns = ", ".join(f"{feature.column} AS f_{feature.key}" for feature in FEATURES)
    sql = (
        f"SELECT uid, {columns}, uid IN ({store_lake.people('seed')}) AS seed,"
        f" seed AND cityHash64(uid, 'held') % {HELD_ONE_IN} = 0 AS held,"
        " ({consent:String} = '' OR has(consents, {consent:String})) AS wanted"
        " FROM user_state WHERE brand_id = {brand_id:UInt16}"
        f" AND (anonymous = 0 OR {{also_anonymous:UInt8}} = 1) AND {reached}"
    )
    asked = {"brand_id": ctx.brand_id, "consent": crowd.consent, "also_anonymous": int(crowd.anonymous)}
    return sql, crowd.seed.bind("seed") | bound | asked


def _scored(ctx: Ctx, crowd: Crowd, model: Mapping[str, Points]) -> tuple[str, dict[str, Any]]:
    population, bound = _population(ctx, crowd)
    parts = ["0"]
    for feature in FEATURES:
        if (gives := model.get(feature.key)) is None:
            continue
        name = feature.key
        bound |= {f"v_{name}": list(gives.values), f"p_{name}": list(gives.points), f"r_{name}": gives.rest}
        parts.append(
            f"transform(f_{name}, {{v_{name}:Array({feature.type})}}, {{p_{name}:Array(Int32)}}, {{r_{name}:Int32}})"
        )
    return f"SELECT uid, seed, held, wanted, toInt32({' + '.join(parts)}) AS score FROM ({population})", bound
