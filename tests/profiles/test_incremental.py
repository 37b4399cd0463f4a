"""Whatever happens in whatever order: what the batches arrive at equals a full rebuild from scratch."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pyarrow as pa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.depth import depth
from tests.profiles.conftest import Shop

from regulars.core.ctx import Ctx
from regulars.identity import api as identity
from regulars.insight import logic, store
from regulars.profiles import api, api_trade

REPLACING = ("refund_matches", "orders")
STATES = ("user_state_base", "user_state_delta")
FIRST_DAY = datetime(2011, 11, 1, 12, tzinfo=UTC)

who = st.integers(0, 4)
days = st.integers(0, 45)  # the clock stands at day 39: some facts lie ahead
items = st.lists(
    st.tuples(st.sampled_from(["tea", "cup"]), st.integers(1, 3), st.sampled_from([100, 250])), min_size=1, max_size=3
)
brand = st.sampled_from([1, 1, 1, 2])
orders = st.tuples(st.just("order"), who, st.integers(0, 6), items, days, brand)
refunds = st.tuples(st.just("refund"), who, st.integers(0, 4), items, days, st.sampled_from(["", "", 0, 1, 2]))
others = st.one_of(
    st.tuples(st.just("merge"), who, who),
    st.tuples(st.just("page"), who, days, brand),
    st.tuples(st.just("consent"), who, st.sampled_from(["granted", "withdrawn"]), days, brand),
    st.tuples(st.just("attribute"), who, st.sampled_from(["York", "Hull"]), days, brand),
    st.tuples(st.just("member"), who, days),
    st.tuples(st.just("again")),
)
between = st.sampled_from([(), (), ("unmerge",), ("erase",), ("day",)])
batches = st.lists(
    st.tuples(st.lists(st.one_of(orders, refunds, others), min_size=1, max_size=7), between), min_size=2, max_size=4
)
rounds = count(1)

tea, cup = ("tea", 2, 100), ("cup", 1, 250)
EVENTFUL = [
    (
        [
            ("order", 0, 0, [tea, cup], 3, 1), ("order", 1, 0, [tea], 5, 1), ("refund", 1, 0, [tea], 9, ""),
            ("order", 3, 0, [tea], 6, 1), ("page", 2, 7, 2), ("consent", 1, "granted", 4, 1),
        ],
        (),
    ),
    ([("merge", 0, 1), ("refund", 0, 1, [("tea", 3, 100)], 12, "")], ()),
    ([("order", 1, 0, [cup], 5, 1), ("page", 2, 9, 1)], ("unmerge",)),
    ([("again",), ("merge", 2, 3), ("order", 1, 2, [cup], 44, 2), ("attribute", 0, "York", 8, 1)], ("day",)),
    ([("refund", 3, 1, [tea], 12, 0), ("order", 0, 5, [tea], 1, 1)], ("erase",)),
]  # fmt: skip


@settings(
    max_examples=depth(4, 60),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(batches, who)
@example(EVENTFUL, 0)
def test_incremental_states_equal_a_full_rebuild(shop: Shop, history, chosen):
    world = World(shop, next(rounds))
    for facts, then in history:
        for fact in facts:
            getattr(world, fact[0])(*fact[1:])
        shop.settle()
        for step in then:
            getattr(world, step)(chosen)
            shop.settle()
    with shop.db.tx() as tx:
        ctx = shop.make_ctx(tx, 0)
        arrived = snapshot(ctx)
        for brand_id in (0, 1, 2):
            sums_are_those_of_the_orders(shop.make_ctx(tx, brand_id))
        api_trade.put_together(ctx)
        for table in (*REPLACING, *STATES):
            ctx.lake.command(f"TRUNCATE TABLE {table}")
        tx.execute("truncate person_state")
        api.rebuild(ctx, None, recut=False)
        anew = snapshot(ctx)
    for name, table in anew.items():
        assert arrived[name] == table, name


def sums_are_those_of_the_orders(ctx: Ctx) -> None:
    """What the first page reads in a few rows is what everybody's orders and states say."""
    assert api_trade.stand(ctx)
    days, steps, spans = api_trade.days(ctx), api_trade.steps(ctx), logic.spans(ctx.today)
    assert [logic.trade(days, span) for span in spans] == store.trade(ctx, spans)
    told, summed = store.trade_by_month(ctx), logic.trade_by_month(days)
    assert {m: t for m, t in summed.items() if t != logic.NOTHING} == {
        m: t for m, t in told.items() if t != logic.NOTHING
    }
    assert logic.people_by_step(steps) == store.people_by_step(ctx)
    assert logic.gaps_by_step(steps) == store.gaps_by_step(ctx)
    people = ctx.tx.execute("select anonymous, count(*) as n from person_state where brand_id = 0 group by 1")
    counted = {row["anonymous"]: row["n"] for row in people}
    assert api_trade.people(ctx) == (counted.get(False, 0), counted.get(True, 0))


def snapshot(ctx: Ctx) -> dict[str, Any]:
    """Return every derived row without its version, in a fixed order."""
    found: dict[str, Any] = {}
    for table in REPLACING:
        rows: pa.Table = ctx.lake.arrow(f"SELECT * EXCEPT (version, deleted) FROM {table} FINAL ORDER BY ALL")
        found[table] = rows.to_pylist()
    found["user_state"] = ctx.lake.arrow("SELECT * FROM user_state ORDER BY ALL").to_pylist()
    live = ctx.tx.execute("select * from person_now order by brand_id, uid").fetchall()
    for brand_id in (0, 1, 2):
        of_brand = ctx.for_brand(brand_id)
        # a day on which nothing is left of what was, and one that never was, are the same
        found[f"days {brand_id}"] = [d for d in api_trade.days(of_brand) if d != api_trade.TradeDay(d.day)]
        found[f"steps {brand_id}"] = api_trade.steps(of_brand)
    found["person_now"] = [{k: v for k, v in row.items() if k != "version"} for row in live]
    return found


class World:
    """Five people with names of their own in each round, and what happens to them."""

    def __init__(self, shop: Shop, number: int) -> None:
        self.shop = shop
        self.number = number
        self.sent: list[tuple[Any, ...]] = []

    def name(self, n: int) -> str:
        return f"phone:138{self.number:04d}{n:04d}"

    def order(self, n: int, order: int, lines: Any, day: int, brand_id: int) -> None:
        self._remember("order", n, order, lines, day, brand_id)
        fen = [(item, quantity, quantity * price) for item, quantity, price in lines]
        self.shop.order(
            f"{self.number}-{n}-{order}", fen, self.name(n), at=_at(day), brand_id=brand_id, category=lines[0][0],
            origin="late" if day % 2 else "live",
        )  # fmt: skip

    def refund(self, n: int, refund: int, lines: Any, day: int, of: int | str) -> None:
        self._remember("refund", n, refund, lines, day, of)
        fen = [(item, quantity, quantity * price) for item, quantity, price in lines]
        named = f"{self.number}-{n}-{of}" if of != "" else ""
        self.shop.refund(f"{self.number}-{n}-{refund}", fen, self.name(n), of=named, at=_at(day))

    def page(self, n: int, day: int, brand_id: int) -> None:
        self.shop.send("page.viewed", {"page": "home"}, self.name(n), at=_at(day), brand_id=brand_id)

    def consent(self, n: int, state: str, day: int, brand_id: int) -> None:
        props = {"channel": "sms", "purpose": "marketing", "state": state}
        self.shop.send("consent.changed", props, self.name(n), at=_at(day), brand_id=brand_id)

    def attribute(self, n: int, city: str, day: int, brand_id: int) -> None:
        self.shop.send("person.identified", {"city": city}, self.name(n), at=_at(day), brand_id=brand_id)

    def member(self, n: int, day: int) -> None:
        self.shop.send("member.joined", {"member_no": f"{self.number}-{n}"}, self.name(n), at=_at(day))

    def merge(self, n: int, other: int) -> None:
        self.shop.send("person.aliased", {}, self.name(n), self.name(other))

    def again(self) -> None:
        """Send a fact of before once more, as a shop does that heard no answer."""
        if self.sent:
            kind, *rest = self.sent[len(self.sent) // 2]
            getattr(self, kind)(*rest)

    def _remember(self, *fact: Any) -> None:
        self.sent.append(fact)

    def unmerge(self, n: int) -> None:
        with self.shop.db.tx() as tx:
            ctx = self.shop.make_ctx(tx)
            uid = identity.find(ctx, "phone", "", self.name(n).partition(":")[2])
            ledger = [e for e in identity.why(ctx, uid).ledger if e.kind == "merge" and not e.undone_by] if uid else []
            if ledger:
                identity.unmerge(ctx, ledger_id=ledger[0].id, reason="property test")

    def erase(self, n: int) -> None:
        with self.shop.db.tx() as tx:
            ctx = self.shop.make_ctx(tx)
            uid = identity.find(ctx, "phone", "", self.name(n).partition(":")[2])
            if uid:
                identity.erase(ctx, uid, "property test")

    def day(self, _n: int) -> None:
        self.shop.clock.advance(timedelta(days=1))
        with self.shop.db.tx() as tx:
            api.roll_day(self.shop.make_ctx(tx, 0))


def _at(day: int) -> datetime:
    return FIRST_DAY + timedelta(days=day)
