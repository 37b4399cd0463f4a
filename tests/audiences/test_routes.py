"""Audience packages as the console uses them."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from tests.segments.rows import Order, write_states
from tests.segments.test_membership import TODAY

from regulars.app.boot import House
from regulars.app.worker import Worker
from regulars.core.event import Identifier
from regulars.identity import api as identity
from regulars.identity.contract import Observation
from regulars.profiles import api as profiles
from regulars.profiles.contract import ConsentFact
from regulars.workspace import api as workspace

BODY = {
    "name": "Ads", "recipient": "oceanengine", "identifiers": [{"kind": "email"}], "hash": "plain", "least_people": 2,
}  # fmt: skip


@pytest.fixture
def segment_id(house: House, client: TestClient) -> int:
    with house.ctx(1) as ctx:
        refs = identity.remember(ctx, [Identifier("email", "", f"person{n}@shop.uk") for n in range(3)])
        now = ctx.clock.system_now()
        uids = identity.observe(ctx, [Observation((r,), now, "test", str(r.hmac), 1) for r in refs])
        write_states(ctx, [Order(uid, TODAY) for uid in uids if uid], TODAY)
        granted = [ConsentFact(uid, "oceanengine", "sharing", "granted", now, TODAY) for uid in uids if uid]
        profiles.record_consents(ctx, granted)
    made = client.post("/api/segments", json={"name": "All", "kind": "static", "uids": uids})
    return made.json()["id"]


def test_a_package_from_making_to_handing_over(house: House, client: TestClient, segment_id: int) -> None:
    made = client.post("/api/audiences", json={"segment_id": segment_id, **BODY})
    assert made.status_code == 201, made.text
    base = f"/api/audiences/{made.json()['id']}"
    assert client.get("/api/audiences", params={"segment_id": segment_id}).json()["items"] == [made.json()]
    waiting = client.post(f"{base}/deliveries", json={}).json()
    assert (waiting["state"], waiting["lines"]) == ("running", 0)
    assert client.get(f"{base}/deliveries/{waiting['id']}/whole.csv").status_code == 409
    Worker(house).run_jobs("long")
    ready = client.get(f"{base}/deliveries").json()["items"][0]
    assert (ready["state"], ready["people"], ready["matched"], ready["added"]) == ("ready", 3, 3, 3), ready["message"]
    file = client.get(f"{base}/deliveries/{ready['id']}/added.csv")
    assert file.text == "person0@shop.uk\nperson1@shop.uk\nperson2@shop.uk\n"
    assert "attachment" in file.headers["content-disposition"]
    assert client.post(f"{base}/deliveries/{ready['id']}/confirm").json()["confirmed_at"]
    assert client.get(base).json()["held_lines"] == 3
    assert client.delete(base).status_code == 409


def test_reading_segments_is_not_enough(house: House, client: TestClient, segment_id: int) -> None:
    with house.ctx(1) as ctx:
        key = workspace.add_api_key(ctx, "reader", ["segments.read"])
    client.cookies.clear()
    client.headers["authorization"] = f"Bearer {key}"
    assert client.get("/api/audiences/recipients").status_code == 200
    assert client.post("/api/audiences", json={"segment_id": segment_id, **BODY}).status_code == 403
    assert client.get("/api/audiences/1/deliveries/1/whole.csv").status_code == 403
