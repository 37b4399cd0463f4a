"""Who is who, as a pure function of the evidence: the same set of facts, in any order, gives the same people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations

from regulars.core.event import IdentifierRef
from regulars.identity.contract import Policies

SAME_SCOPE, KEPT_APART = "member_no", "kept_apart"
"""Why an edge is refused: two exclusive identifiers of one scope would meet; somebody said no."""
BLOCKED, NOT_LINKABLE, OVER_CAP = "blocked", "not_linkable", "over_cap"
"""Why an identifier connects nobody."""


@dataclass(frozen=True, slots=True)
class Node:
    """An identifier. id: any number; only ns, scope and hmac decide."""

    id: int
    ns: str
    scope: str
    hmac: str
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """That two nodes were seen together. first_seen_at: the earliest occurred_at. manual: somebody said so."""

    id: int
    a: int
    b: int
    first_seen_at: datetime
    manual: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """A link that met a constraint."""

    link: Link
    reason: str


@dataclass(frozen=True, slots=True)
class Partition:
    """groups: every node is in exactly one. dropped: node -> why it connects nobody."""

    groups: tuple[frozenset[int], ...]
    refused: tuple[Refusal, ...]
    dropped: Mapping[int, str]


def partition(
    nodes: Iterable[Node], links: Iterable[Link], cannot_links: Iterable[tuple[int, int]], policies: Policies
) -> Partition:
    """Group identifiers into people.

    Nodes that are blocked, not linkable or over their cap drop out as connectors; the rest is united by
    `unite`. Depends on the set of nodes (ns, scope, hmac), links and cannot-links alone.
    """
    by_id = {n.id: n for n in nodes}
    every = list(links)
    dropped = dropouts(by_id, every, policies)
    usable = [k for k in every if k.a not in dropped and k.b not in dropped]
    groups, refused = unite(by_id, usable, cannot_links, policies)
    return Partition(tuple(frozenset(g) for g in groups), tuple(refused), dropped)


def dropouts(nodes: Mapping[int, Node], links: Iterable[Link], policies: Policies) -> dict[int, str]:
    """Return the nodes that connect nobody, and why."""
    dropped: dict[int, str] = {}
    for node in nodes.values():
        if not policies.of(node.ns).linkable:
            dropped[node.id] = NOT_LINKABLE
        elif node.blocked:
            dropped[node.id] = BLOCKED
    seen: defaultdict[tuple[int, str, str], dict[int, datetime]] = defaultdict(dict)
    for link in links:
        if link.manual or link.a in dropped or link.b in dropped:
            continue
        for one, other in ((link.a, nodes[link.b]), (link.b, nodes[link.a])):
            if not policies.of(other.ns).anonymous:
                seen[one, other.ns, other.scope][other.id] = link.first_seen_at
    for (one, _, _), neighbours in seen.items():
        policy = policies.of(nodes[one].ns)
        if is_crowded(list(neighbours.values()), policy.cap, policy.window_days):
            dropped[one] = OVER_CAP
    return dropped


def is_crowded(first_seen: Sequence[datetime], cap: int, window_days: int) -> bool:
    """Tell whether more than cap neighbours (0 = no cap) appeared within window_days (0 = ever) of each other."""
    if cap == 0 or len(first_seen) <= cap:
        return False
    if window_days == 0:
        return True
    at = sorted(first_seen)
    window = timedelta(days=window_days)
    return any(later - earlier < window for earlier, later in zip(at, at[cap:], strict=False))


def unite(
    nodes: Mapping[int, Node], links: Sequence[Link], cannot_links: Iterable[tuple[int, int]], policies: Policies
) -> tuple[list[list[int]], list[Refusal]]:
    """Unite nodes along usable links, in canonical order, skipping links that break a constraint.

    Where a connected component breaks no constraint the order cannot matter, so only components that do
    break one are sorted and walked link by link: the result is the same, and nearly all are never sorted.
    """
    apart = [(a, b) for a, b in cannot_links if a in nodes and b in nodes]
    components = _components(nodes, links)
    exclusive = {ns for ns, p in policies.by_ns.items() if p.exclusive}
    contested = _contested(nodes, components, apart, exclusive)
    groups = [members for root, members in components.items() if root not in contested]
    if not contested:
        return groups, []
    inside = {node_id for root in contested for node_id in components[root]}
    walk = Walk({i: nodes[i] for i in inside}, apart, exclusive)
    refused: list[Refusal] = []
    for link in in_order((k for k in links if k.a in inside), nodes, policies):
        if reason := walk.join(link.a, link.b):
            refused.append(Refusal(link, reason))
    return groups + walk.groups(), refused


def _components(nodes: Mapping[int, Node], links: Iterable[Link]) -> dict[int, list[int]]:
    parent = {i: i for i in nodes}
    for link in links:
        a, b = _root(parent, link.a), _root(parent, link.b)
        if a != b:
            parent[b] = a
    found: defaultdict[int, list[int]] = defaultdict(list)
    for i in parent:
        found[_root(parent, i)].append(i)
    return found


def _root(parent: dict[int, int], i: int) -> int:
    while parent[i] != i:
        parent[i] = i = parent[parent[i]]
    return i


def _contested(
    nodes: Mapping[int, Node],
    components: Mapping[int, Sequence[int]],
    apart: Sequence[tuple[int, int]],
    exclusive: Collection[str],
) -> set[int]:
    contested: set[int] = set()
    kept = {i for pair in apart for i in pair}
    root_of: dict[int, int] = {}
    for root, members in components.items():
        scopes: set[tuple[str, str]] = set()
        for i in members:
            node = nodes[i]
            if node.ns in exclusive:
                if (node.ns, node.scope) in scopes:
                    contested.add(root)
                scopes.add((node.ns, node.scope))
            if i in kept:
                root_of[i] = root
    contested |= {root_of[a] for a, b in apart if root_of[a] == root_of[b]}
    return contested


class Walk:
    """Groups that grow link by link and refuse to break a constraint."""

    def __init__(
        self, nodes: Mapping[int, Node], cannot_links: Iterable[tuple[int, int]], exclusive: Collection[str]
    ) -> None:
        self._parent = {i: i for i in nodes}
        self._members = {i: [i] for i in nodes}
        self._holds: dict[int, dict[tuple[str, str], int]] = {
            i: {(n.ns, n.scope): i} if n.ns in exclusive else {} for i, n in nodes.items()
        }
        self._avoids: defaultdict[int, set[int]] = defaultdict(set)
        for a, b in cannot_links:
            if a in nodes and b in nodes:
                self._avoids[a].add(b)
                self._avoids[b].add(a)

    def root(self, i: int) -> int:
        """Return the group a node is in now."""
        return _root(self._parent, i)

    def join(self, a: int, b: int) -> str:
        """Unite the groups of two nodes; return "" or the reason why not."""
        into, other = self.root(a), self.root(b)
        if into == other:
            return ""
        if len(self._members[into]) < len(self._members[other]):
            into, other = other, into
        if any(self._holds[into].get(key, held) != held for key, held in self._holds[other].items()):
            return SAME_SCOPE
        if any(self.root(i) == into for i in self._avoids[other]):
            return KEPT_APART
        self._parent[other] = into
        self._members[into] += self._members.pop(other)
        self._holds[into] |= self._holds.pop(other)
        self._avoids[into] |= self._avoids.pop(other, set())
        return ""

    def groups(self) -> list[list[int]]:
        """Return the groups as they are now."""
        return list(self._members.values())


def in_order(links: Iterable[Link], nodes: Mapping[int, Node], policies: Policies) -> list[Link]:
    """Return links in canonical order.

    Manual first, then by the weaker and the stronger end's priority, then by first sight; equal ones by
    the identifiers themselves, so that no arrival order shines through.
    """

    def key(link: Link) -> tuple[bool, int, int, datetime, tuple[tuple[str, str, str], ...]]:
        a, b = nodes[link.a], nodes[link.b]
        low, high = sorted((policies.of(a.ns).priority, policies.of(b.ns).priority))
        ends = sorted(((a.ns, a.scope, a.hmac), (b.ns, b.scope, b.hmac)))
        return not link.manual, high, low, link.first_seen_at, tuple(ends)

    return sorted(links, key=key)


def to_void(
    nodes: Mapping[int, Node],
    links: Sequence[Link],
    suspects: Collection[int],
    cannot_links: Sequence[tuple[int, int]],
    policies: Policies,
) -> set[int]:
    """Return the suspect link ids that an un-merge must void.

    First the people are united without the suspects (the state before the merge, with all that came
    later); then suspects come back in canonical order, as long as they join no two who are to be apart. So
    an identifier that first appeared in the merging event stays with one side instead of hanging between.
    """
    walk = Walk(nodes, cannot_links, {ns for ns, p in policies.by_ns.items() if p.exclusive})
    for link in in_order((k for k in links if k.id not in suspects), nodes, policies):
        walk.join(link.a, link.b)
    doubtful = in_order((k for k in links if k.id in suspects), nodes, policies)
    return {link.id for link in doubtful if walk.join(link.a, link.b)}


def strongest(refs: Iterable[IdentifierRef], policies: Policies) -> IdentifierRef | None:
    """Return the identifier that names an event's person: by priority, ties by content; None when none may."""
    able = [r for r in refs if policies.of(r.ns).subject]
    return min(able, key=lambda r: (policies.of(r.ns).priority, r.ns, r.scope, r.hmac), default=None)


def pairs(refs: Iterable[IdentifierRef], policies: Policies) -> list[tuple[IdentifierRef, IdentifierRef]]:
    """Return the pairs of linkable identifiers that one observation is evidence for, each in content order."""
    able = sorted((r for r in set(refs) if policies.of(r.ns).linkable), key=lambda r: (r.ns, r.scope, r.hmac))
    return list(combinations(able, 2))


@dataclass(frozen=True, slots=True)
class Move:
    """A suid that may have changed hands. before None = it had no person until now and was its own."""

    suid: int
    before: int | None
    after: int


def clusters(moves: Iterable[Move]) -> list[list[Move]]:
    """Return the moves that changed somebody, gathered so that no person is in two of them."""
    parent: dict[int, int] = {}
    changed = [m for m in moves if _before(m) != m.after]
    for move in changed:
        for uid in (_before(move), move.after):
            parent.setdefault(uid, uid)
        parent[_root(parent, _before(move))] = _root(parent, move.after)
    found: defaultdict[int, list[Move]] = defaultdict(list)
    for move in changed:
        found[_root(parent, move.after)].append(move)
    return [sorted(found[root], key=lambda m: m.suid) for root in sorted(found)]


def _before(move: Move) -> int:
    return move.suid if move.before is None else move.before
