"""What a count costs, said before it runs; its bounds; its cancelling."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.segments.rows import Order, write_orders, write_states

from regulars.core.ctx import Ctx
from regulars.core.errors import Unavailable
from regulars.core.rule import parse
from regulars.segments import api, costing, store_lake
from regulars.segments.contract import Cost, PartCost

TODAY = date(2011, 12, 10)
TWICE: dict[str, Any] = {"op": "ge", "field": "person.purchase_number", "value": 2}
LINES: dict[str, Any] = {"op": "did", "relation": "order", "window": {"kind": "ever"},
                         "where": {"op": "ge", "field": "order.net_fen", "value": 500}}  # fmt: skip
KEY = "a-key-made-up-anew"
ORDERS = [Order(uid, TODAY - timedelta(days=uid % 90)) for uid in range(1, 400)]


@pytest.fixture(autouse=True)
def limits() -> Iterator[None]:
    yield
    api.wire(api.CountLimits())


@pytest.fixture
def shop(house) -> None:
    with house.ctx(1) as ctx:
        write_orders(ctx, ORDERS)
        write_states(ctx, ORDERS, TODAY)


def fill(ctx: Ctx) -> None:
    write_orders(ctx, ORDERS)
    write_states(ctx, ORDERS, TODAY)


def cost(path: Any, rows: int, seconds: float) -> Cost:
    return Cost((PartCost(path, kept=False, rows=rows, seconds=seconds),), rows, seconds, over=False)


# --- estimating -----------------------------------------------------------------------------------------
def test_each_part_tells_its_path_and_the_rows_it_would_read(ctx: Ctx) -> None:
    fill(ctx)
    first = api.preview(ctx, parse({"op": "and", "rules": [TWICE, LINES]})).cost
    assert [(p.path, p.kept) for p in first.parts] == [("state", False), ("scan", False), ("state", False)]
    assert first.parts[1].rows >= len(ORDERS)
    assert first.rows == sum(part.rows for part in first.parts)
    assert first.over is False


def test_what_is_kept_costs_nothing(ctx: Ctx) -> None:
    fill(ctx)
    api.preview(ctx, parse(LINES))
    again = api.preview(ctx, parse({"op": "and", "rules": [TWICE, LINES]})).cost
    assert [(p.path, p.kept) for p in again.parts] == [("state", False), ("scan", True), ("state", True)]
    done = api.preview(ctx, parse({"op": "and", "rules": [TWICE, LINES]}))
    assert (done.cost.rows, done.cost.seconds, done.path) == (0, 0.0, "bitmap")
    assert all(part.kept for part in done.cost.parts)


def test_a_count_as_of_a_day_tells_its_cost_too(ctx: Ctx) -> None:
    fill(ctx)
    then = api.preview(ctx, parse(TWICE), as_of=TODAY).cost
    assert [part.kept for part in then.parts] == [False]
    assert then.rows >= len(ORDERS)


def test_a_count_over_the_bound_is_sampled_until_the_exact_one_is_asked_for(ctx: Ctx) -> None:
    fill(ctx)
    api.wire(api.CountLimits(asks_from_s=0.0))
    guess = api.preview(ctx, parse(LINES))
    assert (guess.estimate, guess.cost.over) == (True, True)
    assert guess.low <= 399 <= guess.high
    exact = api.preview(ctx, parse(LINES), exact=True)
    assert (exact.estimate, exact.people, exact.cost.over) == (False, 399, True)
    kept = api.preview(ctx, parse(LINES))  # the answer is kept by now
    assert (kept.estimate, kept.people, kept.cost.over) == (False, 399, False)


def test_branches_are_counted_alone_as_far_as_that_is_quick(ctx: Ctx) -> None:
    fill(ctx)
    both = parse({"op": "and", "rules": [TWICE, LINES]})
    no_line = parse({"op": "not", "rule": LINES})
    alone = [api.preview(ctx, rule).people for rule in (parse(LINES), no_line)]
    assert api.preview_each(ctx, [parse(LINES), no_line, both]) == [*alone, api.preview(ctx, both).people]
    api.wire(api.CountLimits(asks_from_s=0.0))
    fresh = parse({**LINES, "where": {"op": "ge", "field": "order.net_fen", "value": 501}})
    assert api.preview_each(ctx, [fresh, parse(LINES)]) == [None, alone[0]]  # what is kept costs nothing


def test_a_branch_that_makes_no_sense_says_where(client: TestClient) -> None:
    answer = client.post(
        "/api/segments/preview/each",
        json={"rules": [TWICE, {"op": "and", "rules": [{"op": "ge", "field": "person.no", "value": 1}]}]},
    )
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("$.rules[0].field")
    assert client.post("/api/segments/preview/each", json={"rules": []}).status_code == 422


def test_rates_follow_the_counts_that_were_seen() -> None:
    rates = costing.Rates()
    assert rates.seconds("scan", int(costing.START["scan"])) == 1
    for _ in range(40):
        rates.learn(cost("scan", 1_000_000, 9.9), 1.0)
    assert rates.seconds("scan", 2_000_000) == pytest.approx(2.0, rel=1e-3)
    assert rates.seconds("state", int(costing.START["state"])) == 1  # another path learned nothing


def test_rates_of_several_paths_move_by_the_same_factor() -> None:
    rates = costing.Rates()
    state, scan = int(costing.START["state"]), int(costing.START["scan"])
    both = Cost((*cost("state", state, 1).parts, *cost("scan", scan, 1).parts), state + scan, 2, over=False)
    rates.learn(both, 4.0)  # twice as long as expected
    assert rates.seconds("state", state) == pytest.approx(1 / (1 - costing.NEW_SHARE / 2))
    assert rates.seconds("scan", scan) == pytest.approx(rates.seconds("state", state))


def test_short_readings_teach_nothing() -> None:
    rates = costing.Rates()
    rates.learn(cost("scan", costing.LEARN_FROM_ROWS - 1, 1), 100.0)
    assert rates.seconds("scan", int(costing.START["scan"])) == 1


# --- bounds ---------------------------------------------------------------------------------------------
def slow(ctx: Ctx, answer: object) -> tuple[int, int]:
    ctx.lake.rows("SELECT sum(sleepEachRow(0.05)) FROM numbers(400) SETTINGS max_block_size = 1")
    return 0, 0


def large(ctx: Ctx, answer: object) -> tuple[int, int]:
    ctx.lake.rows("SELECT length(groupArray(number)) FROM numbers(3000000)")
    return 0, 0


def test_a_count_that_needs_too_much_memory_says_what_to_do(
    client: TestClient, shop: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_lake, "count_named", large)
    api.wire(api.CountLimits(memory_mib=1))
    answer = client.post("/api/segments/preview", json={"rule": TWICE})
    assert answer.status_code == 422
    assert answer.json()["code"] == "lake.too_large"
    assert "memory" in answer.json()["detail"]
    assert "REGULARS_COUNT_MEMORY_MIB" in answer.json()["hint"]


def test_a_refresh_keeps_within_the_same_limits(
    client: TestClient, shop: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = client.post("/api/segments", json={"name": "Twice", "kind": "dynamic", "rule": TWICE}).json()
    monkeypatch.setattr(store_lake, "write_difference", lambda ctx, *_: large(ctx, None))
    api.wire(api.CountLimits(memory_mib=1))
    kept = client.post(f"/api/segments/{made['id']}/refresh").json()
    assert (kept["state"], kept["version"], kept["people"]) == ("failed", made["version"], made["people"])
    assert "REGULARS_COUNT_MEMORY_MIB" in kept["error"]


def test_a_count_that_takes_too_long_says_what_to_do(
    client: TestClient, shop: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.post("/api/segments/preview", json={"rule": TWICE})
    monkeypatch.setattr(store_lake, "count_named", slow)
    api.wire(api.CountLimits(at_most_s=1))
    answer = client.post("/api/segments/preview", json={"rule": TWICE})
    assert (answer.status_code, answer.json()["code"]) == (422, "lake.too_slow")


def test_only_so_many_heavy_counts_run_at_once() -> None:
    dear, light = Cost((), 1, 9.0, over=True), Cost((), 1, 0.1, over=False)
    held = [costing.heavy(dear) for _ in range(costing.HEAVY_AT_ONCE)]
    for one in held:
        one.__enter__()
    with pytest.raises(Unavailable), costing.heavy(dear):
        pass
    with costing.heavy(light):
        pass
    for one in held:
        one.__exit__(None, None, None)
    with costing.heavy(dear):
        pass


# --- cancelling -----------------------------------------------------------------------------------------
def test_a_count_is_cancelled_by_its_key_while_the_rest_answers(
    client: TestClient, shop: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_lake, "count_named", slow)
    answers: list[Any] = []
    body = {"rule": TWICE, "exact": True, "key": KEY}
    counting = threading.Thread(target=lambda: answers.append(client.post("/api/segments/preview", json=body)))
    counting.start()
    while not client.post(f"/api/segments/preview/{KEY}/cancel").json()["cancelled"]:
        assert client.get("/api/segments").status_code == 200  # nothing else waits
        assert counting.is_alive()
    counting.join()
    assert (answers[0].status_code, answers[0].json()["code"]) == (409, "lake.cancelled")
    assert client.post(f"/api/segments/preview/{KEY}/cancel").json() == {"cancelled": False}
    monkeypatch.undo()
    assert client.post("/api/segments/preview", json=body).json()["people"] == 0


def test_a_key_that_could_be_something_else_is_refused(client: TestClient) -> None:
    assert client.post("/api/segments/preview/a' OR 1=1 --/cancel").status_code == 422
    assert client.post("/api/segments/preview", json={"rule": TWICE, "key": "short"}).status_code == 422
