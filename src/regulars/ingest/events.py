"""Rows of a file as events: one pydantic check each, as over HTTP."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from regulars.core.event import Event, Identifier
from regulars.core.ids import id_for
from regulars.ingest.contract import IdentifierColumn
from regulars.ingest.expression.casts import as_text
from regulars.ingest.facts import Draft, Refused, settle
from regulars.ingest.plan import Computed, Plan

_OWN = frozenset({"type", "occurred_at", "source_id", "shop"})


@dataclass(frozen=True, slots=True)
class Made:
    """Events of the good rows in order; refused: index and reasons of rows that are no facts.

    identifiers: those that came out of the payloads, aligned with the events.
    """

    events: tuple[Event, ...]
    refused: dict[int, list[dict[str, Any]]]
    identifiers: tuple[IdentifierColumn, ...]


def events_of(plan: Plan, computed: Computed, good: pa.Array, origin: tuple[pa.Array, str, datetime]) -> Made:
    """Return the good rows as events of origin backfill. origin: row numbers, hash of the file, time of recording."""
    row_nos, _, recorded_at = origin
    events: list[Event] = []
    refused: dict[int, list[dict[str, Any]]] = {}
    own: list[tuple[Identifier, ...]] = []
    for index, draft in _drafts(plan, computed, good, origin):
        try:
            fact = settle(draft, brand_id=plan.frame.brand_id, zone=plan.frame.zone, recorded_at=recorded_at)
        except Refused as error:
            row = row_nos[index].as_py()
            refused[index] = [{"field": f, "value": w, "code": "invalid", "row": row} for f, w in error.reasons]
            continue
        if not fact.identifiers:
            refused[index] = [{"field": "", "value": "", "code": "nobody", "row": row_nos[index].as_py()}]
            continue
        events.append(fact.event)
        own.append(tuple(i for i in fact.identifiers if i not in draft.identifiers))
    return Made(tuple(events), refused, _columns(own))


def _columns(own: list[tuple[Identifier, ...]]) -> tuple[IdentifierColumn, ...]:
    names = dict.fromkeys(i.ns for row in own for i in row)
    columns: list[IdentifierColumn] = []
    for ns in names:
        found = [next((i for i in row if i.ns == ns), None) for row in own]
        scopes = pa.array([i.scope if i else "" for i in found], pa.string())
        columns.append(IdentifierColumn(ns, scopes, pa.array([i.value if i else None for i in found], pa.string())))
    return tuple(columns)


def _drafts(
    plan: Plan, computed: Computed, good: pa.Array, origin: tuple[pa.Array, str, datetime]
) -> Iterator[tuple[int, Draft]]:
    row_nos, file_hash, recorded_at = origin
    values = {n: a.to_pylist() for n, a in computed.values.items()}
    props = {n: [_json(v) for v in p.array.to_pylist()] if p.kind != "time" else as_text(p).to_pylist()
             for n, p in computed.props.items()}  # fmt: skip
    identifiers = [a.to_pylist() for a in computed.identifiers]
    scopes = [plan.scopes(b.spec, computed.values["shop"]).to_pylist() for b in plan.identifiers]
    by_file = f"file:{file_hash[:16]}"
    named = f"file:{plan.mapping.name or file_hash[:16]}"
    for index, take in enumerate(good.to_pylist()):
        if not take:
            continue
        row = {n: v[index] for n, v in values.items()}
        stated = row.get("source_id")
        source, source_id = (named, stated) if stated else (by_file, str(row_nos[index].as_py()))
        found = tuple(
            Identifier(b.spec.ns, scopes[i][index], identifiers[i][index])
            for i, b in enumerate(plan.identifiers)
            if identifiers[i][index]
        )
        at = row.get("occurred_at") or recorded_at
        yield index, Draft(
            id=id_for("event", plan.frame.brand_id, source, source_id),
            type=row.get("type", "person.identified"),
            source=source, source_id=source_id, occurred_at=at if at.tzinfo else at.replace(tzinfo=UTC),
            props=_props(row, {n: p[index] for n, p in props.items()}),
            identifiers=found, origin="backfill", shop=row.get("shop") or "",
        )  # fmt: skip


def _props(row: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    own = {n: v for n, v in row.items() if n not in _OWN}
    if row.get("shop"):
        own["shop"] = row["shop"]
    return {n: v for n, v in {**own, **more}.items() if v is not None}


def _json(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value
