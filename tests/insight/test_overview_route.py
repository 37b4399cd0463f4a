"""The first page's numbers as the console gets them."""

from __future__ import annotations

from datetime import date

from fastapi.testclient import TestClient
from tests.segments.rows import Order, write_orders, write_states

from regulars.insight import api

TODAY = date(2011, 12, 10)


def test_the_first_page_before_any_data(client: TestClient) -> None:
    page = client.get("/api/overview").json()
    assert page["as_of_on"] == "2011-12-10"
    assert page["window"] == {"from": "2011-11-11", "to": "2011-12-11"}
    assert (page["sales_fen"], page["months"], page["people"]) == (0, [], {"identified": 0, "anonymous": 0})
    assert page["at_risk"] == {"people": None, "segment_id": None}
    assert [s["step"] for s in page["ladder"]] == list(range(1, 9))
    assert page["ladder"][0]["next_rate_bp"] is None


def test_the_first_page(client: TestClient, house) -> None:
    orders = [Order(1, date(2011, 12, 1), 500), Order(1, date(2011, 11, 1), 300), Order(2, date(2011, 12, 5), 70)]
    with house.ctx(1) as ctx:
        write_orders(ctx, orders)
        write_states(ctx, orders, TODAY)
    page = client.get("/api/overview").json()
    assert (page["currency"], page["zone"], page["sales_basis"]) == ("GBP", "Europe/London", "order_net")
    assert [page[k] for k in ("sales_fen", "orders", "buyers", "new_buyers", "returning_buyers")] == [570, 2, 2, 1, 1]
    assert page["compare"] == {
        "label": "previous_30_days", "sales_fen": 300, "orders": 1, "buyers": 1, "new_buyers": 1,
        "returning_buyers": 0,
    }  # fmt: skip
    assert [(m["month"], m["sales_fen"], m["unfinished"]) for m in page["months"]] == [
        ("2011-11", 300, False),
        ("2011-12", 570, True),
    ]
    first = page["ladder"][0]
    assert first == {"step": 1, "people": 1, "reached": 2, "lost": 1, "next_rate_bp": 5000, "median_gap_days": 30.0}


def test_every_number_of_the_page_has_a_definition(client: TestClient) -> None:
    page = client.get("/api/overview").json()
    months = {"sales_fen", "cash_fen", "orders", "buyers", "new_buyers", "returning_buyers"}
    steps = {"people", "reached", "lost", "next_rate_bp", "median_gap_days"}
    plain = {
        "as_of_on",
        "window",
        "zone",
        "currency",
        "sales_basis",
        "compare",
        "months",
        "ladder",
        "at_risk",
        "people",
    }
    shown = (set(page) - plain) | months | steps | {"at_risk.people", "people.identified", "people.anonymous"}
    shown |= {f"day.{n}" for n in client.get("/api/overview/day").json()["now"]} - {
        "day.buyers",
        "day.anonymous_orders",
    }
    metrics = client.get("/api/metrics").json()
    defined = {field for m in metrics["items"] for field in m["fields"]}
    assert shown == defined
    assert all(m["definition"]["zh"] and m["definition"]["en"] and m["title"]["zh"] for m in metrics["items"])
    assert metrics["total"] == len(api.definitions())
