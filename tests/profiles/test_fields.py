"""Every field that rules may ask about means the same in the lake, in PostgreSQL and in Python."""

from __future__ import annotations

from typing import Any

import pytest
from psycopg import sql
from tests.profiles.conftest import Shop, day

from regulars.core.ctx import Ctx
from regulars.core.rule import Field, LakeBinding, Rule, check, compile_lake, compile_live, fields, matches, parse
from regulars.profiles import api

ANN, BEN, CAT = "phone:13800138001", "phone:13800138002", "email:cat@shop.uk"


@pytest.fixture
def world(shop: Shop) -> Shop:
    """Three people of whom different things are known."""
    shop.order("o1", [("tea", 2, 1000), ("cup", 1, 500)], ANN, at=day("2011-11-11"), category="drinks", shop="web")
    shop.order("o2", [("tea", 1, 450)], ANN, at=day("2011-12-08"), category="food", shop="web")
    shop.refund("r1", [("cup", 1, 500)], ANN, at=day("2011-11-20"), shop="web")
    shop.send(
        "person.identified",
        {"gender": "female", "city": "Leeds", "birth_md": 517, "cell": "53.80,-1.55"},
        ANN,
        at=day("2011-11-01"),
    )
    shop.send("member.joined", {"member_no": "m-1"}, ANN, at=day("2011-11-05"))
    shop.send("consent.changed", {"channel": "sms", "purpose": "marketing", "state": "granted"}, ANN)
    shop.order("o3", [("mat", 1, 900)], BEN, at=day("2011-12-09"))
    shop.refund("r3", [("mat", 1, 900)], BEN)
    shop.send("page.viewed", {"page": "home", "item_id": "tea"}, CAT, at=day("2011-12-01"))
    shop.send("cart.added", {"item_id": "tea", "quantity": 2, "amount_fen": 900, "shop": "web"}, CAT)
    shop.settle()
    return shop


def test_every_field_in_every_engine(world: Shop):
    with world.db.tx() as tx:
        ctx = world.make_ctx(tx)
        views = {uid: api.view(ctx, uid) for uid in map(world.uid, (ANN, BEN, CAT))}
        assert len(views) == 3
        for field in fields.fields_of("person"):
            values = [v for view in views.values() if (v := view.field(field.key)) is not None]
            for rule in person_rules(field, values):
                agree(ctx, views, rule, live=True)
        asked = 0
        for relation in fields.relations():
            if relation.key == "person":
                continue
            for window in ({"kind": "ever"}, {"kind": "last_days", "days": 7}):
                agree(ctx, views, parse({"op": "did", "relation": relation.key, "window": window}))
            for field in fields.fields_of(relation.key):
                found = [r[field.key] for v in views.values() for r in v.rows(relation.key)]
                for where in row_rules(field, [v for v in found if v is not None]):
                    asked += 1
                    did = {"op": "did", "relation": relation.key, "where": where, "window": {"kind": "ever"}}
                    agree(ctx, views, parse(did))
        assert asked > 40


def test_rows_in_time_over_the_products_relations(world: Shop):
    week = {"kind": "last_days", "days": 30}
    viewed, carted, ordered = {"relation": "event:page.viewed"}, {"relation": "event:cart.added"}, {"relation": "order"}
    steps = [
        [ordered, ordered | {"within_hours": 2_000}],
        [viewed, carted | {"within_hours": 240}],
        [viewed, ordered | {"within_hours": 24, "absent": True}],
        [{"relation": "line"}, viewed | {"within_hours": 24, "absent": True}],
    ]
    with world.db.tx() as tx:
        ctx = world.make_ctx(tx)
        views = {uid: api.view(ctx, uid) for uid in map(world.uid, (ANN, BEN, CAT))}
        found = [agree(ctx, views, parse({"op": "sequence", "steps": two, "window": week})) for two in steps]
        for relation, value in (("order", 2), ("line", 1), ("event:cart.added", 1)):
            often = {"op": "count_within", "relation": relation, "window": week, "days": 28, "value": value}
            found.append(agree(ctx, views, parse(often)))
        assert all(found)
        ann, cat = world.uid(ANN), world.uid(CAT)
        assert (found[0], found[2], found[4]) == ({ann}, {cat}, {ann})


def person_rules(field: Field, values: list[Any]) -> list[Rule]:
    return [parse(r) for r in [{"op": "known", "field": field.key}, *row_rules(field, values)]]


def row_rules(field: Field, values: list[Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for value in values[:1]:
        plain = value.isoformat() if field.type == "date" else value
        if field.type == "month_day":
            found.append({"op": "birthday_within", "field": field.key, "days": 60})
        elif field.type == "cell":
            found.append({"op": "near", "field": field.key, "lat": 53.8, "lon": -1.5, "km": 5})
        elif field.type == "set":
            found += [{"op": "has", "field": field.key, "value": one} for one in list(value)[:2]]
        else:
            found += [{"op": op, "field": field.key, "value": plain} for op in ("eq", "ne")]
        if field.type in {"int", "money"}:
            found.append({"op": "gt", "field": field.key, "value": value - 1})
        if field.type == "date":
            found.append({"op": "within_days", "field": field.key, "days": 5})
    return found


def agree(ctx: Ctx, views: dict[int, Any], rule: Rule, *, live: bool = False) -> set[int]:
    """Compare the engines and return whom the rule holds for."""
    check(rule, fields)
    wanted = {uid for uid, view in views.items() if matches(rule, view, ctx.today, fields).ok}
    compiled = compile_lake(rule, fields, today=ctx.today, bind=LakeBinding(brand_id=ctx.brand_id))
    found = {row["uid"] for row in ctx.lake.rows(compiled.sql, compiled.parameters)}
    assert found == wanted, (rule, compiled.sql)
    if live:
        condition, values = compile_live(rule, fields, today=ctx.today)
        text = sql.SQL("select uid from person_now ps where brand_id = 1 and {}").format(condition)
        assert {row["uid"] for row in ctx.tx.execute(text, values)} == wanted, rule
    return wanted
