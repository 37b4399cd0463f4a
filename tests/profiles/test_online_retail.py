"""The complete year of a real shop through the doors: published figures, and states against a pandas oracle."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet as pq
import pytest

from regulars.profiles import api

DATA = Path(__file__).resolve().parents[2] / "examples" / "online_retail" / "online_retail.parquet"


@pytest.fixture(scope="module")
def lines() -> pa.Table:
    """The lines as an importer hands them over: known customers from 1, anonymous baskets from 2^31."""
    t = pq.read_table(DATA).to_pandas()
    first = t.InvoiceNo.str[0]
    kind = np.select([first == "C", first == "A", t.Quantity < 0], ["refund", "cash", "stock"], "sale")
    known = t.CustomerID.notna()
    at = t.InvoiceDate.dt.tz_localize("Europe/London")
    return pa.Table.from_pandas(
        pd.DataFrame(
            {
                "suid": np.where(known, pd.factorize(t.CustomerID)[0] + 1, 2**31 + pd.factorize(t.InvoiceNo)[0]),
                "shop": "uk",
                "document_id": t.InvoiceNo,
                "ordinal": t.groupby("InvoiceNo").cumcount() + 1,
                "kind": kind,
                "occurred_at": at.dt.tz_convert("UTC"),
                "business_on": t.InvoiceDate.dt.date,
                "item_id": t.StockCode,
                "item_name": t.Description.fillna(""),
                "category": np.where(t.StockCode.isin(["POST", "DOT"]), "service", ""),
                "quantity": t.Quantity,
                "unit_price": pa.array(t.UnitPrice).cast(pa.decimal128(18, 4), safe=False),
                "amount_fen": (t.Quantity * t.UnitPrice * 100).round().astype("int64"),
                "region": t.Country,
                "origin": "backfill",
            }
        ),
        preserve_index=False,
    )


def test_published_figures_and_states(ctx, lines):
    touched = api.write_lines(ctx, lines, token="file-1")
    assert len(touched) == 4_372 + 2_371
    api.rebuild(ctx, None)
    found = api.figures(ctx)
    refunds = found.pop("refunds")
    assert found == {
        "lines": 541_909,
        "invoices": 25_900,
        "customers": 4_372,
        "cancelled_invoices": 3_836,
        "value_all": found["value_all"],
        "positive_lines": 397_884,
        "positive_customers": 4_338,
        "positive_invoices": 18_532,
        "positive_value": found["positive_value"],
        "anonymous_lines": 135_080,
        "stock_lines": 1_336,
        "cash_lines": 3,
        "people": {"identified": 4_372, "anonymous": 2_371},
    }
    assert round(float(found["value_all"]), 2) == 9_747_747.93
    assert round(float(found["positive_value"]), 2) == 8_911_407.90
    assert (refunds["lines"], refunds["matched"], refunds["unmatched"], refunds["partly"]) == (8_905, 7_516, 1_389, 54)

    for as_of in (date(2011, 12, 10), date(2011, 6, 1)):
        compare_to_pandas(ctx, lines, as_of)

    again = api.write_lines(ctx, lines, token="file-1-again")  # the same file twice changes nothing
    assert again == touched
    assert api.figures(ctx)["lines"] == 541_909


def quintile_cuts(values: Sequence) -> list:
    """Cut points of quintiles: the values at rank ceil(k * n / 5)."""
    ordered = sorted(values)
    return [ordered[-(-k * len(ordered) // 5) - 1] for k in range(1, 5)]


def quintile(value, cuts: Sequence) -> int:
    """One more than the cut points below the value, so equal values score equally."""
    return 1 + sum(cut < value for cut in cuts)


def test_the_oracle_of_ties():
    assert [quintile(v, quintile_cuts(range(1, 11))) for v in range(1, 11)] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    cuts = quintile_cuts([1, 1, 1, 1, 1, 1, 2, 3, 4, 9])  # six of ten bought once
    assert cuts == [1, 1, 1, 3]
    assert [quintile(v, cuts) for v in (1, 2, 3, 4, 9)] == [1, 4, 4, 5, 5]


def compare_to_pandas(ctx, lines, as_of):
    """Orders and refund matches of the lake, folded by pandas, give the states that SQL says; also for the past."""
    found = ctx.lake.arrow(f"SELECT * FROM {api.state_source(ctx, as_of)} ORDER BY uid").to_pandas()
    matches = ctx.lake.arrow(
        "SELECT document_id, amount, refund_on FROM (SELECT * FROM refund_matches FINAL)"
        " ARRAY JOIN sale_document_ids AS document_id, amounts_fen AS amount"
    ).to_pandas()
    matches = matches[pd.to_datetime(matches.refund_on).dt.date < as_of]
    sales = lines.filter(pa.compute.equal(lines.column("kind"), "sale")).to_pandas()
    orders = sales.groupby(["suid", "document_id"], as_index=False).agg(
        at=("occurred_at", "min"), on=("business_on", "min"), gross=("amount_fen", "sum")
    )
    orders = orders[orders.on < as_of]
    orders["net"] = orders.gross - orders.document_id.map(matches.groupby("document_id").amount.sum()).fillna(0)
    bought = orders[orders.net > 0]
    people = found.set_index("uid")
    buyers = people[people.purchase_number > 0]
    counts = bought.groupby("suid").size()
    assert (buyers.purchase_number == counts.reindex(buyers.index)).all()
    assert set(counts.index) == set(buyers.index)
    assert (people.ladder_step == people.purchase_number.clip(upper=8)).all()
    nets = orders.groupby("suid").net.sum()
    assert (people.net_fen == nets.reindex(people.index).fillna(0)).all()
    for n in (7, 30, 60, 90, 180, 365):
        inside = bought[(bought.on > as_of - pd.Timedelta(days=n)) & (bought.on <= as_of)]
        assert (people[f"orders_{n}d"] == inside.groupby("suid").size().reindex(people.index).fillna(0)).all()
        assert (people[f"net_fen_{n}d"] == inside.groupby("suid").net.sum().reindex(people.index).fillna(0)).all()
    last = bought.groupby("suid").on.max()
    assert (pd.to_datetime(buyers.last_order_on).dt.date == last.reindex(buyers.index)).all()

    known = buyers[buyers.anonymous == 0]
    for score, values in (
        ("rfm_r", pd.to_datetime(known.last_order_on).dt.date),
        ("rfm_f", known.purchase_number),
        ("rfm_m", known.net_fen),
    ):
        cuts = quintile_cuts(list(values))
        assert (known[score] == values.map(lambda v, c=cuts: quintile(v, c))).all(), score
    assert (people[(people.purchase_number == 0) | (people.anonymous == 1)].rfm_r == 0).all()
    if as_of == date(2011, 12, 10):  # no line is of that day: the present is what was known at its start
        stored = ctx.lake.arrow(f"SELECT * FROM {api.state_source(ctx, None)} ORDER BY uid")
        assert stored.equals(ctx.lake.arrow(f"SELECT * FROM {api.state_source(ctx, as_of)} ORDER BY uid"))
