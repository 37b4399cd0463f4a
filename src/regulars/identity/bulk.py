"""Observations by the table: the same evidence as online, gathered column by column."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from regulars.core.ctx import Ctx
from regulars.core.errors import BadInput
from regulars.identity import alignment, evidence, first_load, later_load, store, store_bulk
from regulars.identity.contract import Observation
from regulars.identity.packing import Ints
from regulars.identity.places import Coded, code, identify, refer
from regulars.identity.sights import Facts

pc: Any = pyarrow.compute  # its functions are made at import, so a type checker knows none of them

_FACTS = ("occurred_at", "source", "source_id", "brand_id")
_SCOPE = ".scope"
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_UTC = pa.timestamp("us", "UTC")


def observe_table(ctx: Ctx, table: pa.Table, source: str) -> pa.Array:
    """Take a table of observations; see `api.observe_bulk`.

    Values are hashed before the lock is taken: only what writes keeps others from changing people meanwhile.
    """
    if table.num_rows == 0:
        return pa.array([], pa.int64())
    facts = _facts(ctx, table, source)
    coded = _wide(table)
    if facts.observation is not None:
        coded = [code(table.column("ns"), table.column("scope"), table.column("value"))]
    if not coded:
        return pa.nulls(table.num_rows, pa.int64())
    policies = alignment.load_policies(ctx)
    places = identify(coded, facts.at_us, policies)
    store.lock(ctx.tx)
    if (now := alignment.load_policies(ctx)) != policies:
        policies = now
        places = identify(coded, facts.at_us, policies)
    load = first_load.load if store_bulk.is_empty(ctx.tx, len(places)) else later_load.load
    suids, strongest = load(ctx, policies, places, facts)
    found = np.append(suids, 0)[strongest]
    return pa.array(found, pa.int64(), mask=found == 0)


def observe_many(ctx: Ctx, observations: Sequence[Observation]) -> list[int | None]:
    """Take many observations at once; as `evidence.observe`, which costs more for each and less for few."""
    named = [tuple(dict.fromkeys(o.refs)) for o in observations]
    evidence.check_sizes(named)
    at_us = np.array([(o.occurred_at - _EPOCH) // _MICROSECOND for o in observations], np.int64)
    policies = alignment.load_policies(ctx)
    places, row = refer(named, at_us, policies)
    if not len(row):
        return [None] * len(observations)
    text = ([o.source for o in observations], [o.source_id for o in observations])
    source, source_id = (pa.array(column, pa.string()).take(pa.array(row)) for column in text)
    brand_id = np.array([o.brand_id for o in observations], np.int64)
    store.lock(ctx.tx)
    facts = Facts(at_us[row], source, source_id, brand_id[row], row)
    suids, strongest = later_load.load(ctx, alignment.load_policies(ctx), places, facts, "merge")
    found = np.zeros(len(observations), np.int64)
    found[row] = np.append(suids, 0)[strongest]
    return [suid or None for suid in found.tolist()]


def _facts(ctx: Ctx, table: pa.Table, source: str) -> Facts:
    if "occurred_at" not in table.column_names or getattr(table.schema.field("occurred_at").type, "tz", None) is None:
        raise BadInput("The table needs a column occurred_at with a time zone.", "Give the mapping a time zone.")
    at = pc.cast(table.column("occurred_at"), _UTC, safe=False)
    if at.null_count:
        raise BadInput("Some rows have no occurred_at.", "Quarantine them before.")

    def column(name: str, default: pa.Scalar) -> pa.Array:
        if name in table.column_names:
            return pc.fill_null(pc.cast(table.column(name), default.type), default).combine_chunks()
        return pa.repeat(default, table.num_rows)

    return Facts(
        pc.cast(at, pa.int64()).to_numpy(),
        column("source", pa.scalar(source)),
        column("source_id", pa.scalar("")),
        column("brand_id", pa.scalar(ctx.brand_id, pa.int64())).to_numpy(),
        _number(table.column("observation")) if "value" in table.column_names else None,
    )


def _number(observation: pa.ChunkedArray) -> Ints:
    encoded: Any = pc.dictionary_encode(observation).combine_chunks()
    return pc.cast(encoded.indices, pa.int64()).to_numpy()


def _wide(table: pa.Table) -> list[Coded]:
    names = [n for n in table.column_names if n not in _FACTS and not n.endswith(_SCOPE)]
    return [
        code(name, table.column(name + _SCOPE) if name + _SCOPE in table.column_names else "", table.column(name))
        for name in names
    ]
