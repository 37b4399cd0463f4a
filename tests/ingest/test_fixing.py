"""Rows to fix, by what is wrong with them: mended in one go, given up and taken back."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from regulars.ingest import api


@pytest.fixture
def waiting(client: TestClient) -> TestClient:
    """Three orders whose total is the same nonsense, one with another, one that names nobody."""
    for n, total in enumerate(["a lot", "a lot", "a lot", "-"]):
        properties = {"order_id": f"o{n}", "total": total, "products": [{"sku": "tea", "price": 5}]}
        client.post("/v1/track", json={"userId": f"c{n}", "event": "Order Completed", "properties": properties})
    client.post("/v1/track", json={"event": "page.viewed", "properties": {"page": "/"}})
    return client


def groups(client: TestClient) -> list[dict[str, Any]]:
    return client.get("/api/quarantine-groups").json()["items"]


def wanted(group: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {name: group[name] for name in ("import_id", "source", "field", "code", "value")} | more


def test_what_is_wrong_in_the_same_way_is_one_group(waiting: TestClient):
    found = groups(waiting)
    assert [(g["field"], g["rows"]) for g in found] == [("properties.total", 4), ("userId", 1)]
    assert (found[0]["import_id"], found[0]["code"], found[0]["value"]) == (0, "invalid", "is not a number")
    assert "第" not in found[0]["reason"]["zh"]
    assert "row" not in found[0]["reason"]["en"]


def test_what_two_sources_get_wrong_is_mended_apart(waiting: TestClient, house):
    order = {"order_id": "o9", "total": "a lot", "products": [{"sku": "tea", "price": 5}]}
    sent = {"type": "track", "userId": "c9", "event": "Order Completed", "properties": order}
    with house.ctx(1) as ctx:
        api.accept(ctx, api.Delivery([sent], source="webhook:7"))
    found = [g for g in groups(waiting) if g["field"] == "properties.total"]
    assert {g["source"]: g["rows"] for g in found} == {"http": 4, "webhook:7": 1}
    theirs = next(g for g in found if g["source"] == "webhook:7")
    assert len(waiting.post("/api/quarantine-groups/replace", json=wanted(theirs, new="12.5")).json()["ids"]) == 1


def test_one_value_mends_all_rows_of_a_group(waiting: TestClient):
    total = groups(waiting)[0]
    replaced = waiting.post("/api/quarantine-groups/replace", json=wanted(total, new="12.5")).json()["ids"]
    assert len(replaced) == 4
    done = waiting.post("/api/quarantine/replay", json={"ids": replaced}).json()
    assert (done["replayed"], done["still_bad"]) == (4, 0)
    assert [g["field"] for g in groups(waiting)] == ["userId"]


def test_a_value_that_is_still_wrong_leaves_the_rows_where_they_are(waiting: TestClient):
    total = groups(waiting)[0]
    ids = waiting.post("/api/quarantine-groups/replace", json=wanted(total, new="much")).json()["ids"]
    done = waiting.post("/api/quarantine/replay", json={"ids": ids}).json()
    assert (done["replayed"], done["still_bad"]) == (0, 4)
    assert groups(waiting)[0]["rows"] == 4


def test_rows_that_were_given_up_come_back(waiting: TestClient):
    total = groups(waiting)[0]
    ids = waiting.post("/api/quarantine-groups/ids", json=wanted(total, value=None)).json()["ids"]
    assert waiting.post("/api/quarantine/drop", json={"ids": ids}).json() == {"dropped": 4}
    assert [g["field"] for g in groups(waiting)] == ["userId"]
    assert waiting.post("/api/quarantine/take-back", json={"ids": ids}).json() == {"taken_back": 4}
    assert groups(waiting)[0]["rows"] == 4


def test_how_well_data_comes_in_is_told(waiting: TestClient):
    found = waiting.get("/api/data/quality").json()
    over_http, from_file = found["ways"]
    assert (over_http["refused"], over_http["of"], over_http["waiting"]) == (5, 5, 5)
    assert (from_file["refused"], from_file["of"]) == (0, 0)
    assert {"identity", "facts", "lake", "segments", "tags"} <= {r["consumer"] for r in found["readers"]}
    assert waiting.get("/api/data/quality/refunds").json()["lines"] == 0
