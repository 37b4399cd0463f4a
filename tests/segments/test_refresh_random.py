"""Whatever happens to people, in whatever order: memberships that follow are those of a whole evaluation."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from random import Random  # noqa: TID251 - seeded, for what happens here
from typing import Any

import pytest
from tests.depth import depth
from tests.profiles.conftest import day
from tests.segments.test_following import Follower

from regulars.identity import api as identity
from regulars.insight import handlers as insight_handlers
from regulars.segments import api, handlers

LAST = {"kind": "last_days", "days": 40}
EVER = {"kind": "ever"}
CATEGORIES = ("tea", "cups", "")


def field(op: str, name: str, value: Any) -> dict[str, Any]:
    return {"op": op, "field": f"person.{name}", "value": value}


def did(relation: str, window: dict[str, Any], value: int = 1, **more: Any) -> dict[str, Any]:
    return {"op": "did", "relation": relation, "window": window, "value": value, **more}


def both(*rules: dict[str, Any]) -> dict[str, Any]:
    return {"op": "and", "rules": list(rules)}


def none(rule: dict[str, Any]) -> dict[str, Any]:
    return {"op": "not", "rule": rule}


TEA = {"op": "eq", "field": "event:page.viewed.category", "value": "tea"}
OF_TEA = {"op": "eq", "field": "line.category", "value": "tea"}
DEAR = {"op": "ge", "field": "event:cart.added.amount_fen", "value": 500}
RULES: list[dict[str, Any]] = [
    field("ge", "purchase_number", 2),
    none(field("ge", "purchase_number", 1)),
    both(field("eq", "anonymous", True), none(did("event:cart.added", LAST))),
    did("event:page.viewed", LAST, 2, where=TEA),
    both(did("event:cart.added", EVER, where=DEAR), did("order", LAST, 0, compare="eq")),
    both(did("event:page.viewed", LAST, 2, measure="days"), field("ge", "net_fen", 500)),
    {"op": "within_days", "field": "person.last_event_on", "days": 20},
    did("line", EVER, 2, measure="sum", of="line.quantity", where=OF_TEA),
    did("order", EVER, where={"op": "ge", "field": "order.net_fen", "value": 900}),
    {"op": "sequence", "window": LAST, "steps": [
        {"relation": "event:page.viewed"}, {"relation": "event:cart.added", "within_hours": 72},
        {"relation": "order", "within_hours": 48, "absent": True}]},
    {"op": "count_within", "relation": "event:page.viewed", "window": EVER, "days": 3, "value": 3},
    {"op": "has", "field": "person.consents", "value": "sms:marketing"},
    did("event:cart.added", LAST, 300, measure="max", of="event:cart.added.amount_fen"),
]  # fmt: skip


class Street(Follower):
    """People who visit, buy, give back, turn out to be the same, are parted and forgotten."""

    def somebody(self, random: Random) -> tuple[str, ...]:
        n = random.randrange(6)
        return random.choice([(f"phone:1390013911{n}",), (f"device:d{n}",), (f"device:d{n}", f"phone:1390013911{n}")])

    def happen(self, random: Random, number: int) -> None:
        who = self.somebody(random)
        at = day(f"2011-1{random.choice((0, 1, 1, 2))}-0{random.randint(1, 9)}", random.randint(1, 22))
        more: dict[str, Any] = {"at": at, "brand_id": random.choice((1, 1, 2))}
        more["origin"] = random.choice(("live", "live", "late", "backfill"))
        category, fen = random.choice(CATEGORIES), random.choice((300, 600, 1_000))
        match random.randrange(8):
            case 0 | 1 | 2:
                self.send("page.viewed", {"page": "home", "category": category, "item_id": "cup"}, *who, **more)
            case 3 | 4:
                self.send(
                    "cart.added",
                    {"item_id": "cup", "category": category, "quantity": 1, "amount_fen": fen},
                    *who,
                    **more,
                )
            case 5:
                self.order(f"o{number}", [("cup", random.randint(1, 2), fen)], *who, category=category, **more)
            case 6:
                self.refund(f"r{number}", [("cup", 1, 300)], *who, of=f"o{random.randrange(number + 1)}", **more)
            case _:
                consent = {"channel": "sms", "purpose": "marketing", "state": random.choice(("granted", "withdrawn"))}
                self.send("consent.changed", {**consent, "basis": "form"}, *who, **more)

    def part(self, random: Random) -> None:
        """Undo a merge, or forget somebody."""
        with self.db.tx() as tx:
            ctx = self.make_ctx(tx)
            rows = tx.execute("select id, kind from merge_ledger where undone_by is null order by id").fetchall()
            merges = [row["id"] for row in rows if row["kind"] == "merge"]
            if merges and random.random() < 0.5:
                identity.unmerge(ctx, ledger_id=merges[-1], reason="two customers after all")
                return
            people = tx.execute("select distinct uid from identifier where uid is not null order by uid").fetchall()
            if people:
                identity.erase(ctx, random.choice(people)["uid"], "asked for it")


@pytest.fixture
def street(db, make_ctx, clock, lake) -> Iterator[Street]:
    assert insight_handlers is not None
    assert handlers is not None
    return Street(db, make_ctx, clock)


@pytest.mark.parametrize("seed", range(depth(1, 8)))
def test_following_equals_evaluating(street: Street, seed: int) -> None:
    random = Random(seed)
    brands = (0, 1)
    rules = random.sample(RULES, len(RULES))
    ids = {brand: [street.make_segment(f"rule {n}", rules[n], brand) for n in range(brand, 13, 2)] for brand in brands}
    for brand in brands:
        base = ids[brand]
        built = both(none({"op": "in_segment", "segment_id": base[0]}), {"op": "in_segment", "segment_id": base[1]})
        base.append(street.make_segment("built on two", built, brand))
        base.append(street.make_segment("on that", none({"op": "in_segment", "segment_id": base[-1]}), brand))
    for step in range(4):
        for number in range(random.randint(4, 14)):
            street.happen(random, step * 20 + number)
        street.follow()
        if step in (1, 2):
            street.part(random)
            street.follow()
        if step == 2:
            street.next_day()
        for brand in brands:
            with street.db.tx() as tx:
                ctx = street.make_ctx(tx, brand)
                for segment_id in ids[brand]:
                    kept = api.get(ctx, segment_id)
                    assert kept.rule is not None
                    whole = api.evaluate(ctx, kept.rule)
                    assert (street.people(segment_id, brand), kept.people) == (whole, len(whole)), (
                        step,
                        brand,
                        kept.rule,
                    )
    for brand in brands:
        with street.db.tx() as tx:
            assert set(api.check_memberships(street.make_ctx(tx, brand))) == {0}


def test_an_absent_step_is_told_when_its_days_are_over(street: Street) -> None:
    """Nothing happens to the person: the day alone makes it true."""
    left = {"op": "sequence", "window": LAST, "steps": [
        {"relation": "event:cart.added"}, {"relation": "order", "within_hours": 24, "absent": True}]}  # fmt: skip
    segment_id = street.make_segment("Cart left", left)
    cart = {"item_id": "cup", "category": "cups", "quantity": 1, "amount_fen": 900}
    street.send("cart.added", cart, "phone:13900139110")
    street.send("cart.added", cart, "phone:13900139111")
    street.follow()
    assert street.people(segment_id) == []
    street.order("o1", [("cup", 1, 900)], "phone:13900139111", at=street.clock.business_now() + timedelta(hours=2))
    street.follow()
    told = []
    for _ in range(3):
        street.next_day()
        told.append(street.people(segment_id))
    assert told == [[], [street.uid("phone:13900139110")], [street.uid("phone:13900139110")]]
    assert street.told(segment_id)[-1] == ([street.uid("phone:13900139110")], [], "live")
