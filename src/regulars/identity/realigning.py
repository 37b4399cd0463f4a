"""Very many people in line with the evidence at once; the counterpart of `alignment.realign`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from regulars.core.ctx import Ctx
from regulars.identity import alignment, graph, store, store_bulk, store_people
from regulars.identity.contract import LedgerKind, Policies, Realigned
from regulars.identity.logic import Link, Move, Node, Refusal
from regulars.identity.packing import Flags, Ints


@dataclass(frozen=True, slots=True)
class Change:
    """Who was whose and is now, by node. 0 = none. minted: has its suid just now. edge, a, b: evidence that changed."""

    suid: Ints
    before: Ints
    after: Ints
    minted: Flags
    edge: Ints
    a: Ints
    b: Ints


@dataclass(frozen=True, slots=True)
class Evidence:
    """What changed, by identifier ids. minted: identifier id -> suid given just now, as two columns.

    fresh: identifiers written just now, which have no other evidence than this.
    """

    edge: Ints
    a: Ints
    b: Ints
    minted: tuple[Ints, Ints]
    fresh: Ints = field(default_factory=lambda: np.empty(0, np.int64))


def realign(
    ctx: Ctx, policies: Policies, touched: Ints, evidence: Evidence, reason: str = "observed", kind: LedgerKind = "bulk"
) -> Realigned:
    """Recompute the people a change of evidence touches; the caller holds `store.lock`. Same result as online."""
    roots = np.union1d(touched, np.fromiter(alignment.recount(ctx, touched.tolist(), policies), np.int64))
    return recompute(ctx, policies, roots, evidence, reason, kind)


def recompute(
    ctx: Ctx, policies: Policies, roots: Ints, evidence: Evidence, reason: str = "observed", kind: LedgerKind = "bulk"
) -> Realigned:
    """Recompute the people of these identifiers, who connects being known."""
    region = store_bulk.region(ctx.tx, roots, [ns for ns, p in policies.by_ns.items() if p.exclusive])
    ids, suids = region.ids, region.suids.copy()
    minted = np.zeros(len(ids), np.bool_)
    at = np.searchsorted(ids, evidence.minted[0])
    suids[at], minted[at] = evidence.minted[1], True

    def exactly(inside: Ints) -> tuple[list[Node], list[Link]]:
        number = dict(zip(ids[inside].tolist(), inside.tolist(), strict=True))
        nodes = [replace(node, id=number[node.id]) for node, _, _ in store.nodes(ctx.tx, number)]
        found = store.usable_links(ctx.tx, number)
        return nodes, list({k.id: replace(k, a=number[k.a], b=number[k.b]) for k in found}.values())

    numbers = {int(i): at for at, i in zip(np.searchsorted(ids, region.apart), region.apart, strict=True)}
    apart = [
        (numbers[a], numbers[b])
        for a, b in store.cannot_links(ctx.tx, region.apart.tolist())
        if a in numbers and b in numbers
    ]
    whole = graph.Graph(
        len(ids),
        np.searchsorted(ids, region.a),
        np.searchsorted(ids, region.b),
        np.searchsorted(ids, region.exclusive),
        region.key,
        apart,
        exactly,
    )
    label, refused = graph.groups(whole, policies)
    after = graph.smallest(label, suids)
    moved = (after != region.uids) | minted
    store_bulk.set_people(ctx.tx, ids[moved], after[moved], np.where(minted, suids, 0)[moved])
    store_people.review(ctx.tx, region.reviewed.tolist(), named(refused, ids), ctx.clock.system_now())
    ends = (np.searchsorted(ids, evidence.a), np.searchsorted(ids, evidence.b))
    return tell(ctx, policies, Change(suids, region.uids, after, minted, evidence.edge, *ends), kind, reason)


def named(refused: Sequence[Refusal], ids: Ints) -> list[Refusal]:
    """Return refusals by the identifiers' ids instead of node numbers."""
    return [replace(r, link=replace(r.link, a=int(ids[r.link.a]), b=int(ids[r.link.b]))) for r in refused]


def tell(ctx: Ctx, policies: Policies, change: Change, kind: LedgerKind, reason: str = "observed") -> Realigned:
    """Write aliases and ledger and emit person.realigned. Objects are made for those who changed hands alone."""
    own = (change.suid > 0) & (change.after > 0)
    alone = np.where(change.before == 0, change.suid, change.before)
    # A suid given just now has no alias yet, whoever its identifier belonged to before.
    aliased = own & (np.where(change.minted, change.suid, alone) != change.after)
    moved = np.flatnonzero(own & (alone != change.after))
    aliases = dict(zip(change.suid[aliased].tolist(), change.after[aliased].tolist(), strict=True))
    store_people.set_aliases(ctx.tx, aliases)
    columns = (change.suid[moved].tolist(), change.before[moved].tolist(), change.after[moved].tolist())
    moves = [Move(suid, before or None, after) for suid, before, after in zip(*columns, strict=True)]
    edges_of = _edges_of(change, np.unique(np.concatenate([alone[moved], change.after[moved]])))
    ledger_ids = alignment.write_ledger(ctx, policies, alignment.Cause(reason, kind), moves, edges_of)
    was = np.unique(change.before[aliased])
    result = Realigned(aliases, frozenset(aliases.values()) | set(was[was > 0].tolist()), ledger_ids)
    alignment.tell(ctx, result)
    return result


def _edges_of(change: Change, uids: Ints) -> dict[int, set[int]]:
    """Return uid -> the changed evidence at its identifiers, for these uids."""
    found: defaultdict[int, set[int]] = defaultdict(set)
    for ends in (change.a, change.b):
        whose = change.after[ends]
        at = np.flatnonzero(np.isin(whose, uids) & (whose > 0))
        for uid, edge in zip(whose[at].tolist(), change.edge[at].tolist(), strict=True):
            found[uid].add(edge)
    return found
