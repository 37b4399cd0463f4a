"""Every page, list, search and download as somebody bound to one store: nothing of the people of another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.profiles.conftest import Shop, day

from regulars.app.asgi import create_app
from regulars.app.boot import House
from regulars.app.worker import Worker
from regulars.workspace import api_access
from regulars.workspace.contract import Reach

WORDS = "four plain words here"
ANN, BEN = "phone:13800138001", "phone:13800138002"
OF_BEN = ("13800138002", "138****8002", "Benedikt", "贝内", "o-of-ben", "r-of-ben", "ben@else.com", "be***@", "b-note")
"""What only Ben has: his number, full and masked, names, orders, a refund that found no sale, a note about him."""

EVERYTHING = (
    "customers.read", "customers.write", "customers.unmask", "customers.export", "customers.copy", "customers.erase",
    "people.merge", "segments.read", "segments.write", "segments.export", "audiences.export", "campaigns.read",
    "campaigns.write", "campaigns.publish", "insight.read", "ingest.read", "ingest.write", "settings.read",
    "access.read", "audit.read",
)  # fmt: skip


@pytest.fixture
def shop(house: House, client: TestClient, make_ctx, clock) -> dict[str, int]:
    """Ann buys in S1, Ben in S2; one of everything is made of both. Returns what is in a path by name."""
    opened = Shop(house.db, make_ctx, clock)
    for who, store, name in ((ANN, "S1", "ann"), (BEN, "S2", "ben")):
        line = {"item_id": f"tea-{store}", "quantity": 1, "amount_fen": 1000, "unit_price": "10.0"}
        for n in (1, 2):
            props = {
                "order_id": f"o-of-{name}-{n}",
                "store": store,
                "total_fen": 1000,
                "currency": "GBP",
                "lines": [line],
            }
            opened.send("order.placed", props, who, at=day(f"2011-12-0{n}"))
        opened.refund(f"r-of-{name}", [("cup", 1, 500)], who, at=day("2011-12-03"))
    opened.settle()
    ann, ben = opened.uid(ANN), opened.uid(BEN)
    said = {"traits": {"name": "Benedikt", "email": "ben@else.com", "phone": "13800138002"}}
    post(client, "/v1/identify", {"userId": "ben", "timestamp": "2011-12-04T10:00:00Z", **said})
    broken = {"order_id": "o-of-ben-9", "total": "a lot", "products": []}
    post(client, "/v1/track", {"userId": "ben", "event": "Order Completed", "properties": broken})
    bought = {"op": "ge", "field": "person.purchase_number", "value": 1}
    segment = post(client, "/api/segments", {"name": "Buyers", "rule": bought})["id"]
    tag = post(client, "/api/tags", {"name": "称呼", "definition": {"origin": "manual", "values": [{"label": "姐"}]}})[
        "id"
    ]
    Worker(house).drain()
    for uid in (ann, ben):
        client.put(f"/api/tags/{tag}/people/{uid}", json={"no": 1})
        post(client, f"/api/customers/{uid}/notes", {"text": "b-note" if uid == ben else "a-note"})
    post(client, f"/api/tags/{tag}/settings", {"segment_id": segment, "no": 1})
    request = post(client, f"/api/customers/{ben}/copy", {"reason": "贝内 asked for it"})["id"]
    identifier = client.get(f"/api/customers/{ben}").json()["identifiers"][0]["id"]
    post(client, f"/api/customers/{ben}/unmask", {"identifier_id": identifier, "reason": "贝内 called"})
    Worker(house).drain()
    row = client.get("/api/quarantine").json()["items"][0]["id"]
    return {"uid": ben, "segment_id": segment, "tag_id": tag, "request_id": request, "row_id": row, "ann": ann}


def post(client: TestClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = client.post(path, json=body)
    assert answer.status_code < 300, (path, answer.text)
    return answer.json()


def bound(house: House, role: str) -> TestClient:
    """Return the browser of somebody of a role whose reach is S1."""
    with house.ctx(1) as ctx:
        key = role
        if role == "everything":
            key = api_access.add_role(ctx, "Everything of a store", "", EVERYTHING).key
        _, token = api_access.invite(ctx, "lin@shop.com", key, Reach(frozenset({1}), frozenset({"S1"})))
    with house.ctx() as ctx:
        api_access.accept(ctx, token, "Lin", WORDS)
    browser = TestClient(create_app(house), raise_server_exceptions=False, follow_redirects=False)
    assert browser.post("/api/login", json={"email": "lin@shop.com", "password": WORDS}).status_code == 200
    return browser


SEARCHES: dict[str, list[Any]] = {
    "q": ["13800138002", "Benedikt", "o-of-ben-1", "ben", "0002"],
    "unmask": [True],
    "state": ["waiting", "replayed", "dropped", "open", "done"],
    "columns": ["person.stores", "person.regions", "person.last_order_on,person.net_fen"],
    "on": ["2011-12-01", "2011-12-02"],
    "kind": ["copy"],
    "object_kind": ["person"],
    "action": ["person.unmasked"],
    "limit": [200],
    "sort": ["net_fen", "purchase_number"],
    "arm": ["treated"],
    "part": ["whole"],
}
"""What is tried beside the bare path, by parameter."""


def asked(description: dict[str, Any], ids: dict[str, int]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every GET of the description, with Ben's numbers in the path and what could find him."""
    for template, operations in description["paths"].items():
        if "get" not in operations:
            continue
        parameters = operations["get"].get("parameters", [])
        for own in (ids, {**ids, "uid": ids["ann"]}) if "{uid}" in template else (ids,):
            path = re.sub(
                r"{(\w+)}", lambda hole, own=own: str(own.get(hole[1], SEARCHES.get(hole[1], [1])[0])), template
            )
            yield path, {}
            for one in parameters:
                if one["in"] == "query":
                    values = SEARCHES.get(one["name"], [ids[one["name"]]] if one["name"] in ids else [])
                    yield from ((path, {one["name"]: value}) for value in values)


def numbers(found: object) -> Iterator[object]:
    """Yield what stands under a key that names people."""
    if isinstance(found, dict):
        for key, value in found.items():
            if key in {"uid", "uids", "suid", "suids", "into_uid", "members"}:
                yield from value if isinstance(value, list) else [value]
            yield from numbers(value)
    elif isinstance(found, list):
        for one in found:
            yield from numbers(one)


@pytest.mark.parametrize("role", ["store_manager", "everything"])
def test_no_answer_holds_anything_of_another_stores_people(
    house: House, client: TestClient, shop: dict[str, int], role: str
):
    browser = bound(house, role)
    answered, leaks = 0, []
    for path, query in asked(client.get("/api/openapi.json").json(), shop):
        answer = browser.get(path, params=query)
        assert answer.status_code < 500, (path, query, answer.text)
        if answer.status_code != 200:
            continue
        answered += 1
        searched = str(query.get("q", ""))
        text = answer.text.replace(searched, "") if searched else answer.text
        leaks += [(path, query, mark) for mark in OF_BEN if mark in text]
        if "json" in answer.headers["content-type"] and shop["uid"] in numbers(answer.json()):
            leaks.append((path, query, f"uid {shop['uid']}"))
    assert not leaks, "\n".join(map(str, leaks))
    assert answered > 40  # it was let in and asked a great deal


def test_whoever_logs_in_is_told_exactly_what_is_open(house: House, client: TestClient):
    browser = bound(house, "everything")
    paths = [
        path
        for path, done in client.get("/api/openapi.json").json()["paths"].items()
        if "get" in done and "{" not in path
    ]
    shut = {f"GET {path}" for path in paths if browser.get(path).status_code == 403}
    told, to_all = (set(one.get("/api/me").json()["routes"]) for one in (browser, client))
    assert {route for route in to_all - told if route.startswith("GET ")} == shut
    assert {"GET /api/quarantine", "GET /api/identity/review", "GET /api/audit"} <= shut
    assert not {"POST /api/identity/merge", "POST /api/audiences"} & told
    assert {"GET /api/customers", "GET /api/segments", "POST /api/segments"} <= told


def test_the_same_questions_find_him_for_whoever_sees_every_store(client: TestClient, shop: dict[str, int]):
    found = set()
    for path, query in asked(client.get("/api/openapi.json").json(), shop):
        answer = client.get(path, params=query)
        found |= {mark for mark in OF_BEN if mark in answer.text and mark != str(query.get("q"))}
    assert {"13800138002", "138****8002", "Benedikt", "贝内", "o-of-ben", "r-of-ben", "b-note"} <= found
