"""A table of observations into a house that knows people already: staged, compared, and merged into what is there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow.compute

from regulars.core.ctx import Ctx
from regulars.identity import evidence, extending, packing, realigning, sights, store, store_bulk, value_blocks
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
    edge, a, b = store_bulk.add_edges(ctx.tx, _edges(seen, facts, known.id), len(seen.a))
    minted = mint(ctx, places, policies, sights.first_needed(seen.strongest, known.suid == 0))
    new = minted > 0
    touched = np.unique(np.concatenate([a, b, known.id[new]]))
    if len(touched):
        order = np.argsort(known.id[new])
        news = (known.id[new][order], minted[new][order])
        fresh = known.id[before.id == 0]
        extending.extend(ctx, policies, touched, realigning.Evidence(edge, a, b, news, fresh), kind)
    return np.where(new, minted, known.suid), seen.strongest


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
    """Put identifiers where they are not yet, without values."""
    news = np.flatnonzero((known.id == 0) | (places.first_us < known.first_us))
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


def _edges(seen: Sights, facts: Facts, ids: Ints) -> list[Column]:
    return [
        packing.numbers(np.minimum(ids[seen.a], ids[seen.b])),
        packing.numbers(np.maximum(ids[seen.a], ids[seen.b])),
        packing.moments(facts.at_us[seen.row]),
        packing.words(*sights.coded(facts.source, seen.row)),
        packing.texts(sights.take(facts.source_id, seen.row)),
        packing.numbers(facts.brand_id[seen.row], 4),
    ]
