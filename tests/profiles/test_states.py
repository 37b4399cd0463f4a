"""What a state says, by hand-made cases through the log."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from datetime import date
from json import dumps

import pytest
from tests.profiles.conftest import Shop, day

from regulars.core.ctx import Scope
from regulars.core.ids import new_id
from regulars.identity import api as identity
from regulars.infra.crypto import vault
from regulars.profiles import api, handlers
from regulars.profiles.contract import AttributeFact, PersonNotFound

ANN, BEN = "phone:13800138001", "phone:13800138002"


def test_orders_refunds_and_windows(shop: Shop):
    shop.order("o1", [("tea", 2, 1000), ("cup", 1, 500)], ANN, at=day("2011-11-11"), category="drinks")
    shop.order("o2", [("tea", 1, 450)], ANN, at=day("2011-12-03"), category="drinks")  # 7 days before today
    shop.order("o3", [("tea", 1, 470)], ANN, at=day("2011-12-04"), category="food")  # inside the last 7 days
    shop.refund("r1", [("tea", 1, 500)], ANN, at=day("2011-11-20"))
    shop.refund("r2", [("cup", 2, 1000)], ANN, at=day("2011-12-05"))  # only one was bought
    shop.settle()
    state = shop.state(ANN)
    assert state["purchase_number"] == state["ladder_step"] == 3
    assert (state["gross_fen"], state["refunded_fen"], state["net_fen"]) == (2420, 1000, 1420)
    assert state["units"] == 5 - 2
    assert state["order_days"] == [date(2011, 11, 11), date(2011, 12, 3), date(2011, 12, 4)]
    assert state["order_fens"] == [500, 450, 470]
    assert (state["orders_7d"], state["net_fen_7d"]) == (1, 470)
    assert (state["orders_30d"], state["net_fen_30d"]) == (3, 1420)
    assert (state["first_order_on"], state["last_order_on"]) == (date(2011, 11, 11), date(2011, 12, 4))
    assert state["favourite_category"] == "drinks"
    assert state["last_event_on"] == date(2011, 12, 5)
    assert shop.state(ANN, 0)["net_fen"] == 1420

    with shop.db.tx() as tx:
        ctx = shop.make_ctx(tx)
        rest = api.unmatched_refunds(ctx).items
        assert [(r["document_id"], r["unmatched_quantity"], r["unmatched_fen"]) for r in rest] == [("r2", 1, 500)]
        past = ctx.lake.rows(f"SELECT * FROM {api.state_source(ctx, date(2011, 11, 20))}")[0]
    assert (past["net_fen"], past["refunded_fen"], past["orders_30d"]) == (1500, 0, 1)  # the refund is of that day
    with shop.db.tx() as tx:
        ctx = shop.make_ctx(tx)
        past = ctx.lake.rows(f"SELECT * FROM {api.state_source(ctx, date(2011, 11, 21))}")[0]
    assert (past["net_fen"], past["last_event_on"]) == (1000, date(2011, 11, 20))


def test_an_order_given_back_is_no_purchase(shop: Shop):
    shop.order("o1", [("tea", 1, 1000)], ANN, at=day("2011-12-01"))
    shop.settle()
    assert shop.state(ANN)["purchase_number"] == 1
    shop.refund("r1", [("tea", 1, 1000)], ANN, of="o1")
    shop.settle()
    state = shop.state(ANN)
    assert (state["purchase_number"], state["ladder_step"], state["net_fen"]) == (0, 0, 0)
    assert state["last_order_on"] is None
    assert (state["rfm_r"], state["rfm_f"], state["rfm_m"]) == (0, 0, 0)


def test_a_changed_order_replaces_what_was_known(shop: Shop):
    shop.order("o1", [("tea", 1, 1000), ("cup", 1, 300), ("mat", 1, 200)], ANN)
    shop.settle()
    shop.order("o1", [("tea", 2, 1800)], ANN)
    shop.order("o1", [("tea", 2, 1800)], ANN)  # once more
    shop.settle()
    state = shop.state(ANN)
    assert (state["purchase_number"], state["gross_fen"], state["units"]) == (1, 1800, 2)


def test_merge_and_unmerge(shop: Shop):
    shop.order("o1", [("tea", 1, 1000)], ANN, at=day("2011-11-01"))
    shop.order("o2", [("cup", 1, 700)], BEN, at=day("2011-11-02"))
    shop.settle()
    before = [shop.state(ANN), shop.state(BEN)]
    shop.send("person.aliased", {}, ANN, BEN)
    shop.settle()
    one = shop.state(ANN)
    assert one == shop.state(BEN)
    assert (one["purchase_number"], one["net_fen"]) == (2, 1700)
    loser = ({s["uid"] for s in before} - {one["uid"]}).pop()
    with shop.db.tx() as tx, pytest.raises(PersonNotFound):
        api.person(shop.make_ctx(tx), loser)
    shop.refund("r1", [("cup", 1, 700)], BEN, at=day("2011-11-03"))
    shop.settle()
    assert shop.state(ANN)["net_fen"] == 1000

    with shop.db.tx() as tx:
        ctx = shop.make_ctx(tx)
        ledger = identity.why(ctx, shop.uid(ANN)).ledger
        identity.unmerge(ctx, ledger_id=ledger[0].id, reason="not the same")
    shop.settle()
    assert _without_activity(shop.state(ANN)) == _without_activity(before[0])
    assert shop.state(BEN)["purchase_number"] == 0


def _without_activity(state):
    return {k: v for k, v in state.items() if k != "last_event_on"}


def test_facts_of_a_person(shop: Shop):
    shop.send("person.identified", {"gender": "female", "city": "Leeds"}, ANN, at=day("2011-11-01"))
    shop.send("person.identified", {"city": "York"}, ANN, at=day("2011-12-01"))
    shop.send("person.identified", {"city": "Hull"}, ANN, at=day("2011-11-15"), origin="late")
    shop.send("member.joined", {"member_no": "m-1", "store": "s1"}, ANN, at=day("2011-11-05"))
    shop.send("page.viewed", {"page": "home"}, ANN, at=day("2011-12-02"))
    for state, at in (("granted", "2011-11-01"), ("withdrawn", "2011-12-05"), ("granted", "2011-12-01")):
        props = {"channel": "sms", "purpose": "marketing", "state": state}
        shop.send("consent.changed", props, ANN, at=day(at))
    shop.send("consent.changed", {"channel": "email", "purpose": "marketing", "state": "granted"}, ANN)
    shop.settle()
    state = shop.state(ANN)
    assert (state["gender"], state["city"]) == ("female", "York")
    assert (state["member"], state["member_since_on"]) == (1, date(2011, 11, 5))
    assert state["consents"] == ["email:marketing"]
    assert shop.state(ANN, 0)["consents"] == []  # consent is a brand's
    assert state["last_event_on"] == date(2011, 12, 10)
    uid = shop.uid(ANN)
    with shop.db.tx() as tx:
        ctx = shop.make_ctx(tx)
        assert api.consent(ctx, [uid, 99], "email", "marketing") == {uid}
        assert api.consent(ctx, [uid], "sms", "marketing") == set()
        assert api.consent(ctx, [uid], "email", "sharing") == set()
        assert api.consent(ctx.for_brand(2), [uid], "email", "marketing") == set()


def test_personal_attributes_lie_encrypted(shop: Shop):
    shop.order("o1", [("tea", 1, 1000)], ANN)
    shop.settle()
    uid = shop.uid(ANN)
    with shop.db.tx() as tx:
        ctx = shop.make_ctx(tx)
        facts = [("name", "王小明"), ("birthday", "1990-05-17"), ("gender", "male")]
        api.record_attributes(ctx, [AttributeFact(uid, k, v, ctx.now, ctx.today) for k, v in facts])
        api.rebuild(ctx, [uid])
        rows = tx.execute("select key, value, secret from person_attribute order by key").fetchall()
        person = api.person(ctx, uid)
        exported = api.person_data.export(ctx, [uid])
    assert {r["key"]: r["value"] for r in rows} == {
        "birth_md": "517", "birthday": None, "gender": "male", "name": None,
    }  # fmt: skip
    assert person.state["birth_md"] == 517
    assert "小明" not in person.attributes["name"]
    assert {a["key"]: a["value"] for a in exported["attributes"]}["name"] == "王小明"
    assert vault()


def test_erasure_leaves_nothing_and_nothing_comes_back(shop: Shop):
    shop.order("o1", [("tea", 1, 1000)], ANN)
    shop.send("page.viewed", {"page": "home"}, ANN)
    shop.send("consent.changed", {"channel": "sms", "purpose": "marketing", "state": "granted"}, ANN)
    shop.order("o2", [("tea", 1, 1000)], BEN)
    shop.settle()
    uid = shop.uid(ANN)

    with shop.db.tx() as tx:
        gone = identity.erase(shop.make_ctx(tx), uid, "asked for it")
    assert gone["profiles"] > 0
    shop.settle()
    shop.order("o1", [("tea", 1, 1000)], ANN)  # the shop sends the old order again
    shop.settle()
    with shop.db.tx() as tx:
        ctx = shop.make_ctx(tx)
        for table in ("events", "timeline", "user_day", "orders", "person_attributes"):
            left = ctx.lake.rows(
                f"SELECT count() AS n FROM {table} FINAL WHERE suid = {uid}".replace(
                    " FINAL", "" if table in {"events", "timeline"} else " FINAL"
                )
            )
            assert left[0]["n"] == 0, table
        assert ctx.lake.rows(f"SELECT count() AS n FROM order_lines FINAL WHERE suid = {uid}")[0]["n"] == 0
        with pytest.raises(PersonNotFound):
            api.person(ctx, uid)
        assert not any(api.person_data.export(ctx, [uid]).values())
        assert sum(o["purchase_number"] for o in ctx.lake.rows("SELECT * FROM user_state WHERE brand_id = 1")) == 1


def test_brands_and_the_group(shop: Shop):
    shop.order("o1", [("tea", 1, 1000)], ANN)
    shop.order("o1", [("tea", 1, 700)], ANN, brand_id=2)
    shop.settle()
    assert shop.state(ANN)["net_fen"] == 1000
    assert shop.state(ANN, 2)["net_fen"] == 700
    assert (shop.state(ANN, 0)["net_fen"], shop.state(ANN, 0)["purchase_number"]) == (1700, 2)


def test_a_new_day_moves_the_windows(shop: Shop):
    shop.order("o1", [("tea", 1, 1000)], ANN, at=day("2011-12-04"))
    shop.settle()
    assert shop.state(ANN)["orders_7d"] == 1
    shop.clock.at = day("2011-12-11")
    told: list[int] = []
    api.on_new_states("test", lambda ctx, _: told.append(ctx.brand_id))
    with shop.db.tx() as tx:
        handlers.roll_day(shop.make_ctx(tx, 0), {})
        handlers.roll_day(shop.make_ctx(tx, 0), {})  # nothing is due any more
        assert api.state_on(shop.make_ctx(tx)) == date(2011, 12, 11)
    api.on_new_states("test", lambda ctx, _: None)
    assert told == [0]
    state = shop.state(ANN)
    assert (state["orders_7d"], state["orders_30d"], state["as_of_on"]) == (0, 1, date(2011, 12, 11))


def test_scope_limits_what_is_seen(shop: Shop):
    shop.send(
        "order.placed",
        {
            "order_id": "o1",
            "store": "north",
            "total_fen": 5,
            "lines": [{"item_id": "a", "quantity": 1, "amount_fen": 5}],
        },
        ANN,
    )  # fmt: skip
    shop.settle()
    uid = shop.uid(ANN)
    with shop.db.tx() as tx:
        ctx = shop.make_ctx(tx)
        near = replace(ctx, scope=Scope(frozenset({"*"}), stores=frozenset({"north"})))
        far = replace(ctx, scope=Scope(frozenset({"*"}), stores=frozenset({"south"})))
        assert [o.order_id for o in api.orders(near, uid).items] == ["o1"]
        assert api.search(near).total == 1
        assert api.search(far).total == 0
        with pytest.raises(PersonNotFound):
            api.person(far, uid)


def test_a_batch_sent_again_changes_nothing(shop: Shop):
    shop.order("o1", [("tea", 1, 1000)], ANN)
    shop.send("page.viewed", {"page": "home"}, ANN)
    shop.settle()

    def counted(ctx):
        tables = ("events", "timeline", "order_lines")
        rows = {t: ctx.lake.rows(f"SELECT count() AS n FROM {t}")[0]["n"] for t in tables[:2]}
        rows["order_lines"] = ctx.lake.rows("SELECT count() AS n FROM order_lines FINAL")[0]["n"]
        rows["user_day"] = ctx.lake.rows("SELECT sum(times) AS n FROM user_day")[0]["n"]
        return rows

    with shop.db.tx() as tx:
        ctx = shop.make_ctx(tx, 0)
        before = counted(ctx)
        assert before == {"events": 2, "timeline": 2, "order_lines": 1, "user_day": 2}
        tx.execute("update event_consumer set xid = 0, seq = 0 where name = 'facts'")  # as after a crash before commit
    shop.settle()
    with shop.db.tx() as tx:
        assert counted(shop.make_ctx(tx, 0)) == before


def test_sealed_attributes_reach_the_vault_and_not_the_lake(shop: Shop):
    event_id = new_id()
    sealed = vault().encrypt(dumps({"name": "Ann Smith"}), f"event:{event_id}")  # as ingest seals
    props = {"sealed": b64encode(sealed).decode(), "birth_md": 517}
    shop.send("person.identified", props, ANN, event_id=event_id)
    shop.settle()
    uid = shop.uid(ANN)
    with shop.db.tx() as tx:
        ctx = shop.make_ctx(tx)
        exported = api.person_data.export(ctx, [uid])
        assert {a["key"]: a["value"] for a in exported["attributes"]} == {"birth_md": "517", "name": "Ann Smith"}
        assert "sealed" not in ctx.lake.rows("SELECT props FROM events")[0]["props"]
    assert shop.state(ANN)["birth_md"] == 517
