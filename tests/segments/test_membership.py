"""Memberships: whole and incremental, what they emit, what they are built on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from random import Random  # noqa: TID251 - seeded, for shops made up here
from typing import Any

import pyarrow as pa
import pytest
from tests.depth import depth
from tests.segments.rows import Order, remove_states, write_orders, write_states

from regulars.core.clock import ManualClock
from regulars.core.ctx import Ctx, Scope
from regulars.core.errors import BadInput, Conflict
from regulars.core.rule import parse
from regulars.profiles.store import touched
from regulars.segments import api, handlers, refresh, store, store_lake
from regulars.segments.contract import SegmentInUse, SegmentNotFound

TODAY = date(2011, 12, 10)


def day(days_ago: int) -> date:
    return TODAY - timedelta(days=days_ago)


def bought(times: int) -> dict[str, Any]:
    return {"op": "ge", "field": "person.purchase_number", "value": times}


def inside(segment_id: int) -> dict[str, Any]:
    return {"op": "in_segment", "segment_id": segment_id}


def make(ctx: Ctx, name: str, rule: dict[str, Any], **more: Any) -> int:
    return api.create(ctx, name=name, rule=parse(rule), **more).id


def people(ctx: Ctx, segment_id: int) -> list[int]:
    return [uid for page in api.members(ctx, segment_id) for uid in page]


def told(ctx: Ctx) -> list[dict[str, Any]]:
    rows = ctx.tx.execute("select props, origin from event_log where type = 'segment.changed' order by seq").fetchall()
    return [{**row["props"], "origin": row["origin"]} for row in rows]


@pytest.fixture
def shop(ctx: Ctx) -> list[Order]:
    """1 bought once long ago, 2 twice, 3 three times lately, 4 gave all back."""
    orders = [
        Order(1, day(200)),
        Order(2, day(100)),
        Order(2, day(40)),
        *(Order(3, day(n)) for n in (20, 10, 1)),
        Order(4, day(5), 500, 500),
    ]
    write_orders(ctx, orders)
    write_states(ctx, orders, TODAY)
    return orders


def buy(ctx: Ctx, shop: list[Order], *orders: Order) -> list[int]:
    shop += orders
    touched = sorted({o.uid for o in orders})
    write_orders(ctx, orders)
    write_states(ctx, [o for o in shop if o.uid in touched], TODAY)
    return touched


def test_a_new_segment_is_filled_at_once(ctx: Ctx, shop: list[Order]) -> None:
    made = api.create(ctx, name=" Regulars ", rule=parse(bought(2)), description="twice or more")
    assert (made.name, made.people, made.state, made.kind, made.as_of_on) == ("Regulars", 2, "ready", "dynamic", TODAY)
    assert people(ctx, made.id) == [2, 3]
    assert api.count(ctx, made.id) == 2
    assert told(ctx) == [
        {"segment_id": made.id, "version": made.version, "joined": [2, 3], "left": [], "origin": "rebuild"}
    ]


def test_a_whole_refresh_tells_who_came_and_left(ctx: Ctx, shop: list[Order]) -> None:
    segment_id = make(ctx, "Twice", {"op": "eq", "field": "person.purchase_number", "value": 2})
    first = api.get(ctx, segment_id)
    buy(ctx, shop, Order(1, day(0)), Order(2, day(0)))
    second = api.refresh(ctx, segment_id)
    assert second.version > first.version
    assert people(ctx, segment_id) == [1]
    assert told(ctx)[-1] == {
        "segment_id": segment_id, "version": second.version, "joined": [1], "left": [2], "origin": "live",
    }  # fmt: skip
    newest, oldest = api.diffs(ctx, segment_id)
    assert (newest.joined, newest.left, newest.people, newest.whole) == (1, 1, 1, True)
    assert (oldest.joined, oldest.left, oldest.people) == (1, 0, 1)


def test_touched_people_alone_are_tested_again(ctx: Ctx, shop: list[Order]) -> None:
    often, once = make(ctx, "Often", bought(2)), make(ctx, "Not often", {"op": "not", "rule": bought(2)})
    before = len(told(ctx))
    touched = buy(ctx, shop, Order(1, day(0)), Order(7, day(0)))
    assert api.refresh_touched(ctx, touched) == 3
    assert people(ctx, often) == [1, 2, 3]
    assert people(ctx, once) == [4, 7]
    assert [(e["joined"], e["left"]) for e in told(ctx)[before:]] == [([1], []), ([7], [1])]
    assert [api.get(ctx, i).people for i in (often, once)] == [3, 2]
    assert api.diffs(ctx, often)[0].whole is False


def test_nothing_changes_when_nobody_comes_or_goes(ctx: Ctx, shop: list[Order]) -> None:
    segment_id = make(ctx, "Often", bought(2))
    version, events = api.get(ctx, segment_id).version, len(told(ctx))
    touched = buy(ctx, shop, Order(3, day(0)))
    assert api.refresh_touched(ctx, touched) == 0
    assert api.get(ctx, segment_id).version == version
    assert len(told(ctx)) == events
    assert api.refresh_touched(ctx, []) == 0


RULES: list[dict[str, Any]] = [
    bought(2),
    {"op": "not", "rule": bought(2)},
    {"op": "older_than_days", "field": "person.last_order_on", "days": 60},
    {"op": "within_days", "field": "person.last_order_on", "days": 30},
    {"op": "did", "relation": "order", "window": {"kind": "last_days", "days": 30}, "measure": "sum",
     "of": "order.net_fen", "compare": "ge", "value": 1500},
    {"op": "did", "relation": "order", "window": {"kind": "last_days", "days": 45}, "measure": "count",
     "compare": "le", "value": 1},
    {"op": "did", "relation": "order", "where": {"op": "eq", "field": "order.store", "value": "Leeds"},
     "window": {"kind": "ever"}, "measure": "days", "compare": "ge", "value": 1},
    {"op": "did", "relation": "order", "where": {"op": "gt", "field": "order.net_fen", "value": 900},
     "window": {"kind": "between", "start": "2011-10-01", "end": "2011-12-01"}, "measure": "count",
     "compare": "eq", "value": 0},
]  # fmt: skip


@pytest.mark.parametrize("seed", range(depth(1, 6)))
def test_incremental_refresh_equals_a_whole_one(ctx: Ctx, seed: int) -> None:
    """Random buying and giving back, in random batches: the stored people are those the rule finds, every time."""
    random = Random(seed)
    shop: list[Order] = []
    ids = [make(ctx, f"rule {n}", rule) for n, rule in enumerate(RULES)]
    ids.append(
        make(ctx, "built on two", {"op": "and", "rules": [inside(ids[0]), {"op": "not", "rule": inside(ids[3])}]})
    )
    ids.append(make(ctx, "built on that", {"op": "or", "rules": [inside(ids[-1]), bought(4)]}))
    for _ in range(4):
        orders = []
        for _ in range(random.randint(1, 12)):
            gross = random.choice([400, 900, 1_000, 1_600])
            back = random.choice([0, 0, 0, gross])
            uid = random.choice([*range(1, 15), 2**20 - 1, 2**20, 2**31, 2**31 + 7])
            orders.append(Order(uid, day(random.randint(0, 120)), gross, back, random.choice(["", "Leeds", "York"])))
        touched = buy(ctx, shop, *orders)
        api.refresh_touched(ctx, touched)
        for segment_id in ids:
            kept = api.get(ctx, segment_id)
            assert kept.rule is not None
            whole = api.evaluate(ctx, kept.rule)
            assert people(ctx, segment_id) == whole, kept.name
            assert kept.people == len(whole)


def test_events_replay_to_the_membership(ctx: Ctx, shop: list[Order]) -> None:
    segment_id = make(ctx, "Twice", {"op": "eq", "field": "person.purchase_number", "value": 2})
    for step in range(4):
        touched = buy(ctx, shop, Order(1 + step % 2, day(0)), Order(10 + step, day(3)), Order(10 + step, day(2)))
        if step % 2:
            api.refresh(ctx, segment_id)
        else:
            api.refresh_touched(ctx, touched)
    replayed: set[int] = set()
    for event in told(ctx):
        assert not replayed & set(event["joined"])
        assert set(event["left"]) <= replayed
        replayed |= set(event["joined"])
        replayed -= set(event["left"])
    assert sorted(replayed) == people(ctx, segment_id)


def test_an_event_names_at_most_four_thousand(ctx: Ctx) -> None:
    write_states(ctx, [Order(uid, day(3)) for uid in range(1, 4_502)], TODAY)
    segment_id = make(ctx, "All", {"op": "everyone"})
    assert [len(e["joined"]) for e in told(ctx)] == [4_000, 501]
    assert [len(page) for page in api.members(ctx, segment_id)] == [4_000, 501]
    write_states(ctx, [Order(uid, day(3)) for uid in range(4_000, 9_000)], TODAY)
    assert api.refresh_touched(ctx, range(4_000, 9_000)) == 4_498  # several statements' worth of numbers


def test_many_small_changes_are_folded(ctx: Ctx, shop: list[Order], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refresh, "FOLD_AFTER_DIFFS", 5)
    monkeypatch.setattr(store_lake, "VERSIONS_AT_ONCE", 4)
    make(ctx, "Often", bought(2))
    segment_id = make(ctx, "All", {"op": "everyone"})
    for uid in range(100, 100 + refresh.FOLD_AFTER_DIFFS + 3):
        api.refresh_touched(ctx, buy(ctx, shop, Order(uid, day(1))))
    segment = api.get(ctx, segment_id)
    assert len(store.versions(ctx, segment_id, segment.version)) <= refresh.FOLD_AFTER_DIFFS
    assert people(ctx, segment_id) == sorted({o.uid for o in shop})


def test_what_an_undone_refresh_left_in_the_lake_is_not_read(ctx: Ctx, shop: list[Order]) -> None:
    segment_id = make(ctx, "Often", bought(2))
    ctx.tx.commit()
    buy(ctx, shop, Order(1, day(0)))
    api.refresh_touched(ctx, [1])
    ctx.tx.rollback()  # as after a crash: the lake has the rows, nobody was told
    assert people(ctx, segment_id) == [2, 3]
    write_states(ctx, [Order(1, day(200))], TODAY)  # and it was not so after all
    buy(ctx, shop, Order(9, day(0)), Order(9, day(1)))
    api.refresh_touched(ctx, [9])
    assert people(ctx, segment_id) == [2, 3, 9]


def test_the_same_token_refreshes_once(ctx: Ctx, shop: list[Order]) -> None:
    segment_id = make(ctx, "Often", bought(2))
    once = api.refresh(ctx, segment_id, token="import-7")
    assert api.refresh(ctx, segment_id, token="import-7").version == once.version
    assert api.refresh(ctx, segment_id, token="import-8").version > once.version


def test_a_new_day_moves_every_window(ctx: Ctx, shop: list[Order], clock: ManualClock) -> None:
    lately = make(ctx, "Lately", {"op": "within_days", "field": "person.last_order_on", "days": 30})
    assert people(ctx, lately) == [3]
    clock.advance(timedelta(days=30))
    assert api.due(ctx) == [lately]
    assert api.follow_day(ctx, lately)
    assert people(ctx, lately) == []
    assert api.due(ctx) == []
    assert not api.follow_day(ctx, lately)
    assert told(ctx)[-1]["left"] == [3]


def test_segments_are_built_on_each_other(ctx: Ctx, shop: list[Order]) -> None:
    often = make(ctx, "Often", bought(2))
    lately = {"op": "within_days", "field": "person.last_order_on", "days": 30}
    both = {"op": "and", "rules": [inside(often), {"op": "not", "rule": lately}]}
    upper = make(ctx, "Often but not lately", both)
    assert people(ctx, upper) == [2]
    with pytest.raises(SegmentInUse, match="Often but not lately"):
        api.delete(ctx, often)
    with pytest.raises(BadInput, match="built on itself"):
        api.update(ctx, often, name="Often", description="", rule=parse(inside(upper)))
    api.update(ctx, often, name="Often", description="", rule=parse(bought(1)))
    assert people(ctx, upper) == [1, 2]  # followed at once
    with pytest.raises(BadInput, match="no segment 999"):
        make(ctx, "On nothing", inside(999))
    api.delete(ctx, upper)
    api.delete(ctx, often)
    with pytest.raises(SegmentNotFound):
        api.get(ctx, often)


def test_set_algebra(ctx: Ctx, shop: list[Order]) -> None:
    a, b = make(ctx, "a", bought(1)), make(ctx, "b", {"op": "within_days", "field": "person.last_order_on", "days": 50})
    assert api.evaluate(ctx, api.combine(ctx, "union", [a, b])) == [1, 2, 3]
    assert api.evaluate(ctx, api.combine(ctx, "intersect", [a, b])) == [2, 3]
    assert api.evaluate(ctx, api.combine(ctx, "subtract", [a, b])) == [1]
    with pytest.raises(BadInput):
        api.combine(ctx, "union", [a, a])
    with pytest.raises(SegmentNotFound):
        api.combine(ctx, "union", [a, 999])


def test_names_are_one_of_a_kind_in_a_brand(ctx: Ctx, shop: list[Order]) -> None:
    make(ctx, "Often", bought(2))
    with pytest.raises(Conflict, match="already"):
        make(ctx, " oFTen", bought(3))
    with pytest.raises(BadInput):
        make(ctx, "  ", bought(3))
    make(ctx.for_brand(2), "Often", bought(2))


def test_brands_do_not_see_each_other(ctx: Ctx, shop: list[Order]) -> None:
    segment_id = make(ctx, "Often", bought(2))
    other = ctx.for_brand(2, "Asia/Shanghai", "CNY")
    assert api.listed(other) == []
    with pytest.raises(SegmentNotFound):
        api.get(other, segment_id)
    write_states(ctx, [Order(50, day(3), brand_id=2)], TODAY, brand_id=2)
    assert api.evaluate(other, parse({"op": "everyone"})) == [50]


def test_a_scope_of_stores_narrows_what_is_read(ctx: Ctx) -> None:
    orders = [Order(1, day(3), store="Leeds"), Order(2, day(3), store="York"), Order(2, day(1), store="Leeds")]
    write_states(ctx, orders, TODAY)
    segment_id = make(ctx, "All", {"op": "everyone"})
    york = replace(ctx, scope=Scope(frozenset({"*"}), stores=frozenset({"York"})))
    assert people(york, segment_id) == [2]
    assert [api.count(york, segment_id), api.listed(york)[0].people] == [1, 1]
    assert api.preview(york, parse({"op": "everyone"})).of_people == 1
    assert api.evaluate(york, parse(bought(1))) == [2]
    made = api.create(york, name="Kept for everybody", rule=parse(bought(1)))
    assert (made.people, people(ctx, made.id)) == (1, [1, 2])


def test_a_failed_refresh_is_shown_and_the_people_stay(ctx: Ctx, shop: list[Order]) -> None:
    segment_id = make(ctx, "Often", bought(2))
    ctx.lake.command("RENAME TABLE leaf_bitmap TO leaf_bitmap_away")
    failed = api.refresh(ctx, segment_id)
    assert failed.state == "failed"
    assert "leaf_bitmap" in failed.error
    assert people(ctx, segment_id) == [2, 3]
    ctx.lake.command("RENAME TABLE leaf_bitmap_away TO leaf_bitmap")
    buy(ctx, shop, Order(1, day(0)))
    api.refresh_touched(ctx, buy(ctx, shop, Order(9, day(0))))  # 1 was missed by the refresh that failed
    healed = api.get(ctx, segment_id)
    assert (healed.state, healed.error, people(ctx, segment_id)) == ("ready", "", [1, 2, 3])


def alias(ctx: Ctx, version: int, **pairs: int) -> None:
    rows = [{"suid": int(suid.removeprefix("s")), "uid": uid, "version": version} for suid, uid in pairs.items()]
    schema = pa.schema([("suid", pa.uint32()), ("uid", pa.uint32()), ("version", pa.uint64())])
    ctx.lake.insert("uid_alias", pa.Table.from_pylist(rows, schema))
    touched.note(ctx, 0, {touched.EVERYTHING: [number for row in rows for number in (row["suid"], row["uid"])]})
    ctx.lake.command("SYSTEM RELOAD DICTIONARY uid_alias_dict")


def test_memberships_follow_a_merge_and_come_back_with_the_un_merge(ctx: Ctx, shop: list[Order]) -> None:
    often, fixed = make(ctx, "Often", bought(3)), api.create_static(ctx, name="Fixed", uids=[1, 4]).id
    both = api.create_static(ctx, name="Both", uids=[1, 2]).id
    second = api.create_static(ctx, name="Second", uids=[2]).id
    upper = make(ctx, "On a list", inside(second))
    alias(ctx, 1, s2=1)  # 2 was 1 all along
    remove_states(ctx, [2])
    write_states(ctx, [replace(o, uid=1) for o in shop if o.uid in (1, 2)], TODAY)
    api.person_data.realigned(ctx, [1, 2])
    assert people(ctx, often) == [1, 3]
    assert [people(ctx, fixed), people(ctx, both), people(ctx, upper)] == [[1, 4], [1], [1]]
    assert api.count(ctx, both) == 1
    alias(ctx, 2, s2=2)
    write_states(ctx, [o for o in shop if o.uid in (1, 2)], TODAY)
    api.person_data.realigned(ctx, [1, 2])
    assert people(ctx, often) == [3]
    assert [people(ctx, fixed), people(ctx, both), people(ctx, upper)] == [[1, 4], [1, 2], [2]]


def test_erasure_leaves_no_number_in_any_version(ctx: Ctx, shop: list[Order]) -> None:
    often, fixed = make(ctx, "Often", bought(1)), api.create_static(ctx, name="Fixed", uids=[1, 4]).id
    api.refresh_touched(ctx, buy(ctx, shop, Order(8, day(1))))
    api.refresh(ctx, often)
    assert api.person_data.export(ctx, [1]) == {"segments": ["Fixed", "Often"]}
    remove_states(ctx, [1, 8])
    assert api.person_data.erase(ctx, [1, 8]) > 0
    assert api.person_data.erase(ctx, [1, 8]) == 0
    assert (people(ctx, often), people(ctx, fixed)) == ([2, 3], [4])
    assert (api.count(ctx, often), api.count(ctx, fixed)) == (2, 1)
    left = ctx.lake.rows("SELECT count() AS n FROM segment_diff WHERE uid IN (1, 8)")[0]["n"]
    stood = ctx.lake.rows(
        "SELECT sum(bitmapContains(people, 1) OR bitmapContains(people, 8)) AS n FROM segment_version"
    )
    assert (left, stood[0]["n"]) == (0, 0)
    assert api.refresh(ctx, often).people == 2


def test_the_worker_refreshes_what_was_asked_for(ctx: Ctx, shop: list[Order]) -> None:
    segment_id = make(ctx, "Often", bought(2))
    assert api.request_refresh(ctx, segment_id).state == "refreshing"
    api.request_refresh(ctx, segment_id)
    assert ctx.tx.execute("select count(*) as n from job where name = 'segments.refresh'").fetchone() == {"n": 1}
    handlers.refresh(ctx, {"segment_id": segment_id})
    assert api.get(ctx, segment_id).state == "ready"


def test_static_segments_stay(ctx: Ctx, shop: list[Order]) -> None:
    frozen = api.create(ctx, name="Frozen", rule=parse(bought(2)), kind="static")
    listed = api.create_static(ctx, name="List", uids=(uid for uid in [5, 3, 5, 2**31 + 1]))
    assert (frozen.people, listed.people, people(ctx, listed.id)) == (2, 2 + 1, [3, 5, 2**31 + 1])
    api.refresh_touched(ctx, buy(ctx, shop, Order(1, day(0))))
    assert people(ctx, frozen.id) == [2, 3]
    with pytest.raises(Conflict, match="fixed list"):
        api.refresh(ctx, frozen.id)
    with pytest.raises(BadInput, match="0 cannot be"):
        api.create_static(ctx, name="Bad", uids=[3, 0])
    assert api.create_static(ctx, name="Nobody", uids=[]).people == 0


def test_members_as_of_a_past_day(ctx: Ctx, shop: list[Order]) -> None:
    often = make(ctx, "Often", bought(2))
    lately = make(ctx, "Often lately", {"op": "and", "rules": [
        inside(often), {"op": "within_days", "field": "person.last_order_on", "days": 30}]})  # fmt: skip
    then = day(15)  # before it 2 had bought twice, 3 once
    assert [u for page in api.members(ctx, often, as_of=then) for u in page] == [2]
    assert [u for page in api.members(ctx, lately, as_of=then) for u in page] == [2]  # its base is taken as of then too
    assert people(ctx, lately) == [3]
    assert api.evaluate(ctx, parse(bought(1)), as_of=then) == [1, 2, 3]


def test_versions_keep_what_was(ctx: Ctx, shop: list[Order]) -> None:
    segment_id = make(ctx, "Often", bought(2))
    first = api.get(ctx, segment_id)
    api.refresh_touched(ctx, buy(ctx, shop, Order(1, day(0))))
    past = refresh.membership(ctx, api.get(ctx, segment_id), first.version)
    assert store_lake.uids(ctx, past).to_pylist() == [2, 3]


def test_who_is_in_pages(ctx: Ctx, shop: list[Order]) -> None:
    segment_id = make(ctx, "All", {"op": "everyone"})
    first, cursor = api.members_page(ctx, segment_id, limit=3)
    assert [m.uid for m in first] == [1, 2, 3]
    assert (first[2].purchase_number, first[2].last_order_on, first[2].label) == (3, day(1), "#3")
    assert cursor == 3
    rest, end = api.members_page(ctx, segment_id, after=3, limit=3)
    assert ([m.uid for m in rest], end) == ([4], None)
    assert [s.name for s in api.of_person(ctx, 4)] == ["All"]
