"""What a customer may ask for: a copy, correction, erasure, withdrawal; each ends with a receipt and is found again."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from regulars.app.boot import House
from regulars.app.worker import Worker
from regulars.identity import api as identity
from regulars.profiles import api as profiles
from regulars.profiles import api_rights, rights
from regulars.profiles.store import requests as store
from regulars.workspace import api as workspace

ANN, BEN = "c-ann", "c-ben"
PHONE, NAME, BIRTHDAY = "13800138001", "安小姐", "1990-05-17"
BOUGHT = {"op": "ge", "field": "person.purchase_number", "value": 1}


def order(who: str, number: str) -> dict[str, Any]:
    product = {"product_id": "tea", "quantity": 2, "price": "5.00"}
    return {
        "type": "track", "event": "Order Completed", "userId": who, "messageId": f"m-{number}",
        "timestamp": "2011-12-01T10:00:00Z",
        "properties": {"order_id": number, "total": "10.00", "products": [product]},
    }  # fmt: skip


def life(who: str, phone: str, name: str) -> list[dict[str, Any]]:
    consent = {"channel": "sms", "purpose": "marketing", "state": "granted", "basis": "form"}
    traits = {"name": name, "phone": phone, "birthday": BIRTHDAY, "city": "Leeds"}
    at = {"userId": who, "timestamp": "2011-12-02T10:00:00Z"}
    return [
        order(who, f"o-{who}"),
        {"type": "identify", "messageId": f"i-{who}", "traits": traits, **at},
        {"type": "page", "messageId": f"p-{who}", "name": "home", "properties": {"url": "https://shop.uk/"}, **at},
        {"type": "track", "event": "consent.changed", "messageId": f"c-{who}", "properties": consent, **at},
    ]


def send(client: TestClient, house: House, *messages: dict[str, Any]) -> None:
    answer = client.post("/v1/batch", json={"batch": list(messages)})
    assert answer.status_code == 200, answer.text
    Worker(house).drain()


def uid_of(house: House, phone: str) -> int | None:
    with house.ctx(1) as ctx:
        return identity.find(ctx, "phone", "", phone)


@pytest.fixture
def ann(client: TestClient, house: House) -> int:
    """Two customers with a life in several rooms; the number of the one who asks."""
    send(client, house, *life(ANN, PHONE, NAME), *life(BEN, "13800138002", "本先生"))
    client.post("/api/segments", json={"name": "Buyers", "kind": "dynamic", "rule": BOUGHT})
    Worker(house).drain()
    found = uid_of(house, PHONE)
    assert found is not None
    return found


def actions(client: TestClient, uid: int) -> list[str]:
    found = client.get("/api/audit", params={"object_kind": "person", "object_id": uid}).json()["items"]
    return [one["action"] for one in found]


def after(client: TestClient, house: House, request: dict[str, Any]) -> dict[str, Any]:
    """Let the workers do a request; return its receipt."""
    Worker(house).drain()
    return client.get(f"/api/customer-requests/{request['id']}").json()


def test_a_copy_holds_everything_in_plain_and_its_receipt_nothing(client, house, ann):
    client.post(f"/api/customers/{ann}/notes", json={"text": "喜欢乌龙茶"})
    asked = client.post(f"/api/customers/{ann}/copy", json={"reason": "by phone, case 7"})
    assert (asked.status_code, asked.json()["state"]) == (202, "running"), asked.text
    receipt = after(client, house, asked.json())
    assert receipt["state"] == "done", receipt["message"]
    assert receipt["held"]["profiles"]["orders"] == 1
    assert receipt["held"]["profiles"]["notes"] == 1
    assert receipt["held"]["identity"]["identifiers"] >= 3
    assert receipt["held"]["segments"] == {"segments": 1}
    base = f"/api/customer-requests/{receipt['id']}"
    copied = client.get(f"{base}/copy.json")
    rooms = copied.json()["rooms"]
    assert {one["value"] for one in rooms["profiles"]["attributes"]} >= {NAME, BIRTHDAY, "Leeds"}
    assert [one["text"] for one in rooms["profiles"]["notes"]] == ["喜欢乌龙茶"]
    assert PHONE in {one["value"] for one in rooms["identity"]["identifiers"]}
    for lang, title in (("zh", "您的个人信息副本"), ("en", "A copy of your personal data")):
        page = client.get(f"{base}/copy.html", params={"lang": lang}).text
        assert title in page
        assert NAME in page
        assert PHONE in page
    assert not any(secret in json.dumps(receipt, ensure_ascii=False) for secret in (NAME, PHONE, BIRTHDAY))
    assert {"person.copy_asked", "person.exported", "person.copy_downloaded"} <= set(actions(client, ann))
    assert client.get("/api/customer-requests", params={"uid": ann}).json()["items"][0]["number"] == receipt["number"]


def test_a_copy_is_kept_for_a_week(client, house, ann):
    receipt = after(client, house, client.post(f"/api/customers/{ann}/copy", json={"reason": "asked"}).json())
    path = f"/api/customer-requests/{receipt['id']}/copy.json"
    with house.ctx() as ctx:
        api_rights.tidy(ctx)
    assert client.get(path).status_code == 200
    with house.ctx() as ctx:
        store.keep_file(ctx, receipt["id"], -1)
        api_rights.tidy(ctx)
    assert client.get(path).status_code == 404
    assert not list(house.settings.home_path.glob("files/*.enc"))


def test_a_correction_and_a_withdrawal_go_the_way_of_every_event(client, house, ann):
    wrong = client.post(f"/api/customers/{ann}/correct", json={"values": {"birthday": "soon"}, "reason": "said so"})
    assert wrong.status_code == 422
    body = {"values": {"name": "安女士", "city": "York", "birthday": "1991-06-18"}, "reason": "said so on the phone"}
    receipt = client.post(f"/api/customers/{ann}/correct", json=body).json()
    assert (receipt["state"], receipt["told"]) == ("done", ["birthday", "city", "name"])
    change = {"channel": "sms", "purpose": "marketing", "state": "withdrawn"}
    told = client.post(f"/api/customers/{ann}/consents", json={"changes": [change], "reason": "said so"}).json()
    assert told["told"] == ["sms marketing withdrawn"]
    Worker(house).drain()
    page = client.get(f"/api/customers/{ann}").json()
    assert (page["state"]["city"], page["state"]["birth_md"]) == ("York", 618)
    assert page["state"]["consents"] == []
    (consent,) = page["consents"]
    assert (consent["state"], consent["basis"]) == ("withdrawn", told["number"])
    with house.ctx(1) as ctx:
        assert profiles.consent(ctx, [ann], "sms", "marketing") == set()
        stored = ctx.tx.execute("select props::text as props from event_log where source = 'console'").fetchall()
    assert len(stored) == 2
    assert not any("安女士" in row["props"] or "1991" in row["props"] for row in stored)
    assert {"person.corrected", "consent.stated"} <= set(actions(client, ann))


def places(house: House, suids: list[int]) -> dict[str, int]:
    """Return table.column -> rows that hold one of these numbers, over every table of both stores."""
    found: dict[str, int] = {}
    with house.ctx() as ctx:
        columns = ctx.tx.execute(
            "select c.table_name, c.column_name, c.data_type from information_schema.columns c"
            " join information_schema.tables t using (table_schema, table_name) where c.table_schema = 'public'"
            " and t.table_type = 'BASE TABLE' and c.column_name in ('uid', 'suid', 'uids', 'suids', 'sent')"
        ).fetchall()
        for row in columns:
            name, column = row["table_name"], row["column_name"]
            holds = "&&" if row["data_type"] == "ARRAY" else "="
            many = "%(suids)s::bigint[]" if holds == "&&" else "any(%(suids)s::bigint[])"
            sql = f'select count(*) as n from "{name}" where "{column}" {holds} {many}'
            found[f"{name}.{column}"] = ctx.tx.execute(sql, {"suids": suids}).fetchone()["n"]
        for row in ctx.lake.rows(
            "SELECT table, name, type FROM system.columns WHERE database = currentDatabase()"
            " AND name IN ('uid', 'suid', 'uids', 'suids', 'sale_suids') AND table NOT LIKE '%_dict'"
        ):
            holds = "hasAny({}, {{suids:Array(UInt32)}})" if "Array" in row["type"] else "{} IN {{suids:Array(UInt32)}}"
            sql = f"SELECT count() AS n FROM {row['table']} WHERE {holds.format(row['name'])}"
            found[f"lake {row['table']}.{row['name']}"] = ctx.lake.rows(sql, {"suids": suids})[0]["n"]
        bitmaps = "SELECT sum(bitmapAndCardinality({}, bitmapBuild({{suids:Array(UInt32)}}))) AS n FROM {}"
        for table in ("segment_version", "leaf_bitmap"):
            sql = bitmaps.format("people", table)
            found[f"lake {table}"] = ctx.lake.rows(sql, {"suids": suids})[0]["n"] or 0
    return {place: n for place, n in found.items() if n}


TOMBSTONES = {
    "erased_person.suid", "order_document.suid", "person_request.uid", "person_request.suids",
    "lake erased.suid", "lake touched.suid", "lake user_state_delta.uid",
}  # fmt: skip
"""Numbers that name nobody any more: they keep the erasure on record, an old file from bringing the person back, and
tell answers kept elsewhere that the state is gone."""


def test_after_an_erasure_nothing_of_the_person_is_left_in_any_table(client, house, ann):
    client.post(f"/api/customers/{ann}/notes", json={"text": "likes tea"})
    copy = after(client, house, client.post(f"/api/customers/{ann}/copy", json={"reason": "asked"}).json())
    with house.ctx(1) as ctx:
        suids = identity.suids_of(ctx, [ann])[ann]
        everybody = profiles.counts(ctx)["identified"]
    assert "event_subject.suid" in places(house, suids)
    held = client.get(f"/api/customers/{ann}/held").json()["held"]
    assert held["profiles"]["consents"] == 1
    assert client.post(f"/api/customers/{ann}/erase", json={"reason": "asked", "confirm": "yes"}).status_code == 422
    asked = client.post(f"/api/customers/{ann}/erase", json={"reason": "asked in writing", "confirm": f"#{ann}"})
    receipt = after(client, house, asked.json())
    assert receipt["state"] == "done", receipt["message"]
    assert receipt["held"] == held
    assert receipt["gone"]["identity"] > 0
    assert receipt["gone"]["event_log"] > 0
    assert receipt["reason"] == ""
    assert set(places(house, suids)) <= TOMBSTONES
    with house.ctx() as ctx:
        kept = "SELECT * FROM user_state_delta FINAL WHERE uid IN {suids:Array(UInt32)}"
        assert ctx.lake.rows(kept, {"suids": suids}) == []  # what stands of it are marks of deletion
    assert client.get(f"/api/customers/{ann}").status_code == 404
    assert uid_of(house, PHONE) is None
    assert client.get(f"/api/customer-requests/{copy['id']}/copy.json").status_code == 404
    segment = client.get("/api/segments").json()["items"][0]
    assert segment["people"] == 1
    with house.ctx(1) as ctx:
        assert profiles.counts(ctx)["identified"] == everybody - 1
        assert "安" not in str(ctx.tx.execute("select * from person_request").fetchall())
    found = client.get("/api/customer-requests").json()["items"]
    assert [one["kind"] for one in found] == ["erase", "copy"]


def test_an_order_sent_again_does_not_bring_an_erased_customer_back(client, house, ann):
    body = {"reason": "asked in writing", "confirm": str(ann)}
    assert after(client, house, client.post(f"/api/customers/{ann}/erase", json=body).json())["state"] == "done"
    send(client, house, {**order(ANN, f"o-{ANN}"), "messageId": "again"})
    with house.ctx(1) as ctx:
        assert ctx.lake.rows("SELECT count() AS n FROM order_lines WHERE document_id = 'o-c-ann'")[0]["n"] == 0
    send(client, house, order(ANN, "o-new"))
    with house.ctx(1) as ctx:
        found = identity.find(ctx, "customer_id", "1:", ANN)
    assert found not in {None, ann}


def test_an_erasure_that_was_killed_goes_on(client, house, ann, monkeypatch):
    body = {"reason": "asked in writing", "confirm": str(ann)}
    request = client.post(f"/api/customers/{ann}/erase", json=body).json()
    again = client.post(f"/api/customers/{ann}/erase", json=body)
    assert again.status_code == 409

    class Killed(BaseException):
        """Ends a process between two rooms."""

    noted, left = rights._noted, iter(range(5))

    def killed(*args: Any) -> Any:
        done = noted(*args)
        if next(left, None) is None:
            raise Killed
        return done

    with house.ctx(1) as ctx:
        task = workspace.Task(house.db, house.make_ctx, 1, workspace.last_operation(ctx, rights.ERASE))
    monkeypatch.setattr(rights, "_noted", killed)
    with pytest.raises(Killed):
        api_rights.erase(task)
    monkeypatch.undo()
    half = client.get(f"/api/customer-requests/{request['id']}").json()
    assert (half["state"], len(half["held"]) + len(half["gone"])) == ("running", half["done"])
    receipt = after(client, house, request)
    assert receipt["state"] == "done", receipt["message"]
    assert receipt["held"]["profiles"]["orders"] == 1
    assert uid_of(house, PHONE) is None


def test_nothing_is_erased_that_was_not_confirmed(client, house, ann):
    body = {"reason": "asked in writing", "confirm": str(ann)}
    request = client.post(f"/api/customers/{ann}/erase", json=body).json()
    ben = uid_of(house, "13800138002")
    assert client.post("/api/identity/merge", json={"uid_a": ann, "uid_b": ben, "reason": "same"}).status_code == 200
    receipt = after(client, house, request)
    assert receipt["state"] == "failed"
    assert "merged" in receipt["message"]
    assert uid_of(house, PHONE) is not None


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("copy", {"reason": "x"}),
        ("erase", {"reason": "x", "confirm": "1"}),
        ("correct", {"reason": "x", "values": {"city": "York"}}),
        ("notes", {"text": "x"}),
    ],
)
def test_reading_customers_is_not_enough(client, house, ann, path, body):
    with house.ctx(1) as ctx:
        key = workspace.add_api_key(ctx, "reader", ["customers.read"])
    client.cookies.clear()
    assert (
        client.post(f"/api/customers/{ann}/{path}", json=body, headers={"authorization": f"Bearer {key}"}).status_code
        == 403
    )


def test_a_note_is_changed_by_whoever_wrote_it(client, house, ann):
    note = client.post(f"/api/customers/{ann}/notes", json={"text": "likes tea"}).json()
    assert (note["author"], note["own"]) == ("Admin", True)
    path = f"/api/customers/{ann}/notes/{note['id']}"
    assert client.put(path, json={"text": "likes oolong"}).json()["text"] == "likes oolong"
    with house.ctx(1) as ctx:
        key = workspace.add_api_key(ctx, "other", ["customers.read", "customers.write"])
        assert "oolong" not in str(ctx.tx.execute("select * from person_note").fetchall())
    other = {"authorization": f"Bearer {key}"}
    with TestClient(client.app, base_url="http://testserver") as stranger:
        assert stranger.put(path, json={"text": "no"}, headers=other).status_code == 403
        assert [n["own"] for n in stranger.get(f"/api/customers/{ann}/notes", headers=other).json()["items"]] == [False]
    assert client.delete(path).status_code == 204
    assert client.get(f"/api/customers/{ann}/notes").json()["items"] == []
    assert actions(client, ann)[:3] == ["note.deleted", "note.edited", "note.written"]
