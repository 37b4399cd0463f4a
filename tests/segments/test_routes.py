"""Segments as the console uses them."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.segments.rows import Order, write_orders, write_states

from regulars.workspace import api as workspace

TODAY = date(2011, 12, 10)
TWICE: dict[str, Any] = {"op": "ge", "field": "person.purchase_number", "value": 2}


@pytest.fixture
def shop(house) -> None:
    orders = [Order(1, TODAY), Order(2, TODAY), Order(2, TODAY - timedelta(days=40)), Order(3, TODAY), Order(3, TODAY)]
    with house.ctx(1) as ctx:
        write_orders(ctx, orders)
        write_states(ctx, orders, TODAY)


def made(client: TestClient, name: str = "Twice", **more: Any) -> dict[str, Any]:
    answer = client.post("/api/segments", json={"name": name, "kind": "dynamic", "rule": TWICE} | more)
    assert answer.status_code == 201, answer.text
    return answer.json()


def audited(house, action: str) -> list[dict[str, Any]]:
    with house.ctx(1) as ctx:
        return ctx.tx.execute("select * from audit_entry where action = %(a)s", {"a": action}).fetchall()


def test_the_builder_learns_what_can_be_asked(client: TestClient) -> None:
    catalog = client.get("/api/rules/catalog").json()
    assert [r["key"] for r in catalog["relations"][:3]] == ["person", "order", "line"]
    number = next(f for f in catalog["relations"][0]["fields"] if f["key"] == "person.purchase_number")
    assert number["label"]["zh"] == "购买次数"
    assert catalog["operators"]["fields"]
    assert catalog["schema"]["$defs"]


def test_counting_while_typing(client: TestClient, shop: None) -> None:
    found = client.post("/api/segments/preview", json={"rule": TWICE}).json()
    assert {k: found[k] for k in ("people", "low", "high", "estimate", "of_people", "path")} == {
        "people": 2, "low": 2, "high": 2, "estimate": False, "of_people": 3, "path": "state",
    }  # fmt: skip
    assert set(found["sentence"]) == {"zh", "en"}
    past = client.post("/api/segments/preview", json={"rule": TWICE, "as_of": "2011-12-01"}).json()
    assert past["people"] == 0


def test_the_list_of_customers_narrows_to_a_segment(client: TestClient, shop: None) -> None:
    twice = made(client)["id"]
    frozen = made(client, "Named", kind="static", rule=None, uids=[1, 3, 77])["id"]

    def listed(**asked: Any) -> tuple[list[int], int | None]:
        page = client.get("/api/customers", params=asked).json()
        return [one["uid"] for one in page["items"]], page["total"]

    assert listed(segment_id=twice) == ([3, 2], 2)
    assert listed(segment_id=twice, sort="net_fen") == ([3, 2], 2)
    assert listed(segment_id=frozen, sort="purchase_number") == ([3, 1], 2)
    assert listed(segment_id=frozen, q="#1") == ([1], 1)
    assert listed(segment_id=twice, q="#1") == ([], 0)
    for sort in ("last_order_on", "net_fen", "purchase_number"):
        first = client.get("/api/customers", params={"segment_id": twice, "sort": sort, "limit": 1}).json()
        asked = {"segment_id": twice, "sort": sort, "limit": 1, "cursor": first["next_cursor"]}
        assert [first["items"][0]["uid"], *listed(**asked)[0]] == [3, 2]
        assert listed(**asked)[1] is None
    assert client.get("/api/customers", params={"segment_id": 999}).status_code == 404


def test_a_bad_rule_says_where(client: TestClient) -> None:
    bad = {"op": "and", "rules": [TWICE, {"op": "eq", "field": "person.shoe_size", "value": 1}]}
    answer = client.post("/api/segments/preview", json={"rule": bad})
    assert answer.status_code == 422
    assert "$.rules[1]" in answer.json()["detail"]
    assert "person.shoe_size" in answer.json()["detail"]


def test_the_life_of_a_segment(client: TestClient, house, shop: None) -> None:
    one = made(client, description="came back")
    assert (one["people"], one["state"], one["kind"], one["rule"]) == (2, "ready", "dynamic", TWICE)
    assert client.get(f"/api/segments/{one['id']}").json() == one
    changed = client.put(f"/api/segments/{one['id']}", json={"name": "Once", "rule": TWICE | {"value": 1}}).json()
    assert (changed["name"], changed["people"], changed["description"]) == ("Once", 3, "")
    assert changed["version"] > one["version"]
    again = client.post(f"/api/segments/{one['id']}/refresh").json()
    assert again["people"] == 3
    diffs = client.get(f"/api/segments/{one['id']}/diffs").json()["items"]
    assert [(d["joined"], d["left"]) for d in diffs] == [(0, 0), (1, 0), (2, 0)]
    assert client.delete(f"/api/segments/{one['id']}").status_code == 204
    assert client.get(f"/api/segments/{one['id']}").status_code == 404
    for action in ("created", "changed", "refreshed", "deleted"):
        assert len(audited(house, f"segment.{action}")) == 1


def test_the_list_is_paged(client: TestClient, shop: None) -> None:
    assert client.get("/api/segments").json() == {"items": [], "next_cursor": None, "total": 0}
    ids = [made(client, f"s{n}")["id"] for n in range(3)]
    first = client.get("/api/segments", params={"limit": 2}).json()
    assert ([s["id"] for s in first["items"]], first["total"]) == (ids[:0:-1], 3)
    rest = client.get("/api/segments", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert ([s["id"] for s in rest["items"]], rest["next_cursor"]) == (ids[:1], None)
    assert client.get("/api/segments", params={"cursor": "x"}).status_code == 422


@pytest.mark.parametrize("sort", ["newest", "name", "refreshed"])
def test_the_list_is_narrowed_and_sorted_before_it_is_paged(client: TestClient, house, shop: None, sort: str) -> None:
    names = ["老客 b", "老客 A", "新客", "老客 c"]
    ids = {made(client, name)["id"]: name for name in names}
    made(client, "老客 Z", kind="static", rule=None, uids=[1])
    with house.ctx(1) as ctx:  # the refreshes fall on instants of their own; one never was
        for place, number in enumerate(sorted(ids)):
            at = None if place == 1 else f"2011-12-0{9 - place}"
            ctx.tx.execute("update segment set refreshed_at = %s where id = %s", [at, number])
    asked = {"q": "老客 ", "kind": "dynamic", "sort": sort, "limit": 1}
    found, cursor = [], None
    for _ in range(3):
        page = client.get("/api/segments", params={**asked, **({"cursor": cursor} if cursor else {})}).json()
        assert page["total"] == 3
        found += [one["name"] for one in page["items"]]
        cursor = page["next_cursor"]
    assert client.get("/api/segments", params={**asked, "cursor": cursor}).json()["items"] == []
    assert (
        found
        == {
            "newest": ["老客 c", "老客 A", "老客 b"],
            "name": ["老客 A", "老客 b", "老客 c"],
            "refreshed": ["老客 b", "老客 c", "老客 A"],
        }[sort]
    )
    file = client.get("/api/segments.csv", params={"q": "老客 a", "sort": sort}).text.splitlines()
    assert [line.split(",")[1] for line in file[2:]] == ["老客 A"]
    assert client.get("/api/segments", params={"failed": True}).json()["total"] == 0


def test_members_and_reasons(client: TestClient, shop: None) -> None:
    one = made(client)
    members = client.get(f"/api/segments/{one['id']}/members", params={"limit": 1}).json()
    assert ([m["uid"] for m in members["items"]], members["total"]) == ([2], 2)
    more = client.get(f"/api/segments/{one['id']}/members", params={"cursor": members["next_cursor"]}).json()
    assert [m["uid"] for m in more["items"]] == [3]
    assert more["items"][0]["rfm"] == [1, 1, 1]
    assert client.get(f"/api/segments/{one['id']}/why/99").status_code == 404
    why = client.get(f"/api/segments/{one['id']}/why/2").json()
    assert (why["in"], why["matches"]) == (True, True)
    assert why["reasons"][0]["found"] == 2


def test_static_segments_and_set_algebra(client: TestClient, shop: None) -> None:
    listed = client.post("/api/segments", json={"name": "List", "kind": "static", "uids": [1, 2]}).json()
    frozen = made(client, "Frozen", kind="static")
    assert (listed["people"], listed["rule"], frozen["people"]) == (2, None, 2)
    assert listed["sentence"]["zh"] == "一份固定名单"
    both = {"op": "intersect", "segment_ids": [listed["id"], frozen["id"]]}
    rule = client.post("/api/segments/combine", json=both).json()
    assert "List" in rule["sentence"]["en"]
    assert client.post("/api/segments/preview", json={"rule": rule["rule"]}).json()["people"] == 1
    assert client.post(f"/api/segments/{listed['id']}/refresh").status_code == 409
    assert client.post("/api/segments", json={"name": "Neither", "kind": "dynamic"}).status_code == 422


def test_an_export_is_a_masked_file_and_is_written_down(client: TestClient, house, shop: None) -> None:
    one = made(client)
    answer = client.get(f"/api/segments/{one['id']}/export.csv", params={"lang": "en"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    mark, *rows = answer.text.splitlines()
    assert mark.startswith("\ufeffAdmin · ")
    assert "· 2 rows ·" in mark
    assert [line.split(",")[0] for line in rows] == ["number", "2", "3"]
    assert audited(house, "segment.exported")[0]["after"] == {"people": 2, "version": one["version"]}
    assert client.get("/api/segments/999/export.csv").status_code == 404


def test_a_download_speaks_the_language_that_its_address_names(client: TestClient, shop: None) -> None:
    path = f"/api/segments/{made(client)['id']}/export.csv"
    browser = {"Accept-Language": "en-GB,en;q=0.9"}
    assert client.get(path, headers=browser).text.splitlines()[1].startswith("number,customer")
    chosen = client.get(path, params={"lang": "zh"}, headers=browser).text.splitlines()
    assert chosen[1].startswith("编号,客户,购买次数")
    assert "2 行" in chosen[0]
    refused = client.get("/api/segments/999/export.csv", params={"lang": "zh"}, headers=browser)
    assert "人群" in refused.json()["detail"]


def test_the_list_of_segments_leaves_as_a_file_whole_or_as_chosen(client: TestClient, house, shop: None) -> None:
    one, other = made(client), made(client, "Named", kind="static", rule=None, uids=[1, 3])
    mark, head, *rows = csv.reader(io.StringIO(client.get("/api/segments.csv", params={"lang": "zh"}).text))
    assert mark[0].startswith("\ufeffAdmin · ")
    assert "· 2 行 ·" in mark[0]
    assert head[:5] == ["编号", "人群", "类型", "人数", "条件"]
    assert [row[:4] for row in rows] == [
        [str(other["id"]), "Named", "静态", "2"], [str(one["id"]), "Twice", "动态", "2"],
    ]  # fmt: skip
    assert rows[1][4] == one["sentence"]["zh"]
    few = client.get("/api/segments.csv", params={"ids": str(one["id"])}).text.splitlines()
    assert [line.split(",")[1] for line in few[2:]] == ["Twice"]
    assert [a["after"]["segments"] for a in audited(house, "segments.exported")] == [
        [other["id"], one["id"]], [one["id"]],
    ]  # fmt: skip
    assert client.get("/api/segments.csv", params={"ids": "1;2"}).status_code == 422
    with house.ctx(1) as ctx:
        key = workspace.add_api_key(ctx, "reader", ["segments.read"])
    client.cookies.clear()
    assert client.get("/api/segments.csv", headers={"authorization": f"Bearer {key}"}).status_code == 403


def test_other_brands_do_not_see_it(client: TestClient, shop: None) -> None:
    one = made(client)
    assert client.get(f"/api/segments/{one['id']}", headers={"X-Brand-Id": "2"}).status_code == 404


def test_a_deletion_can_be_taken_back_for_some_minutes(client: TestClient, shop: None, house) -> None:
    one = made(client)
    assert client.post(f"/api/segments/{one['id']}/restore").status_code == 404  # it is there
    client.delete(f"/api/segments/{one['id']}")
    back = client.post(f"/api/segments/{one['id']}/restore").json()
    assert (back["id"], back["name"], back["people"], back["state"]) == (
        one["id"],
        "Twice",
        one["people"],
        "refreshing",
    )
    assert len(audited(house, "segment.restored")) == 1
    client.delete(f"/api/segments/{one['id']}")
    made(client)
    assert client.post(f"/api/segments/{one['id']}/restore").status_code == 409  # its name has been given away
    with house.ctx(1) as ctx:
        ctx.tx.execute("update segment set deleted_at = deleted_at - interval '1 hour' where deleted_at is not null")
    assert client.post(f"/api/segments/{one['id']}/restore").status_code == 404
