"""Identity as the console uses it."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.identity.seeing import observe, sight


@pytest.fixture
def two_sisters(house) -> None:
    with house.ctx(1) as ctx:
        observe(ctx, [sight(0, "customer_id:a", "phone:13812340001"), sight(1, "customer_id:b", "phone:13812340001")])
        observe(ctx, [sight(2, "member_no:M1", "email:m@shop.cn"), sight(3, "member_no:M2", "email:m@shop.cn")])


def explained(client: TestClient, uid: int) -> dict[str, Any]:
    answer = client.get(f"/api/customers/{uid}/identity")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_why_and_back(client: TestClient, two_sisters: None) -> None:
    one = explained(client, 1)
    assert [m["suid"] for m in one["members"]] == [1, 2]
    assert {i["masked"] for m in one["members"] for i in m["identifiers"]} == {"a", "b", "138****0001"}
    assert len(one["edges"]) == 2
    (entry,) = one["ledger"]
    assert (entry["kind"], entry["uids"], entry["undone"]) == ("merge", [1, 2], False)
    answer = client.post("/api/identity/unmerge", json={"ledger_id": entry["id"], "reason": "sisters"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["uids"] == [1, 2]
    assert [m["suid"] for m in explained(client, 2)["members"]] == [2]
    assert explained(client, 1)["ledger"][-1]["undone"]
    again = client.post("/api/identity/unmerge", json={"ledger_id": entry["id"]})
    assert again.status_code == 409
    merged = client.post("/api/identity/merge", json={"uid_a": 1, "uid_b": 2, "reason": "not sisters"})
    assert merged.json()["aliases"] == {"2": 1}


def test_what_cannot_be_named_is_refused(client: TestClient, two_sisters: None) -> None:
    assert client.get("/api/customers/999/identity").status_code == 404
    assert client.post("/api/identity/unmerge", json={}).status_code == 422
    assert client.post("/api/identity/merge", json={"uid_a": 3, "uid_b": 4, "reason": "x"}).status_code == 409


def test_the_queue(client: TestClient, two_sisters: None) -> None:
    page = client.get("/api/identity/review").json()
    (item,) = page["items"]
    assert (item["reason"], item["state"], page["next_cursor"]) == ("member_no", "open", None)
    assert client.post(f"/api/identity/review/{item['id']}", json={"decision": "merge"}).status_code == 409
    kept = client.post(f"/api/identity/review/{item['id']}", json={"decision": "keep_apart"})
    assert kept.json()["state"] == "keep_apart"
    assert client.get("/api/identity/review").json()["items"] == []


def test_policies(client: TestClient, two_sisters: None) -> None:
    found = client.get("/api/identity/policies").json()
    assert found["items"][0]["ns"] == "member_no"
    phone = next(p for p in found["items"] if p["ns"] == "phone")
    body = {k: v for k, v in phone.items() if k != "ns"} | {"cap": 1}
    saved = client.put("/api/identity/policies/phone", json=body)
    assert saved.status_code == 200, saved.text
    assert saved.json()["version"] == 1
    assert [m["suid"] for m in explained(client, 2)["members"]] == [2]
    assert client.put("/api/identity/policies/phone", json=body | {"block": ["("]}).status_code == 422
