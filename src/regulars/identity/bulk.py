"""Observations by the table: the same evidence as online, gathered column by column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import Any

import pyarrow as pa
import pyarrow.compute

from regulars.core.ctx import Ctx
from regulars.core.errors import BadInput
from regulars.core.event import Identifier, IdentifierRef
from regulars.identity import alignment, evidence, store
from regulars.identity.contract import Policies
from regulars.infra.crypto import vault

pc: Any = pyarrow.compute  # its functions are made at import, so a type checker knows none of them

FACTS = ("occurred_at", "source", "source_id", "brand_id")
_SCOPE = ".scope"
_UTC = pa.timestamp("us", "UTC")


@dataclass(frozen=True, slots=True)
class Places:
    """The table's identifiers, strongest first, and where they stand.

    rows: by place. columns: per identifier column and table row the place, null where there is none or the
    value is garbage. Comparing places is comparing by priority and content, as `logic.strongest` does.
    """

    rows: list[store.Row]
    columns: list[pa.Array]


def observe_table(ctx: Ctx, table: pa.Table, source: str) -> pa.Array:
    """Take a table of observations; see `api.observe_bulk`."""
    if table.num_rows == 0:
        return pa.array([], pa.int64())
    facts = _facts(ctx, table, source)
    is_long = "value" in table.column_names
    coded = [_code(table.column("ns"), table.column("scope"), table.column("value"))] if is_long else _wide(table)
    store.lock(ctx.tx)
    policies = alignment.load_policies(ctx)
    places = _identify(ctx, coded, facts, policies)
    subjects = pa.array([policies.of(r.ref.ns).subject for r in places.rows], pa.bool_())
    linkable = pa.array([policies.of(r.ref.ns).linkable for r in places.rows], pa.bool_())
    able = [_only(subjects, c) for c in places.columns]
    linked = [_only(linkable, c) for c in places.columns]
    if is_long:
        observation = table.column("observation").combine_chunks()
        strongest = _strongest_of_group(observation, able[0])
        edges = _edges_within(observation, linked[0], facts)
    else:
        strongest = pc.min_element_wise(*able) if able else pa.nulls(table.num_rows, pa.int64())
        edges = pa.concat_tables([_edges_between(a, b, facts) for a, b in combinations(linked, 2)] or [_none(facts)])
    return _link(ctx, policies, places.rows, strongest, _earliest(edges))


def _facts(ctx: Ctx, table: pa.Table, source: str) -> pa.Table:
    if "occurred_at" not in table.column_names or getattr(table.schema.field("occurred_at").type, "tz", None) is None:
        raise BadInput("The table needs a column occurred_at with a time zone.", "Give the mapping a time zone.")
    at = pc.cast(table.column("occurred_at"), _UTC, safe=False)
    if at.null_count:
        raise BadInput("Some rows have no occurred_at.", "Quarantine them before.")
    n = table.num_rows

    def column(name: str, default: pa.Scalar) -> pa.ChunkedArray | pa.Array:
        if name in table.column_names:
            return pc.fill_null(pc.cast(table.column(name), default.type), default)
        return pa.repeat(default, n)

    return pa.table(
        {
            "occurred_at": at,
            "source": column("source", pa.scalar(source)),
            "source_id": column("source_id", pa.scalar("")),
            "brand_id": column("brand_id", pa.scalar(ctx.brand_id, pa.int32())),
        }
    ).combine_chunks()


@dataclass(frozen=True, slots=True)
class Coded:
    """Identifiers of one column: codes per row (null = none) into the distinct identifiers."""

    codes: pa.Array
    distinct: list[Identifier | None]


def _wide(table: pa.Table) -> list[Coded]:
    names = [n for n in table.column_names if n not in FACTS and not n.endswith(_SCOPE)]
    return [
        _code(name, table.column(name + _SCOPE) if name + _SCOPE in table.column_names else "", table.column(name))
        for name in names
    ]


def _code(ns: pa.ChunkedArray | str, scope: pa.ChunkedArray | str, value: pa.ChunkedArray) -> Coded:
    """Find the distinct identifiers; strings are touched once per distinct value, not per row."""
    code: Any = pa.scalar(0, pa.int64())
    words: list[list[str | None]] = []
    for part in (ns, scope, value):
        if isinstance(part, str):
            words.append([part])
            continue
        encoded = pc.dictionary_encode(part if part is value else pc.fill_null(part, "")).combine_chunks()
        words.append(pc.cast(encoded.dictionary, pa.string()).to_pylist())
        code = pc.add(pc.multiply(code, len(words[-1])), pc.cast(encoded.indices, pa.int64()))
    joint = pc.dictionary_encode(code)
    return Coded(joint.indices, [_identifier(words, c) for c in joint.dictionary.to_pylist()])


def _identifier(words: list[list[str | None]], code: int) -> Identifier | None:
    code, at_value = divmod(code, len(words[2]))
    at_ns, at_scope = divmod(code, len(words[1]))
    value = (words[2][at_value] or "").strip()
    return Identifier(words[0][at_ns] or "", words[1][at_scope] or "", value) if value else None


def _identify(ctx: Ctx, columns: Sequence[Coded], facts: pa.Table, policies: Policies) -> Places:
    box = vault()
    at, source = facts.column("occurred_at"), facts.column("source")[0].as_py()
    values: dict[IdentifierRef, str] = {}
    seen: dict[IdentifierRef, evidence.Seen] = {}
    refs: list[list[IdentifierRef | None]] = []
    for column in columns:
        refs.append([])
        for i, first_at in zip(column.distinct, _first_sights(column, at), strict=True):
            if i is None:
                refs[-1].append(None)
                continue
            ref = IdentifierRef(i.ns, i.scope, box.blind_index(i.ns, i.scope, i.value))
            refs[-1].append(ref)
            values.setdefault(ref, i.value)
            sight = evidence.Seen(first_at, source, "", 0)
            seen[ref] = min(seen.get(ref, sight), sight)
    rows = evidence.keep(ctx, values, seen)
    ordered = sorted(
        (r for r in rows.values() if not r.blocked),
        key=lambda r: (policies.of(r.ref.ns).priority, r.ref.ns, r.ref.scope, r.ref.hmac),
    )
    place = {r.ref: i for i, r in enumerate(ordered)}
    return Places(
        ordered,
        [
            pa.array([None if ref is None else place.get(ref) for ref in names], pa.int64()).take(column.codes)
            for names, column in zip(refs, columns, strict=True)
        ],
    )


def _first_sights(column: Coded, at: pa.ChunkedArray) -> list[datetime]:
    first = pa.table({"code": column.codes, "at": at}).group_by("code").aggregate([("at", "min")])
    return first.filter(pc.is_valid(first.column("code"))).sort_by("code").column("at_min").to_pylist()


def _only(flags: pa.Array, places: pa.Array) -> pa.Array:
    return pc.if_else(flags.take(places), places, pa.scalar(None, pa.int64()))


def _none(facts: pa.Table) -> pa.Table:
    nothing = pa.nulls(facts.num_rows, pa.int64())
    return _edges_between(nothing, nothing, facts)


def _edges_between(one: pa.Array, other: pa.Array, facts: pa.Table) -> pa.Table:
    """Return (a, b, facts) of the rows that hold two different identifiers; a, b: places, a < b."""
    keep = pc.fill_null(pc.not_equal(one, other), fill_value=False)
    a = pc.min_element_wise(one, other, skip_nulls=False)
    b = pc.max_element_wise(one, other, skip_nulls=False)
    return facts.append_column("a", a).append_column("b", b).filter(keep)


def _edges_within(observation: pa.Array, places: pa.Array, facts: pa.Table) -> pa.Table:
    rows = facts.append_column("observation", observation).append_column("place", places)
    rows = rows.filter(pc.is_valid(places))
    others = rows.select(["observation", "place"]).rename_columns(["observation", "other"])
    both = rows.join(others, "observation", join_type="inner").combine_chunks()
    return _edges_between(
        both.column("place").combine_chunks(), both.column("other").combine_chunks(), both.select(list(FACTS))
    )


def _strongest_of_group(observation: pa.Array, places: pa.Array) -> pa.Array:
    grouped = pa.table({"o": observation, "p": places}).group_by("o").aggregate([("p", "min")]).combine_chunks()
    at = pc.index_in(observation, grouped.column("o").combine_chunks())
    return grouped.column("p_min").combine_chunks().take(at)


def _earliest(edges: pa.Table) -> pa.Table:
    ordered = edges.group_by(["a", "b", *FACTS]).aggregate([]).sort_by([(name, "ascending") for name in FACTS])
    return ordered.group_by(["a", "b"], use_threads=False).aggregate([(name, "first") for name in FACTS])


def _link(ctx: Ctx, policies: Policies, rows: list[store.Row], strongest: pa.Array, edges: pa.Table) -> pa.Array:
    columns = [edges.column(name).to_pylist() for name in ("a", "b", *(f"{n}_first" for n in FACTS))]
    found = [
        evidence.edge(rows[a].id, rows[b].id, evidence.Seen(*facts)) for a, b, *facts in zip(*columns, strict=True)
    ]
    needed = [rows[i] for i in pc.unique(strongest).to_pylist() if i is not None]
    subjects = [(r.id, policies.of(r.ref.ns).anonymous) for r in needed if r.suid is None]
    minted = evidence.link(ctx, policies, found, subjects, "bulk")
    suids = pa.array([r.suid or minted.get(r.id) for r in rows], pa.int64())
    return suids.take(strongest)
