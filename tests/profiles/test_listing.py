"""Customers found by what names them, shown with any field, taken along as a file; a timeline narrowed."""

from __future__ import annotations

import csv
import io

import pytest
from fastapi.testclient import TestClient
from tests.profiles.test_rights import ANN, NAME, PHONE, order, send, uid_of

from regulars.app.boot import House
from regulars.app.worker import Worker
from regulars.profiles import intake
from regulars.workspace import api as workspace


@pytest.fixture
def ann(client: TestClient, house: House) -> int:
    """A customer with a phone, a name, an openid, two orders and a visit, beside another one; the first's number."""
    at = {"userId": ANN, "timestamp": "2011-12-02T10:00:00Z"}
    openid = {"externalIds": [{"type": "openid", "id": "oAbC-123"}]}
    send(
        client,
        house,
        order(ANN, "o-1"),
        {**order(ANN, "o-2"), "timestamp": "2011-12-03T10:00:00Z"},
        {"type": "identify", "messageId": "i", "traits": {"name": NAME, "phone": PHONE, "city": "Leeds"}, **at},
        {"type": "page", "messageId": "p", "name": "home", "context": openid, **at},
        order("c-ben", "o-3"),
    )
    found = uid_of(house, PHONE)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "by"),
    [
        (PHONE, "phone"),
        ("138 0013 8001", "phone"),
        ("oAbC-123", "openid"),
        ("o-2", "order"),
        (f" {NAME} ", "name"),
        (ANN, "customer_id"),
    ],
)
def test_one_box_finds_a_customer_and_says_by_what(client, ann, text, by):
    found = client.get("/api/customers", params={"q": text}).json()
    assert [one["uid"] for one in found["items"]] == [ann]
    assert by in found["items"][0]["matched"]
    assert found["searchable"] is None


def test_a_search_that_finds_nobody_says_what_can_be_searched(client, ann):
    found = client.get("/api/customers", params={"q": "13900000000"}).json()
    assert (found["items"], found["total"]) == ([], 0)
    assert {"phone", "openid", "customer_id", "order", "name", "number"} <= set(found["searchable"])
    by_number = client.get("/api/customers", params={"q": f"#{ann}"}).json()["items"]
    assert [(one["uid"], one["matched"]) for one in by_number] == [(ann, ["number"])]


def test_names_kept_before_they_could_be_searched_become_searchable(client, house, ann):
    with house.ctx(1) as ctx:
        ctx.tx.execute("update person_attribute set blind = null")
    assert client.get("/api/customers", params={"q": NAME}).json()["items"] == []
    with house.ctx() as ctx:
        assert intake.let_names_be_searched(ctx, 100) == 1
        assert intake.let_names_be_searched(ctx, 100) == 0
    assert [one["uid"] for one in client.get("/api/customers", params={"q": NAME}).json()["items"]] == [ann]


def test_any_field_of_a_person_can_be_a_column(client, ann):
    known = {one["key"]: one for one in client.get("/api/customer-columns").json()["items"]}
    assert known["person.net_fen"]["type"] == "money"
    wanted = "person.city,person.orders_30d,person.last_order_on,person.consents"
    found = client.get("/api/customers", params={"columns": wanted, "sort": "purchase_number"}).json()["items"]
    assert found[0]["uid"] == ann
    assert found[0]["values"] == {
        "person.city": "Leeds", "person.orders_30d": 2, "person.last_order_on": "2011-12-03", "person.consents": [],
    }  # fmt: skip
    assert found[1]["values"]["person.city"] is None
    every = ",".join(list(known)[:20])
    assert client.get("/api/customers", params={"columns": every}).status_code == 200
    rest = ",".join(list(known)[20:40])
    assert client.get("/api/customers", params={"columns": rest}).status_code == 200
    refused = client.get("/api/customers", params={"columns": "person.password"})
    assert (refused.status_code, refused.json()["code"]) == (422, "column.unknown")


def test_the_list_as_a_file_is_masked_and_says_who_took_it(client, house, ann):
    asked = {"columns": "person.net_fen,person.ladder_step,person.city", "sort": "purchase_number", "lang": "zh"}
    answer = client.get("/api/customers.csv", params=asked)
    assert answer.text.startswith("\ufeff")
    mark, head, *rows = csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert mark[0].startswith("Admin · ")
    assert "· 2 行 ·" in mark[0]
    assert head == ["编号", "客户", "累计净消费", "生命周期", "城市"]
    assert rows[0] == [str(ann), rows[0][1], "20", "第 2 单", "Leeds"]
    assert len(rows) == 2
    assert PHONE not in answer.text
    logged = client.get("/api/audit", params={"action": "customers.exported"}).json()["items"]
    assert logged[0]["after"]["customers"] == 2
    with house.ctx(1) as ctx:
        key = workspace.add_api_key(ctx, "reader", ["customers.read"])
    client.cookies.clear()
    assert client.get("/api/customers.csv", headers={"authorization": f"Bearer {key}"}).status_code == 403


def test_a_timeline_is_narrowed_by_type_and_day(client, ann):
    path = f"/api/customers/{ann}/timeline"
    counted = {one["type"]: one["count"] for one in client.get(f"{path}/types").json()["items"]}
    assert (counted["order.placed"], counted["page.viewed"]) == (2, 1)
    seen, cursor = [], None
    while True:
        part = client.get(
            path, params={"types": "order.placed", "limit": 1} | ({"cursor": cursor} if cursor else {})
        ).json()
        seen += [one["props"]["document_id"] for one in part["items"]]
        cursor = part["next_cursor"]
        if not cursor:
            break
    assert seen == ["o-2", "o-1"]
    that_day = client.get(path, params={"on": "2011-12-02"}).json()["items"]
    assert {one["type"] for one in that_day} == {"person.identified", "page.viewed"}
    assert client.get(f"{path}/types", params={"on": "2011-12-03"}).json()["items"][0]["count"] == 1


def test_what_was_done_with_a_customer_stands_on_their_page(client, house, ann):
    page = client.get(f"/api/customers/{ann}").json()
    phone = next(one for one in page["identifiers"] if one["ns"] == "phone")
    client.post(f"/api/customers/{ann}/unmask", json={"identifier_id": phone["id"], "reason": "a call back"})
    ben = client.get("/api/customers", params={"q": "c-ben"}).json()["items"][0]["uid"]
    client.post("/api/identity/merge", json={"uid_a": ann, "uid_b": ben, "reason": "one and the same"})
    Worker(house).drain()
    done = client.get(f"/api/customers/{min(ann, ben)}/audit").json()["items"]
    assert [(one["action"], one["reason"]) for one in done] == [
        ("people.merged", "one and the same"),
        ("identifier.revealed", "a call back"),
    ]
