"""Segments behind the log: what happens to people moves them in and out, and a day does too."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from tests.profiles.conftest import Shop, day

from regulars.core.ctx import Ctx
from regulars.core.rule import parse
from regulars.identity import api as identity
from regulars.infra import event_log, jobs
from regulars.insight import api as insight
from regulars.insight import handlers as insight_handlers
from regulars.profiles import api as profiles
from regulars.segments import api, handlers, refresh
from regulars.segments.contract import Segment

ANN, BEN, TILL = "phone:13800138001", "phone:13800138002", "phone:13900139001"
TWICE: dict[str, Any] = {"op": "ge", "field": "person.purchase_number", "value": 2}
TEA = [("tea", 1, 1_000)]


class Follower(Shop):
    """A shop whose segments follow."""

    def make_segment(self, name: str, rule: dict[str, Any], brand_id: int = 1) -> int:
        with self.db.tx() as tx:
            return api.create(self.make_ctx(tx, brand_id), name=name, rule=parse(rule)).id

    def follow(self) -> None:
        self.settle()
        segments = next(c for c in event_log.consumers() if c.name == "segments")
        while event_log.step(self.db, self.make_ctx, segments):
            pass
        with self.db.tx() as tx:
            assert [p.reason for p in event_log.parked(self.make_ctx(tx))] == []

    def work(self) -> None:
        """Do the jobs that are due."""
        while jobs.run_due(self.db, self.make_ctx, owner="t") + jobs.run_due(
            self.db, self.make_ctx, owner="t", queue="long"
        ):
            pass

    def next_day(self, days: int = 1) -> None:
        self.clock.advance(timedelta(days=days))
        with self.db.tx() as tx:
            profiles.roll_day(self.make_ctx(tx, 0))
        self.work()

    def people(self, segment_id: int, brand_id: int = 1) -> list[int]:
        with self.db.tx() as tx:
            return [uid for page in api.members(self.make_ctx(tx, brand_id), segment_id) for uid in page]

    def told(self, segment_id: int) -> list[tuple[list[int], list[int], str]]:
        with self.db.tx() as tx:
            rows = tx.execute(
                "select props, origin from event_log where type = 'segment.changed' order by seq"
            ).fetchall()
        return [
            (r["props"]["joined"], r["props"]["left"], r["origin"])
            for r in rows
            if r["props"]["segment_id"] == segment_id
        ]


@pytest.fixture
def shop(db, make_ctx, clock, lake) -> Iterator[Follower]:
    assert insight_handlers is not None
    assert handlers is not None
    return Follower(db, make_ctx, clock)


def test_a_small_import_moves_people_and_what_is_kept_of_answers(shop: Follower):
    shop.order("o1", TEA, ANN, at=day("2011-12-01"))
    shop.order("o2", TEA, BEN, at=day("2011-12-01"))
    shop.follow()
    ann, ben = shop.uid(ANN), shop.uid(BEN)
    bought_tea: dict[str, Any] = {
        "op": "did",
        "relation": "line",
        "window": {"kind": "last_days", "days": 30},
        "where": {"op": "eq", "field": "line.item_id", "value": "tea"},
        "value": 2,
    }
    tea, twice = shop.make_segment("Tea twice", bought_tea), shop.make_segment("Twice", TWICE)
    assert (shop.people(tea), shop.people(twice)) == ([], [])
    line = {
        "suid": ann,
        "shop": "",
        "document_id": "i1",
        "ordinal": 1,
        "kind": "sale",
        "occurred_at": day("2011-12-05"),
        "business_on": date(2011, 12, 5),
        "item_id": "tea",
        "quantity": 1,
        "unit_price": Decimal(10),
        "amount_fen": 1_000,
    }
    with shop.db.tx() as tx:
        ctx = shop.make_ctx(tx)
        suids = profiles.write_lines(ctx, pa.Table.from_pylist([line]), token="import")
        profiles.rebuild(ctx, sorted(set(identity.uid_of(ctx, suids).values())))
    assert (shop.people(tea), shop.people(twice)) == ([ann], [ann])
    with shop.db.tx() as tx:
        assert api.evaluate(shop.make_ctx(tx), parse(bought_tea)) == [ann]
    assert shop.told(twice)[-1] == ([ann], [], "backfill")
    assert ben not in shop.people(tea)


def test_buying_and_giving_back_moves_people(shop: Follower):
    shop.order("o1", TEA, ANN, at=day("2011-12-01"))
    shop.order("o2", TEA, BEN, at=day("2011-12-01"))
    shop.follow()
    ann, ben = shop.uid(ANN), shop.uid(BEN)
    twice, group = shop.make_segment("Twice", TWICE), shop.make_segment("Twice in the group", TWICE, 0)
    assert shop.people(twice) == []
    shop.order("o3", TEA, ANN)
    shop.follow()
    assert (shop.people(twice), shop.people(group, 0)) == ([ann], [ann])
    shop.order("o9", TEA, BEN, brand_id=2)  # the second purchase, but at another brand
    shop.follow()
    assert (shop.people(twice), shop.people(group, 0)) == ([ann], [ann, ben])
    shop.refund("r1", TEA, ANN, of="o3")
    shop.follow()
    assert shop.people(twice) == []
    assert shop.told(twice) == [([ann], [], "live"), ([], [ann], "live")]


def test_history_moves_people_but_triggers_nothing(shop: Follower):
    twice = shop.make_segment("Twice", TWICE)
    for n in (1, 2):
        shop.order(f"o{n}", TEA, ANN, at=day(f"2011-11-0{n}"), origin="backfill")
    shop.follow()
    assert shop.told(twice) == [([shop.uid(ANN)], [], "backfill")]


def test_a_merge_and_its_un_merge_move_people_and_back(shop: Follower):
    shop.order("o1", TEA, ANN, at=day("2011-11-01"))
    shop.order("o2", TEA, TILL, at=day("2011-11-05"))
    shop.follow()
    ann, till = shop.uid(ANN), shop.uid(TILL)
    assert ann != till
    twice = shop.make_segment("Twice", TWICE)
    with shop.db.tx() as tx:
        fixed = api.create_static(shop.make_ctx(tx), name="Fixed", uids=[till]).id
    shop.send("person.aliased", {}, ANN, TILL)
    shop.follow()
    assert shop.uid(TILL) == shop.uid(ANN) == min(ann, till)
    assert (shop.people(twice), shop.people(fixed)) == ([min(ann, till)], [min(ann, till)])
    with shop.db.tx() as tx:
        ctx = shop.make_ctx(tx)
        ledger = identity.why(ctx, min(ann, till)).ledger
        identity.unmerge(ctx, ledger_id=ledger[0].id, reason="two customers after all")
    shop.follow()
    assert (shop.people(twice), shop.people(fixed)) == ([], [till])


def test_a_new_day_is_followed_as_soon_as_states_are(shop: Follower):
    shop.order("o1", TEA, ANN, at=day("2011-12-01"))
    shop.follow()
    lately = shop.make_segment("Lately", {"op": "within_days", "field": "person.last_order_on", "days": 10})
    assert shop.people(lately) == [shop.uid(ANN)]
    shop.next_day()
    assert shop.people(lately) == []
    assert shop.told(lately)[-1] == ([], [shop.uid(ANN)], "live")
    handlers.follow_day(shop.db, shop.make_ctx, 0, {})  # nothing is left to do
    assert len(shop.told(lately)) == 2


def test_events_of_a_new_day_do_not_wait_for_everybody(shop: Follower):
    """What happens before the day is followed moves nobody in a segment of yesterday; then nobody is missed."""
    shop.order("o1", TEA, ANN, at=day("2011-12-01"))
    shop.follow()
    lately = shop.make_segment("Lately", {"op": "within_days", "field": "person.last_order_on", "days": 10})
    shop.clock.advance(timedelta(days=1))
    with shop.db.tx() as tx:
        profiles.roll_day(shop.make_ctx(tx, 0))
    shop.order("o2", TEA, BEN)
    shop.follow()
    assert shop.people(lately) == [shop.uid(ANN)]
    shop.work()
    assert shop.people(lately) == [shop.uid(BEN)]
    assert shop.told(lately)[1:] == [([shop.uid(BEN)], [shop.uid(ANN)], "live")]


def test_each_segment_follows_the_day_by_itself(shop: Follower, monkeypatch: pytest.MonkeyPatch):
    """One that fails is tried again; the others are there by then, and nobody is told twice."""
    shop.order("o1", TEA, ANN, at=day("2011-12-01"))
    shop.follow()
    lately: dict[str, Any] = {"op": "within_days", "field": "person.last_order_on", "days": 10}
    broken, base = shop.make_segment("Breaks", lately), shop.make_segment("Base", lately)
    above = shop.make_segment("Above", {"op": "not", "rule": {"op": "in_segment", "segment_id": base}})
    whole, transactions = refresh.refresh_whole, list[int]()

    def breaking(ctx: Ctx, segment: Segment, **more: Any) -> bool:
        row = ctx.tx.execute("select pg_current_xact_id()::text::bigint as id").fetchone()
        assert row is not None
        transactions.append(row["id"])
        if segment.id == broken and len(transactions) < 3:
            raise OSError("the machine was switched off")
        return whole(ctx, segment, **more)

    monkeypatch.setattr(refresh, "refresh_whole", breaking)
    shop.next_day()
    assert (shop.people(broken), shop.people(base), shop.people(above)) == ([shop.uid(ANN)], [], [shop.uid(ANN)])
    assert len(set(transactions)) == 3
    shop.clock.advance(timedelta(minutes=10))
    shop.work()
    assert shop.people(broken) == []
    assert [len(shop.told(i)) for i in (broken, base, above)] == [2, 2, 1]  # nobody was in the last at first
    with shop.db.tx() as tx:
        assert [api.due(shop.make_ctx(tx, brand)) for brand in (0, 1)] == [[], []]


def test_incremental_equals_whole_with_real_states(shop: Follower):
    rules = [TWICE, {"op": "not", "rule": TWICE}, {"op": "ge", "field": "person.net_fen_30d", "value": 1_500},
             {"op": "did", "relation": "line", "where": {"op": "eq", "field": "line.item_id", "value": "cup"},
              "window": {"kind": "last_days", "days": 60}, "measure": "sum", "of": "line.quantity",
              "compare": "ge", "value": 2},
             {"op": "did", "relation": "event:page.viewed", "window": {"kind": "ever"}, "compare": "ge", "value": 2},
             {"op": "eq", "field": "person.favourite_category", "value": "drinks"}]  # fmt: skip
    ids = [shop.make_segment(f"rule {n}", rule) for n, rule in enumerate(rules)]
    for step in range(4):
        for n in range(6):
            who = f"phone:1390013910{n}"
            shop.order(f"o{step}-{n}", [("cup", 1 + n % 2, 700 + 100 * n)], who,
                       at=day(f"2011-1{step % 3}-0{1 + n}"), category="drinks" if n % 3 else "food")  # fmt: skip
            if (step + n) % 4 == 3:
                shop.refund(f"r{step}-{n}", [("cup", 1, 700)], who, of=f"o{step}-{n}")
        shop.send("page.viewed", {"page": "home"}, f"phone:1390013910{step}")
        shop.send("page.viewed", {"page": "home"}, f"phone:1390013910{step + 1}")
        shop.follow()
        for segment_id, rule in zip(ids, rules, strict=True):
            with shop.db.tx() as tx:
                whole = api.evaluate(shop.make_ctx(tx), parse(rule))
            assert shop.people(segment_id) == whole, rule


def test_the_at_risk_segment_keeps_up(shop: Follower):
    for n in range(25):
        shop.order(f"a{n}", TEA, f"phone:1390013{n:04}", at=day("2011-10-01"))
        shop.order(f"b{n}", TEA, f"phone:1390013{n:04}", at=day("2011-10-11"))  # all came back after ten days
    shop.order("late", TEA, ANN, at=day("2011-11-20"))
    shop.order("fresh", TEA, BEN, at=day("2011-12-05"))
    shop.follow()
    with shop.db.tx() as tx:
        ctx = shop.make_ctx(tx)
        assert insight.overview(ctx).at_risk.people == 1
        kept = insight.keep_at_risk(ctx, make=True)
        assert kept is not None
        found = insight.overview(ctx)
        assert (found.at_risk.people, found.at_risk.segment_id) == (1, kept.id)
        assert (found.identified, found.anonymous) == (27, 0)
        assert [s.median_gap_days for s in found.ladder[:2]] == [10.0, None]
        assert (found.ladder[0].people, found.ladder[0].reached, found.ladder[0].next_rate_bp) == (2, 27, 9259)
    assert shop.people(kept.id) == [shop.uid(ANN)]
    shop.next_day(6)
    assert shop.people(kept.id) == sorted([shop.uid(ANN), shop.uid(BEN)])


def test_a_person_page_names_the_segments(shop: Follower):
    shop.order("o1", TEA, ANN)
    shop.follow()
    segment_id = shop.make_segment("Everybody", {"op": "everyone"})
    with shop.db.tx() as tx:
        ctx: Ctx = shop.make_ctx(tx)
        assert profiles.person(ctx, shop.uid(ANN)).panels["segments"] == [{"id": segment_id, "name": "Everybody"}]
        assert [row.uid for row in profiles.search(ctx, segment_id=segment_id).items] == [shop.uid(ANN)]
