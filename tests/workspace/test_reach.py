"""A store manager sees the store's customers, masked; reaching further is refused and written down."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from tests.conftest import app_of
from tests.profiles.conftest import Shop, day

from regulars.workspace import api as workspace
from regulars.workspace import api_access
from regulars.workspace.contract import Reach

WORDS = "four plain words here"
ANN, BEN = "phone:13800138001", "phone:13800138002"


@pytest.fixture
def shop(house, make_ctx, clock) -> Shop:
    """Return a shop where Ann bought in store S1 and Ben in store S2."""
    opened = Shop(house.db, make_ctx, clock)
    line = {"item_id": "tea", "quantity": 1, "amount_fen": 1000, "unit_price": "10.0"}
    for number, (who, store) in enumerate(((ANN, "S1"), (BEN, "S2"))):
        props = {"order_id": f"o{number}", "store": store, "total_fen": 1000, "currency": "GBP", "lines": [line]}
        opened.send("order.placed", props, who, at=day("2011-12-01"))
    opened.settle()
    return opened


@pytest.fixture
def manager(house, shop) -> TestClient:
    """Return the browser of S1's store manager, who took an invitation."""
    with house.ctx(1) as ctx:
        _, token = api_access.invite(ctx, "lin@shop.com", "store_manager", Reach(frozenset({1}), frozenset({"S1"})))
    with house.ctx() as ctx:
        api_access.accept(ctx, token, "Lin", WORDS)
    browser = TestClient(app_of(house), raise_server_exceptions=False)
    assert browser.post("/api/login", json={"email": "lin@shop.com", "password": WORDS}).status_code == 200
    browser.headers["X-CSRF-Token"] = browser.get("/api/me").json()["csrf"]
    return browser


def _refused(house):
    with house.ctx() as ctx:
        rows = ctx.tx.execute(
            "select actor_name, brand_id, object_id, after->>'status' as status from audit_entry"
            " where action = 'access.refused' order by id"
        ).fetchall()
    return [(r["actor_name"], r["brand_id"], r["object_id"], r["status"]) for r in rows]


def test_the_list_holds_the_stores_own_customers_with_masked_phones(manager, shop):
    (row,) = manager.get("/api/customers").json()["items"]
    assert row["uid"] == shop.uid(ANN)
    assert row["label"] == "138****8001"
    page = manager.get(f"/api/customers/{row['uid']}").json()
    assert "13800138001" not in str(page)
    assert manager.get("/api/customers", params={"q": "13800138002"}).json()["items"] == []


def test_reaching_for_another_store_by_url_finds_nothing_and_is_written_down(house, manager, shop):
    ann, ben = shop.uid(ANN), shop.uid(BEN)
    for path in (f"/api/customers/{ben}", f"/api/customers/{ben}/orders"):
        assert manager.get(path).status_code == 404, path
    (identifier,) = manager.get(f"/api/customers/{ann}").json()["identifiers"]
    asked = {"identifier_id": identifier["id"], "reason": "a call back"}
    assert manager.post(f"/api/customers/{ann}/unmask", json=asked).status_code == 403
    assert manager.get("/api/customers", headers={"X-Brand-Id": "2"}).status_code == 403
    assert _refused(house) == [
        ("Lin", 1, f"/api/customers/{ben}", "404"),
        ("Lin", 1, f"/api/customers/{ben}/orders", "404"),
        ("Lin", 1, f"/api/customers/{ann}/unmask", "403"),
        ("Lin", 2, "/api/customers", "403"),
    ]


def test_an_administrator_who_mistypes_leaves_no_refusal(house, client, shop):
    assert client.get("/api/customers/999999").status_code == 404
    assert _refused(house) == []
    with house.ctx(1) as ctx:
        key = workspace.add_api_key(ctx, "weak", ["insight.read"])
    machine = TestClient(app_of(house), headers={"Authorization": f"Bearer {key}"})
    assert machine.get("/api/customers").status_code == 403
    assert _refused(house) == [("weak", 1, "/api/customers", "403")]
