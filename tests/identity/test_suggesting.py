"""Suggestions find what exact rules cannot, show why, and never merge."""

from __future__ import annotations

import sys
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path
from random import Random  # noqa: TID251 - seeded, for customers made up here

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient

from regulars.app.boot import House
from regulars.core.errors import BadInput
from regulars.core.event import Identifier
from regulars.identity import api, suggesting
from regulars.identity.contract import Observation
from regulars.infra import jobs
from regulars.profiles import api as profiles
from regulars.profiles.contract import AttributeFact

FIELDS = ["first_name", "surname", "dob", "city", "email"]


def records(shared_data: Path) -> pa.Table:
    return pq.read_table(shared_data / "record_linkage" / "fake_1000.parquet")


def test_recall_is_above_the_exact_rules_at_high_precision(shared_data: Path, capsys) -> None:
    """The exact rules find .4052 of the pairs (see test_fake_1000)."""
    pytest.importorskip("splink")
    table = records(shared_data)
    truth = dict(zip(table["unique_id"].to_pylist(), table["cluster"].to_pylist(), strict=True))
    found = suggesting.likely(table.select(FIELDS), table["unique_id"].combine_chunks(), 0.8)
    together = {(k.a, k.b) for k in found}
    true = {(a, b) for a, b in combinations(sorted(truth), 2) if truth[a] == truth[b]}
    precision, recall = len(together & true) / len(together), len(together & true) / len(true)
    with capsys.disabled():
        print(f"fake_1000: precision {precision:.4f}, recall {recall:.4f} of {len(true)} pairs (exact rules .4052)")  # noqa: T201
    assert precision >= 0.98
    assert recall > 0.4052


def test_suggestions_wait_in_the_queue_and_merge_nobody(ctx, shared_data: Path) -> None:
    pytest.importorskip("splink")
    table = records(shared_data)
    ids = [f"c{i}" for i in table["unique_id"].to_pylist()]
    at = pa.array([ctx.clock.system_now()] * len(ids), pa.timestamp("us", "UTC"))
    api.observe_bulk(ctx, pa.table({"customer_id": ids, "occurred_at": at}))
    given = table.select(FIELDS).append_column("value", pa.array(ids))
    written = api.suggest(ctx, given, ns="customer_id")
    assert written > 1000
    assert api.counts(ctx).identified == 1000
    item = api.review_queue(ctx)[0]
    assert item.kind == "suggestion"
    assert item.reason.startswith("probable ")
    assert all(f"{name} " in item.reason for name in FIELDS)
    assert api.suggest(ctx, given, ns="customer_id") == 0
    assert api.decide(ctx, item.id, "merge").state == "merge"
    assert api.counts(ctx).identified == 999


def test_without_the_package_it_says_what_to_install(monkeypatch) -> None:
    for module in ("splink", "splink.backends.duckdb"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(BadInput, match="splink"):
        suggesting.likely(pa.table({"name": ["a"]}), pa.array([1]), 0.8)


def test_too_few_records_are_refused() -> None:
    pytest.importorskip("splink")
    with pytest.raises(BadInput, match="100"):
        suggesting.likely(pa.table({"name": ["a"], "city": ["b"]}), pa.array([1]), 0.8)


# --- from what the house knows, over HTTP ------------------------------------------------------------------
FIRST = ("Ann", "Ben", "Cleo", "Dora", "Emil", "Finn", "Greta", "Hugo", "Ida", "Jonas", "Kira", "Lars", "Mia", "Noah")
LAST = ("Abel", "Berg", "Conte", "Duval", "Ekman", "Falk", "Grimm", "Haas", "Ibsen", "Jung", "Klein", "Lund", "Moser")
PEOPLE, TWICE = 400, 25


def write_customers(house: House) -> None:
    """Customers with name and birthday, each under a phone; the last ones are earlier ones under another phone."""
    random = Random(3)
    born = date(1950, 1, 1)
    told = [
        (f"{random.choice(FIRST)} {random.choice(LAST)}", str(born + timedelta(days=random.randrange(18_000))))
        for _ in range(PEOPLE)
    ]
    told += told[:TWICE]
    with house.ctx(1) as ctx:
        now = ctx.clock.system_now()
        refs = api.remember(ctx, [Identifier("phone", "", f"+8613912{n * 7 + 345_001:06d}") for n in range(len(told))])
        suids = api.observe(ctx, [Observation((r,), now, "test", str(r.hmac), 1) for r in refs])
        facts = [
            AttributeFact(suid, key, value, now, ctx.today)
            for suid, (name, birthday) in zip(suids, told, strict=True)
            if suid is not None
            for key, value in (("name", name), ("birthday", birthday))
        ]
        profiles.record_attributes(ctx, facts)


def work(house: House) -> None:
    while jobs.run_due(house.db, house.make_ctx, owner="t", queue="long"):
        pass


def test_likely_duplicates_are_looked_for_from_the_console(client: TestClient, house: House) -> None:
    pytest.importorskip("splink")
    write_customers(house)
    before = client.get("/api/identity/suggestions").json()
    assert (before["installed"], before["state"], before["finished_at"]) == (True, None, None)
    begun = client.post("/api/identity/suggestions")
    assert (begun.status_code, begun.json()["state"], begun.json()["total"]) == (202, "running", 2)
    assert client.post("/api/identity/suggestions").status_code == 409
    work(house)
    done = client.get("/api/identity/suggestions").json()
    assert (done["state"], done["done"], done["people"]) == ("done", 2, PEOPLE + TWICE)
    items = client.get("/api/identity/review?limit=200").json()["items"]
    assert len(items) == done["suggestions"] >= TWICE
    assert sum(item["reason"].endswith("name same; birthday same") for item in items) >= TWICE
    assert done["finished_at"]
    client.post("/api/identity/suggestions")
    work(house)
    assert client.get("/api/identity/suggestions").json()["suggestions"] == 0  # they wait already
    with house.ctx(1) as ctx:
        rows = ctx.tx.execute("select actor_kind, after from audit_entry where action = 'people.suggested'").fetchall()
    assert [row["actor_kind"] for row in rows] == ["user", "user"]


def test_a_search_that_cannot_be_done_says_why_and_one_can_be_stopped(client: TestClient, house: House) -> None:
    pytest.importorskip("splink")
    client.post("/api/identity/suggestions")
    work(house)
    failed = client.get("/api/identity/suggestions").json()
    assert failed["state"] == "failed"
    assert "two fields" in failed["message"]
    client.post("/api/identity/suggestions")
    assert client.post("/api/identity/suggestions/cancel").json()["state"] == "running"
    work(house)
    assert client.get("/api/identity/suggestions").json()["state"] == "cancelled"


def test_without_the_package_the_console_says_what_to_install(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "splink", None)
    told = client.get("/api/identity/suggestions").json()
    assert (told["installed"], told["install"]) == (False, "pip install 'regulars[science]'")
    assert client.post("/api/identity/suggestions").json()["code"] == "suggestions.not_installed"
