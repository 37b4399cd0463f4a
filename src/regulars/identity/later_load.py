"""A table of observations into a house that knows people already: staged, compared, and merged into what is there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow.compute

from regulars.core.ctx import Ctx
from regulars.identity import evidence, extending, graph, packing, realigning, sights, store, store_bulk, value_blocks
from regulars.identity.contract import LedgerKind, Policies
from regulars.identity.first_load import mint, sealed
from regulars.identity.packing import Column, Flags, Ints
from regulars.identity.places import NEVER, NONE, Places
from regulars.identity.sights import Facts, Sights

pc: Any = pyarrow.compute  # its functions are made at import, so a type checker knows none of them


def load(ctx: Ctx, policies: Policies, places: Places, facts: Facts, kind: LedgerKind = "bulk") -> tuple[Ints, Ints]:
    """Write what is news; return the suid of each place (0 = none) and the naming place of each row (-1 = none)."""
    n = len(places)
    store_bulk.stage(ctx.tx, _staged(places, facts, places.by_policy(policies, "linkable") & ~places.blocked), n)
    before = store_bulk.known(ctx.tx, n)
    known = _keep(ctx, policies, places, before)
    seen = sights.gather(places, known.blocked > 0, facts, policies)
    minted = mint(ctx, places, policies, sights.first_needed(seen.strongest, known.suid == 0))
    fresh = (before.id == 0) | (before.first_us == NEVER)
    _write_sights(ctx, places, known, minted, _whose(known, seen, minted, fresh))
    edge, a, b = _add_edges(ctx, seen, facts, known.id, fresh)
    new = minted > 0
    touched = np.unique(np.concatenate([a, b, known.id[new]]))
    if len(touched):
        order = np.argsort(known.id[new])
        news = (known.id[new][order], minted[new][order])
        extending.extend(ctx, policies, touched, realigning.Evidence(edge, a, b, news, known.id[fresh]), kind)
    return np.where(new, minted, known.suid), seen.strongest


def _whose(known: store_bulk.Known, seen: Sights, minted: Ints, fresh: Flags) -> Ints:
    """Return whose each fresh identifier is, as far as its links of now tell; 0 = nobody's, or not fresh."""
    connects = known.connects > 0
    usable = (fresh[seen.a] | fresh[seen.b]) & connects[seen.a] & connects[seen.b]
    lone = -1 - np.arange(len(fresh))
    keys, people = np.unique(np.where(known.uid > 0, known.uid, lone), return_inverse=True)
    label = graph.components(len(keys), people[seen.a[usable]], people[seen.b[usable]])
    suids = np.concatenate([np.maximum(keys, 0), minted])
    return np.where(fresh, graph.smallest(np.concatenate([label, label[people]]), suids)[len(keys) :], 0)


def _write_sights(ctx: Ctx, places: Places, known: store_bulk.Known, minted: Ints, uids: Ints) -> None:
    earlier = places.first_us < known.first_us
    news = np.flatnonzero(earlier | (minted > 0) | (uids > 0))
    if len(news):
        columns = [
            packing.numbers(known.id[news]),
            packing.moments(places.first_us[news], valid=earlier[news]),
            packing.numbers(minted[news], valid=minted[news] > 0),
            packing.numbers(uids[news], valid=uids[news] > 0),
        ]
        store_bulk.write_sights(ctx.tx, columns, len(news))


def _keep(ctx: Ctx, policies: Policies, places: Places, before: store_bulk.Known) -> store_bulk.Known:
    """Put staged identifiers and values where they are not yet; the counterpart of `evidence.keep`."""
    n = len(places)
    if places.values is None:
        return _note(ctx, places, before)
    unkept = before.block_id == 0
    news = np.flatnonzero(unkept | (places.first_us < before.first_us))
    if not len(news):
        return before
    kept = np.flatnonzero(unkept)
    blocks = store_bulk.take_block_ids(ctx.tx, -(-len(kept) // value_blocks.BLOCK))
    store_bulk.copy_values(ctx.tx, sealed(sights.take(places.values, kept), blocks))
    block, at = np.zeros(n, np.int64), np.zeros(n, np.int64)
    every = np.arange(len(kept))
    block[kept], at[kept] = blocks[every // value_blocks.BLOCK], every % value_blocks.BLOCK
    columns = [packing.numbers(news), packing.numbers(block[news]), packing.numbers(at[news])]
    store.note_spaces(ctx.tx, places.spaces)
    store_bulk.add_staged(ctx.tx, columns, len(news))
    known = store_bulk.known(ctx.tx, n)
    # Somebody else may have kept the same value meanwhile: two copies would survive an erasure of one.
    twice = np.flatnonzero((block > 0) & (known.block_id != block))
    value_blocks.erase(ctx.tx, list(zip(block[twice].tolist(), at[twice].tolist(), strict=True)))
    late = np.flatnonzero(unkept & places.blocked & (known.blocked == 0))
    if len(late):
        evidence.take_back(ctx, policies, known.id[late].tolist())
        known = store_bulk.known(ctx.tx, n)
    return known


def _note(ctx: Ctx, places: Places, known: store_bulk.Known) -> store_bulk.Known:
    """Put identifiers where they are not yet, without values; those that are there wait for `_write_sights`."""
    news = np.flatnonzero(known.id == 0)
    if not len(news):
        return known
    store.note_spaces(ctx.tx, places.spaces)
    nothing = packing.numbers(np.zeros(len(news), np.int64))
    store_bulk.add_staged(ctx.tx, [packing.numbers(news), nothing, nothing], len(news))
    return store_bulk.known(ctx.tx, len(places))


def _staged(places: Places, facts: Facts, connects: Flags) -> list[Column]:
    n = len(places)
    return [
        packing.numbers(np.arange(n)),
        packing.words([ns for ns, _ in places.spaces], places.space),
        packing.words([scope for _, scope in places.spaces], places.space),
        packing.digests(places.digests),
        packing.flags(places.blocked),
        packing.flags(connects),
        packing.moments(places.first_us, valid=places.first_us != NEVER),
        packing.words(*sights.coded(facts.source, _first_rows(places, facts))),
    ]


def _first_rows(places: Places, facts: Facts) -> Ints:
    """Return the row of each place's first sight; ties are broken by the source, as `evidence.Seen` does."""
    if len(pc.unique(facts.source)) == 1:
        return np.zeros(len(places), np.int64)
    found = np.zeros(len(places), np.int64)
    source = pc.rank(facts.source, tiebreaker="dense").to_numpy()
    for column in places.columns:
        rows = np.flatnonzero(column != NONE)
        last_first = rows[np.lexsort((source[rows], facts.at_us[rows]))][::-1]
        last_first = last_first[facts.at_us[last_first] == places.first_us[column[last_first]]]
        found[column[last_first]] = last_first
    return found


def _add_edges(ctx: Ctx, seen: Sights, facts: Facts, ids: Ints, fresh: Flags) -> tuple[Ints, Ints, Ints]:
    """Write evidence; return (edge id, a, b) of what is new, or seen earlier than known, and not voided.

    Whoever is seen for the first time has no evidence yet, and the caller holds the lock: that is not looked up.
    """
    first = fresh[seen.a] | fresh[seen.b]
    new, rest = (replace(seen, a=seen.a[w], b=seen.b[w], row=seen.row[w]) for w in (first, ~first))
    edge, n = store_bulk.take_edge_ids(ctx.tx, len(new.a)), len(new.a)
    a, b, at, *others = _edges(new, facts, ids)
    if n:
        columns = [packing.numbers(edge), a, b, packing.constant(store.OBSERVED, n), at, *others]
        store_bulk.copy_edges(ctx.tx, columns, n)
    low, high = np.minimum(ids[new.a], ids[new.b]), np.maximum(ids[new.a], ids[new.b])
    known = store_bulk.add_edges(ctx.tx, _edges(rest, facts, ids), len(rest.a))
    merged = [np.concatenate(both) for both in zip((edge, low, high), known, strict=True)]
    return merged[0], merged[1], merged[2]


def _edges(seen: Sights, facts: Facts, ids: Ints) -> list[Column]:
    return [
        packing.numbers(np.minimum(ids[seen.a], ids[seen.b])),
        packing.numbers(np.maximum(ids[seen.a], ids[seen.b])),
        packing.moments(facts.at_us[seen.row]),
        packing.words(*sights.coded(facts.source, seen.row)),
        packing.texts(sights.take(facts.source_id, seen.row)),
        packing.numbers(facts.brand_id[seen.row], 4),
    ]
