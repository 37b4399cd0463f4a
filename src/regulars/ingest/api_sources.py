"""The door of sources: connect, look at, read and disconnect what brings data of its own accord."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from regulars.connectors.api import connector_kinds
from regulars.connectors.contract import PAGE
from regulars.core.clock import business_day, day_start
from regulars.core.ctx import GROUP_BRAND_ID, Ctx
from regulars.core.errors import BadInput, Conflict, NotFound
from regulars.core.ids import new_token
from regulars.core.words import reader, say
from regulars.infra import jobs, sealing
from regulars.infra.crypto import vault
from regulars.infra.db import Database
from regulars.infra.event_log import MakeCtx
from regulars.ingest import api, sources
from regulars.ingest import store_sources as store
from regulars.ingest.accept import Delivery
from regulars.ingest.contract import Accepted, OrderBook
from regulars.platforms import api as platforms
from regulars.platforms.contract import Incoming
from regulars.workspace import api as workspace

READ_JOB = "ingest.read_stream"
COMPARE_JOB = "ingest.compare_orders"
QUEUE = "sources"
_DIFFERENCES_KEPT = 200
_FAILURES_THAT_COUNT = 3


@dataclass(frozen=True, slots=True)
class StreamState:
    """How far a stream is. read_to: everything modified before it was read, None = nothing yet. lag_s: since then."""

    key: str
    read_to: datetime | None
    succeeded_at: datetime | None
    next_at: datetime
    facts: int
    unread: int
    failures: int
    problem: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class Source:
    """Something connected. hook: the last part of the address its messages come to."""

    id: int
    connector: str
    name: str
    account_id: int | None
    config: Mapping[str, Any]
    hook: str
    is_on: bool
    history_from: datetime
    created_at: datetime
    message_at: datetime | None
    messages: int
    streams: tuple[StreamState, ...]


@dataclass(frozen=True, slots=True)
class Day:
    """A day's orders as the platform counts them beside ours. differing: order, theirs, ours (None = not there)."""

    day: date
    orders: int
    fen: int
    our_orders: int
    our_fen: int
    differing: tuple[tuple[str, int | None, int | None], ...]
    compared_at: datetime


_book: list[OrderBook] = []


def wire_orders(book: OrderBook) -> None:
    """Connect who knows our orders; asked for the daily comparison."""
    _book[:] = [book]


# --- connecting -------------------------------------------------------------------------------------------
def connect(ctx: Ctx, connector: str, given: Mapping[str, Any]) -> Source:
    """Connect a source and begin to read it. given: name, account_id, config, history_days. Audited.

    Raises: NotFound, BadInput, Conflict.
    """
    if ctx.brand_id == GROUP_BRAND_ID:
        raise BadInput("A source belongs to a brand, not to the group.", "Choose a brand.", code="brand.required")
    kind = connector_kinds().get(connector)
    now = ctx.clock.system_now()
    row = store.add(
        ctx,
        {
            "connector": connector,
            "name": _named(given["name"]),
            "account_id": _account(ctx, kind.platform, given.get("account_id")),
            "config": _sealed(connector, given.get("config", {})),
            "hook": new_token(24),
            "history_from": now - timedelta(days=int(given.get("history_days", 0))),
        },
    )
    if row is None:
        raise Conflict(f"There is a source {given['name']!r} already.", "Choose another name.")
    for stream in kind.streams:
        store.add_stream(ctx, row["id"], stream.key)
    workspace.audit(ctx, "source.connected", "source", row["id"], after={"name": row["name"], "connector": connector})
    wake(ctx)
    return source(ctx, row["id"])


def change(ctx: Ctx, source_id: int, given: Mapping[str, Any]) -> Source:
    """Change name, account_id, config or is_on; a secret shown as hidden stays. Audited. Raises as connect."""
    before = _row(ctx, source_id)
    kind = connector_kinds().get(before["connector"])
    config = sealing.kept(given["config"], before["config"]) if "config" in given else before["config"]
    row = {
        "name": _named(given.get("name", before["name"])),
        "account_id": _account(ctx, kind.platform, given.get("account_id", before["account_id"])),
        "config": _sealed(before["connector"], config),
        "is_on": bool(given.get("is_on", before["is_on"])),
    }
    store.change(ctx, source_id, row)
    told = {name: {"name": r["name"], "account_id": r["account_id"], "is_on": r["is_on"]}
            for name, r in (("before", before), ("after", row))}  # fmt: skip
    workspace.audit(ctx, "source.changed", "source", source_id, **told)
    wake(ctx)
    return source(ctx, source_id)


def disconnect(ctx: Ctx, source_id: int) -> None:
    """Disconnect a source; what it brought stays. Audited. Raises: NotFound."""
    row = _row(ctx, source_id)
    store.remove(ctx, source_id)
    workspace.audit(ctx, "source.disconnected", "source", source_id, before={"name": row["name"]})


def _named(name: object) -> str:
    text = str(name).strip()
    if not 1 <= len(text) <= 100:
        raise BadInput("A source needs a name of 1 to 100 characters.", "Use the shop's name.")
    return text


def _account(ctx: Ctx, platform: str, account_id: int | None) -> int | None:
    if not platform:
        return None
    if account_id is None:
        raise BadInput("This source needs an account of its platform.", "Add the account first.")
    found = platforms.account(ctx, account_id)
    if found.platform != platform:
        raise BadInput(f"The account {found.name!r} is of another platform.", "Choose one of this platform.")
    return account_id


def plain(ctx: Ctx, connector: str, config: Mapping[str, Any], source_id: int | None) -> dict[str, Any]:
    """Return settings with their secrets open; those shown as hidden are the source's. Raises: NotFound."""
    before: Mapping[str, Any] = {}
    if source_id is not None:
        row = _row(ctx, source_id)
        before = row["config"] if row["connector"] == connector else {}
    return sealing.unseal(sealing.kept(config, before), sources.context(connector), vault())


def _sealed(connector: str, config: Mapping[str, Any]) -> dict[str, Any]:
    plain = sealing.unseal(config, sources.context(connector), vault())
    return sealing.seal(connector_kinds().parse(connector, plain), sources.context(connector), vault())


# --- looking ----------------------------------------------------------------------------------------------
def connected(ctx: Ctx) -> list[Source]:
    """Return the brand's sources."""
    return _with_streams(ctx, store.sources(ctx.tx, ctx.brand_id))


def source(ctx: Ctx, source_id: int) -> Source:
    """Return a source. Raises: NotFound."""
    return _with_streams(ctx, [_row(ctx, source_id)])[0]


def _row(ctx: Ctx, source_id: int) -> dict[str, Any]:
    row = store.source(ctx.tx, source_id)
    if row is None or row["brand_id"] != ctx.brand_id:
        raise NotFound(f"There is no source {source_id}.", "It may have been disconnected.")
    return row


def _with_streams(ctx: Ctx, rows: list[dict[str, Any]]) -> list[Source]:
    found: dict[int, list[StreamState]] = {row["id"]: [] for row in rows}
    for state in store.streams(ctx.tx, list(found)):
        source_id = state.pop("source_id")
        state.pop("page")
        found[source_id].append(StreamState(key=state.pop("stream"), **state))
    shown: list[Source] = []
    for row in rows:
        rest = {name: value for name, value in row.items() if name not in {"brand_id", "config"}}
        shown.append(Source(config=sealing.hidden(row["config"]), streams=tuple(found[row["id"]]), **rest))
    return shown


def days(ctx: Ctx, source_id: int, limit: int = 31) -> list[Day]:
    """Return the newest daily comparisons of a source's orders. Raises: NotFound."""
    _row(ctx, source_id)
    rows = store.days(ctx.tx, source_id, limit)
    return [Day(differing=tuple((a, b, c) for a, b, c in row.pop("differing")), **row) for row in rows]


# --- reading ----------------------------------------------------------------------------------------------
def read_now(ctx: Ctx, source_id: int) -> Source:
    """Let all streams of a source be read at once. Raises: NotFound."""
    _row(ctx, source_id)
    for state in store.streams(ctx.tx, [source_id]):
        store.ask_now(ctx.tx, source_id, state["stream"], ctx.clock.system_now())
    wake(ctx)
    return source(ctx, source_id)


def wake(ctx: Ctx) -> None:
    """Put a job for each stream whose time has come."""
    for row in store.due(ctx.tx, ctx.clock.system_now()):
        payload = {"source_id": row["source_id"], "stream": row["stream"]}
        key = f"{row['source_id']}:{row['stream']}"
        jobs.enqueue(ctx.for_brand(row["brand_id"]), READ_JOB, payload, key=key, queue=QUEUE)


def read(db: Database, make_ctx: MakeCtx, brand_id: int, source_id: int, stream: str, *, page: str = "") -> int:
    """Read a stream up to now, or only a page that a message named; return how many facts came (worker)."""
    reader = sources.Reader(db, make_ctx, brand_id, api.identifier_vault(), api.sink())
    return reader.read_page(source_id, stream, page) if page else reader.read(source_id, stream)


def receive(db: Database, make_ctx: MakeCtx, hook: str, message: Incoming) -> tuple[int, bytes, str]:
    """Take a message that came to a source's address; return status, body and media type of the answer.

    Its facts are committed before it is answered. Raises: NotFound, NotTheirs, NoRoom.
    """
    with db.tx() as tx:
        row = store.source_by_hook(tx, hook)
        if row is None:
            raise NotFound("Nothing listens at this address.", "Look it up on the source's page.")
        clock = make_ctx(tx, row["brand_id"]).clock
    one = sources.opened(db, clock, row)
    said = one.kind.receive(one.session, one.config, message)
    with db.tx() as tx:
        ctx = make_ctx(tx, row["brand_id"])
        api.admit(ctx)
        sources.take(ctx, one, said.statements, api.identifier_vault())
        if said.messages:
            done = api.accept(ctx, Delivery(said.messages, source=one.name, once=True))
            said = replace(said, answer=_told(done), media_type="application/json")
        store.message_came(tx, row["id"], ctx.clock.system_now())
        _ask_again(ctx, row["id"], said.changed)
    return said.status, said.answer, said.media_type


def _ask_again(ctx: Ctx, source_id: int, changed: Mapping[str, str]) -> None:
    """Let the page be pulled that a message named, or the whole stream be read when it named none."""
    for stream, named in changed.items():
        if named.startswith(PAGE):
            payload = {"source_id": source_id, "stream": stream, "page": named}
            jobs.enqueue(ctx, READ_JOB, payload, key=f"{source_id}:{stream}:{named}", queue=QUEUE)
        else:
            store.ask_now(ctx.tx, source_id, stream, ctx.clock.system_now())
    if changed:
        wake(ctx)


def _told(done: Accepted) -> bytes:
    """Write what became of messages, as /v1 answers it."""
    told = {
        "success": True,
        "accepted": done.accepted,
        "duplicates": done.duplicates,
        "quarantined": done.quarantined,
        "reasons": [say(reason, reader.get()) for reason in done.reasons],
    }
    return json.dumps(told, ensure_ascii=False).encode()


def in_trouble(ctx: Ctx) -> int:
    """Return how many of the brand's sources have a stream that failed three times in a row."""
    return sum(any(stream.failures >= _FAILURES_THAT_COUNT for stream in one.streams) for one in connected(ctx))


# --- comparing --------------------------------------------------------------------------------------------
def ask_comparisons(ctx: Ctx) -> None:
    """Put a job for each source of every brand: yesterday's orders against the platform's own count."""
    for row in store.accounted(ctx.tx):
        brand = ctx.for_brand(row["brand_id"])
        jobs.enqueue(brand, COMPARE_JOB, {"source_id": row["id"]}, key=str(row["id"]), queue=QUEUE)


def compare(db: Database, make_ctx: MakeCtx, brand_id: int, source_id: int, asked: date | None = None) -> Day | None:
    """Hold a day of our orders, yesterday's unless asked, against the platform's own count; None when it has none.

    A day is the platform's where its days have a zone of their own, whatever the brand's is.
    """
    with db.tx() as tx:
        ctx = make_ctx(tx, brand_id)
        one = sources.opened(db, ctx.clock, _row(ctx, source_id))
        zone = one.kind.zone or ctx.zone
        day = asked or business_day(ctx.now, zone) - timedelta(days=1)
        start, end = day_start(day, zone), day_start(day + timedelta(days=1), zone)
    if one.session is None or not _book:
        return None
    session = one.session
    theirs = platforms.run(lambda: one.kind.totals(session, one.config, day))
    if theirs is None:
        return None
    with db.tx() as tx:
        ctx = make_ctx(tx, brand_id)
        ours = _book[0].paid(ctx, getattr(one.config, "shop", ""), start, end)
        differing = [
            (order, theirs.by_order.get(order), ours.get(order))
            for order in sorted({*theirs.by_order, *ours})
            if theirs.by_order.get(order) != ours.get(order)
        ]
        row = {
            "day": day,
            "orders": len(theirs.by_order),
            "fen": sum(theirs.by_order.values()),
            "our_orders": len(ours),
            "our_fen": sum(ours.values()),
            "differing": differing[:_DIFFERENCES_KEPT],
        }
        store.keep_day(ctx, source_id, row)
        return days(ctx, source_id, 1)[0]
