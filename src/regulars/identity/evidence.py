"""Take in what was seen: identifiers into the vault, observations into evidence, online or by the table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import NamedTuple

from regulars.core.ctx import Ctx
from regulars.core.errors import BadInput
from regulars.core.event import Identifier, IdentifierRef
from regulars.identity import alignment, logic, store, value_blocks
from regulars.identity.contract import Observation, Policies
from regulars.identity.policies import is_blocked
from regulars.infra.crypto import normalise, vault

MAX_REFS = 50
"""More identifiers than this on one event is a broken sender, not a person."""


class Seen(NamedTuple):
    """The earliest sight of something; ordered by time, then by content, so arrival cannot decide."""

    at: datetime
    source: str
    source_id: str
    brand_id: int


def remember(ctx: Ctx, identifiers: Sequence[Identifier]) -> list[IdentifierRef]:
    """Put identifiers into the vault; return their references, one each, in order.

    Known ones cost a look-up only. Call once per transaction where you can: rows are inserted in the order
    of their keys, so that concurrent writers wait for each other rather than deadlock.
    """
    box = vault()
    refs = [IdentifierRef(i.ns, i.scope, box.blind_index(i.ns, i.scope, i.value)) for i in identifiers]
    values = {ref: i.value for ref, i in zip(refs, identifiers, strict=True)}
    unkept = store.unkept(ctx.tx, list(values))
    if unkept:
        _keep(ctx, {ref: values[ref] for ref in unkept})
    return refs


def _keep(ctx: Ctx, values: Mapping[IdentifierRef, str]) -> None:
    """Put values into the vault that were not there just now."""
    policies = alignment.load_policies(ctx)
    garbage = {ref for ref, value in values.items() if is_blocked(policies.of(ref.ns), normalise(ref.ns, value))}
    places = dict(zip(values, value_blocks.keep(ctx.tx, list(values.values())), strict=True))
    written = store.add_identifiers(
        ctx.tx,
        [
            store.NewRow(
                ref,
                blocked=ref in garbage,
                connects=policies.of(ref.ns).linkable and ref not in garbage,
                block_id=block_id,
                block_at=block_at,
            )
            for ref, (block_id, block_at) in places.items()
        ],
    )
    if written < len(places):
        # Somebody else has kept the same value meanwhile: two copies would survive an erasure of one.
        known = store.lookup(ctx.tx, places)
        value_blocks.erase(ctx.tx, [place for ref, place in places.items() if known[ref].block_id != place[0]])
    late = [row.id for row in store.lookup(ctx.tx, garbage).values() if not row.blocked]
    if late:
        take_back(ctx, policies, late)


def take_back(ctx: Ctx, policies: Policies, ids: Sequence[int]) -> None:
    """Undo what identifiers connected that were observed before anybody had seen that their values are garbage."""
    store.lock(ctx.tx)
    reached = store.neighbours(ctx.tx, ids)
    store.set_blocked(ctx.tx, ids, blocked=True)
    alignment.realign(ctx, policies, {*ids, *reached}, alignment.Cause("garbage value"))


def _is_earlier(seen: Seen | None, row: store.Row) -> bool:
    return seen is not None and (row.first_seen_at is None or seen.at < row.first_seen_at)


@dataclass(frozen=True, slots=True)
class Batch:
    """What a batch of observations says, each thing once. subjects: in order of first need."""

    first_seen: dict[IdentifierRef, Seen]
    pairs: dict[tuple[IdentifierRef, IdentifierRef], Seen]
    refs: list[tuple[IdentifierRef, ...]]


def observe(ctx: Ctx, observations: Sequence[Observation]) -> list[int | None]:
    """Take observations; return each one's suid, None where no identifier may name a person.

    What is known already is answered without a lock; anything new makes this transaction the only one that
    changes people until it ends. Needs READ COMMITTED, PostgreSQL's default. Raises BadInput.
    """
    if not observations:
        return []
    policies = alignment.load_policies(ctx)
    batch = gather(observations, policies)
    known = store.lookup(ctx.tx, batch.first_seen)
    subjects = _subjects(batch.refs, known, policies)
    if not _settled(ctx, batch, known, subjects):
        store.lock(ctx.tx)
        news = {r: seen for r, seen in batch.first_seen.items() if r not in known or _is_earlier(seen, known[r])}
        _add_identifiers(ctx, news, policies)
        known = store.lookup(ctx.tx, batch.first_seen)  # others may have named people before the lock was ours
        subjects = _subjects(batch.refs, known, policies)
        edges = [
            edge(known[a].id, known[b].id, seen)
            for (a, b), seen in batch.pairs.items()
            if not (known[a].blocked or known[b].blocked)
        ]
        minted = _link(ctx, policies, edges, unnamed(known, subjects, policies))
        return [None if s is None else known[s].suid or minted[known[s].id] for s in subjects]
    return [None if s is None else known[s].suid for s in subjects]


def gather(observations: Iterable[Observation], policies: Policies) -> Batch:
    """Bring observations down to distinct identifiers and pairs with their earliest sights."""
    batch = Batch({}, {}, [])
    for o in observations:
        refs = tuple(dict.fromkeys(o.refs))
        check_sizes([refs])
        seen = Seen(o.occurred_at, o.source, o.source_id, o.brand_id)
        for ref in refs:
            if ref not in batch.first_seen or seen < batch.first_seen[ref]:
                batch.first_seen[ref] = seen
        for pair in logic.pairs(refs, policies):
            if pair not in batch.pairs or seen < batch.pairs[pair]:
                batch.pairs[pair] = seen
        batch.refs.append(refs)
    return batch


def check_sizes(named: Iterable[Sequence[IdentifierRef]]) -> None:
    """Raise BadInput when an observation names too many identifiers."""
    most = max(map(len, named), default=0)
    if most > MAX_REFS:
        raise BadInput(
            f"An event names at most {MAX_REFS} identifiers, this one {most}.",
            "Send one event per person.",
            code="identity.too_many_identifiers",
        )


def _subjects(
    refs: Iterable[Sequence[IdentifierRef]], known: Mapping[IdentifierRef, store.Row], policies: Policies
) -> list[IdentifierRef | None]:
    return [logic.strongest((r for r in event if not (r in known and known[r].blocked)), policies) for event in refs]


def _settled(
    ctx: Ctx,
    batch: Batch,
    known: Mapping[IdentifierRef, store.Row],
    subjects: Iterable[IdentifierRef | None],
) -> bool:
    for ref, seen in batch.first_seen.items():
        if ref not in known or _is_earlier(seen, known[ref]):
            return False
    if any(s is not None and known[s].suid is None for s in subjects):
        return False
    pairs = {
        _ends(known[a].id, known[b].id): seen.at
        for (a, b), seen in batch.pairs.items()
        if not (known[a].blocked or known[b].blocked)
    }
    there = store.edges_at(ctx.tx, pairs)
    return all(pair in there and there[pair] <= at for pair, at in pairs.items())


def _add_identifiers(ctx: Ctx, first_seen: Mapping[IdentifierRef, Seen], policies: Policies) -> None:
    store.add_identifiers(
        ctx.tx,
        (
            store.NewRow(ref, blocked=False, connects=policies.of(ref.ns).linkable, first_seen_at=s.at, source=s.source)
            for ref, s in first_seen.items()
        ),
    )


def _ends(a_id: int, b_id: int) -> tuple[int, int]:
    return (a_id, b_id) if a_id < b_id else (b_id, a_id)


def edge(a_id: int, b_id: int, seen: Seen) -> store.Edge:
    """Build the edge between two identifiers, smaller id first."""
    return store.Edge(*_ends(a_id, b_id), seen.at, seen.source, seen.source_id, seen.brand_id)


def unnamed(
    known: Mapping[IdentifierRef, store.Row], subjects: Iterable[IdentifierRef | None], policies: Policies
) -> list[tuple[int, bool]]:
    """Return the subjects that have no suid yet, in order: (identifier id, anonymous)."""
    return [
        (known[s].id, policies.of(s.ns).anonymous)
        for s in dict.fromkeys(subjects)
        if s is not None and known[s].suid is None
    ]


def _mint(ctx: Ctx, subjects: Sequence[tuple[int, bool]]) -> dict[int, int]:
    minted: dict[int, int] = {}
    for anonymous in (False, True):
        wanted = [i for i, is_anonymous in subjects if is_anonymous is anonymous]
        if wanted:
            minted |= dict(zip(wanted, count(store.mint(ctx.tx, len(wanted), anonymous=anonymous)), strict=False))
    return minted


def _link(
    ctx: Ctx, policies: Policies, edges: Iterable[store.Edge], subjects: Sequence[tuple[int, bool]]
) -> dict[int, int]:
    """Write evidence and suids and bring people in line.

    subjects: identifiers that need a suid. Returns identifier id -> suid minted. The caller holds the lock.
    """
    changed = store.add_edges(ctx.tx, edges)
    minted = _mint(ctx, subjects)
    touched = {i for _, a, b in changed for i in (a, b)} | set(minted)
    if touched:
        cause = alignment.Cause("observed", "merge", {edge: (a, b) for edge, a, b in changed}, minted)
        alignment.realign(ctx, policies, touched, cause)
    return minted
