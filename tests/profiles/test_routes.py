"""Customers over HTTP, as the console asks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.profiles.conftest import Shop, day

from regulars.core.errors import RegularsError
from regulars.profiles import api
from regulars.profiles.routes import router
from regulars.workspace import api as workspace

ANN, BEN = "phone:13800138001", "phone:13800138002"


class House:
    """A transaction with the system's Ctx, as boot gives it to routes."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop

    @contextmanager
    def ctx(self, brand_id: int = 0) -> Iterator:
        with self.shop.db.tx() as tx:
            yield self.shop.make_ctx(tx, brand_id)


@pytest.fixture
def client(shop: Shop) -> Iterator[TestClient]:
    shop.order("o1", [("tea", 1, 1000)], ANN, at=day("2011-11-01"))
    shop.order("o2", [("tea", 1, 500)], ANN, at=day("2011-12-01"))
    shop.refund("r9", [("cup", 1, 300)], ANN, at=day("2011-12-02"))
    shop.send("page.viewed", {"page": "home"}, ANN, at=day("2011-12-03"))
    shop.order("o3", [("tea", 1, 700)], BEN, at=day("2011-12-05"))
    shop.settle()
    app = FastAPI()
    app.include_router(router)
    app.state.house = House(shop)
    with House(shop).ctx(1) as ctx:
        key = workspace.add_api_key(ctx, "console", ["customers.read", "customers.unmask"])
    with TestClient(app, headers={"Authorization": f"Bearer {key}"}) as found:
        yield found


def test_the_list(client: TestClient, shop: Shop):
    ann, ben = shop.uid(ANN), shop.uid(BEN)
    first = client.get("/api/customers", params={"limit": 1}).json()
    assert (first["items"][0]["uid"], first["total"], first["currency"]) == (ben, 2, "GBP")
    assert "13800138002" not in first["items"][0]["label"]
    second = client.get("/api/customers", params={"limit": 1, "cursor": first["next_cursor"]}).json()
    assert [c["uid"] for c in second["items"]] == [ann]
    richest = client.get("/api/customers", params={"sort": "net_fen"}).json()["items"]
    assert [(c["uid"], c["net_fen"], c["purchase_number"]) for c in richest] == [(ann, 1500, 2), (ben, 700, 1)]
    assert [c["uid"] for c in client.get("/api/customers", params={"q": "13800138001"}).json()["items"]] == [ann]
    assert client.get("/api/customers", params={"q": "nobody"}).json()["items"] == []
    with pytest.raises(RegularsError, match="cursor"):
        client.get("/api/customers", params={"cursor": "bm90"})


@pytest.mark.parametrize("sort", ["last_order_on", "net_fen", "purchase_number"])
def test_pages_of_any_size_hold_everybody_once_those_who_never_bought_last(client: TestClient, shop: Shop, sort: str):
    for number in range(3):
        shop.send("page.viewed", {"page": "home"}, f"phone:1380013810{number}", at=day("2011-12-04"))
    shop.order("o4", [("tea", 1, 700)], "phone:13800138020", at=day("2011-12-05"))
    shop.settle()
    whole = client.get("/api/customers", params={"sort": sort}).json()
    uids = [c["uid"] for c in whole["items"]]
    assert (len(set(uids)), whole["total"]) == (6, 6)
    assert [bool(c["purchase_number"]) for c in whole["items"]] == [True] * 3 + [False] * 3
    for limit in range(1, 6):
        seen: list[int] = []
        cursor = None
        while cursor or not seen:
            params = {"sort": sort, "limit": limit} | ({"cursor": cursor} if cursor else {})
            page = client.get("/api/customers", params=params).json()
            seen += [c["uid"] for c in page["items"]]
            cursor = page["next_cursor"]
        assert seen == uids


@pytest.fixture
def loyal_panel() -> Iterator[None]:
    """Let an upper room's section stand on the page; the rooms that other tests loaded come back afterwards."""
    before = dict(api._panels)
    api.register_panel("segments", lambda ctx, uid: [{"id": 1, "name": "loyal"}])
    yield
    api._panels.clear()
    api._panels.update(before)


@pytest.mark.usefixtures("loyal_panel")
def test_one_person(client: TestClient, shop: Shop):
    ann = shop.uid(ANN)
    page = client.get(f"/api/customers/{ann}").json()
    assert page["state"]["net_fen"] == 1500
    assert page["segments"] == [{"id": 1, "name": "loyal"}]
    (identifier,) = page["identifiers"]
    assert "13800138001" not in identifier["masked"]
    told = client.post(
        f"/api/customers/{ann}/unmask", json={"identifier_id": identifier["id"], "reason": "a call back"}
    ).json()
    assert told == {"value": "13800138001"}
    with pytest.raises(RegularsError, match="no customer"):
        client.get("/api/customers/999999")


def test_orders_and_timeline(client: TestClient, shop: Shop):
    ann = shop.uid(ANN)
    orders = client.get(f"/api/customers/{ann}/orders").json()["items"]
    assert [(o["order_id"], o["net_fen"]) for o in orders] == [("o2", 500), ("o1", 1000)]
    seen, cursor = [], None
    while True:
        part = client.get(
            f"/api/customers/{ann}/timeline", params={"limit": 3, "cursor": cursor} if cursor else {"limit": 3}
        )
        seen += [(m["type"], m["title"]["zh"], m["props"].get("document_id")) for m in part.json()["items"]]
        cursor = part.json()["next_cursor"]
        if not cursor:
            break
    assert seen == [
        ("page.viewed", "浏览页面", None),
        ("order.refunded", "退款", "r9"),
        ("order.placed", "下单", "o2"),
        ("order.placed", "下单", "o1"),
    ]
    rest = client.get("/api/refunds/unmatched").json()["items"]
    assert [(r["uid"], r["document_id"], r["unmatched_fen"]) for r in rest] == [(ann, "r9", 300)]
