"""Tills: who stands there is known at once and masked, what is handed in counts once, a key reaches its own store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import NOON, app_of

from regulars.app.boot import House
from regulars.app.worker import Worker
from regulars.infra.crypto import Vault, set_vault
from regulars.tills import codes
from regulars.workspace import api as workspace

PHONE, OTHER = "13800138001", "13900139002"
BASIS = "till form, terms of 2011-11"


class Till:
    """A till of a store, with a key of its own."""

    def __init__(self, house: House, *stores: str, permissions: tuple[str, ...] = ("tills.use",)) -> None:
        self.house = house
        with house.ctx(1) as ctx:
            key = workspace.add_api_key(ctx, "till", list(permissions), list(stores) or None)
        self.browser = TestClient(app_of(house), raise_server_exceptions=False)
        self.browser.headers["authorization"] = f"Bearer {key}"

    def ask(self, what: str, body: dict[str, Any], status: int = 200) -> dict[str, Any]:
        answer = self.browser.post(f"/v1/till/{what}", json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def card(self, **named: str) -> dict[str, Any] | None:
        return self.ask("lookup", named)["card"]

    def join(self, phone: str = PHONE, *, status: int = 200, **more: Any) -> dict[str, Any]:
        said = {"phone": phone, "occurred_at": "2011-12-09T10:00:00Z", "basis": BASIS, "name": "王小明", **more}
        answer = self.ask("members", said, status)
        Worker(self.house).drain()
        return answer

    def sell(self, number: str, fen: int = 2000, *, status: int = 200, **more: Any) -> dict[str, Any]:
        said = {"document_id": number, "occurred_at": "2011-12-09T11:00:00+08:00", "total_fen": fen,
                "lines": [{"item_id": "tea", "quantity": 1, "amount_fen": fen}], **more}  # fmt: skip
        answer = self.ask("documents", said, status)
        Worker(self.house).drain()
        return answer


@pytest.fixture
def till(house: House) -> Till:
    return Till(house, "S1")


@pytest.fixture
def orders(house: House) -> Iterator[Any]:
    def listed() -> list[tuple[str, str, str, int]]:
        with house.ctx(1) as ctx:
            sql = (
                "SELECT kind, document_id, store, amount_fen FROM order_lines FINAL WHERE brand_id = 1"
                " ORDER BY document_id, kind"
            )
            return [(r["kind"], r["document_id"], r["store"], r["amount_fen"]) for r in ctx.lake.rows(sql)]

    return listed


def test_who_joins_at_a_till_is_known_there_by_phone_and_number_masked(till):
    assert till.card(phone=PHONE) is None
    joined = till.join(marketing=["sms"])
    assert joined["new"]
    card = till.card(phone=PHONE)
    assert card == till.card(member_no=joined["member_no"])
    assert card == {
        "member_no": joined["member_no"], "name": "王**", "phone": "138****8001", "joined_on": "2011-12-09",
        "last_order_on": None, "tags": [],
    }  # fmt: skip


def test_joining_again_gives_the_same_number_and_keeps_what_was_agreed_to(till, client):
    first = till.join()
    again = till.join(occurred_at="2011-12-09T12:00:00Z", marketing=["sms"])
    assert again == {"member_no": first["member_no"], "new": False}
    uid = client.get("/api/customers", params={"q": PHONE}).json()["items"][0]["uid"]
    (consent,) = client.get(f"/api/customers/{uid}").json()["consents"]
    assert (consent["channel"], consent["purpose"], consent["state"]) == ("sms", "marketing", "granted")
    assert consent["basis"] == BASIS


def test_two_tills_that_let_the_same_person_join_at_once_give_one_number(house, till):
    said = {"phone": PHONE, "occurred_at": "2011-12-09T10:00:00Z", "basis": BASIS}
    numbers = {one.ask("members", said)["member_no"] for one in (till, Till(house, "S2"))}
    assert len(numbers) == 1


def test_a_card_that_belongs_to_somebody_is_given_to_nobody_else(till):
    assert till.join(member_no="VIP-7")["member_no"] == "VIP-7"
    assert till.join(OTHER, member_no="VIP-7", status=409)["code"] == "till.number_taken"
    assert till.join(member_no="VIP-8", status=409)["hint"]


def test_a_sale_counts_once_under_the_tills_store_however_often_it_is_sent(till, orders):
    till.join()
    assert till.sell("R1", phone=PHONE)["new"]
    assert not till.sell("R1", phone=PHONE)["new"]
    assert orders() == [("sale", "R1", "S1", 2000)]
    assert till.card(phone=PHONE)["last_order_on"] == "2011-12-09"


def test_what_a_till_hands_in_days_later_counts_on_its_own_day_and_the_days_order_does_not_matter(till, orders):
    till.sell("R2", kind="refund", of_order="R1", occurred_at="2011-12-08T09:00:00Z")
    till.sell("R1", 3000, occurred_at="2011-11-30T09:00:00Z", phone=PHONE)
    assert orders() == [("sale", "R1", "S1", 3000), ("refund", "R2", "S1", -2000)]
    assert till.card(phone=PHONE)["last_order_on"] == "2011-11-30"


def test_a_corrected_receipt_replaces_the_first(till, orders):
    till.sell("R1")
    assert till.sell("R1", 1500)["new"]
    assert orders() == [("sale", "R1", "S1", 1500)]


def test_a_document_that_does_not_add_up_is_refused_whole(till, orders):
    said = till.sell("R1", 2000, status=422, lines=[{"item_id": "tea", "quantity": 1, "amount_fen": 1900}])
    assert "1900" in said["detail"]
    assert till.sell("R1", status=422, lines=[])
    assert orders() == []


def test_the_code_a_member_shows_names_them_for_a_minute(house, till):
    shop = Till(house, permissions=("tills.codes",))
    shop.ask("codes", {"phone": PHONE}, 404)
    number = till.join()["member_no"]
    code = shop.ask("codes", {"member_no": number})["code"]
    assert till.card(code=code)["member_no"] == number
    changed = f"{(int(code) + 1) % 10**18:018d}"
    assert till.card(code=changed) is None


def test_a_key_of_one_store_writes_for_no_other_and_does_nothing_else(house, till, orders):
    assert till.sell("R1", store="S2", status=403)["code"] == "till.other_store"
    assert till.browser.get("/api/customers").status_code == 403
    assert till.browser.post("/v1/track", json={"userId": "u", "event": "x"}).status_code == 403
    assert Till(house).sell("R1", status=422)["hint"]
    assert Till(house).sell("R1", store="S2")["new"]
    assert orders() == [("sale", "R1", "S2", 2000)]


def test_a_member_is_known_in_every_store_and_their_visits_where_they_bought(house, till):
    till.join()
    till.sell("R1", phone=PHONE)
    elsewhere = Till(house, "S2").card(phone=PHONE)
    assert (elsewhere["name"], elsewhere["last_order_on"]) == ("王**", None)


def test_tills_are_shown_the_chosen_tags_and_no_others(house, till, client):
    till.join()
    uid = client.get("/api/customers", params={"q": PHONE}).json()["items"][0]["uid"]
    made = [
        client.post("/api/tags", json={"name": name, "definition": {"origin": "manual", "values": [{"label": "是"}]}})
        for name in ("过敏", "爱投诉")
    ]
    for tag in made:
        client.put(f"/api/tags/{tag.json()['id']}/people/{uid}", json={"no": 1})
    Worker(house).drain()
    assert till.card(phone=PHONE)["tags"] == []
    assert client.put("/api/tills", json={"tags": [made[0].json()["id"]]}).status_code == 200
    assert till.card(phone=PHONE)["tags"] == [{"tag": "过敏", "value": "是"}]
    assert client.put("/api/tills", json={"tags": [999]}).status_code == 404


def test_a_member_of_another_brand_of_the_group_is_nobody_here(house, till):
    with house.ctx(2) as ctx:
        key = workspace.add_api_key(ctx, "till", ["tills.use"], ["S9"])
    own = till.browser.headers["authorization"]
    till.browser.headers["authorization"] = f"Bearer {key}"
    till.join()
    assert till.card(phone=PHONE)
    till.browser.headers["authorization"] = own
    assert till.card(phone=PHONE) is None


@given(uid=st.integers(0, 2**32 - 1), second=st.integers(0, 59), digit=st.integers(0, 17), by=st.integers(1, 9))
def test_a_code_names_its_person_and_a_changed_one_nobody(uid: int, second: int, digit: int, by: int):
    set_vault(Vault(b"0123456789abcdef0123456789abcdef"))
    at = NOON.replace(second=second)
    made = codes.made(1, uid, at).digits
    assert codes.uid_of(1, made, at) == uid
    assert codes.uid_of(2, made, at) is None
    changed = made[:digit] + str((int(made[digit]) + by) % 10) + made[digit + 1 :]
    assert codes.uid_of(1, changed, at) is None


@given(uid=st.integers(0, 2**32 - 1), passed_s=st.integers(0, 300))
def test_a_code_is_good_for_as_long_as_it_said(uid: int, passed_s: int):
    set_vault(Vault(b"0123456789abcdef0123456789abcdef"))
    made = codes.made(1, uid, NOON)
    at = NOON + timedelta(seconds=passed_s)
    assert (codes.uid_of(1, made.digits, at) == uid) == (passed_s < made.good_for_s)
