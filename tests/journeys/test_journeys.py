"""Journeys of their own: people come in by events, wait, are asked, are told, leave when they buy, come again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.channels.counting import Killed, per_person
from tests.depth import depth
from tests.journeys import shop
from tests.journeys.drawn import CART, ORDER, VIEW, chase, edges, message, node

from regulars.app.boot import load_rooms
from regulars.core.errors import BadInput, Conflict, Unavailable
from regulars.infra.lake import LakeClient
from regulars.journeys import api, api_journeys, api_review


@pytest.fixture(scope="module", autouse=True)
def rooms():
    load_rooms()


def test_an_event_lets_people_in_and_what_they_do_next_decides(world, tmp_path):
    book = tmp_path / "book"
    a, b, c = world.people(3)
    journey = world.publish(chase(book))
    world.do("cart.added", [a, b, c], **CART)
    world.do("page.viewed", [a], **VIEW)
    assert world.counts(journey)["hold"].ways == {"happened": 1}
    world.do("order.placed", [b], **ORDER)
    world.settle(hours=3)
    counts = world.counts(journey)
    assert (counts["hold"].ways, counts["hold"].exited) == ({"happened": 1, "timed_out": 1}, 1)
    assert dict(per_person(book)) == {c: 1}
    world.settle(days=1, hours=1)
    assert dict(per_person(book)) == {c: 2}
    assert world.counts(journey)["end"].ended == 2


def test_only_events_that_say_so_count(world, tmp_path):
    book = tmp_path / "book"
    a, b = world.people(2)
    graph = chase(book)
    mug = {"op": "eq", "field": "event:cart.added.item_id", "value": "mug"}
    graph["nodes"][0]["config"]["match"]["where"] = mug
    graph["settings"] = {"goal": {"event": "order.placed"}, "leave_at_goal": True}
    journey = world.publish(graph)
    world.do("cart.added", [a], **CART)
    world.do("cart.added", [b], **{**CART, "item_id": "hat"})
    world.settle(days=4)
    assert (dict(per_person(book)), world.counts(journey)["cart"].came) == ({a: 2}, 1)


def test_who_comes_again_walks_again_but_not_too_soon(world, tmp_path):
    book = tmp_path / "book"
    [a] = world.people(1)
    journey = world.publish(chase(book))
    world.do("cart.added", [a], **CART)
    world.do("cart.added", [a], **CART)
    world.settle(days=3)
    assert dict(per_person(book)) == {a: 2}
    world.do("cart.added", [a], **CART)
    world.settle(days=5)
    assert dict(per_person(book)) == {a: 2}
    world.do("cart.added", [a], **CART)
    world.settle(days=3)
    assert dict(per_person(book)) == {a: 4}
    assert world.counts(journey)["cart"].came == 2


def test_buying_before_the_call_means_no_call(world, tmp_path):
    book = tmp_path / "book"
    [a] = world.people(1)
    journey = world.publish(chase(book))
    world.do("cart.added", [a], **CART)
    world.clock.advance(timedelta(hours=3))
    with world.db.tx() as tx:
        while api.advance(world.make_ctx(tx, 0)):
            pass
    world.do("order.placed", [a], **ORDER)
    assert dict(per_person(book)) == {}
    assert world.counts(journey)["told"].sent["suppressed"] == 1


def test_a_new_version_is_for_who_comes_now(world, tmp_path):
    book, other = tmp_path / "book", tmp_path / "other"
    a, b = world.people(2)
    journey = world.publish(chase(book))
    world.do("cart.added", [a], **CART)
    with world.db.tx() as tx:
        ctx = world.make_ctx(tx)
        api_journeys.update(ctx, journey, "Chase", chase(other))
        api_journeys.publish(ctx, journey)
    world.do("cart.added", [b], **CART)
    world.settle(hours=3)
    assert (dict(per_person(book)), dict(per_person(other))) == ({a: 1}, {b: 1})


def test_held_people_stand_still_and_a_stopped_journey_reaches_nobody(world, tmp_path):
    book = tmp_path / "book"
    [a] = world.people(1)
    journey = world.publish(chase(book))
    world.do("cart.added", [a], **CART)
    with world.db.tx() as tx:
        api_journeys.pause(world.make_ctx(tx), journey)
    world.settle(hours=3)
    assert dict(per_person(book)) == {}
    with world.db.tx() as tx:
        api_journeys.resume(world.make_ctx(tx), journey)
    world.settle()
    assert dict(per_person(book)) == {a: 1}
    with world.db.tx() as tx:
        ctx = world.make_ctx(tx)
        assert api_journeys.stop(ctx, journey).state == "stopped"
        with pytest.raises(Conflict, match="stopped"):
            api_journeys.resume(ctx, journey)
    world.settle(days=2)
    assert dict(per_person(book)) == {a: 1}


def test_conditions_and_shares_part_people(world, tmp_path):
    everybody = world.people(42)
    bought, never = everybody[:2], everybody[2:]
    with world.db.tx() as tx:
        ctx = world.make_ctx(tx)
        shop.buy(ctx, [(uid, date(2011, 11, 1), 5_000) for uid in bought])
        rule = {"op": "did", "relation": "order", "window": {"kind": "ever"}}
        graph = {
            "nodes": [
                node("in", "entry_segment", segment_id=shop.segment(ctx, [*bought, *never])),
                node("buyer", "condition", rule=rule),
                node("half", "split", experiment="halves",
                     shares=[{"name": "a", "bp": 5_000}, {"name": "b", "bp": 5_000}]),
                node("end", "exit"),
            ],
            "edges": edges("in.entered > buyer", "buyer.yes > end", "buyer.no > half", "half.a > end", "half.b > end"),
        }  # fmt: skip
        journey = api_journeys.publish(ctx, api_journeys.create(ctx, "Part", graph).id)
    world.settle()
    counts = world.counts(journey.id)
    assert counts["buyer"].ways == {"yes": 2, "no": 40}
    assert set(counts["half"].ways) == {"a", "b"}
    with world.db.tx() as tx:
        assert api_journeys.get(world.make_ctx(tx), journey.id).state == "done"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda g: g["nodes"].pop(0), "Nobody can enter"),
        (lambda g: g["edges"].pop(0), "leads nowhere"),
        (lambda g: g["nodes"][1]["config"].pop("hours"), "no end"),
        (lambda g: g["nodes"][0]["config"].update(match={"event": "cart.eaten"}), "no event cart.eaten"),
        (lambda g: g["edges"].__setitem__(1, {"from": "told", "way": "messaged", "to": "told"}), "leads"),
        (lambda g: g["nodes"].append(node("alone", "exit")), "Nobody gets to alone"),
    ],
)
def test_what_is_wrong_is_said_and_not_published(ctx, tmp_path, change, said):
    graph = chase(tmp_path / "book")
    change(graph)
    journey = api_journeys.create(ctx, "Chase", graph)
    assert any(said in found.message for found in api_journeys.problems(ctx, journey.id))
    with pytest.raises(BadInput):
        api_journeys.publish(ctx, journey.id)


@settings(max_examples=depth(8, 60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.sampled_from(["cart.added", "page.viewed", "order.placed", "time"]), st.integers(0, 5)),
        min_size=5, max_size=25,
    )
)  # fmt: skip
def test_everybody_is_in_one_place_and_nobody_is_told_a_thing_twice(world, tmp_path_factory, steps):
    book = tmp_path_factory.mktemp("walk") / "book"
    uids = world.people(6)
    journey = world.publish(chase(book))
    props = {"cart.added": CART, "page.viewed": VIEW, "order.placed": ORDER}
    for what, n in steps:
        if what == "time":
            world.settle(hours=1 + 7 * n)
        else:
            world.do(what, uids[: n + 1] if n % 2 else [uids[n]], **props[what])
        counts = world.counts(journey)
        with world.db.tx() as tx:
            assert counts["cart"].came == api_journeys.enrolled(world.make_ctx(tx), journey)
    entered = counts["cart"].came
    assert sum(per_person(book).values()) <= 2 * entered
    assert all(times <= 2 * len(steps) for times in per_person(book).values())
    world.settle(days=30)
    assert sum(one.waiting for one in world.counts(journey).values()) == 0


def test_over_http_a_drawing_says_what_is_wrong_until_it_is_right(client, house, tmp_path):
    graph = chase(tmp_path / "book")
    graph["nodes"][2]["config"]["config"] = {"path": str(tmp_path / "book"), "trouble": []}
    missing = {**graph, "edges": graph["edges"][:-1]}
    made = client.post("/api/journeys", json={"name": "Chase", "graph": missing})
    assert made.status_code == 201, made.text
    path = f"/api/journeys/{made.json()['id']}"
    assert [(p["node"], p["hint"]) for p in made.json()["problems"]] == [("again", "Connect it to a node.")]
    refused = client.post(f"{path}/publish")
    assert (refused.status_code, refused.json()["code"]) == (422, "journey.graph")
    assert client.put(path, json={"name": "Chase", "graph": graph}).json()["problems"] == []
    assert client.post(f"{path}/publish").json()["state"] == "live"
    assert client.get(f"{path}/counts").json()["entered"] == 0
    assert client.post(f"{path}/state/pause").json()["state"] == "paused"
    assert client.post(f"{path}/state/pause").status_code == 409
    assert [one["name"] for one in client.get("/api/journeys").json()["items"]] == ["Chase"]
    kinds = {one["key"]: one["entry"] for one in client.get("/api/journey-nodes").json()}
    assert (kinds["entry_event"], kinds["wait_for"]) == (True, False)


@pytest.mark.parametrize("after", [False, True])
def test_killed_at_any_commit_nobody_is_told_twice(world, tmp_path, after):
    book = tmp_path / "book"
    uids = world.people(8)
    journey = world.publish(chase(book))
    world.do("cart.added", uids, **CART)
    world.clock.advance(timedelta(hours=3))
    for at in range(1, 30):
        dying = shop.Dying(world.db, at, after=after)
        try:
            api.drain(dying, world.make_ctx)
            break
        except Killed:
            world.counts(journey)
            world.clock.advance(timedelta(minutes=10))
    world.settle(hours=2)
    assert dict(per_person(book)) == dict.fromkeys(uids, 1)


def test_a_lake_that_is_away_costs_nobody_their_turn(world, tmp_path):
    book = tmp_path / "book"
    uids = world.people(4)
    with world.db.tx() as tx:
        everybody = shop.segment(world.make_ctx(tx), uids)
    graph = {
        "nodes": [node("in", "entry_segment", segment_id=everybody), message("told", book), node("end", "exit")],
        "edges": edges("in.entered > told", "told.messaged > end"),
    }
    world.publish(graph)

    def away(tx, brand_id=1):
        return replace(world.make_ctx(tx, brand_id), lake=LakeClient("http://127.0.0.1:1", "nobody"))

    with pytest.raises(Unavailable):
        api.drain(world.db, away)
    api.drain(world.db, world.make_ctx)  # the clock stands still: nothing was put off
    assert dict(per_person(book)) == dict.fromkeys(uids, 1)


def test_where_approval_is_asked_for_somebody_else_looks_before_it_is_published(client, house, tmp_path):
    graph = chase(tmp_path / "book")
    graph["nodes"][2]["config"]["config"] = {"path": str(tmp_path / "book"), "trouble": []}
    made = client.post("/api/journeys", json={"name": "Chase", "graph": graph}).json()
    path = f"/api/journeys/{made['id']}"
    assert (made["approval"], made["review"], made["ways"]["hold"]) == (False, None, ["happened", "timed_out"])
    assert client.put("/api/journey-approval", json={"asked": True}).json() == {"asked": True}
    assert client.post(f"{path}/publish").json()["code"] == "journey.review"
    asked = client.post(f"{path}/review").json()["review"]
    assert (asked["state"], asked["current"]) == ("asked", True)
    alone = client.post(f"{path}/review/approve", json={})
    assert (alone.status_code, alone.json()["hint"]) == (409, "Ask a colleague.")

    def colleague_approves():
        with house.ctx(1) as ctx:
            return api_review.decide(ctx, made["id"], approve=True, note="fine")

    colleague_approves()
    changed = {**graph, "settings": {**graph["settings"], "again_after_days": 1}}
    assert client.put(path, json={"name": "Chase", "graph": changed}).json()["review"]["current"] is False
    assert client.post(f"{path}/publish").status_code == 409
    client.post(f"{path}/review")
    colleague_approves()
    moved = {**changed, "nodes": [{**one, "x": 7} for one in changed["nodes"]]}
    assert client.put(path, json={"name": "Chase", "graph": moved}).json()["review"]["by"]
    assert client.post(f"{path}/publish").json()["state"] == "live"
