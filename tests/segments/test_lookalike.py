"""Look-alikes: whom they find when the truth is planted, what they refuse, what they tell."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from math import log
from random import Random  # noqa: TID251 - seeded, for shops made up here
from typing import Any

import pyarrow as pa
import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from tests.segments.rows import ANONYMOUS, Order, remove_states, write_states
from tests.segments.test_membership import TODAY, people

from regulars.app.boot import House
from regulars.core.ctx import Ctx
from regulars.core.errors import BadInput, Conflict, NotFound
from regulars.infra import jobs
from regulars.segments import api, api_lookalike, lookalike, store_lookalike
from regulars.segments.lookalike import Asked, HeldOut
from regulars.segments.store_lookalike import FEATURES, Count, Crowd, Step

CITIES = ("Leeds", "York", "Hull", "Bath")
CATEGORIES = ("tea", "lamps", "bags", "clocks", "cards")
PEOPLE = 3_000


def write_people(ctx: Ctx) -> dict[int, tuple[str, str, int]]:
    """Write known people of whom city, category and step are drawn independently; return what each is."""
    random = Random(7)
    write_states(ctx, [Order(ANONYMOUS, TODAY)], TODAY)
    remove_states(ctx, [ANONYMOUS])
    drawn = {
        uid: (random.choice(CITIES), random.choice(CATEGORIES), random.randrange(1, 5)) for uid in range(1, PEOPLE + 1)
    }
    rows: list[dict[str, Any]] = []
    for uid, (city, category, step) in drawn.items():
        days = [TODAY - timedelta(days=random.randrange(400)) for _ in range(step)]
        rows.append(
            {
                "brand_id": 1, "uid": uid, "purchase_number": step, "ladder_step": step, "net_fen": step * 2_000,
                "first_order_on": min(days), "last_order_on": max(days), "order_days": sorted(days),
                "order_fens": [2_000] * step, "favourite_category": category, "city": city,
                "consents": ["sms:marketing"] if uid % 2 else [], "anonymous": 0, "version": 1, "deleted": 0,
            }
        )  # fmt: skip
    schema = pa.schema(
        [
            ("brand_id", pa.uint16()), ("uid", pa.uint32()), ("purchase_number", pa.uint32()),
            ("ladder_step", pa.uint8()), ("net_fen", pa.int64()), ("first_order_on", pa.date32()),
            ("last_order_on", pa.date32()), ("order_days", pa.list_(pa.date32())), ("order_fens", pa.list_(pa.int64())),
            ("favourite_category", pa.string()), ("city", pa.string()), ("consents", pa.list_(pa.string())),
            ("anonymous", pa.uint8()), ("version", pa.uint64()), ("deleted", pa.uint8()),
        ]
    )  # fmt: skip
    ctx.lake.insert("user_state_delta", pa.Table.from_pylist(rows, schema))
    return drawn


@pytest.fixture
def drawn(ctx: Ctx) -> dict[int, tuple[str, str, int]]:
    return write_people(ctx)


def planted(drawn: dict[int, tuple[str, str, int]]) -> list[int]:
    return [uid for uid, (city, category, _) in drawn.items() if city == "York" and category == "tea"]


def static(ctx: Ctx, name: str, uids: list[int]) -> int:
    return api.create_static(ctx, name=name, uids=uids).id


def test_those_with_the_planted_traits_come_first(ctx: Ctx, drawn: dict[int, tuple[str, str, int]]) -> None:
    alike = planted(drawn)
    seeds, others = alike[: len(alike) // 2], set(alike[len(alike) // 2 :])
    found = api_lookalike.create(ctx, static(ctx, "Seeds", seeds), Asked(people=len(others)), name="Like them")
    assert (found.kind, found.people, found.rule) == ("static", len(others), None)
    # the odd one out may fit the seeds in all that was drawn without a meaning
    assert len(others & set(people(ctx, found.id))) >= 0.95 * len(others)
    told = found.made_from
    assert told["auc"] > 0.9
    assert told["gain"] > 5
    assert (told["everybody"], told["learnt"] + told["held"]) == (PEOPLE, len(seeds))
    assert told["candidates"] == PEOPLE - len(seeds)
    strongest = sorted(told["model"], key=lambda t: -t["weight"])[:2]
    assert {(t["feature"], t["value"]) for t in strongest} == {("city", "York"), ("favourite_category", "tea")}
    assert all(t["lift"] > 3 and t["seed_share"] == 1 for t in strongest)


def test_seeds_drawn_by_lot_say_nothing(ctx: Ctx, drawn: dict[int, tuple[str, str, int]]) -> None:
    lot = static(ctx, "By lot", Random(3).sample(sorted(drawn), 1_400))
    told = api_lookalike.create(ctx, lot, Asked(people=300), name="Like nobody").made_from
    assert abs(told["auc"] - 0.5) < 0.07
    assert 0.5 < told["gain"] < 1.6


def test_the_same_question_finds_the_same_people(ctx: Ctx, drawn: dict[int, tuple[str, str, int]]) -> None:
    seeds = static(ctx, "Seeds", planted(drawn)[:80])
    one = api_lookalike.create(ctx, seeds, Asked(people=200), name="One")
    two = api_lookalike.create(ctx, seeds, Asked(people=200), name="Two")
    assert people(ctx, one.id) == people(ctx, two.id)
    assert one.made_from == two.made_from
    assert not set(people(ctx, one.id)) & set(people(ctx, seeds))


def test_only_those_who_gave_a_consent(ctx: Ctx, drawn: dict[int, tuple[str, str, int]]) -> None:
    seeds = static(ctx, "Seeds", planted(drawn)[:80])
    found = api_lookalike.create(ctx, seeds, Asked(people=PEOPLE, consent="sms:marketing"), name="Reachable")
    assert {uid % 2 for uid in people(ctx, found.id)} == {1}
    assert found.people == found.made_from["candidates"] < PEOPLE / 2
    with pytest.raises(BadInput, match="Nobody else"):
        api_lookalike.create(ctx, seeds, Asked(people=10, consent="push:marketing"), name="Unreachable")


def test_anonymous_people_only_when_asked_for(ctx: Ctx, drawn: dict[int, tuple[str, str, int]]) -> None:
    write_states(ctx, [Order(ANONYMOUS + n, TODAY, 2_000) for n in range(1, 6)], TODAY)
    seeds = static(ctx, "Seeds", planted(drawn)[:80])
    known = api_lookalike.create(ctx, seeds, Asked(people=PEOPLE), name="Known")
    everybody = api_lookalike.create(ctx, seeds, Asked(people=PEOPLE, anonymous=True), name="Everybody")
    assert max(people(ctx, known.id)) < ANONYMOUS
    assert everybody.people == known.people + 5


def test_a_scope_narrows_seeds_and_candidates(ctx: Ctx, drawn: dict[int, tuple[str, str, int]]) -> None:
    seeds = static(ctx, "Seeds", planted(drawn)[:80])
    elsewhere = replace(ctx, scope=replace(ctx.scope, stores=frozenset({"Leeds"})))
    with pytest.raises(BadInput, match="0 customers are too few"):
        api_lookalike.create(elsewhere, seeds, Asked(people=10), name="Elsewhere")


def test_too_few_and_too_many_seeds(ctx: Ctx, drawn: dict[int, tuple[str, str, int]]) -> None:
    with pytest.raises(BadInput, match="49 customers are too few") as few:
        api_lookalike.create(ctx, static(ctx, "Few", list(range(1, 50))), Asked(people=10), name="A")
    with pytest.raises(BadInput, match="1501 of 3000 customers") as many:
        api_lookalike.create(ctx, static(ctx, "Many", list(range(1, 1_502))), Asked(people=10), name="A")
    assert (few.value.code, many.value.code) == ("lookalike.seed_too_small", "lookalike.seed_too_large")
    with pytest.raises(BadInput, match="1 to 1,000,000"):
        api_lookalike.create(ctx, static(ctx, "Fine", list(range(1, 60))), Asked(people=0), name="A")
    with pytest.raises(Conflict, match="already a segment named few"):
        api_lookalike.create(ctx, static(ctx, "Good", list(range(1, 60))), Asked(people=10), name="few")


# --- the model by itself --------------------------------------------------------------------------------
def test_the_weight_of_a_value_is_the_stated_one() -> None:
    rare = [Count("gender", "x", 15, 0), Count("gender", "y", 15, 1)]
    counts = [Count("gender", "f", 600, 80), Count("gender", "m", 370, 19), *rare]
    (one,) = lookalike.weigh(counts, 1_000, 100)
    by_value = {t.value: t.evidence for t in one.traits}
    # 3 values told apart: f, m, and all rarer ones
    assert by_value["f"] == pytest.approx(log((80 + 3 * 0.6) / 103 / 0.6))
    assert by_value["m"] == pytest.approx(log((19 + 3 * 0.37) / 103 / 0.37))
    assert by_value[None] == pytest.approx(log((1 + 3 * 0.03) / 103 / 0.03))
    assert one.points.rest == round(1_000 * by_value[None])
    (few,) = lookalike.weigh([*counts[:2], Count("gender", "x", 19, 19)], 989, 118)
    assert few.points.rest == 0


def test_a_family_counts_by_strength() -> None:
    def of(feature: str, seeds: int) -> list[Count]:
        return [Count(feature, "a", 500, seeds), Count(feature, "b", 500, 100 - seeds)]

    model = lookalike.weigh([*of("city", 60), *of("province", 90), *of("region", 50), *of("gender", 55)], 1_000, 100)
    assert {one.feature.key: one.counts for one in model} == {
        "province": 1,
        "city": 1 / 2,
        "region": 1 / 3,
        "gender": 1,
    }


@given(st.lists(st.tuples(st.integers(20, 5_000), st.floats(0, 1)), min_size=2, max_size=20))
def test_weights_leave_no_room_for_noise(drawn: list[tuple[int, float]]) -> None:
    """Smoothed shares add up to one, strength is never negative, and no weight is beyond what the data can say."""
    counts = [Count("city", f"c{i}", n, round(n * part)) for i, (n, part) in enumerate(drawn)]
    everybody, learnt = sum(c.everybody for c in counts), sum(c.learnt for c in counts)
    if not learnt:
        return
    (one,) = lookalike.weigh(counts, everybody, learnt)
    shares = [2.718281828459045**t.evidence * t.everybody / everybody for t in one.traits]
    assert sum(shares) == pytest.approx(1)
    assert one.strength >= -1e-9
    assert all(t.evidence >= log(len(counts) / (learnt + len(counts))) - 1e-9 for t in one.traits)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=9), st.integers(1, 90))
def test_the_check_is_what_ranking_by_hand_says(drawn: list[tuple[int, int]], people: int) -> None:
    steps = [Step(100 - i, others, others, held) for i, (others, held) in enumerate(drawn)]
    held = [s.score for s in steps for _ in range(s.held)]
    others = [s.score for s in steps for _ in range(s.others)]
    if not held or not others:
        return
    check = lookalike.held_out(steps, people)
    pairs = [(h > o) + (h == o) / 2 for h in held for o in others]
    assert check.auc == pytest.approx(sum(pairs) / len(pairs))
    assert check.at_random == pytest.approx(min(1, people / len(held + others)))
    assert 0 <= check.found <= 1


def test_a_perfect_ranking() -> None:
    assert lookalike.held_out([Step(9, 0, 0, 10), Step(1, 90, 90, 0)], 10) == HeldOut(1.0, 1.0, 0.1)


def test_values_as_people_read_them() -> None:
    by_key = {f.key: f for f in FEATURES}

    def shown(key: str, value: int | str | None) -> str:
        return lookalike.shown(by_key[key], value)

    assert [shown("since_last_order", v) for v in (-1, 0, 31, 731)] == ["", "0-7", "31-60", "731+"]
    assert [shown("purchase_number", v) for v in (0, 3, 8)] == ["0", "3", "8+"]
    assert [shown("net_fen", v) for v in (0, 1, 5_000, 10_240_000)] == ["0", "0.01-50", "50-100", "102400+"]
    assert [shown("birth_month", v) for v in (0, 12)] == ["0", "12"]
    assert [shown("city", v) for v in ("", "York", None)] == ["", "York", "*"]


# --- over HTTP ------------------------------------------------------------------------------------------
def work(house: House) -> None:
    while jobs.run_due(house.db, house.make_ctx, owner="t", queue="asked"):
        pass


def test_a_look_alike_over_http(client: TestClient, house: House) -> None:
    with house.ctx(1) as ctx:
        drawn = write_people(ctx)
    seeds = client.post("/api/segments", json={"name": "S", "kind": "static", "uids": planted(drawn)[:80]}).json()
    path = f"/api/segments/{seeds['id']}/lookalike"
    asked = client.post(f"{path}/preview", json={"people": 50, "anonymous": True})
    assert (asked.status_code, asked.json()["state"], asked.json()["told"]) == (202, "running", None)
    work(house)
    found = client.get(f"{path}/tasks/{asked.json()['id']}").json()
    assert (found["state"], found["done"], found["total"], found["made_id"]) == ("done", 2, 2, None)
    assert found["asked"] == {"people": 50, "anonymous": True, "consent": ""}
    seen = found["told"]
    assert (seen["curve"][-1], len(client.get("/api/segments").json()["items"])) == ({"share": 1.0, "found": 1.0}, 1)
    assert [point["found"] for point in seen["curve"]] == sorted(point["found"] for point in seen["curve"])
    task = client.post(path, json={"name": "Like S", "people": 50, "anonymous": True}).json()
    work(house)
    kept = client.get(f"{path}/tasks/{task['id']}").json()
    assert (kept["state"], kept["done"], kept["total"], kept["people"]) == ("done", 3, 3, 50)
    made = client.get(f"/api/segments/{kept['made_id']}").json()
    assert (made["people"], made["origin"], made["name"]) == (50, "lookalike", "Like S")
    assert made["sentence"]["zh"] == "与另一个人群最相似的客户"
    told = client.get(f"/api/segments/{made['id']}/lookalike").json()
    assert told == seen == kept["told"]
    assert (told["segment_id"], told["wanted"], told["method"]) == (seeds["id"], 50, "weight_of_evidence")
    assert next(f for f in told["features"] if f["feature"] == "city")["label"] == {"zh": "城市", "en": "city"}
    assert client.get(path).json()["code"] == "segment.no_lookalike"
    with house.ctx(1) as ctx:
        rows = ctx.tx.execute("select after, actor_kind from audit_entry where action = 'segment.created'").fetchall()
    assert (rows[-1]["after"]["like"], rows[-1]["actor_kind"]) == (seeds["id"], "user")


def test_what_cannot_be_looked_for_is_told(client: TestClient, house: House) -> None:
    with house.ctx(1) as ctx:
        write_people(ctx)
    seeds = client.post("/api/segments", json={"name": "S", "kind": "static", "uids": [1, 2, 3]}).json()
    path = f"/api/segments/{seeds['id']}/lookalike"
    assert client.post(path, json={"name": "s", "people": 50}).json()["code"] == "segment.name_taken"
    assert client.post(path, json={"name": " ", "people": 50}).status_code == 422
    assert client.post("/api/segments/999/lookalike/preview", json={"people": 50}).status_code == 404
    task = client.post(f"{path}/preview", json={"people": 50}).json()
    work(house)
    failed = client.get(f"{path}/tasks/{task['id']}").json()
    assert (failed["state"], failed["code"]) == ("failed", "lookalike.seed_too_small")
    assert failed["message"].startswith("3 customers are too few")
    assert failed["hint"]
    assert client.get(f"/api/segments/{seeds['id'] + 1}/lookalike/tasks/{task['id']}").status_code == 404
    with house.ctx(1) as ctx, pytest.raises(NotFound):
        api_lookalike.get(ctx, seeds["id"], task["id"])  # somebody else's


def test_looking_is_cancelled_before_and_in_the_middle(
    client: TestClient, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    with house.ctx(1) as ctx:
        drawn = write_people(ctx)
    seeds = client.post("/api/segments", json={"name": "S", "kind": "static", "uids": planted(drawn)[:80]}).json()
    path = f"/api/segments/{seeds['id']}/lookalike"
    waiting = client.post(path, json={"name": "Like S", "people": 50}).json()
    client.post(f"{path}/tasks/{waiting['id']}/cancel")
    work(house)
    assert client.get(f"{path}/tasks/{waiting['id']}").json()["state"] == "cancelled"
    task = client.post(path, json={"name": "Like S", "people": 50}).json()
    counted, asked = store_lookalike.counted, threading.Event()

    def slowly(ctx: Ctx, crowd: Crowd) -> Any:
        asked.set()
        ctx.lake.rows("SELECT sleepEachRow(0.5) FROM numbers(600) SETTINGS max_block_size = 1")
        return counted(ctx, crowd)

    monkeypatch.setattr(store_lookalike, "counted", slowly)
    worker = threading.Thread(target=work, args=(house,))
    worker.start()
    asked.wait(60)
    while worker.is_alive():
        client.post(f"{path}/tasks/{task['id']}/cancel")
        worker.join(0.2)
    told = client.get(f"{path}/tasks/{task['id']}").json()
    assert (told["state"], told["done"], told["made_id"]) == ("cancelled", 0, None)
    assert len(client.get("/api/segments").json()["items"]) == 1
    assert client.post(f"{path}/tasks/{task['id']}/cancel").json()["state"] == "cancelled"
