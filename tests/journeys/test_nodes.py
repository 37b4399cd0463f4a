"""What each kind of node does for the people who come to it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.channels.counting import Killed, per_person
from tests.journeys import shop
from tests.journeys.drawn import CART, ORDER, VIEW, edges, everything, message, node

from regulars.channels import api_notices
from regulars.core.errors import BadInput, Conflict
from regulars.journeys import api, api_journeys
from regulars.journeys.graph import node_kinds
from regulars.profiles import api as profiles
from regulars.profiles.contract import AttributeFact
from regulars.tags import api as tags
from regulars.tags import api_setting
from regulars.workspace import api as workspace


def one_node(kind, ways, settings=None, **config):
    """Draw: who carts comes to a node, each of whose ways leads to an end of its own."""
    ends = [node(f"to_{way}", "exit") for way in ways]
    return {
        "nodes": [node("cart", "entry_event", match={"event": "cart.added"}), node("it", kind, **config), *ends],
        "edges": edges("cart.entered > it", *(f"it.{way} > to_{way}" for way in ways)),
        "settings": settings or {},
    }


def entered_by(kind, settings=None, **config):
    """Draw: whoever this entry lets in ends at once."""
    return {
        "nodes": [node("in", kind, **config), node("end", "exit")],
        "edges": edges("in.entered > end"),
        "settings": settings or {},
    }


def born(world, days):
    """Write birthdays: uid -> month * 100 + day."""
    with world.db.tx() as tx:
        ctx = world.make_ctx(tx)
        facts = [AttributeFact(uid, "birth_md", str(day), ctx.now, ctx.today) for uid, day in days.items()]
        profiles.record_attributes(ctx, facts)
        profiles.rebuild(ctx, None)


def test_every_kind_says_what_it_is_in_both_languages_and_every_setting_has_a_title():
    kinds = list(node_kinds())
    assert len(kinds) >= 27
    for kind in kinds:
        assert kind.title.zh != kind.title.en
        for name, field in kind.Config.model_json_schema()["properties"].items():
            assert field.get("title", name), (kind.key, name)


def test_a_wait_before_the_deadline_that_the_event_tells(world):
    a, b, c = world.people(3)
    graph = one_node("wait_deadline", ["waited", "missed"], of="pay_by", hours=2)
    graph["nodes"][0]["config"] = {"match": {"event": "order.created"}}
    journey = world.publish(graph)
    start = datetime(2011, 12, 10, 12, tzinfo=UTC)
    for uid, hours in ((a, 5), (b, 1), (c, None)):
        told = {"pay_by": (start + timedelta(hours=hours)).isoformat()} if hours else {}
        world.do("order.created", [uid], order_id=f"o{uid}", amount_fen=100, **told)
    assert (world.counts(journey)["it"].waiting, world.counts(journey)["it"].ways) == (1, {"missed": 2})
    world.settle(hours=2, minutes=59)
    assert world.counts(journey)["it"].waiting == 1
    world.settle(minutes=2)
    assert world.counts(journey)["it"].ways == {"missed": 2, "waited": 1}


def test_a_wait_for_the_birthday_is_as_long_as_each_needs(world):
    a, b, c = world.people(3)
    born(world, {a: 1220, b: 1215})  # it is 10 December
    journey = world.publish(one_node("wait_date", ["waited", "missed"], field="person.birth_md", days=3, at="09:00"))
    world.do("cart.added", [a, b, c], **CART)
    assert (world.counts(journey)["it"].waiting, world.counts(journey)["it"].ways) == (2, {"missed": 1})
    world.settle(days=2)
    assert world.counts(journey)["it"].ways == {"missed": 1, "waited": 1}
    world.settle(days=5)
    assert world.counts(journey)["it"].ways == {"missed": 1, "waited": 2}


def test_who_waits_for_a_time_of_their_own_still_leaves_when_they_buy(world, tmp_path):
    book = tmp_path / "book"
    a, b = world.people(2)
    graph = {
        "nodes": [node("cart", "entry_event", match={"event": "cart.added"}),
                  node("it", "wait_deadline", hours=3, side="after"), message("told", book), node("end", "exit")],
        "edges": edges("cart.entered > it", "it.waited > told", "it.missed > end", "told.messaged > end"),
        "settings": {"exits": [{"event": "order.placed"}]},
    }  # fmt: skip
    journey = world.publish(graph)
    world.do("cart.added", [a, b], **CART)
    world.do("order.placed", [a], **ORDER)
    world.settle(hours=4)
    assert (dict(per_person(book)), world.counts(journey)["it"].exited) == ({b: 1}, 1)


def test_business_hours_open_on_the_next_day_that_counts(world):
    [a] = world.people(1)
    journey = world.publish(one_node("wait_window", ["waited"], days=["mon"], start="10:00", end="12:00"))
    world.do("cart.added", [a], **CART)  # a Saturday noon
    world.settle(days=1, hours=21)
    assert world.counts(journey)["it"].waiting == 1
    world.settle(hours=2)
    assert world.counts(journey)["it"].ways == {"waited": 1}


def test_several_conditions_part_people_by_the_first_that_holds(world):
    a, b = world.people(2)
    with world.db.tx() as tx:
        shop.buy(world.make_ctx(tx), [(a, date(2011, 11, 1), 9_000)])
    did = {"op": "did", "relation": "order", "window": {"kind": "ever"}}
    rich = {"op": "ge", "field": "person.net_fen", "value": 5_000}
    branches = [{"name": "rich", "rule": rich}, {"name": "buyer", "rule": did}]
    journey = world.publish(one_node("condition_many", ["rich", "buyer", "else"], branches=branches))
    world.do("cart.added", [a, b], **CART)
    assert world.counts(journey)["it"].ways == {"rich": 1, "else": 1}


def test_an_experiment_sends_everybody_the_way_that_reached_the_goal(world):
    first = world.people(60)
    shares = [{"name": "a", "bp": 5_000}, {"name": "b", "bp": 5_000}]
    graph = one_node("experiment", ["a", "b"], {"goal": {"event": "page.viewed"}, "leave_at_goal": False},
                     experiment="hello", shares=shares, after_people=50, after_days=1)  # fmt: skip
    journey = world.publish(graph)
    world.do("cart.added", first, **CART)
    ways = dict(world.counts(journey)["it"].ways)
    assert min(ways.values()) > 15
    with world.db.tx() as tx:
        in_b = [r["uid"] for r in world.make_ctx(tx).tx.execute("select uid from arm where arm = 'b'").fetchall()]
    world.do("page.viewed", in_b, **VIEW)
    with world.db.tx() as tx:
        later = shop.people(world.make_ctx(tx), 20, first=50_000)
    world.do("cart.added", later[:10], **CART)
    assert world.counts(journey)["it"].ways["a"] > ways["a"], "a day is waited for before it is decided"
    world.settle(days=1, hours=1)
    before = dict(world.counts(journey)["it"].ways)
    world.do("cart.added", later[10:], **CART)
    assert world.counts(journey)["it"].ways == {"a": before["a"], "b": before["b"] + 10}
    with world.db.tx() as tx:
        assert api_journeys.reached(world.make_ctx(tx), journey) == len(in_b)


def test_a_jump_goes_back_so_often_and_then_on(world, tmp_path):
    book = tmp_path / "book"
    [a] = world.people(1)
    graph = {
        "nodes": [node("cart", "entry_event", match={"event": "cart.added"}), message("told", book),
                  node("day", "wait_for", days=1), node("back", "jump", times=2), node("end", "exit")],
        "edges": edges("cart.entered > told", "told.messaged > day", "day.waited > back", "back.again > told",
                       "back.enough > end"),
    }  # fmt: skip
    journey = world.publish(graph)
    world.do("cart.added", [a], **CART)
    world.settle(days=6)
    assert dict(per_person(book)) == {a: 3}
    assert world.counts(journey)["back"].ways == {"again": 2, "enough": 1}


def test_a_tag_is_set_says_by_what_and_goes_after_its_days(world):
    [a] = world.people(1)
    with world.db.tx() as tx:
        drafted = tags.Draft("Care", "", "", "", {"origin": "manual", "values": [{"label": "hot"}]})
        tag = tags.create(world.make_ctx(tx), drafted)
    world.publish(one_node("tag_add", ["tagged"], tag_id=tag.id, value=1, days=3))
    world.do("cart.added", [a], **CART)
    world.settle()
    with world.db.tx() as tx:
        ctx = world.make_ctx(tx)
        [(value, _)] = profiles.tags(ctx, a).values()
        told = ctx.tx.execute("select props from event_log where type = 'person.tagged'").fetchall()
        [job] = ctx.tx.execute("select payload from job where name = 'tags.expire'").fetchall()
    assert value == "1"
    assert told[0]["props"]["by"].startswith("journey-")
    with world.db.tx() as tx:
        api_setting.expire(
            world.make_ctx(tx), job["payload"]["tag_id"], datetime.fromisoformat(job["payload"]["at"]), "x"
        )
    world.settle()
    with world.db.tx() as tx:
        assert not any(value for value, _ in profiles.tags(world.make_ctx(tx), a).values())


def test_a_field_is_written_as_a_source_would_and_an_event_is_said(world):
    [a] = world.people(1)
    world.publish(one_node("field_update", ["updated"], field="care_stage", value="second"))
    world.publish(one_node("event", ["emitted"], name="second order care"))
    follows = {"op": "eq", "field": "event:journey.reached.name", "value": "second order care"}
    follower = world.publish(entered_by("entry_event", match={"event": "journey.reached", "where": follows}))
    world.do("cart.added", [a], **CART)
    world.settle()
    with world.db.tx() as tx:
        rows = (
            world.make_ctx(tx)
            .tx.execute("select props from event_log where source = 'journeys' and type = 'person.identified'")
            .fetchall()
        )
    assert [row["props"] for row in rows] == [{"care_stage": "second"}]
    assert world.counts(follower)["in"].came == 1
    with world.db.tx() as tx:
        ctx = world.make_ctx(tx)
        personal = api_journeys.create(ctx, "No", one_node("field_update", ["updated"], field="phone", value="1"))
        with pytest.raises(BadInput, match="personal"):
            api_journeys.publish(ctx, personal.id)


def test_gates_part_who_got_enough(world, tmp_path):
    book = tmp_path / "book"
    a, b = world.people(2)
    told = {
        "nodes": [node("in", "entry_event", match={"event": "page.viewed"}), message("told", book),
                  node("end", "exit")],
        "edges": edges("in.entered > told", "told.messaged > end"), "settings": {"again_after_days": 0},
    }  # fmt: skip
    world.publish(told)
    frequent = world.publish(one_node("frequency_gate", ["passed", "too_often"], messages=2, days=7))
    tired = world.publish(one_node("fatigue_gate", ["fresh", "tired"], messages=2, days=7))
    world.do("page.viewed", [a], **VIEW)
    world.settle(hours=1)
    world.do("page.viewed", [a], **VIEW)
    world.settle(hours=1)
    assert dict(per_person(book)) == {a: 2}
    world.do("cart.added", [a, b], **CART)
    assert world.counts(frequent)["it"].ways == {"passed": 1, "too_often": 1}
    assert world.counts(tired)["it"].ways == {"fresh": 1, "tired": 1}


def test_the_staff_hear_how_many_came(world):
    a, b = world.people(2)
    with world.db.tx() as tx:
        workspace.set_setting(world.make_ctx(tx), "notices", {"language": "en", "groups": {"journeys": [7]}})
    world.publish(one_node("notice", ["told"], text="{people} carts are waiting"))
    world.do("cart.added", [a, b], **CART)
    with world.db.tx() as tx:
        assert [one.text for one in api_notices.recent(world.make_ctx(tx))] == ["2 carts are waiting"]


def test_a_schedule_lets_the_segment_in_every_week_until_the_journey_is_finished(world):
    uids = world.people(3)
    with world.db.tx() as tx:
        everybody = shop.segment(world.make_ctx(tx), uids)
    graph = entered_by("entry_schedule", {"again_after_days": 6}, segment_id=everybody, days=["mon"], at="09:00")
    journey = world.publish(graph)
    world.settle(days=1)
    assert world.counts(journey)["in"].came == 0
    world.settle(days=8)
    assert world.counts(journey)["in"].ways == {"entered": 6}
    with world.db.tx() as tx:
        ctx = world.make_ctx(tx)
        api_journeys.publish(ctx, journey)
    world.settle(days=7)
    assert world.counts(journey)["in"].ways == {"entered": 9}, "the older version's time has ended"
    with world.db.tx() as tx:
        api_journeys.finish(world.make_ctx(tx), journey)
    world.settle(hours=1)
    with world.db.tx() as tx:
        assert api_journeys.get(world.make_ctx(tx), journey).state == "done"


def test_a_birthday_lets_in_days_before_and_missed_days_are_made_up(world):
    a, b, c = world.people(3)
    born(world, {a: 1213, b: 1214, c: 1220})
    journey = world.publish(entered_by("entry_date", field="person.birth_md", days=2, at="09:00"))
    world.settle(hours=12)
    assert world.counts(journey)["in"].came == 0
    world.clock.advance(timedelta(days=2))  # nothing runs on the 11th
    world.settle()
    assert world.counts(journey)["in"].came == 2
    world.settle(days=5, hours=12)
    assert world.counts(journey)["in"].came == 3


def test_who_joins_or_leaves_a_segment_enters(world):
    a, b = world.people(2)
    with world.db.tx() as tx:
        ctx = world.make_ctx(tx)
        one, other = shop.segment(ctx, [a]), shop.segment(ctx, [b])
    joined = world.publish(entered_by("entry_segment_change", segment_id=one))
    left = world.publish(entered_by("entry_segment_change", segment_id=one, change="left"))
    for number, segment_id in enumerate((one, other)):
        world.do("segment.changed", [None], segment_id=segment_id, version=number + 2, joined=[a, b], left=[b])
    assert (world.counts(joined)["in"].came, world.counts(left)["in"].came) == (2, 1)


def test_the_end_of_one_journey_is_the_beginning_of_another(world):
    a, b = world.people(2)
    first = world.publish(one_node("condition", ["yes", "no"], rule={"op": "known", "field": "person.first_order_on"}))
    only_no = world.publish(entered_by("entry_journey", journey_id=first, node="to_no"))
    world.publish(entered_by("entry_journey", journey_id=first, node="to_yes"))
    world.do("cart.added", [a, b], **CART)
    world.settle()
    assert world.counts(only_no)["in"].came == 2
    assert world.counts(only_no)["end"].ended == 2


def test_a_person_is_in_one_journey_of_a_group_and_the_more_urgent_takes_over(world, tmp_path):
    care, chase = tmp_path / "care", tmp_path / "chase"
    a, b = world.people(2)

    def drawn(event, book, priority):
        return {
            "nodes": [node("in", "entry_event", match={"event": event}), node("hold", "wait_for", hours=2),
                      message("told", book), node("end", "exit")],
            "edges": edges("in.entered > hold", "hold.waited > told", "told.messaged > end"),
            "settings": {"exclusion": "after sale", "priority": priority, "again_after_days": 0},
        }  # fmt: skip

    low = world.publish(drawn("cart.added", care, 2))
    high = world.publish(drawn("page.viewed", chase, 4))
    world.do("cart.added", [a, b], **CART)
    world.do("page.viewed", [a], **VIEW)
    world.do("cart.added", [a], **CART)  # the less urgent one does not get them back meanwhile
    world.settle(hours=3)
    assert (dict(per_person(care)), dict(per_person(chase))) == ({b: 1}, {a: 1})
    assert world.counts(low)["hold"].exited == 1
    world.do("cart.added", [a], **CART)
    world.settle(hours=3)
    assert dict(per_person(care)) == {a: 1, b: 1}, "once it is over they may come again"
    assert world.counts(high)["end"].ended == 1


def test_no_more_enter_than_the_journey_takes(world):
    uids = world.people(5)
    graph = entered_by("entry_event", {"most_people": 4, "most_a_day": 3}, match={"event": "cart.added"})
    journey = world.publish(graph)
    world.do("cart.added", uids, **CART)
    assert world.counts(journey)["in"].came == 3
    world.settle(days=1)
    world.do("cart.added", uids, **CART)
    assert world.counts(journey)["in"].came == 4


def test_a_caller_names_people_and_each_comes_once(world):
    a, b = world.people(2)
    journey = world.publish(entered_by("entry_api"))
    with world.db.tx() as tx:
        ctx = world.make_ctx(tx)
        assert [api_journeys.enter(ctx, journey, [a, b, 999_999]), api_journeys.enter(ctx, journey, [a])] == [2, 0]
    world.settle()
    assert world.counts(journey)["end"].ended == 2
    with world.db.tx() as tx:
        ctx = world.make_ctx(tx)
        api_journeys.finish(ctx, journey)
        with pytest.raises(Conflict):
            api_journeys.enter(ctx, journey, [b])


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.sampled_from(["cart", "call", "view", "buy", "time", "die", "again"]), st.integers(0, 5)),
        min_size=5, max_size=16,
    )
)  # fmt: skip
@example([("cart", 5), ("call", 1), ("time", 1), ("die", 3), ("view", 2), ("time", 2), ("again", 0), ("buy", 1)])
def test_whatever_happens_everybody_is_in_one_place(world, tmp_path_factory, steps):
    book = tmp_path_factory.mktemp("walk") / "book"
    uids = world.people(6)
    journey = world.publish(everything(book))
    events = {"cart": ("cart.added", CART), "view": ("page.viewed", VIEW), "buy": ("order.placed", ORDER)}
    for what, n in steps:
        if what in events:
            event, props = events[what]
            world.do(event, uids[: n + 1] if n % 2 else [uids[n]], **props)
        elif what == "time":
            world.settle(hours=1 + 5 * n)
        elif what == "die":
            world.clock.advance(timedelta(hours=2))
            try:
                api.drain(shop.Dying(world.db, 1 + n, after=n % 2 == 0), world.make_ctx)
            except Killed:
                world.clock.advance(timedelta(minutes=20))
        else:
            with world.db.tx() as tx:
                ctx = world.make_ctx(tx)
                if what == "call":
                    api_journeys.enter(ctx, journey, uids[: n + 1])
                else:
                    api_journeys.publish(ctx, journey)
            world.settle()
        counts = world.counts(journey)
        with world.db.tx() as tx:
            entered = api_journeys.enrolled(world.make_ctx(tx), journey)
        assert counts["cart"].came + counts["called"].came == entered
        assert max(per_person(book).values(), default=0) <= 2 * len(steps)
    world.settle(days=4)
    counts = world.counts(journey)
    assert sum(one.waiting for one in counts.values()) == 0
    assert sum(one.exited + one.ended for one in counts.values()) == entered
    with world.db.tx() as tx:
        claims = world.make_ctx(tx).tx.execute("select count(*) as n from journey_claim").fetchone()
    assert claims["n"] == 0, "who has ended is free for other journeys"


def test_who_the_first_channel_does_not_reach_is_sent_to_by_the_next(world, tmp_path):
    book = tmp_path / "book"
    a, b = world.people(2)
    with world.db.tx() as tx:
        ctx = world.make_ctx(tx)
        shop.consent(ctx, [b], state="withdrawn", at=ctx.now)
    by_book = message("told", book)["config"]
    by_mail = {"channel": "email", "config": {"account_id": 1, "sender": "us@shop.example"}, "message": {"body": "Hi"}}
    for first, second in ((by_mail, by_book), (by_book, by_mail)):
        graph = {
            "nodes": [node("cart", "entry_event", match={"event": "cart.added"}),
                      node("told", "message", **first, fallback=[second]), node("end", "exit")],
            "edges": edges("cart.entered > told", "told.messaged > end"),
        }  # fmt: skip
        journey = world.publish(graph)
        with world.db.tx() as tx:
            stored = api_journeys.get(world.make_ctx(tx), journey).graph
        assert "hush" not in str(stored), "the secrets of every channel are sealed"
        world.do("cart.added", [a, b], **CART)
        sent = world.counts(journey)["told"].sent
        assert (sent["sent"], sent["suppressed"]) == (1, 1), "each is counted by one channel"
    assert dict(per_person(book)) == {a: 2}
