"""Suggestions find what exact rules cannot, show why, and never merge."""

from __future__ import annotations

import sys
from itertools import combinations
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from regulars.core.errors import BadInput
from regulars.identity import api, suggesting

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
