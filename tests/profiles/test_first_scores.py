"""RFM scores of the first orders a shop brings in: right at once, not from the next day on."""

from __future__ import annotations

import json
from typing import Any

from fastapi.testclient import TestClient
from tests.profiles.conftest import Shop, day

from regulars.app.boot import House
from regulars.app.worker import Worker
from regulars.profiles import handlers

MAPPING = {
    "version": 1, "target": "order_lines", "zone": "Europe/London", "currency": "GBP",
    "columns": {"shop": {"const": "web"}, "document_id": {"from": "order"}, "occurred_at": {"from": "at"},
                "item_id": {"const": "tea"}, "quantity": {"const": 1}, "amount": {"from": "amount"}},
    "identifiers": [{"ns": "phone", "from": "phone"}],
}  # fmt: skip


def bring_in(client: TestClient, house: House, people: range) -> None:
    """Import a file in which the n-th customer bought n times, n pounds a time, the last time on the n-th."""
    rows = [f"o{n}-{i},2011-11-{n:02d} 10:00:00,{n},138001380{n:02d}" for n in people for i in range(n)]
    text = "order,at,amount,phone\n" + "\n".join(rows) + "\n"
    answer = client.post(
        "/api/imports", files={"file": ("orders.csv", text.encode())}, data={"mapping": json.dumps(MAPPING)}
    )
    assert answer.status_code == 202, answer.text
    Worker(house).drain()


def scores(client: TestClient) -> list[Any]:
    found = client.get("/api/customers", params={"limit": 100}).json()["items"]
    return [one["rfm"] for one in sorted(found, key=lambda one: one["purchase_number"])]


def test_scores_are_right_once_the_first_file_is_in(client: TestClient, house: House):
    bring_in(client, house, range(1, 6))
    assert scores(client) == [[n, n, n] for n in range(1, 6)]


def test_a_second_file_that_changes_who_the_buyers_are_moves_the_scores(client: TestClient, house: House):
    bring_in(client, house, range(1, 6))
    bring_in(client, house, range(6, 11))
    assert scores(client) == [[n, n, n] for n in (1, 1, 2, 2, 3, 3, 4, 4, 5, 5)]


def test_scores_of_the_first_orders_over_http_do_not_wait_for_the_next_day(shop: Shop):
    for n in range(1, 6):
        shop.order(f"o{n}", [("tea", 1, n * 100)], f"phone:1380013800{n}", at=day(f"2011-11-0{n}"))
    shop.settle()
    with shop.db.tx() as tx:
        handlers.roll_day(shop.make_ctx(tx, 0), {})
    states = [shop.state(f"phone:1380013800{n}") for n in range(1, 6)]
    assert [(s["rfm_r"], s["rfm_m"]) for s in states] == [(n, n) for n in range(1, 6)]
