"""Bring people in line with the evidence: recompute what a change touches, write it down, say so in the log."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from regulars.core.ctx import Ctx
from regulars.core.ids import new_id
from regulars.identity import store, store_people
from regulars.identity.contract import LedgerEntry, LedgerKind, Policies, Realigned
from regulars.identity.logic import Link, Move, Node, Refusal, clusters, is_crowded, unite
from regulars.identity.policies import combine
from regulars.infra import event_log

ROOM = "identity"
_ALIASES_PER_EVENT = 2000


@dataclass(frozen=True, slots=True)
class Cause:
    """Why people change. kind: bulk marks what an import did; else merge or unmerge is read off the result.

    edges: edge id -> ends of the evidence that changed. minted: identifier id -> suid given just now.
    ledger_id: reserved entry that is written even when nobody moves (an operator's act leaves a trace).
    """

    reason: str
    kind: LedgerKind = "merge"
    edges: Mapping[int, tuple[int, int]] = field(default_factory=dict[int, tuple[int, int]])
    minted: Mapping[int, int] = field(default_factory=dict[int, int])
    ledger_id: int | None = None


@dataclass(slots=True)
class Region:
    """Everything a change can reach: whole components of usable links. suids, uids: as they stand in the store."""

    nodes: dict[int, Node]
    links: list[Link]
    cannot_links: list[tuple[int, int]]
    suids: dict[int, int]
    uids: dict[int, int]


def load_policies(ctx: Ctx) -> Policies:
    """Return the policies in force."""
    return combine(*store.policies(ctx.tx))


def load_region(ctx: Ctx, roots: Iterable[int]) -> Region:
    """Load the components of usable links that contain the roots."""
    frontier = set(roots)
    ids = set(frontier)
    links: dict[int, Link] = {}
    while frontier:
        found = store.usable_links(ctx.tx, frontier)
        links |= {k.id: k for k in found}
        frontier = {i for k in found for i in (k.a, k.b)} - ids
        ids |= frontier
    nodes: dict[int, Node] = {}
    suids: dict[int, int] = {}
    uids: dict[int, int] = {}
    for node, suid, uid in store.nodes(ctx.tx, ids):
        nodes[node.id] = node
        if suid is not None:
            suids[node.id] = suid
        if uid is not None:
            uids[node.id] = uid
    return Region(nodes, list(links.values()), store.cannot_links(ctx.tx, ids), suids, uids)


def recount(ctx: Ctx, ids: Collection[int], policies: Policies, *, single: Collection[int] = ()) -> set[int]:
    """Set anew who of these connects; return those that changed and all their neighbours.

    single: of these is known that they have one link at most, which is over nobody's cap.
    """
    able = store.connectable(ctx.tx, ids, policies)
    crowded: set[int] = set()
    for identifier_id, ns, seen in store.crowding(ctx.tx, able.difference(single), policies):
        policy = policies.of(ns)
        if is_crowded(seen, policy.cap, policy.window_days):
            crowded.add(identifier_id)
    changed = store.set_connects(ctx.tx, list(able - crowded), connects=True)
    changed += store.set_connects(ctx.tx, list((set(ids) - able) | crowded), connects=False)
    reached: set[int] = set(changed)
    for part in store.chunks(changed):
        reached |= store.neighbours(ctx.tx, part)
    return reached


def realign(ctx: Ctx, policies: Policies, touched: Collection[int], cause: Cause) -> Realigned:
    """Recompute the people a change of evidence touches; the caller holds `store.lock`.

    touched: identifiers whose edges, constraints, value or suid changed. Writes uids, aliases, ledger and
    review queue and emits person.realigned. The rooms' PersonData ports hear of it behind the consumer that
    tells the lake who is who, so that what they derive is derived from the new aliases.
    """
    roots = set(touched) | recount(ctx, touched, policies)
    region = load_region(ctx, roots)
    region.suids |= cause.minted
    groups, refused = unite(region.nodes, region.links, region.cannot_links, policies)
    after = _uids(groups, region.suids)
    moved = {i: u for i, u in after.items() if u != region.uids.get(i) or i in cause.minted}
    store_people.set_people(ctx.tx, moved, cause.minted)
    store_people.review(ctx.tx, region.nodes, refused, ctx.clock.system_now())
    moves = {
        suid: Move(suid, region.uids.get(i), uid) for i, suid in region.suids.items() if (uid := after[i]) is not None
    }
    aliases = _changed_aliases(moves, set(cause.minted.values()))
    store_people.set_aliases(ctx.tx, aliases)
    edges_of: defaultdict[int, set[int]] = defaultdict(set)
    for edge_id, ends in cause.edges.items():
        for end in ends:
            if (uid := after.get(end)) is not None:
                edges_of[uid].add(edge_id)
    ledger_ids = write_ledger(ctx, policies, cause, moves.values(), edges_of)
    uids = frozenset(aliases.values()) | {
        u for m in moves.values() if m.suid in aliases and (u := m.before) is not None
    }
    result = Realigned(aliases, uids, ledger_ids)
    tell(ctx, result)
    return result


def refusals(ctx: Ctx, policies: Policies, roots: Iterable[int]) -> list[Refusal]:
    """Return what is refused around these identifiers now."""
    region = load_region(ctx, roots)
    return unite(region.nodes, region.links, region.cannot_links, policies)[1]


def _uids(groups: Sequence[Sequence[int]], suids: Mapping[int, int]) -> dict[int, int | None]:
    after: dict[int, int | None] = {}
    for group in groups:
        uid = min((suids[i] for i in group if i in suids), default=None)
        after |= dict.fromkeys(group, uid)
    return after


def _changed_aliases(moves: Mapping[int, Move], minted: Collection[int]) -> dict[int, int]:
    changed: dict[int, int] = {}
    for suid, move in moves.items():
        # A suid given just now has no alias yet, whoever its identifier belonged to before.
        before = suid if suid in minted or move.before is None else move.before
        if before != move.after:
            changed[suid] = move.after
    return changed


def write_ledger(
    ctx: Ctx, policies: Policies, cause: Cause, moves: Iterable[Move], edges_of: Mapping[int, Collection[int]]
) -> tuple[int, ...]:
    """Write an entry for each cluster of people that changed; return the entries' ids.

    edges_of: uid -> evidence that changed at its identifiers, of the people as they are now.
    """
    found = clusters(moves)
    if cause.ledger_id is not None and not found:
        found = [[]]
    reserved = [cause.ledger_id] if cause.ledger_id is not None else []
    ids = reserved + store_people.new_ledger_ids(ctx.tx, len(found) - len(reserved))
    store_people.add_ledger(
        ctx.tx,
        (
            _entry(ctx, policies, cause, (ledger_id, cluster), edges_of)
            for ledger_id, cluster in zip(ids, found, strict=True)
        ),
    )
    return tuple(ids)


def _entry(
    ctx: Ctx,
    policies: Policies,
    cause: Cause,
    one: tuple[int, Sequence[Move]],
    edges_of: Mapping[int, Collection[int]],
) -> LedgerEntry:
    ledger_id, cluster = one
    before = {m.suid: m.suid if m.before is None else m.before for m in cluster}
    now = {m.suid: m.after for m in cluster}
    uids = sorted({*before.values(), *now.values()})
    edge_ids = {e for u in uids for e in edges_of.get(u, ())} if cluster else cause.edges
    return LedgerEntry(
        id=ledger_id,
        at=ctx.clock.system_now(),
        kind=_kind(cause, uids, before, now),
        uids=tuple(uids),
        aliases_before=before,
        aliases_after=now,
        edge_ids=tuple(sorted(edge_ids)),
        policy_version=policies.version,
        reason=cause.reason,
        actor=f"{ctx.actor.kind}:{ctx.actor.id}",
        undone_by=None,
    )


def _kind(cause: Cause, uids: Sequence[int], before: Mapping[int, int], after: Mapping[int, int]) -> LedgerKind:
    # A uid stands for a person as long as its own suid belongs to it.
    people_before = sum(before.get(u, u) == u for u in uids)
    people_after = sum(after.get(u, u) == u for u in uids)
    if people_after > people_before:
        return "unmerge"
    return cause.kind if people_after < people_before or not uids else "merge"


def tell(ctx: Ctx, result: Realigned) -> None:
    """Say in the log who was realigned."""
    ledger_id = str(result.ledger_ids[0]) if len(result.ledger_ids) == 1 else ""
    pairs = sorted(result.aliases.items())
    rest = result.uids - set(result.aliases.values())
    for start in range(0, len(pairs), _ALIASES_PER_EVENT):
        part = pairs[start : start + _ALIASES_PER_EVENT]
        uids = {u for _, u in part} | (rest if start == 0 else frozenset[int]())
        event_log.emit(
            ctx,
            "person.realigned",
            ROOM,
            str(new_id()),
            {"uids": sorted(uids), "aliases": part, "ledger_id": ledger_id},
        )
