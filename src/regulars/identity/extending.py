"""News about people in line with the evidence, person by person: what a batch costs is its news, not whom it is about.

Everybody stands for one node, however many identifiers they have, and the new links join these nodes. That gives
the same people as `realigning.realign` wherever no constraint is near; the rest is left to it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from regulars.core.ctx import Ctx
from regulars.identity import alignment, graph, realigning, store_bulk
from regulars.identity.contract import LedgerKind, Policies
from regulars.identity.packing import Flags, Ints
from regulars.identity.realigning import Evidence


@dataclass(frozen=True, slots=True)
class _News:
    """Identifiers that the news is about. minted: suids given just now, 0 = none. a, b: ends of evidence, by node.

    people: number of the person or lone identifier of each node; keys: of each of these, uid or -identifier id.
    """

    at: store_bulk.Standing
    minted: Ints
    edge: Ints
    a: Ints
    b: Ints
    people: Ints
    keys: Ints


def extend(ctx: Ctx, policies: Policies, touched: Ints, evidence: Evidence, kind: LedgerKind) -> None:
    """Bring in line whom new evidence touches; the caller holds `store.lock`. Same result as `realigning.realign`."""
    ends, links = np.unique(np.concatenate([evidence.a, evidence.b]), return_counts=True)
    single = np.setdiff1d(evidence.fresh, ends[links > 1])
    reached = np.fromiter(alignment.recount(ctx, touched.tolist(), policies, single=single.tolist()), np.int64)
    exclusive = [ns for ns, p in policies.by_ns.items() if p.exclusive]
    at = store_bulk.standing(ctx.tx, np.union1d(touched, reached), exclusive)
    keys, people = np.unique(np.where(at.uid > 0, at.uid, -at.id), return_inverse=True)
    minted = np.zeros(len(at.id), np.int64)
    minted[np.searchsorted(at.id, evidence.minted[0])] = evidence.minted[1]
    a, b = (np.searchsorted(at.id, ends) for ends in (evidence.a, evidence.b))
    news = _News(at, minted, evidence.edge, a, b, people, keys)
    has_exclusive = store_bulk.has_spaces(ctx.tx, exclusive)
    delicate = _delicate(ctx, news, np.isin(at.id, reached), evidence.fresh, has_exclusive=has_exclusive)
    _join(ctx, policies, news, ~delicate, kind)
    if delicate.any():
        edges = delicate[a] | delicate[b]
        mine = delicate & (minted > 0)
        part = Evidence(
            evidence.edge[edges], evidence.a[edges], evidence.b[edges], (at.id[mine], minted[mine])
        )  # fmt: skip
        realigning.recompute(ctx, policies, at.id[delicate], part, kind=kind)


def _delicate(ctx: Ctx, news: _News, changed: Flags, fresh: Ints, *, has_exclusive: bool) -> Flags:
    """Tell of each node whether a constraint, or evidence other than the news, may have a say in whose it is."""
    at, n = news.at, len(news.keys)
    of_person = np.isin(news.keys, store_bulk.constrained(ctx.tx))
    of_person[news.people[changed]] = True
    lone = np.flatnonzero((at.uid == 0) & at.connects)
    if len(lone):
        # Without a suid a group has no uid to be known by: its members are told by their links.
        away = store_bulk.led_away(ctx.tx, np.setdiff1d(at.id[lone], fresh))
        of_person[news.people[np.searchsorted(at.id, away)]] = True
    label = graph.components(n, news.people[news.a], news.people[news.b])
    if has_exclusive:
        of_person[news.people[at.exclusive & (at.uid == 0)]] = True
        several = np.bincount(label[news.keys > 0], minlength=n) > 1
        of_person |= several[label]
    found = np.zeros(n, np.bool_)
    found[label[of_person]] = True
    return found[label][news.people]


def _join(ctx: Ctx, policies: Policies, news: _News, plain: Flags, kind: LedgerKind) -> None:
    """Join people and lone identifiers by the new links, for the nodes that are plain."""
    at = news.at
    usable = plain[news.a] & plain[news.b] & at.connects[news.a] & at.connects[news.b]
    label = graph.components(len(news.keys), news.people[news.a[usable]], news.people[news.b[usable]])
    suids = np.where(news.minted > 0, news.minted, at.suid)
    whose = label[news.people]
    best = graph.smallest(np.concatenate([label, whose]), np.concatenate([np.maximum(news.keys, 0), news.minted]))
    after = best[len(label) :]
    moved = np.flatnonzero(plain & (at.uid > 0) & (after != at.uid))
    before, first = np.unique(at.uid[moved], return_index=True)
    others = store_bulk.join_people(ctx.tx, before, after[moved][first])
    set_ = plain & ((news.minted > 0) | ((at.uid == 0) & (after > 0)))
    store_bulk.set_people(ctx.tx, at.id[set_], after[set_], news.minted[set_])
    more = (others.suid > 0) & ~np.isin(others.id, at.id)
    edges = plain[news.a] & plain[news.b]
    place = np.cumsum(plain) - 1
    change = realigning.Change(
        suid=np.concatenate([suids[plain], others.suid[more]]),
        before=np.concatenate([at.uid[plain], others.before[more]]),
        after=np.concatenate([after[plain], others.after[more]]),
        minted=np.concatenate([news.minted[plain] > 0, np.zeros(int(more.sum()), np.bool_)]),
        edge=news.edge[edges],
        a=place[news.a[edges]],
        b=place[news.b[edges]],
    )
    realigning.tell(ctx, policies, change, kind)
