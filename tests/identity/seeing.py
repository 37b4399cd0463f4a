"""Builders of evidence for the tests of identity."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pyarrow as pa

from regulars.core.ctx import Ctx
from regulars.core.event import Identifier, IdentifierRef
from regulars.identity import api, logic, store_people
from regulars.identity.contract import Observation, Policies
from regulars.infra.crypto import vault

Take = Callable[[Ctx, Sequence[Observation]], list[int | None]]

START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Sight:
    """Identifiers (ns, value) seen together `minute` minutes after the start."""

    names: tuple[tuple[str, str], ...]
    minute: int = 0

    @property
    def at(self) -> datetime:
        return START + timedelta(minutes=self.minute)


def sight(minute: int, *names: str) -> Sight:
    """Build a sight from "ns:value" words."""
    return Sight(tuple((n.split(":", 1)[0], n.split(":", 1)[1]) for n in names), minute)


def ref(ns: str, value: str, scope: str = "") -> IdentifierRef:
    return IdentifierRef(ns, scope, vault().blind_index(ns, scope, value))


def observe(
    ctx: Ctx, sights: Iterable[Sight], *, scope: str = "", batch: int = 1, take: Take = api.observe
) -> list[int | None]:
    """Take sights online, remembering the values, `batch` at a time."""
    found: list[int | None] = []
    waiting = list(sights)
    for start in range(0, len(waiting), batch):
        part = waiting[start : start + batch]
        observations = []
        for s in part:
            refs = api.remember(ctx, [Identifier(ns, scope, value) for ns, value in s.names])
            observations.append(Observation(tuple(refs), s.at, "test", f"m{s.minute}", 1))
        found += take(ctx, observations)
    return found


def long_table(sights: Sequence[Sight], scope: str = "") -> pa.Table:
    rows = [(i, ns, scope, value, s.at, f"m{s.minute}") for i, s in enumerate(sights) for ns, value in s.names]
    names = ("observation", "ns", "scope", "value", "occurred_at", "source_id")
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    types = (pa.int64(), pa.string(), pa.string(), pa.string(), pa.timestamp("us", "UTC"), pa.string())
    return pa.table({n: pa.array(c, t) for n, c, t in zip(names, columns, types, strict=True)})


def people(ctx: Ctx, scope: str | None = None) -> set[frozenset[str]]:
    """Return who is one person with whom: the masked values of each uid (opaque namespaces stay plain)."""
    rows = ctx.tx.execute(
        "select id, uid from identifier where uid is not null and (%(scope)s::text is null or scope = %(scope)s)",
        {"scope": scope},
    ).fetchall()
    found = defaultdict(set)
    for known in store_people.known_by_id(ctx.tx, [r["id"] for r in rows]).values():
        found[known.uid].add(f"{known.ns}:{known.masked}")
    return {frozenset(g) for g in found.values()}


def groups(ctx: Ctx, scope: str) -> set[frozenset[IdentifierRef]]:
    """Return the people of a scope as sets of references."""
    rows = ctx.tx.execute(
        "select ns, scope, hmac, uid from identifier where uid is not null and scope = %(scope)s", {"scope": scope}
    )
    found = defaultdict(set)
    for r in rows:
        found[r["uid"]].add(IdentifierRef(r["ns"], r["scope"], r["hmac"].hex))
    return {frozenset(g) for g in found.values()}


def pure(
    sights: Iterable[Sight], policies: Policies, scope: str, apart: Iterable[tuple[IdentifierRef, IdentifierRef]] = ()
) -> set[frozenset[IdentifierRef]]:
    """Return the people of these sights by the pure function alone."""
    first: dict[frozenset[IdentifierRef], datetime] = {}
    every: dict[IdentifierRef, int] = {}
    named: set[IdentifierRef] = set()
    for s in sights:
        refs = [ref(ns, value, scope) for ns, value in s.names]
        for r in refs:
            every.setdefault(r, len(every))
        if (subject := logic.strongest(refs, policies)) is not None:
            named.add(subject)
        for pair in logic.pairs(refs, policies):
            key = frozenset(pair)
            first[key] = min(first.get(key, s.at), s.at)
    nodes = [logic.Node(i, r.ns, r.scope, r.hmac) for r, i in every.items()]
    links = [logic.Link(k, *(every[r] for r in pair), at) for k, (pair, at) in enumerate(first.items())]
    kept = [(every[a], every[b]) for a, b in apart if a in every and b in every]
    back = {i: r for r, i in every.items()}
    found = logic.partition(nodes, links, kept, policies)
    people = ({back[i] for i in g} for g in found.groups)
    return {frozenset(p) for p in people if p & named}
