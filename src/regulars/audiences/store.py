"""The SQL of audience packages and their deliveries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from regulars.audiences.contract import PURPOSE, Audience, Delivery, Found, Recipient, Spec, Written
from regulars.core.ctx import Ctx

_AUDIENCE = (
    "select a.*, coalesce((select lines from audience_delivery d where d.audience_id = a.id"
    " and d.confirmed_at is not null order by d.id desc limit 1), 0) as held_lines from audience a"
    " where a.brand_id = %(brand_id)s and a.deleted_at is null"
)


def _audience(row: Mapping[str, Any]) -> Audience:
    spec = Spec(
        segment_id=row["segment_id"],
        name=row["name"],
        recipient=row["recipient"],
        identifiers=tuple(Written(**one) for one in row["identifiers"]),
        hash=row["hash"],
        least_people=row["least_people"],
        keep_days=row["keep_days"],
    )
    return Audience(row["id"], row["brand_id"], spec, row["created_by"], row["created_at"], row["held_lines"])


def _delivery(row: Mapping[str, Any]) -> Delivery:
    values: dict[str, Any] = {**row, "found": Found(**row["found"])}
    return Delivery(**values)


def add(ctx: Ctx, spec: Spec) -> int:
    """Write a new audience and return its id."""
    row = ctx.tx.execute(
        "insert into audience (brand_id, segment_id, name, recipient, identifiers, hash, least_people, keep_days,"
        " created_by, created_at) values (%(brand_id)s, %(segment_id)s, %(name)s, %(recipient)s, %(identifiers)s,"
        " %(hash)s, %(least_people)s, %(keep_days)s, %(actor)s, %(now)s) returning id",
        {
            **asdict(spec),
            "identifiers": Jsonb([asdict(one) for one in spec.identifiers]),
            "brand_id": ctx.brand_id,
            "actor": ctx.actor.name,
            "now": ctx.clock.system_now(),
        },
    ).fetchone()
    assert row is not None, "an insert returns its row"  # noqa: S101 - says what the type checker cannot know
    return row["id"]


def get(ctx: Ctx, audience_id: int, *, lock: bool = False) -> Audience | None:
    """Return an audience of the brand. lock: nobody else changes it until the transaction ends."""
    query = _AUDIENCE + " and a.id = %(id)s"
    row = ctx.tx.execute(
        query + " for update of a" if lock else query, {"brand_id": ctx.brand_id, "id": audience_id}
    ).fetchone()
    return _audience(row) if row else None


def listed(ctx: Ctx, segment_id: int | None) -> list[Audience]:
    """Return the brand's audiences, newest first; of one segment alone when one is named."""
    rows = ctx.tx.execute(
        _AUDIENCE + " and (%(segment_id)s::bigint is null or segment_id = %(segment_id)s::bigint) order by a.id desc",
        {"brand_id": ctx.brand_id, "segment_id": segment_id},
    )
    return [_audience(row) for row in rows]


def remove(ctx: Ctx, audience_id: int) -> None:
    """Mark an audience as deleted; what was handed over stays on record in figures."""
    ctx.tx.execute(
        "update audience set deleted_at = %(now)s where id = %(id)s",
        {"id": audience_id, "now": ctx.clock.system_now()},
    )


def begin(ctx: Ctx, audience_id: int, *, operation_id: int, withdrawn: bool) -> int:
    """Open a delivery and return its id."""
    row = ctx.tx.execute(
        "insert into audience_delivery (audience_id, operation_id, actor, withdrawn, created_at)"
        " values (%(id)s, %(operation_id)s, %(actor)s, %(withdrawn)s, %(now)s) returning id",
        {
            "id": audience_id,
            "operation_id": operation_id,
            "actor": ctx.actor.name,
            "withdrawn": withdrawn,
            "now": ctx.clock.system_now(),
        },
    ).fetchone()
    assert row is not None, "an insert returns its row"  # noqa: S101 - says what the type checker cannot know
    return row["id"]


_CHANGE = (
    "update audience_delivery set state = coalesce(%(state)s, state), found = coalesce(%(found)s, found),"
    " lines = coalesce(%(lines)s, lines), added = coalesce(%(added)s, added), removed = coalesce(%(removed)s, removed),"
    " withdrawn = coalesce(%(withdrawn)s, withdrawn), message = coalesce(%(message)s, message),"
    " ready_at = coalesce(%(ready_at)s, ready_at), expires_at = coalesce(%(expires_at)s, expires_at),"
    " downloaded_at = coalesce(downloaded_at, %(downloaded_at)s),"
    " confirmed_at = coalesce(confirmed_at, %(confirmed_at)s) where id = %(id)s"
)
_NOTHING = dict.fromkeys(
    (
        "state", "found", "lines", "added", "removed", "withdrawn", "message", "ready_at", "expires_at",
        "downloaded_at", "confirmed_at",
    )
)  # fmt: skip


def change(ctx: Ctx, delivery_id: int, changes: Mapping[str, Any]) -> None:
    """Change parts of a delivery; those missing stay. The first download and confirmation stand."""
    found = changes.get("found")
    values = {**_NOTHING, **changes, "found": Jsonb(asdict(found)) if found is not None else None}
    ctx.tx.execute(_CHANGE, {**values, "id": delivery_id})


_DELIVERY = (
    "select d.id, d.audience_id, d.state, d.found, d.lines, d.added, d.removed, d.withdrawn, d.message,"
    " d.operation_id, d.actor, d.created_at, d.ready_at, d.expires_at, d.downloaded_at, d.confirmed_at"
    " from audience_delivery d"
)


def delivery(ctx: Ctx, audience_id: int, delivery_id: int) -> Delivery | None:
    """Return one delivery of an audience."""
    row = ctx.tx.execute(
        _DELIVERY + " where d.audience_id = %(audience_id)s and d.id = %(id)s",
        {"audience_id": audience_id, "id": delivery_id},
    ).fetchone()
    return _delivery(row) if row else None


def deliveries(ctx: Ctx, audience_id: int, limit: int) -> list[Delivery]:
    """Return the deliveries of an audience, newest first."""
    rows = ctx.tx.execute(
        _DELIVERY + " where d.audience_id = %(id)s order by d.id desc limit %(limit)s",
        {"id": audience_id, "limit": limit},
    )
    return [_delivery(row) for row in rows]


def ledger(ctx: Ctx, audience_id: int) -> list[Delivery]:
    """Return the deliveries whose lines the recipient may hold: the last confirmed, then those downloaded since."""
    rows = ctx.tx.execute(
        _DELIVERY + " where d.audience_id = %(id)s and d.id >= coalesce((select max(id) from audience_delivery"
        " where audience_id = %(id)s and confirmed_at is not null), 0)"
        " and (d.confirmed_at is not null or d.downloaded_at is not null) order by d.id",
        {"id": audience_id},
    )
    return [_delivery(row) for row in rows]


def done_with(ctx: Ctx, now: datetime) -> list[tuple[int, int]]:
    """Return (brand, audience) of which files stand longer than agreed."""
    rows = ctx.tx.execute(
        "select distinct a.brand_id, a.id from audience_delivery d join audience a on a.id = d.audience_id"
        " where d.state = 'ready' and d.expires_at <= %(now)s order by a.id",
        {"now": now},
    )
    return [(row["brand_id"], row["id"]) for row in rows]


def recipients(ctx: Ctx) -> list[Recipient]:
    """Return for whom people of the brand agreed to share, most people first."""
    rows = ctx.lake.rows(
        "SELECT splitByChar(':', consent)[1] AS key, count() AS people FROM user_state ARRAY JOIN consents AS consent"
        " WHERE brand_id = {brand_id:UInt16} AND endsWith(consent, {purpose:String}) GROUP BY key"
        " ORDER BY people DESC, key LIMIT 100",
        {"brand_id": ctx.brand_id, "purpose": f":{PURPOSE}"},
    )
    return [Recipient(**row) for row in rows]
