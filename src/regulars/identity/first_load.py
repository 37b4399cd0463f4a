"""A table of observations into an empty house: people are found in memory and written once, as they will stand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa

from regulars.core.ctx import Ctx
from regulars.identity import (
    first_ledger,
    graph,
    packing,
    realigning,
    sights,
    store,
    store_bulk,
    store_people,
    value_blocks,
)
from regulars.identity.contract import Policies
from regulars.identity.logic import Link, Node
from regulars.identity.packing import Column, Flags, Ints
from regulars.identity.places import Places
from regulars.identity.sights import Facts, Sights

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def load(ctx: Ctx, policies: Policies, places: Places, facts: Facts) -> tuple[Ints, Ints]:
    """Write everything; return the suid of each place (0 = none) and the naming place of each row (-1 = none)."""
    seen = sights.gather(places, places.blocked, facts, policies)
    n = len(places)
    ids = store_bulk.take_ids(ctx.tx, n, len(seen.a))
    connects = places.by_policy(policies, "linkable") & ~places.blocked & ~_crowded(places, policies, seen, facts)
    suids = mint(ctx, places, policies, sights.first_needed(seen.strongest, np.ones(n, np.bool_)))
    usable = connects[seen.a] & connects[seen.b]
    exclusive = np.flatnonzero(places.by_policy(policies, "exclusive"))

    def exactly(inside: Ints) -> tuple[list[Node], list[Link]]:
        return _nodes(places, inside), _links(seen, facts, np.flatnonzero(usable & np.isin(seen.a, inside)))

    label, refused = graph.groups(
        graph.Graph(n, seen.a[usable], seen.b[usable], exclusive, places.space[exclusive], [], exactly), policies
    )
    uids = graph.smallest(label, suids)
    blocks = store_bulk.take_block_ids(ctx.tx, -(-n // value_blocks.BLOCK))
    store.note_spaces(ctx.tx, places.spaces)
    store_bulk.copy_values(ctx.tx, sealed(places.values, blocks))
    store_bulk.copy_identifiers(ctx.tx, _identifiers(places, facts, ids.identifier, (suids, uids, blocks), connects), n)
    store_bulk.copy_edges(ctx.tx, _edges(seen, facts, ids), len(seen.a))
    store_bulk.finish_empty(ctx.tx, n)
    first_ledger.tell(ctx, policies, (suids, uids), (ids.edge, seen.a, seen.b))
    store_people.review(ctx.tx, [], realigning.named(refused, ids.identifier + np.arange(n)), ctx.clock.system_now())
    return suids, seen.strongest


def mint(ctx: Ctx, places: Places, policies: Policies, needed: Ints) -> Ints:
    """Take suids for these places, in this order; return the suid of each place, 0 where none was needed."""
    suids = np.zeros(len(places), np.int64)
    anonymous = places.by_policy(policies, "anonymous")[needed]
    for wanted, is_anonymous in ((needed[~anonymous], False), (needed[anonymous], True)):
        if len(wanted):
            first = store.mint(ctx.tx, len(wanted), anonymous=is_anonymous)
            suids[wanted] = np.arange(first, first + len(wanted))
    return suids


def _crowded(places: Places, policies: Policies, seen: Sights, facts: Facts) -> Flags:
    of = [policies.of(ns) for ns, _ in places.spaces]
    day_us = 86_400_000_000
    caps = graph.Caps(
        np.array([p.cap for p in of], np.int64)[places.space],
        np.array([p.window_days * day_us for p in of], np.int64)[places.space],
    )
    counts = ~places.by_policy(policies, "anonymous")
    from_a, from_b = np.flatnonzero(counts[seen.b]), np.flatnonzero(counts[seen.a])
    at_us = facts.at_us[seen.row]
    crowd = graph.Crowd(
        np.concatenate([seen.a[from_a], seen.b[from_b]]),
        places.space[np.concatenate([seen.b[from_a], seen.a[from_b]])],
        np.concatenate([at_us[from_a], at_us[from_b]]),
    )
    return graph.crowded(len(places), crowd, caps)


def _nodes(places: Places, inside: Ints) -> list[Node]:
    refs = [(int(i), places.ref(int(i))) for i in inside]
    return [Node(i, ref.ns, ref.scope, ref.hmac) for i, ref in refs]


def _links(seen: Sights, facts: Facts, at: Ints) -> list[Link]:
    us = facts.at_us[seen.row[at]]
    return [
        Link(i, a, b, _EPOCH + timedelta(microseconds=t))
        for i, a, b, t in zip(at.tolist(), seen.a[at].tolist(), seen.b[at].tolist(), us.tolist(), strict=True)
    ]


def sealed(values: pa.Array, blocks: Ints) -> Iterator[tuple[list[Column], int]]:
    """Yield the values in portions of sealed blocks with these ids, as columns to be written, and how many blocks."""
    size, portion = value_blocks.BLOCK, 2000
    for start in range(0, len(blocks), portion):
        ids = blocks[start : start + portion]
        plain = values.slice(start * size, portion * size).to_pylist()
        found = [value_blocks.seal(block, plain[i * size : i * size + size]) for i, block in enumerate(ids.tolist())]
        yield [packing.numbers(ids), packing.texts(pa.array(found, pa.large_binary()))], len(ids)


def _identifiers(
    places: Places, facts: Facts, first_id: int, whose: tuple[Ints, Ints, Ints], connects: Flags
) -> list[Column]:
    n = len(places)
    every = np.arange(n)
    suids, uids, blocks = whose
    return [
        packing.numbers(first_id + every),
        packing.words([ns for ns, _ in places.spaces], places.space),
        packing.words([scope for _, scope in places.spaces], places.space),
        packing.digests(places.digests),
        packing.numbers(suids, valid=suids > 0),
        packing.numbers(uids, valid=uids > 0),
        packing.numbers(blocks[every // value_blocks.BLOCK]),
        packing.numbers(every % value_blocks.BLOCK, 2),
        packing.flags(places.blocked),
        packing.flags(connects),
        packing.moments(places.first_us),
        packing.constant(facts.source[0].as_py(), n),
    ]


def _edges(seen: Sights, facts: Facts, ids: store_bulk.Ids) -> list[Column]:
    n = len(seen.a)
    return [
        packing.numbers(ids.edge + np.arange(n)),
        packing.numbers(ids.identifier + seen.a),
        packing.numbers(ids.identifier + seen.b),
        packing.constant(store.OBSERVED, n),
        packing.moments(facts.at_us[seen.row]),
        packing.words(*sights.coded(facts.source, seen.row)),
        packing.texts(sights.take(facts.source_id, seen.row)),
        packing.numbers(facts.brand_id[seen.row], 4),
    ]
