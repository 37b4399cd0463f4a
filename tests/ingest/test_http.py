"""The HTTP front door: Segment's messages in, events in the log, nothing twice, nothing lost."""

from __future__ import annotations

import base64
import gzip
import json
from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace

import pytest
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from fastapi.testclient import TestClient
from tests.ingest.conftest import SHOP, as_csv, shop_rows

from regulars.core.errors import RegularsError
from regulars.infra import event_log
from regulars.infra.files import FileStore, set_files
from regulars.ingest import api, handlers, routes, routes_imports
from regulars.ingest.pressure import Limits
from regulars.workspace import api as workspace

ORDER = {
    "event": "Order Completed",
    "messageId": "m-1",
    "userId": "u1",
    "timestamp": "2025-12-31T23:00:00Z",
    "properties": {
        "order_id": "O1", "total": 27.5, "currency": "GBP", "shop": "web", "affiliation": "app",
        "products": [{"product_id": "S1", "name": "Towel", "category": "85", "price": 9.995, "quantity": 2},
                     {"sku": "S2", "price": "7.5"}],
    },
}  # fmt: skip


@pytest.fixture
def house(db, make_ctx):
    @contextmanager
    def ctx(brand_id: int = 0):
        with db.tx() as tx:
            yield make_ctx(tx, brand_id)

    return SimpleNamespace(ctx=ctx)


@pytest.fixture
def client(house, sink, tmp_path):
    set_files(FileStore(tmp_path / "files"))
    api.wire(limits=Limits())
    app = FastAPI()
    app.include_router(routes.router)
    app.include_router(routes_imports.router)
    app.state.house = house

    @app.exception_handler(RegularsError)
    def problem(_request, error: RegularsError) -> JSONResponse:
        return JSONResponse({"code": error.code, "detail": error.message, "hint": error.hint}, error.status)

    with house.ctx(1) as ctx:
        key = workspace.add_api_key(ctx, "shop", ["ingest.write", "ingest.read"])
    with TestClient(app) as client:
        client.headers["authorization"] = "Basic " + base64.b64encode(f"{key}:".encode()).decode()
        yield client


def log(house) -> list[dict]:
    with house.ctx(1) as ctx:
        return ctx.tx.execute("select * from event_log order by seq").fetchall()


def test_an_order_is_an_event(client, house, keeper) -> None:
    answer = client.post("/v1/track", json=ORDER)
    assert answer.status_code == 200
    assert answer.json() == {"success": True, "accepted": 1, "duplicates": 0, "quarantined": 0, "reasons": []}
    (event,) = log(house)
    assert (event["type"], event["origin"], event["source"], event["source_id"]) == (
        "order.placed",
        "live",
        "http",
        "m-1",
    )
    props = event["props"]
    assert (props["total_fen"], props["order_id"], props["shop"]) == (2750, "O1", "web")
    assert [(x["item_id"], x["quantity"], x["amount_fen"]) for x in props["lines"]] == [("S1", 2, 1999), ("S2", 1, 750)]
    assert {(i.ns, i.scope, i.value) for i in keeper.values} == {
        ("customer_id", "1:web", "u1"),
        ("order", "1:web", "O1"),
    }
    assert [r[0] for r in event["identifiers"]] == ["customer_id", "order"]


def test_a_message_id_counts_once(client, house) -> None:
    client.post("/v1/track", json=ORDER)
    track = {**ORDER, "type": "track"}
    answer = client.post(
        "/v1/batch", json={"batch": [track, {**track, "messageId": "m-2"}, {**track, "messageId": "m-2"}]}
    )
    assert (answer.json()["accepted"], answer.json()["duplicates"]) == (1, 2)
    assert [e["source_id"] for e in log(house)] == ["m-1", "m-2"]
    plain = {"event": "Searched", "anonymousId": "a1", "timestamp": "2025-12-31T00:00:00Z"}
    assert [client.post("/v1/track", json=plain).json()["accepted"] for _ in "ab"] == [1, 0]


def test_ids_are_forgotten_after_30_days(client, house, clock) -> None:
    client.post("/v1/track", json=ORDER)
    clock.advance(timedelta(days=29))
    with house.ctx(1) as ctx:
        assert api.forget_messages(ctx) == 0
    clock.advance(timedelta(days=3))
    with house.ctx(1) as ctx:
        assert api.forget_messages(ctx) == 1


def test_personal_values_leave_the_props(client, house, keeper) -> None:
    traits = {"firstName": "小明", "lastName": "王", "phone": 13800000001, "email": "A@B.com", "birthday": "1990-05-17",
              "gender": "m", "address": {"city": "杭州", "state": "浙江", "street": "西湖路1号"},
              "note": "call 13900000002",
              "plan": "gold", "quantity": "many", "lines": 3}  # fmt: skip
    answer = client.post("/v1/identify", json={"userId": "u1", "traits": traits, "context": {"ip": "10.1.2.3"}})
    assert answer.json()["accepted"] == 1
    (event,) = log(house)
    text = json.dumps(event["props"], ensure_ascii=False)
    for secret in ("小明", "138", "139", "A@B", "1990", "西湖", "10.1.2.3"):
        assert secret not in text
    assert event["props"] | {"sealed": ""} == {
        "gender": "m", "city": "杭州", "province": "浙江", "plan": "gold", "birth_md": 517, "quantity_given": "many",
        "lines_given": 3, "sealed": "",
    }  # fmt: skip
    assert {(i.ns, i.value) for i in keeper.values} == {
        ("customer_id", "u1"),
        ("phone", "13800000001"),
        ("email", "A@B.com"),
    }


def test_each_message_type(client, house) -> None:
    assert client.post(
        "/v1/page", json={"anonymousId": "a", "name": "Home", "properties": {"url": "https://x/?mail=a@b.cn"}}
    ).json()["accepted"]
    assert client.post("/v1/group", json={"userId": "u", "groupId": "g"}).json()["accepted"]
    assert client.post("/v1/alias", json={"userId": "u", "previousId": "a"}).json()["accepted"]
    assert client.post(
        "/v1/track", json={"userId": "u", "event": "Product Added", "properties": {"product_id": "S", "price": 2}}
    ).json()["accepted"]
    assert client.post(
        "/v1/track", json={"userId": "u", "event": "Order Refunded", "properties": {"order_id": "O", "total": 3}}
    ).json()["accepted"]
    assert client.post(
        "/v1/track", json={"userId": "u", "event": "Played Quiz 问答", "properties": {"score": 3}}
    ).json()["accepted"]
    assert client.post("/v1/track", json={"event": "member.joined", "properties": {"member_no": "M1"}}).json()[
        "accepted"
    ]
    events = log(house)
    assert [e["type"] for e in events] == [
        "page.viewed", "track.group", "person.aliased", "cart.added", "order.refunded", "track.played_quiz_问答",
        "member.joined",
    ]  # fmt: skip
    assert events[0]["props"]["url"] == "https://x/"
    assert events[5]["props"] == {"score": 3, "event_name": "Played Quiz 问答"}
    assert "member_no" not in events[6]["props"]
    assert [r[0] for r in events[2]["identifiers"]] == ["customer_id", "anonymous_id", "customer_id"]


def test_clocks_that_are_wrong(client, house, clock) -> None:
    now = clock.system_now()

    def at(offset: timedelta) -> str:
        return (now + offset).isoformat()

    hour, day = timedelta(hours=1), timedelta(days=1)
    batch = [
        {"messageId": "skewed", "timestamp": at(hour - timedelta(minutes=2)), "sentAt": at(hour)},
        {"messageId": "future", "timestamp": at(3 * day)},
        {"messageId": "old", "timestamp": at(-2 * day)},
        {"messageId": "none"},
    ]
    client.post("/v1/batch", json={"batch": [{"type": "track", "event": "X", "userId": "u", **m} for m in batch]})
    found = {e["source_id"]: (e["occurred_at"], e["origin"]) for e in log(house)}
    assert found == {
        "skewed": (now - timedelta(minutes=2), "live"), "future": (now, "live"), "old": (now - 2 * day, "late"),
        "none": (now, "live"),
    }  # fmt: skip


def test_invalid_messages_wait_while_valid_ones_go_in(client, house, keeper) -> None:
    bad = [
        {"type": "track", "event": "Order Completed", "userId": "u",
         "properties": {"order_id": "O2", "total": "lots", "products": []}},
        {"type": "track", "userId": "u"}, {"type": "dance", "userId": "u"}, {"type": "track", "event": "X"}, 7,
        {"type": "track", "event": "segment.changed", "userId": "u"},
        {"type": "track", "event": "X", "userId": "u\x00"},
        {"type": "track", "event": "X", "userId": "u", "timestamp": "yesterday"},
        {"type": "track", "event": "X", "userId": "u", "properties": {"a": "\ud800"}},
        {"type": "track", "event": "Product Added", "userId": "u", "properties": {"product_id": "S", "quantity": -1}},
    ]  # fmt: skip
    body = json.dumps({"batch": [*bad, {**ORDER, "type": "track"}]})
    answer = client.post("/v1/batch", content=body).json()
    assert (answer["success"], answer["accepted"], answer["quarantined"]) == (True, 1, len(bad))
    assert "message 0: properties.total: is not a number" in answer["reasons"]
    rows = client.get("/api/quarantine").json()
    assert rows["total"] == len(bad)
    first = rows["items"][0]
    assert first["reasons"][0]["reason"]["en"] == "row 1: properties.total: is not a number"
    fixed = client.post(
        f"/api/quarantine/{first['id']}/fix",
        json={"fields": {"properties.total": "12", "properties.products": '[{"sku": "S", "price": 12}]'}},
    )
    assert fixed.json()["state"] == "fixed"
    answer = client.post("/api/quarantine/replay", json={"ids": [r["id"] for r in rows["items"]]}).json()
    assert answer == {"replayed": 1, "still_bad": len(bad) - 1, "duplicates": 0}
    assert log(house)[-1]["props"]["total_fen"] == 1200
    assert client.get("/api/quarantine/export.csv").text.count("\n") == len(bad)
    dropped = client.post("/api/quarantine/drop", json={"ids": [rows["items"][1]["id"]]}).json()
    assert dropped == {"dropped": 1}
    given_up = {"ids": [rows["items"][1]["id"]]}
    assert client.post("/api/quarantine/take-back", json=given_up).json() == {"taken_back": 1}
    assert client.post("/api/quarantine/take-back", json=given_up).json() == {"taken_back": 0}
    assert client.post("/api/quarantine/drop", json=given_up).json() == {"dropped": 1}


def test_limits_and_compression(client, house) -> None:
    packed = gzip.compress(json.dumps({"batch": [{**ORDER, "type": "track"}]}).encode())
    assert client.post("/v1/batch", content=packed, headers={"content-encoding": "gzip"}).json()["accepted"] == 1
    many = client.post("/v1/batch", json={"batch": [{}] * 501})
    assert (many.status_code, many.json()["code"]) == (422, "ingest.too_many")
    bomb = gzip.compress(b" " * 6_000_000)
    for content, headers in ((b" " * 6_000_000, {}), (bomb, {"content-encoding": "gzip"})):
        large = client.post("/v1/batch", content=content, headers=headers)
        assert (large.status_code, large.json()["code"]) == (413, "ingest.too_large")
    assert client.post("/v1/track", content=b"x" * 600_000).status_code == 413
    for content, headers in ((b"{", {}), (b"[]", {}), (b"[" * 100_000, {}), (packed[:-9], {"content-encoding": "gzip"}),
                             (b"{}", {"content-encoding": "br"})):  # fmt: skip
        assert client.post("/v1/batch", content=content, headers=headers).status_code == 422
    assert len(log(house)) == 1


def test_a_key_is_needed(client, house) -> None:
    assert client.post("/v1/track", json=ORDER, headers={"authorization": "Basic eDo="}).status_code == 401
    with house.ctx(1) as ctx:
        weak = workspace.add_api_key(ctx, "weak", ["ingest.read"])
    assert client.post("/v1/track", json=ORDER, headers={"authorization": f"Bearer {weak}"}).status_code == 403
    assert log(house) == []


def test_upload_preview_and_import(client, house, db, make_ctx, sink) -> None:
    text = as_csv(shop_rows(250)).encode()
    drafted = client.post("/api/imports/preview", files={"file": ("orders.csv", text)}).json()
    assert "target: order_lines" in drafted["mapping"]
    assert (drafted["details"]["encoding"], drafted["rows"], drafted["problem"]) == ("utf-8", 250, "")
    odd = client.post("/api/imports/preview", files={"file": ("odd.csv", b"a,b\n1,2\n")}).json()
    assert "no column 'document_id'" in odd["problem"]
    wrong = client.post(
        "/api/imports", files={"file": ("orders.csv", text)}, data={"mapping": SHOP.replace("from: sku", "from: skv")}
    )
    assert (wrong.status_code, wrong.json()["code"]) == (422, "ingest.bad_mapping")
    assert "did you mean 'sku'?" in wrong.json()["detail"]
    started = client.post("/api/imports", files={"file": ("orders.csv", text)}, data={"mapping": SHOP})
    assert started.status_code == 202
    with house.ctx(1) as ctx:
        payload = ctx.tx.execute("select payload from job").fetchone()["payload"]
    handlers.import_upload(db, make_ctx, 1, payload)
    (job,) = client.get("/api/imports").json()["items"]
    assert (job["file_name"], job["state"], job["imported"]) == ("orders.csv", "done", 250)
    assert client.get(f"/api/imports/{job['id']}").json()["operation_id"] == started.json()["operation_id"]
    assert [client.get("/api/imports", params={"q": q}).json()["items"] for q in ("ORDERS", "goods")] == [[job], []]
    assert len(sink.lines) == 250
    handlers.import_upload(db, make_ctx, 1, payload)  # a job that runs again finds its file gone, and nothing breaks
    assert len(sink.lines) == 250


def test_unmasking_needs_the_permission(client, house) -> None:
    client.post(
        "/v1/batch",
        json={
            "batch": [
                {"type": "track", "event": "Order Completed", "userId": "u", "properties": {"email": "someone@shop.cn"}}
            ]
        },
    )
    row = client.get("/api/quarantine").json()["items"][0]
    opened = client.get(f"/api/quarantine/{row['id']}").json()
    assert opened["fields"]["event"] == "Order Completed"
    assert "someone@shop.cn" not in json.dumps(opened)
    assert client.get(f"/api/quarantine/{row['id']}?unmask=true").status_code == 403


def _send(client, message_id="m-1", **more):
    return client.post("/v1/track", json={"event": "looked", "userId": "u1", "messageId": message_id} | more)


def test_messages_are_refused_while_the_log_is_too_far_behind_and_taken_again_after(client, house, db, make_ctx):
    seen = []
    reader = event_log.Consumer("slow", lambda ctx, events: seen.extend(events))
    event_log.add_consumer(reader)
    assert _send(client, "m-0").status_code == 200
    event_log.step(db, make_ctx, reader)
    api.wire(limits=Limits(backlog_events=2))
    for number in (1, 2, 3):
        api.wire(limits=Limits(backlog_events=2))  # looks anew
        assert _send(client, f"m-{number}").status_code == 200
    api.wire(limits=Limits(backlog_events=2))
    refused = _send(client, "m-4")
    assert (refused.status_code, refused.json()["code"]) == (429, "ingest.busy")
    assert "slow is 3 events" in refused.json()["detail"]
    with house.ctx() as ctx:
        assert "slow" in api.refusal(ctx)
    event_log.step(db, make_ctx, reader)
    api.wire(limits=Limits(backlog_events=2))
    assert _send(client, "m-4").json()["accepted"] == 1
    assert len(seen) == 4
    del event_log._handlers["slow"]
    api.wire(limits=Limits())


def test_messages_are_refused_when_the_disk_is_nearly_full(client, tmp_path):
    api.wire(limits=Limits(home=tmp_path, free_mib=2**40))
    refused = _send(client)
    assert (refused.status_code, refused.json()["code"]) == (507, "ingest.no_room")
    api.wire(limits=Limits(home=tmp_path, free_mib=0))
    assert _send(client).json()["accepted"] == 1
    api.wire(limits=Limits())


def test_a_process_holds_so_many_requests_and_no_more(client):
    api.wire(limits=Limits(requests=1))
    with api.gate()._place():
        refused = _send(client)
    assert (refused.status_code, refused.json()["code"]) == (429, "ingest.busy")
    assert _send(client).json()["accepted"] == 1
    api.wire(limits=Limits())


@pytest.mark.parametrize(("body", "wrong"), [
    ('{"event": "x", "userId": "u", "properties": {"a": "\\u0000"}}', "NUL"),
    ('{"event": "x", "userId": "u", "properties": {"a": "\\ud800"}}', "half a character"),
    ('{"event": "x", "userId": "u", "properties": {"a": NaN}}', "not finite"),
    ('{"event": "x", "userId": "u", "properties": {"a": 1e999}}', "not finite"),
    ('{"event": "x", "userId": "u", "properties": {"a": ' + "[" * 25 + "1" + "]" * 25 + "}}", "nested"),
    ('{"event": "x", "userId": "u", "a": {"b": "\\u0000"}}', "NUL"),
])  # fmt: skip
def test_what_no_store_can_hold_is_kept_to_be_fixed(client, body, wrong):
    answer = client.post("/v1/track", content=body).json()
    assert (answer["accepted"], answer["quarantined"]) == (0, 1)
    assert wrong in answer["reasons"][0]
