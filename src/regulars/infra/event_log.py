"""The corridor: one ordered log of facts, followed by consumers whose effects and offset commit together."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString, NamedTuple

import msgspec
import psycopg
import structlog
from psycopg.rows import tuple_row

from regulars.core.clock import business_day
from regulars.core.ctx import Ctx
from regulars.core.errors import NotFound, Unavailable
from regulars.core.event import TRIGGERING, Event, IdentifierRef, Origin, dictionary
from regulars.core.ids import new_id
from regulars.infra.db import Connection, Database
from regulars.infra.lake import LakeError

log = structlog.get_logger()

MakeCtx = Callable[[Connection, int], Ctx]
"""Builds the system's Ctx for a connection and a brand (0 = the group); boot provides it."""

Handle = Callable[[Ctx, Sequence[Event]], None]

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
"""Of COPY's text format."""
_needs_escape = re.compile(r"[\\\t\n\r]").search
_encode = msgspec.json.Encoder().encode


class Place(NamedTuple):
    """A position in the log: transaction first, so that a late committer is never skipped."""

    xid: int
    seq: int


@dataclass(frozen=True, slots=True)
class Consumer:
    """A reader of the log. after: consumers it may not overtake. types None = all. per_brand: called per brand.

    hears: tells the types that are of use at the moment, where what is saved decides it; asked for each batch.
    """

    name: str
    handle: Handle
    after: tuple[str, ...] = ()
    types: frozenset[str] | None = None
    origins: frozenset[Origin] | None = None
    per_brand: bool = False
    hears: Callable[[Connection], Collection[str]] | None = None

    def wants(self, event: Event) -> bool:
        """Tell whether the event is for this consumer."""
        return (self.types is None or event.type in self.types) and (
            self.origins is None or event.origin in self.origins
        )


_handlers: dict[str, Consumer] = {}


def on(
    *types: str,
    name: str,
    origins: Iterable[Origin] = TRIGGERING,
    after: tuple[str, ...] = ("identity",),
) -> Callable[[Handle], Handle]:
    """Let a room's function follow event types (decorator). It is called with one brand's events at a time."""

    def register(function: Handle) -> Handle:
        add_consumer(Consumer(name, function, after, frozenset(types), frozenset(origins), per_brand=True))
        return function

    return register


def add_consumer(consumer: Consumer) -> None:
    """Register a consumer; the same name again replaces it."""
    _handlers[consumer.name] = consumer


def consumers() -> tuple[Consumer, ...]:
    """Return the consumers so ordered that each stands behind those it may not overtake."""
    ordered: list[Consumer] = []
    waiting = dict(_handlers)
    while waiting:
        free = [c for c in waiting.values() if not any(a in waiting for a in c.after)]
        if not free:
            raise RuntimeError(f"These consumers wait for each other: {', '.join(waiting)}.")
        ordered += sorted(free, key=lambda c: c.name)
        for consumer in free:
            del waiting[consumer.name]
    return tuple(ordered)


def append(ctx: Ctx, events: Sequence[Event], *, identifiers: Sequence[Sequence[IdentifierRef]] = ()) -> None:
    """Write events into the log within the caller's transaction.

    identifiers: of each event, when they are not in the events themselves.
    """
    named = identifiers or [e.identifiers for e in events]
    rows = b"".join([_copied(e, refs) for e, refs in zip(events, named, strict=True)])
    with (
        ctx.tx.cursor() as cursor,
        cursor.copy(
            "copy event_log (id, brand_id, type, source, source_id, occurred_at, recorded_at, business_on, origin,"
            " identifiers, props) from stdin"
        ) as copy,
    ):
        copy.write(rows)


def _copied(e: Event, refs: Sequence[IdentifierRef]) -> bytes:
    """Return an event as a line of COPY's text format: the driver's row by row costs as much as all else here."""
    at = _encode((e.occurred_at, e.recorded_at, e.business_on)).replace(b'","', b"\t")[2:-2]
    # JSON itself holds no other character to escape than the backslash.
    named = _encode(refs).replace(b"\\", b"\\\\")
    props = _encode(e.props).replace(b"\\", b"\\\\")
    said = f"{e.id.hex}\t{e.brand_id}\t{_escaped(e.type)}\t{_escaped(e.source)}\t{_escaped(e.source_id)}\t"
    return b"%b%b\t%b\t%b\t%b\n" % (said.encode(), at, e.origin.encode(), named, props)


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES) if _needs_escape(text) else text


def emit(  # noqa: PLR0913 - the parts of an event, all named
    ctx: Ctx,
    event_type: str,
    source: str,
    source_id: str,
    props: Mapping[str, Any],
    *,
    identifiers: Sequence[IdentifierRef] = (),
    suid: int | None = None,
    origin: Origin = "live",
    occurred_at: datetime | None = None,
) -> Event:
    """Emit a room's event in its own transaction, checked by the dictionary.

    suid: the person, where the room knows it; otherwise identity finds it by the identifiers.
    """
    payload = dictionary.get(event_type).model_validate(dict(props))
    at = occurred_at or ctx.now
    event = Event(
        id=new_id(),
        brand_id=ctx.brand_id,
        type=event_type,
        source=source,
        source_id=source_id,
        occurred_at=at,
        recorded_at=ctx.clock.system_now(),
        business_on=business_day(at, ctx.zone),
        origin=origin,
        identifiers=tuple(identifiers),
        props=payload.model_dump(mode="json"),
        suid=suid,
    )
    (append if suid is None else append_named)(ctx, [event])
    return event


def append_named(ctx: Ctx, events: Sequence[Event]) -> None:
    """Write a room's events of people it knows: each has its suid, and props that the dictionary has checked."""
    append(ctx, events)
    ctx.tx.execute(
        "insert into event_subject (seq, suid) select l.seq, n.suid from unnest(%(ids)s::uuid[], %(suids)s::bigint[])"
        " as n(id, suid) join event_log l on n.id = l.id and l.xid = pg_current_xact_id()::text::bigint",
        {"ids": [e.id for e in events], "suids": [e.suid for e in events]},
    )


def assign_suids(ctx: Ctx, suids: Mapping[int, int]) -> None:
    """Say whose events these are. suids: seq -> suid. Called by the identity consumer alone."""
    ctx.tx.execute(
        "insert into event_subject (seq, suid) select * from unnest(%(seqs)s::bigint[], %(suids)s::bigint[])"
        " on conflict (seq) do update set suid = excluded.suid",
        {"seqs": list(suids), "suids": list(suids.values())},
    )


def step(db: Database, make_ctx: MakeCtx, consumer: Consumer, limit: int = 5000) -> int:
    """Let a consumer take one batch; return how many log rows it passed, 0 when it is up to date or busy elsewhere.

    The batch is sealed first, so that a batch re-run after a crash is the same batch. Effects and offset
    commit in one transaction. An event that cannot be taken is parked with the reason, the rest goes on.
    Raises what a store says of itself (away, full, out of memory): then the same batch is to be tried again.
    """
    sealed = _seal(db, consumer, limit)
    if sealed is None:
        return 0
    passed, last = 0, sealed[1]
    while sealed is not None and sealed[0] < last:
        try:
            passed += _take(db, make_ctx, consumer, *sealed)
            if sealed[1] == last:
                break
        except _Faulty as faulty:
            log.warning("batch_failed", consumer=consumer.name, error=type(faulty.cause).__name__)
            passed += _narrow(db, consumer, sealed, faulty.cause)
        sealed = _sealed(db, consumer, sealed[0], last)
    return passed


class _Faulty(Exception):
    """A handler could not take its events, and the fault is theirs: no store was in the way."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(str(cause))
        self.cause = cause


_STORE_FAULTS = (Unavailable, psycopg.OperationalError, psycopg.InterfaceError, psycopg.InternalError)


def _is_of_a_store(error: Exception) -> bool:
    return isinstance(error, _STORE_FAULTS) or (isinstance(error, LakeError) and not error.is_of_the_data)


def _seal(db: Database, consumer: Consumer, limit: int) -> tuple[Place, Place] | None:
    """Fix where the next batch ends, unless it is fixed already; return (start, end)."""
    with db.tx() as tx:
        place = _lock(tx, consumer.name)
        if place is None:
            return None
        start, end = place
        if end is None:
            end = _next_end(tx, start, consumer, limit)
            if end is None:
                return None
            _set_seal(tx, consumer.name, end)
        return start, end


def _sealed(db: Database, consumer: Consumer, before: Place, last: Place) -> tuple[Place, Place] | None:
    """Return what is still to be taken up to `last` and seal it; None when another took over in between."""
    with db.tx() as tx:
        place = _lock(tx, consumer.name)
        if place is None or place[0] < before:
            return None
        start, end = place
        if end is None and start < last:
            end = last
            _set_seal(tx, consumer.name, end)
        return (start, end) if end is not None else None


def _set_seal(tx: Connection, name: str, end: Place) -> None:
    tx.execute(
        "update event_consumer set sealed_xid = %(xid)s, sealed_seq = %(seq)s where name = %(name)s",
        {"name": name, **end._asdict()},
    )


def _narrow(db: Database, consumer: Consumer, sealed: tuple[Place, Place], cause: Exception) -> int:
    """Seal the first half of a batch that failed; park its event where there is but one. Return how many were passed.

    What a batch writes elsewhere carries the batch's token, so a part may only be tried under a seal of its own: a
    process that dies meanwhile then finds the very same part.
    """
    start, end = sealed
    with db.tx() as tx:
        if _lock(tx, consumer.name) != sealed:
            return 0
        batch = _between(tx, consumer, start, end)
        if len(batch) > 1:
            _set_seal(tx, consumer.name, batch[len(batch) // 2 - 1][0])
            return 0
        reason = f"{type(cause).__name__}: {cause}".replace("\x00", "")[:1000]
        for _, event in batch:
            tx.execute(
                "insert into event_parked (consumer, seq, reason) values (%(consumer)s, %(seq)s, %(reason)s)"
                " on conflict (consumer, seq) do update set reason = excluded.reason, parked_at = now()",
                {"consumer": consumer.name, "seq": event.seq, "reason": reason},
            )
            log.warning("event_parked", consumer=consumer.name, seq=event.seq, type=event.type)
        _advance(tx, consumer.name, end, unseal=True)
        return len(batch)


def _lock(tx: Connection, name: str) -> tuple[Place, Place | None] | None:
    tx.execute("insert into event_consumer (name) values (%(name)s) on conflict do nothing", {"name": name})
    row = tx.execute(
        "select xid, seq, sealed_xid, sealed_seq from event_consumer where name = %(name)s for update skip locked",
        {"name": name},
    ).fetchone()
    if row is None:
        return None
    sealed = Place(row["sealed_xid"], row["sealed_seq"]) if row["sealed_xid"] is not None else None
    return Place(row["xid"], row["seq"]), sealed


def _next_end(tx: Connection, start: Place, consumer: Consumer, limit: int) -> Place | None:
    bound = _bound(tx, consumer.after)
    row = tx.execute(
        "select xid, seq from (select xid, seq from event_log"
        "  where (xid, seq) > (%(xid)s, %(seq)s)"
        "    and xid < (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint"
        "    and (%(bound_xid)s::bigint is null or (xid, seq) <= (%(bound_xid)s::bigint, %(bound_seq)s::bigint))"
        "  order by xid, seq limit %(limit)s) batch order by xid desc, seq desc limit 1",
        {
            "xid": start.xid,
            "seq": start.seq,
            "limit": limit,
            "bound_xid": bound.xid if bound else None,
            "bound_seq": bound.seq if bound else None,
        },
    ).fetchone()
    return Place(row["xid"], row["seq"]) if row else None


def _bound(tx: Connection, after: tuple[str, ...]) -> Place | None:
    if not after:
        return None
    rows = tx.execute(
        "select xid, seq from event_consumer where name = any(%(after)s)", {"after": list(after)}
    ).fetchall()
    if len(rows) < len(after):
        return Place(0, 0)
    return min(Place(r["xid"], r["seq"]) for r in rows)


_EVENT = (
    "l.seq, l.xid, l.id, l.brand_id, l.type, l.source, l.source_id, l.occurred_at, l.recorded_at, l.business_on,"
    " l.origin, l.identifiers, l.props, s.suid"
)
_READ = "select " + _EVENT + " from event_log l left join event_subject s on s.seq = l.seq"
_READ_PARKED = (
    "select " + _EVENT + ", p.consumer, p.reason, p.parked_at from event_parked p"
    " join event_log l on l.seq = p.seq left join event_subject s on s.seq = l.seq"
)


def _rows(tx: Connection, query: LiteralString, bound: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with tx.cursor(row_factory=tuple_row) as cursor:
        return cursor.execute(query, bound).fetchall()


def _event(row: tuple[Any, ...]) -> Event:
    """Build an event of a row that begins with the columns of `_EVENT`."""
    named = tuple([IdentifierRef(*ref) for ref in row[11]])
    return Event(
        row[2], row[3], row[4], row[5], row[6], row[7], row[8], row[9], row[10], named, row[12], row[0], row[13]
    )  # fmt: skip


_SPAN = " where (l.xid, l.seq) > (%(xid)s, %(seq)s) and (l.xid, l.seq) <= (%(end_xid)s, %(end_seq)s)"


def _ends(start: Place, end: Place) -> dict[str, Any]:
    return {"xid": start.xid, "seq": start.seq, "end_xid": end.xid, "end_seq": end.seq}


def _passed(tx: Connection, start: Place, end: Place) -> int:
    row = tx.execute("select count(*) as n from event_log l" + _SPAN, _ends(start, end)).fetchone()
    return row["n"] if row else 0


def _between(tx: Connection, consumer: Consumer, start: Place, end: Place) -> list[tuple[Place, Event]]:
    """Return the batch's events, of the consumer's types alone: the others would be read for nothing."""
    own: LiteralString = ""
    bound = _ends(start, end)
    types = consumer.hears(tx) if consumer.hears else consumer.types
    if types is not None:
        own, bound["types"] = " and l.type = any(%(types)s)", sorted(types)
    rows = _rows(tx, _READ + _SPAN + own + " order by l.xid, l.seq", bound)
    return [(Place(row[1], row[0]), _event(row)) for row in rows]


def _deliver(make_ctx: MakeCtx, tx: Connection, consumer: Consumer, events: Sequence[Event]) -> None:
    wanted = [e for e in events if consumer.wants(e)]
    if not wanted:
        return
    if not consumer.per_brand:
        consumer.handle(make_ctx(tx, 0), wanted)
        return
    for brand_id in sorted({e.brand_id for e in wanted}):
        consumer.handle(make_ctx(tx, brand_id), [e for e in wanted if e.brand_id == brand_id])


def _advance(tx: Connection, name: str, place: Place, *, unseal: bool) -> None:
    tx.execute(
        "update event_consumer set xid = %(xid)s, seq = %(seq)s, updated_at = now(),"
        " sealed_xid = case when %(unseal)s then null else sealed_xid end,"
        " sealed_seq = case when %(unseal)s then null else sealed_seq end where name = %(name)s",
        {"name": name, "unseal": unseal, **place._asdict()},
    )


def _take(db: Database, make_ctx: MakeCtx, consumer: Consumer, start: Place, end: Place) -> int:
    with db.tx() as tx:
        if _lock(tx, consumer.name) != (start, end):
            return 0
        events = [event for _, event in _between(tx, consumer, start, end)]
        try:
            _deliver(make_ctx, tx, consumer, events)
        except Exception as error:
            if _is_of_a_store(error):
                raise
            raise _Faulty(error) from error
        _advance(tx, consumer.name, end, unseal=True)
        return len(events) if consumer.types is None and not consumer.hears else _passed(tx, start, end)


@dataclass(frozen=True, slots=True)
class Lag:
    """How far a consumer is behind. age_s: seconds since the oldest event that it has not taken was recorded.

    events: that many at most; numbers of the log that were given to nobody count too.
    """

    consumer: str
    events: int
    age_s: float


def lag(ctx: Ctx) -> list[Lag]:
    """Return the lag of every known consumer: two looks at an index each, however long the log is."""
    rows = ctx.tx.execute(
        "select c.name, next.recorded_at as oldest,"
        " case when next.seq is null then 0 else greatest(1, bounds.newest - greatest(c.seq, bounds.first - 1)) end"
        "  as events"
        " from event_consumer c"
        " left join lateral (select l.seq, l.recorded_at from event_log l where (l.xid, l.seq) > (c.xid, c.seq)"
        "  order by l.xid, l.seq limit 1) next on true"
        " cross join (select max(seq) as newest, min(seq) as first from event_log) bounds order by c.name"
    ).fetchall()
    now = ctx.clock.system_now()
    return [
        Lag(r["name"], r["events"], max(0.0, (now - r["oldest"]).total_seconds()) if r["oldest"] else 0.0) for r in rows
    ]


def slowest(ctx: Ctx) -> Lag:
    """Return the lag of the consumer of this house that is furthest behind; none when nobody has begun."""
    names = set(_handlers)
    return max((one for one in lag(ctx) if one.consumer in names), key=lambda o: o.events, default=Lag("", 0, 0.0))


def unread(ctx: Ctx, consumer: str, types: Iterable[str] | None = None) -> Iterator[Event]:
    """Yield the committed events that a consumer has not taken yet. types: these of the brand, None = all there are."""
    rows = _rows(
        ctx.tx,
        _READ + " where (l.xid, l.seq) > (select coalesce(max(c.xid), 0), coalesce(max(c.seq), 0)"
        "  from event_consumer c where c.name = %(name)s)"
        " and (%(types)s::text[] is null or l.type = any(%(types)s) and l.brand_id = %(brand_id)s)"
        " order by l.xid, l.seq",
        {"name": consumer, "types": None if types is None else sorted(types), "brand_id": ctx.brand_id},
    )
    for row in rows:
        yield _event(row)


@dataclass(frozen=True, slots=True)
class Parked:
    """An event a consumer could not take, and why."""

    consumer: str
    event: Event
    reason: str
    parked_at: datetime


def parked(ctx: Ctx, consumer: str = "") -> Iterator[Parked]:
    """Yield the parked events, all or one consumer's."""
    own = " where %(consumer)s = '' or p.consumer = %(consumer)s order by p.consumer, p.seq"
    for row in _rows(ctx.tx, _READ_PARKED + own, {"consumer": consumer}):
        name, reason, parked_at = row[14:]
        yield Parked(name, _event(row), reason, parked_at)


def replay_parked(ctx: Ctx, consumer: str, seq: int) -> None:
    """Deliver a parked event again, with origin `replay` unless it is taken now. Raises NotFound."""
    found = [p for p in parked(ctx, consumer) if p.event.seq == seq]
    if not found or consumer not in _handlers:
        raise NotFound(f"No event {seq} is parked at {consumer}.", "List them: regulars events parked.")
    handler = _handlers[consumer]
    handler.handle(ctx.for_brand(found[0].event.brand_id), [found[0].event])
    ctx.tx.execute(
        "delete from event_parked where consumer = %(consumer)s and seq = %(seq)s",
        {"consumer": consumer, "seq": seq},
    )


def prune(ctx: Ctx, older_than: datetime) -> int:
    """Delete log rows recorded before an instant that every consumer has taken and none has parked; return how many."""
    return ctx.tx.execute(
        "with gone as (delete from event_log l where recorded_at < %(before)s"
        " and (l.xid, l.seq) <= (select c.xid, c.seq from event_consumer c order by c.xid, c.seq limit 1)"
        " and not exists (select 1 from event_parked p where p.seq = l.seq) returning seq)"
        " delete from event_subject s using gone where s.seq = gone.seq",
        {"before": older_than},
    ).rowcount
