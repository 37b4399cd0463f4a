"""Campaigns as the console sees them, over HTTP."""

from __future__ import annotations

import csv
import io

import pytest
from tests.channels import counting  # noqa: F401 - registers the channels
from tests.journeys import shop

from regulars.journeys import api
from regulars.workspace import api as workspace


@pytest.fixture
def segment_id(house) -> int:
    with house.ctx(1) as ctx:
        uids = shop.people(ctx, 30)
        shop.consent(ctx, uids[:20], basis="Assumed for a replay over the past.")
        shop.buy(ctx, [])
        return shop.segment(ctx, uids)


def body(segment_id: int, **changes):
    return {
        "name": "Win back",
        "segment_id": segment_id,
        "channel": {"key": "log", "config": {}},
        "message": {"title": "Hello", "body": "{{ person.label }}, come back"},
        "holdout_bp": 2_000,
        "quiet_hours": {"from": "21:00", "to": "09:00"},
        "frequency": {"messages": 1, "days": 7},
        "window_days": 14,
        "replay_on": "2011-11-09",
        **changes,
    }


def test_from_draft_to_result(client, house, segment_id):
    made = client.post("/api/campaigns", json=body(segment_id))
    assert made.status_code == 201, made.text
    one = made.json()
    assert (one["state"], one["replay"], one["quiet_hours"]) == ("draft", True, {"from": "21:00", "to": "09:00"})
    changed = client.put(f"/api/campaigns/{one['id']}", json=body(segment_id, name="Win them back"))
    assert changed.json()["name"] == "Win them back"
    plan = client.post(f"/api/campaigns/{one['id']}/plan").json()
    assert plan["people"] == 30 == plan["treated"] + plan["held_out"]
    assert [s["reason"] for s in plan["suppressed"]] == ["consent.missing"]
    wrong = client.post(f"/api/campaigns/{one['id']}/publish", json={"confirm_people": 29})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "campaign.people_changed")
    live = client.post(f"/api/campaigns/{one['id']}/publish", json={"confirm_people": 30}).json()
    assert live["state"] == "live"
    api.drain(house.db, house.make_ctx)
    result = client.get(f"/api/campaigns/{one['id']}/result").json()
    assert (result["state"], result["replay"], result["assumed_consent"], result["complete"]) == (
        "done", True, True, True,
    )  # fmt: skip
    assert result["window"] == {"from": "2011-11-09", "to": "2011-11-23"}
    parts = ("sent", "unknown", "failed", "waiting", "exited", "held_out")
    assert result["entered"] == sum(result[p] for p in parts) + sum(s["people"] for s in result["suppressed"])
    assert [a["arm"] for a in result["arms"]] == ["treated", "held_out"]
    assert result["lift"]["method"] == "newcombe"
    assert result["lift"]["low_bp"] < 0 < result["lift"]["high_bp"]
    assert result["sales_lift"] is None  # nobody bought anything, so no interval exists
    assert result["sample_ratio"]["expected_bp"] == 2_000
    listed = client.get("/api/campaigns").json()
    assert listed["total"] == 1
    assert listed["items"][0]["sent"] == result["sent"]
    assert listed["items"][0]["lift_bp"] == 0
    people = client.get(f"/api/campaigns/{one['id']}/people", params={"state": "sent"}).json()["items"]
    assert len(people) == result["sent"]
    assert people[0]["label"].startswith("100")
    met = client.get(f"/api/customers/{people[0]['uid']}").json()["messages"]
    assert [(m["campaign"], m["state"]) for m in met] == [("Win them back", "sent")]


def test_what_cannot_be(client, segment_id):
    assert client.post("/api/campaigns", json=body(segment_id, holdout_bp=9_999)).status_code == 422
    assert client.post("/api/campaigns", json=body(segment_id, channel={"key": "pigeon"})).status_code == 404
    assert client.post("/api/campaigns", json=body(segment_id + 9)).status_code == 404
    assert client.get("/api/campaigns/99").status_code == 404
    assert client.get("/api/campaigns", params={"cursor": "x"}).status_code == 422
    one = client.post("/api/campaigns", json=body(segment_id)).json()
    assert client.get(f"/api/campaigns/{one['id']}/result").status_code == 422
    assert client.post(f"/api/campaigns/{one['id']}/stop").status_code == 409


def test_channels_say_what_they_want_to_know(client):
    found = {c["key"]: c for c in client.get("/api/channels").json()}
    assert (found["log"]["dedupe"], found["log"]["rehearsal"]) == ("key", True)
    assert set(found["webhook"]["config_schema"]["required"]) == {"url", "secret"}
    assert found["webhook"]["enabled"] is True
    said = {c["key"]: c for c in client.get("/api/channels", headers={"accept-language": "zh-CN"}).json()}
    assert said["webhook"]["config_schema"]["properties"]["secret"]["title"] == "签名密钥"


def test_a_secret_never_comes_back(client, segment_id):
    config = {"url": "https://receiver.test/", "secret": "whsec_" + "QUJD" * 10}
    made = client.post(
        "/api/campaigns", json=body(segment_id, channel={"key": "webhook", "config": config}, replay_on=None)
    )
    assert made.status_code == 201, made.text
    assert made.json()["channel"]["config"]["secret"] == "********"
    assert "QUJD" not in client.get(f"/api/campaigns/{made.json()['id']}").text


def test_what_waits_for_the_operator(client, house, segment_id):
    def waiting():
        return {n["kind"]: [one["name"] for one in n["first"]] for n in client.get("/api/needs").json()["items"]}

    one = client.post("/api/campaigns", json=body(segment_id, replay_on="2011-11-22")).json()
    assert waiting() == {"campaigns_waiting": ["Win back"]}
    client.post(f"/api/campaigns/{one['id']}/publish", json={"confirm_people": 30})
    api.drain(house.db, house.make_ctx)
    assert waiting() == {"campaigns_measured": ["Win back"]}  # its last counted day was 5 December


def test_the_list_is_narrowed_and_sorted_before_it_is_paged(client, house, segment_id):
    ids = [client.post("/api/campaigns", json=body(segment_id, name=name)).json()["id"] for name in ("b", "A", "C")]
    client.post(f"/api/campaigns/{ids[0]}/publish", json={"confirm_people": 30})

    def told(**asked):
        found, cursor = [], None
        while True:
            page = client.get(
                "/api/campaigns", params={"limit": 1, **asked, **({"cursor": cursor} if cursor else {})}
            ).json()
            found += [one["name"] for one in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                return found

    assert told() == ["C", "A", "b"]
    assert told(sort="name") == ["A", "b", "C"]
    assert told(sort="started") == ["b", "C", "A"]
    assert told(state="draft", sort="name") == ["A", "C"]
    assert told(q="a") == ["A"]
    assert client.get("/api/campaigns", params={"state": "draft"}).json()["total"] == 2


def test_the_list_leaves_as_a_file_and_is_written_down(client, house, segment_id):
    one = client.post("/api/campaigns", json=body(segment_id)).json()
    other = client.post("/api/campaigns", json=body(segment_id, name="Spring")).json()
    client.post(f"/api/campaigns/{one['id']}/publish", json={"confirm_people": 30})
    api.drain(house.db, house.make_ctx)
    mark, head, *rows = csv.reader(io.StringIO(client.get("/api/campaigns.csv", params={"lang": "zh"}).text))
    assert mark[0].startswith("\ufeffAdmin · ")
    assert "· 2 行 ·" in mark[0]
    assert head[:3] == ["编号", "活动", "状态"]
    assert [row[:4] for row in rows] == [
        [str(other["id"]), "Spring", "草稿", "是"], [str(one["id"]), "Win back", "已结束", "是"],
    ]  # fmt: skip
    assert int(rows[1][7]) + int(rows[1][8]) == 30
    few = client.get("/api/campaigns.csv", params={"ids": str(other["id"]), "lang": "en"}).text.splitlines()
    assert [line.split(",")[1] for line in few[1:]] == ["campaign", "Spring"]
    logged = client.get("/api/audit", params={"action": "campaigns.exported"}).json()["items"]
    assert [entry["after"]["campaigns"] for entry in logged] == [[other["id"]], [other["id"], one["id"]]]
    with house.ctx(1) as ctx:
        key = workspace.add_api_key(ctx, "reader", ["campaigns.read"])
    client.cookies.clear()
    assert client.get("/api/campaigns.csv", headers={"authorization": f"Bearer {key}"}).status_code == 403
