"""The complete year of a real shop through the doors: the published figures must come out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
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


def test_published_figures(ctx, lines):
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

    again = api.write_lines(ctx, lines, token="file-1-again")  # the same file twice changes nothing
    assert again == touched
    api.rebuild(ctx, None)
    assert api.figures(ctx)["lines"] == 541_909
