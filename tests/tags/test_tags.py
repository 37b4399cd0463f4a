"""Tags of every origin: who has which value, from when, how it is asked for, and how it is taken back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from fastapi.testclient import TestClient

from regulars.app.boot import House
from regulars.app.worker import Worker

TWICE: dict[str, Any] = {"op": "ge", "field": "person.purchase_number", "value": 2}
ONCE: dict[str, Any] = {"op": "ge", "field": "person.purchase_number", "value": 1}


@dataclass
class Shop:
    """A shop that sends messages and looks at its tags."""

    house: House
    client: TestClient

    def settle(self) -> None:
        """Let the workers take all there is."""
        Worker(self.house).drain()

    def order(self, who: str, number: str, on: str = "2011-12-05") -> None:
        """Send an order of somebody."""
        properties = {"order_id": number, "total": 20, "products": [{"sku": "tea", "price": 20}]}
        self.send("track", {"event": "Order Completed", "properties": properties}, who, on)

    def send(self, kind: str, message: dict[str, Any], who: str, on: str = "2011-12-05") -> None:
        """Send one message."""
        sent = {"userId": who, "timestamp": f"{on}T10:00:00Z", **message}
        answer = self.client.post(f"/v1/{kind}", json=sent)
        assert answer.json()["accepted"] == 1, answer.text

    def uid(self, who: str) -> int:
        """Return the number of somebody."""
        return self.client.get("/api/customers", params={"q": who}).json()["items"][0]["uid"]

    def make(self, name: str, definition: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Make a tag."""
        answer = self.client.post("/api/tags", json={"name": name, "definition": definition} | more)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def people(self, tag_id: int) -> dict[str, int]:
        """Return how many people have which value."""
        return {v["label"]: v["people"] for v in self.client.get(f"/api/tags/{tag_id}").json()["values"]}

    def of(self, uid: int) -> dict[str, str]:
        """Return somebody's tags."""
        return {t["name"]: t["label"] for t in self.client.get(f"/api/tags/of/{uid}").json()["items"]}


@pytest.fixture
def shop(house: House, client: TestClient) -> Shop:
    """Ann bought three times, Ben twice, Cem once, Dee only told her name."""
    shop = Shop(house, client)
    for who, orders in {"ann": 3, "ben": 2, "cem": 1}.items():
        for n in range(orders):
            shop.order(who, f"{who}-{n}", f"2011-12-0{n + 1}")
    shop.send("identify", {"traits": {"city": "Leeds"}}, "dee")
    shop.settle()
    return shop


def by_rule(*values: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    return {"origin": "rule", "values": [{"label": label, "rule": rule} for label, rule in values]}


def by_count(*bands: tuple[str, int | None], days: int = 90) -> dict[str, Any]:
    return {
        "origin": "computed", "relation": "order", "window": {"kind": "last_days", "days": days}, "measure": "count",
        "values": [{"label": label, "low": low} for label, low in bands],
    }  # fmt: skip


def by_hand(*labels: str) -> dict[str, Any]:
    return {"origin": "manual", "values": [{"label": label} for label in labels]}


def in_words(shop: Shop, rule: dict[str, Any]) -> str:
    return shop.client.post("/api/segments/preview", json={"rule": rule}).json()["sentence"]["zh"]


def test_of_conditions_that_overlap_the_first_counts_and_people_move_with_what_they_do(shop: Shop):
    made = shop.make("价值", by_rule(("高", TWICE), ("低", ONCE)), folder="交易 / 价值", description="按购买次数")
    assert (made["folder"], made["owner"], made["people"], made["state"]) == ("交易/价值", "Admin", 3, "ready")
    assert shop.people(made["id"]) == {"高": 2, "低": 1}
    cem = shop.uid("cem")
    assert shop.of(cem) == {"价值": "低"}
    shop.order("cem", "cem-9", "2011-12-08")
    shop.settle()
    assert shop.people(made["id"]) == {"高": 3, "低": 0}
    (of,) = shop.client.get(f"/api/tags/of/{cem}").json()["items"]
    assert (of["label"], of["origin"], of["since"] is not None) == ("高", "rule", True)


def test_bands_hold_everybody_once_and_are_counted_before_they_are_saved(shop: Shop):
    bands = by_count(("没有", None), ("1 单", 1), ("2 单", 2), ("3 单以上", 3))
    counted = shop.client.post("/api/tags/preview", json={"definition": bands}).json()
    assert counted == {"people": [1, 1, 1, 1], "of_people": 4}
    assert shop.people(shop.make("近 90 天订单数", bands)["id"]) == {"没有": 1, "1 单": 1, "2 单": 1, "3 单以上": 1}
    bad = shop.client.post("/api/tags", json={"name": "x", "definition": by_count(("2", 2), ("1", 1))})
    assert (bad.status_code, bad.json()["code"]) == (422, "tag.malformed")


def test_an_attribute_that_comes_with_messages_is_a_tag_from_before_and_after(shop: Shop):
    shop.send("identify", {"traits": {"skin": "dry"}}, "ann", "2011-12-06")
    shop.send("identify", {"traits": {"skin": "combination"}}, "ben", "2011-12-06")
    shop.settle()
    values = [{"label": "干性", "match": ["dry", "very dry"]}, {"label": "油性", "match": ["oily"]}]
    tag = shop.make("肤质", {"origin": "imported", "attribute": "skin", "values": values})["id"]
    assert shop.people(tag) == {"干性": 0, "油性": 0}
    assert shop.client.post(f"/api/tags/{tag}/collect").status_code == 202
    shop.settle()
    assert shop.people(tag) == {"干性": 1, "油性": 0}
    received = shop.client.get(f"/api/tags/{tag}/received").json()["items"]
    assert {(r["value"], r["people"], r["no"]) for r in received} == {("dry", 1, 1), ("combination", 1, None)}
    shop.send("identify", {"traits": {"skin": "oily"}}, "ann", "2011-12-08")
    shop.settle()
    assert shop.people(tag) == {"干性": 0, "油性": 1}
    (of,) = shop.client.get(f"/api/tags/of/{shop.uid('ann')}").json()["items"]
    assert of["since"].startswith("2011-12-08T10:00")


def test_a_value_set_by_hand_stays_until_it_is_changed_or_taken_away(shop: Shop):
    tag, ann = shop.make("称呼", by_hand("姐", "老师"))["id"], shop.uid("ann")

    def put(no: int | None) -> dict[str, str]:
        assert shop.client.put(f"/api/tags/{tag}/people/{ann}", json={"no": no}).status_code == 202
        shop.settle()
        return shop.of(ann)

    # business time stands still: what was said last counts all the same
    assert put(1) == {"称呼": "姐"}
    assert put(2) == {"称呼": "老师"}
    assert put(1) == {"称呼": "姐"}
    assert put(None) == {}
    assert shop.client.put(f"/api/tags/{tag}/people/{ann}", json={"no": 9}).status_code == 422
    assert shop.client.put(f"/api/tags/{tag}/people/99999", json={"no": 1}).status_code == 404
    with shop.house.ctx(1) as ctx:
        told = ctx.tx.execute("select after from audit_entry where action = 'tag.set_on_person' order by id").fetchall()
    assert [t["after"]["label"] for t in told] == ["称呼：姐", "称呼：老师", "称呼：姐", "称呼"]


def test_a_value_set_on_a_segment_is_taken_back_from_those_who_still_have_it(shop: Shop):
    tag = shop.make("双十一", by_hand("已寄样", "拒收"))["id"]
    buyers = shop.client.post("/api/segments", json={"name": "Buyers", "rule": ONCE}).json()["id"]
    ann, ben = shop.uid("ann"), shop.uid("ben")
    shop.client.put(f"/api/tags/{tag}/people/{ann}", json={"no": 2})
    shop.settle()
    body = {"segment_id": buyers, "no": 1}
    looked = shop.client.post(f"/api/tags/{tag}/settings/preview", json=body).json()
    assert looked == {"people": 3, "same": 0, "other": 1}
    assert shop.client.post(f"/api/tags/{tag}/settings", json=body).status_code == 202
    shop.settle()
    assert shop.people(tag) == {"已寄样": 3, "拒收": 0}
    (one,) = shop.client.get(f"/api/tags/{tag}/settings").json()["items"]
    assert (one["state"], one["done"], one["undone"]) == ("done", 3, False)
    shop.client.put(f"/api/tags/{tag}/people/{ben}", json={"no": 2})
    shop.settle()
    assert shop.client.post(f"/api/tags/{tag}/settings/{one['id']}/undo").status_code == 202
    shop.settle()
    assert shop.people(tag) == {"已寄样": 0, "拒收": 1}
    again = shop.client.post(f"/api/tags/{tag}/settings/{one['id']}/undo")
    assert (again.status_code, again.json()["code"]) == (409, "tag.not_undoable")


def test_conditions_ask_for_tags_by_their_name(shop: Shop):
    made = shop.make("价值", by_rule(("高", TWICE), ("低", ONCE)))
    catalog = shop.client.get("/api/rules/catalog").json()
    (choice,) = catalog["tags"]
    assert (choice["name"], [v["label"] for v in choice["values"]]) == ("价值", ["高", "低"])
    assert "person.tags" not in {f["key"] for f in catalog["relations"][0]["fields"]}
    high = choice["values"][0]["segment_id"]
    rule = {"op": "in_segment", "segment_id": high}
    assert in_words(shop, rule) == "有标签「价值：高」"
    assert in_words(shop, {"op": "not", "rule": rule}) == "没有标签「价值：高」"
    counted = shop.client.post("/api/segments/preview", json={"rule": rule}).json()
    assert counted["people"] == made["values"][0]["people"] == 2
    shop.client.post("/api/segments", json={"name": "High", "rule": rule})
    used = shop.client.delete(f"/api/tags/{made['id']}")
    assert (used.status_code, used.json()["code"]) == (409, "segment.in_use")


def test_a_tags_segments_are_changed_by_the_tag_alone(shop: Shop):
    made = shop.make("价值", by_rule(("高", TWICE)))
    listed = shop.client.get("/api/segments").json()
    assert (listed["items"], listed["total"]) == ([], 0)
    path = f"/api/segments/{made['values'][0]['segment_id']}"
    assert shop.client.get(path).json()["origin"] == "tag"
    assert shop.client.delete(path).json()["code"] == "segment.of_tag"
    changed = shop.client.put(path, json={"name": "x", "rule": ONCE})
    assert (changed.status_code, changed.json()["code"]) == (409, "segment.of_tag")
    assert shop.client.get(f"/api/customers/{shop.uid('ann')}").json()["segments"] == []


def test_changing_a_tag_keeps_its_values_and_says_who_did(shop: Shop):
    made = shop.make("价值", by_rule(("高", TWICE), ("低", ONCE)))
    path, (high, low) = f"/api/tags/{made['id']}", made["values"]
    swapped = [{"no": 1, "label": "低", "rule": TWICE}, {"no": 2, "label": "高", "rule": ONCE}]
    words = {"name": "购买", "folder": "交易", "description": "", "owner": "会员组"}
    answer = shop.client.put(path, json=words | {"definition": {"origin": "rule", "values": swapped}})
    assert answer.status_code == 200, answer.text
    assert [(v["segment_id"], v["label"], v["people"]) for v in answer.json()["values"]] == [
        (high["segment_id"], "低", 2), (low["segment_id"], "高", 1),
    ]  # fmt: skip
    fewer = [{"no": 2, "label": "买过", "rule": ONCE}, {"label": "没买过", "rule": {"op": "not", "rule": ONCE}}]
    answer = shop.client.put(path, json=words | {"definition": {"origin": "rule", "values": fewer}})
    assert [(v["no"], v["label"], v["people"]) for v in answer.json()["values"]] == [(2, "买过", 3), (3, "没买过", 1)]
    changes = shop.client.get(f"{path}/changes").json()["items"]
    assert [(c["action"], c["actor_name"]) for c in changes] == [
        ("tag.changed", "Admin"), ("tag.changed", "Admin"), ("tag.created", "Admin"),
    ]  # fmt: skip
    assert changes[1]["before"]["name"] == "价值"
    other = shop.client.put(path, json=words | {"definition": by_hand("x")})
    assert other.json()["code"] == "tag.origin"
    assert shop.client.delete(path).status_code == 204
    assert shop.client.get("/api/tags").json()["items"] == []
    assert shop.client.get(path).status_code == 404
    assert shop.make("购买", by_rule(("高", TWICE)))["id"] != made["id"]


def test_coverage_is_told_by_day_and_as_a_share(shop: Shop):
    made = shop.make("价值", by_rule(("高", TWICE), ("低", ONCE)))
    assert shop.client.get("/api/tags").json()["of_people"] == 4
    (day,) = shop.client.get(f"/api/tags/{made['id']}/days").json()["items"]
    assert (day["on"], day["people"]) == ("2011-12-10", {"1": 2, "2": 1})


def test_the_list_is_narrowed_by_folder_and_name_before_it_is_paged(shop: Shop):
    for name, folder in (("价值", "交易"), ("频次", "交易/近期"), ("肤质", ""), ("Trade", "交易所")):
        shop.make(name, by_hand("高"), folder=folder)
    listed = shop.client.get("/api/tags", params={"folder": "交易", "limit": 1}).json()
    assert ([one["name"] for one in listed["items"]], listed["total"]) == (["价值"], 2)
    assert listed["folders"] == {"": 1, "交易": 1, "交易/近期": 1, "交易所": 1}
    rest = shop.client.get("/api/tags", params={"folder": "交易", "limit": 2, "cursor": listed["next_cursor"]}).json()
    assert ([one["name"] for one in rest["items"]], rest["next_cursor"]) == (["频次"], None)
    assert [one["name"] for one in shop.client.get("/api/tags", params={"q": "tr"}).json()["items"]] == ["Trade"]
    assert shop.client.get("/api/tags", params={"origin": "rule"}).json()["total"] == 0


def test_facts_of_a_tag_follow_a_merge(shop: Shop):
    tag, ann, ben = shop.make("称呼", by_hand("姐", "老师"))["id"], shop.uid("ann"), shop.uid("ben")
    shop.client.put(f"/api/tags/{tag}/people/{ann}", json={"no": 1})
    shop.settle()
    shop.send("alias", {"previousId": "ann", "userId": "ben"}, "ben", "2011-12-08")
    shop.settle()
    merged = shop.uid("ann")
    if merged == shop.uid("ben"):
        assert shop.of(merged) == {"称呼": "姐"}
        assert shop.people(tag) == {"姐": 1, "老师": 0}
    assert merged in (ann, ben)


def test_an_erased_person_leaves_no_tag_no_history_and_no_event(shop: Shop):
    by_number = shop.make("次数", by_count(("新客", 1), ("熟客", 2)))["id"]
    by_hand_id, ann, ben = shop.make("称呼", by_hand("姐", "老师"))["id"], shop.uid("ann"), shop.uid("ben")
    for no in (1, 2):
        for uid in (ann, ben):
            shop.client.put(f"/api/tags/{by_hand_id}/people/{uid}", json={"no": no})
    shop.settle()
    assert shop.of(ann) == {"次数": "熟客", "称呼": "老师"}
    before = {table: of_numbers(shop, sql, ann) for table, sql in TRACES.items()}
    assert all(before.values()), before
    answer = shop.client.post(f"/api/customers/{ann}/erase", json={"reason": "asked", "confirm": str(ann)})
    assert answer.status_code == 202, answer.text
    shop.settle()
    assert {table: of_numbers(shop, sql, ann) for table, sql in TRACES.items()} == dict.fromkeys(TRACES, 0)
    assert shop.client.get(f"/api/tags/of/{ann}").status_code == 404
    assert shop.people(by_hand_id) == {"姐": 0, "老师": 1}
    assert shop.people(by_number) == {"新客": 1, "熟客": 1}
    assert shop.of(ben) == {"次数": "熟客", "称呼": "老师"}


TRACES = {
    "states": "SELECT count() AS n FROM user_state WHERE uid = {uid:UInt32} AND notEmpty(tags)",
    "events": "SELECT count() AS n FROM events WHERE suid = {uid:UInt32} AND type = 'person.tagged'",
    "values": "SELECT count() AS n FROM person_attributes WHERE suid = {uid:UInt32} AND startsWith(key, 'tag:')",
    "history": "SELECT count() AS n FROM segment_diff WHERE uid = {uid:UInt32}",
}
"""What the lake holds of somebody's tags; nobody was merged, so a person has one number."""


def of_numbers(shop: Shop, sql: str, uid: int) -> int:
    with shop.house.ctx(1) as ctx:
        return ctx.lake.rows(sql, {"uid": uid})[0]["n"]
