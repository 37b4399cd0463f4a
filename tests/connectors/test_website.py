"""What pages may send: behaviour, and nothing that a page cannot know."""

from __future__ import annotations

import json

import pytest

from regulars.app.boot import load_rooms


@pytest.fixture
def connect(client):
    load_rooms()

    def made(**config: object) -> str:
        given = {"connector": "website", "name": "Site", "config": {"shop": "site", **config}}
        answer = client.post("/api/sources", json=given)
        assert answer.status_code == 201, answer.text
        return answer.json()["hook"]

    return made


def send(client, hook: str, *messages: dict, origin: str = "https://shop.example.com"):
    body = json.dumps({"batch": list(messages)})
    return client.post(hook, content=body, headers={"content-type": "text/plain", "origin": origin})


def events(client) -> list[dict]:
    with client.app.state.house.ctx(1) as ctx:
        return ctx.tx.execute("select * from event_log order by seq").fetchall()


def test_behaviour_comes_in_once_and_the_page_may_read_the_answer(client, connect):
    hook = connect()
    view = {"type": "page", "anonymousId": "a1", "messageId": "m1", "context": {"page": {"url": "https://x/y?token=1"}}}
    cart = {"type": "track", "event": "Product Added", "anonymousId": "a1", "messageId": "m2",
            "properties": {"product_id": "S1", "price": 5, "quantity": 1}}  # fmt: skip
    answer = send(client, hook, view, cart)
    assert (answer.status_code, answer.json()["accepted"]) == (200, 2)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert send(client, hook, view, cart).json()["duplicates"] == 2
    found = events(client)
    assert [e["type"] for e in found] == ["page.viewed", "cart.added"]
    assert (found[0]["props"]["url"], found[0]["props"]["shop"]) == ("https://x/y", "site")


@pytest.mark.parametrize("event", ["Order Completed", "order.placed", " order refunded ", "member.joined",
                                   "consent.changed", "person.tagged", "message.clicked"])  # fmt: skip
def test_orders_members_and_consents_never_come_from_a_page(client, connect, event):
    answer = send(client, connect(), {"type": "track", "event": event, "anonymousId": "a1", "properties": {}})
    assert (answer.status_code, events(client)) == (422, [])


def test_what_a_page_says_about_a_person_is_left_out_unless_it_is_believed(client, connect):
    forged = {"traits": {"phone": "13812345678"}, "externalIds": [{"type": "unionid", "id": "o1"}]}
    traits = {"phone": "13812345678", "city": "武汉"}
    said = {"type": "identify", "userId": "u1", "anonymousId": "a1", "traits": traits, "context": forged}
    assert send(client, connect(), said).json()["accepted"] == 1
    with client.app.state.house.ctx(1) as ctx:
        kinds = {row["ns"] for row in ctx.tx.execute("select ns from identifier")}
    assert kinds == {"customer_id", "anonymous_id"}
    assert "city" not in events(client)[0]["props"]


def test_only_the_pages_that_are_named_may_send(client, connect):
    hook = connect(origins=["https://shop.example.com/"])
    view = {"type": "page", "anonymousId": "a1", "messageId": "m1"}
    assert send(client, hook, view, origin="https://elsewhere.example.com").status_code == 403
    assert send(client, hook, view).json()["accepted"] == 1
