"""Saved views: a list's filters, sort and columns under a name, each user's own in each brand."""

from __future__ import annotations

from fastapi.testclient import TestClient
from tests.conftest import app_of

from regulars.workspace import api as workspace


def names(client: TestClient, **headers: str) -> list[str]:
    return [
        one["name"] for one in client.get("/api/me/views", params={"of": "customers"}, headers=headers).json()["items"]
    ]


def test_a_view_is_kept_replaced_by_its_name_and_removed(client: TestClient) -> None:
    body = {"of": "customers", "name": " Big spenders ", "search": "sort=net_fen", "columns": ["region"]}
    made = client.post("/api/me/views", json=body).json()
    assert (made["name"], made["search"], made["columns"]) == ("Big spenders", "sort=net_fen", ["region"])
    again = client.post("/api/me/views", json=body | {"search": "sort=net_fen&q=138"}).json()
    assert (again["id"], again["search"]) == (made["id"], "sort=net_fen&q=138")
    client.post("/api/me/views", json=body | {"of": "segments", "name": "Elsewhere"})
    assert names(client) == ["Big spenders"]
    assert client.delete(f"/api/me/views/{made['id']}").status_code == 204
    assert names(client) == []
    assert client.delete(f"/api/me/views/{made['id']}").status_code == 404
    actions = [one["action"] for one in client.get("/api/audit").json()["items"]]
    assert actions[:4] == ["view.removed", "view.saved", "view.saved", "view.saved"]


def test_views_are_ones_own_and_of_the_brand(client: TestClient, house) -> None:
    made = client.post("/api/me/views", json={"of": "customers", "name": "Mine"}).json()
    assert names(client, **{"X-Brand-Id": "2"}) == []
    with house.ctx() as ctx:
        workspace.add_user(ctx, "other@example.com", "Other", "correct horse", ["customers.read"])
    with TestClient(app_of(house), base_url="http://testserver") as other:
        other.post("/api/login", json={"email": "other@example.com", "password": "correct horse"})
        other.headers["X-CSRF-Token"] = other.get("/api/me").json()["csrf"]
        assert names(other) == []
        assert other.delete(f"/api/me/views/{made['id']}").status_code == 404
    assert names(client) == ["Mine"]


def test_what_cannot_be_a_view(client: TestClient) -> None:
    assert client.post("/api/me/views", json={"of": "customers", "name": "  "}).status_code == 422
    assert client.post("/api/me/views", json={"of": "Customers!", "name": "x"}).status_code == 422
    for n in range(30):
        client.post("/api/me/views", json={"of": "customers", "name": f"view {n}"})
    full = client.post("/api/me/views", json={"of": "customers", "name": "one more"})
    assert (full.status_code, full.json()["code"]) == (409, "view.too_many")
    assert client.post("/api/me/views", json={"of": "customers", "name": "view 3", "search": "q=1"}).status_code == 200
