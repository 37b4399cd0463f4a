"""A small shop for the tests of channels and journeys: known people, consents, orders, campaigns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow as pa
from tests.channels.counting import Killed

from regulars.channels.contract import Message, Order, QuietHours
from regulars.core.clock import business_day
from regulars.core.ctx import Ctx
from regulars.core.event import Identifier
from regulars.identity import api as identity
from regulars.identity.contract import Observation
from regulars.infra.db import Database
from regulars.journeys import api
from regulars.journeys.contract import Campaign, Draft
from regulars.profiles import api as profiles
from regulars.profiles.contract import ConsentFact
from regulars.segments import api as segments

KEY = b"0123456789abcdef0123456789abcdef"
"""The vault key of tests."""
LONG_AGO = datetime(2011, 1, 1, tzinfo=UTC)
NIGHT = QuietHours(time(21), time(9))
_numbers = count(1)


def people(ctx: Ctx, n: int, *, first: int = 10_000) -> list[int]:
    """Make n people with customer numbers; return their uids."""
    refs = identity.remember(ctx, [Identifier("customer_id", "", str(first + i)) for i in range(n)])
    seen = [Observation((ref,), LONG_AGO, "test", f"o{first + i}", 1) for i, ref in enumerate(refs)]
    return [uid for uid in identity.observe(ctx, seen) if uid is not None]


def consent(ctx: Ctx, uids: Sequence[int], state: str = "granted", **changes: Any) -> None:
    """Record consent to marketing on the channel `log`, or as `changes` say."""
    at = changes.pop("at", LONG_AGO)
    changes = {"channel": "log", "purpose": "marketing", **changes}
    facts = [
        ConsentFact(
            suid=uid,
            state=state,
            changed_at=at,
            changed_on=business_day(at, ctx.zone),
            source=f"test-{at.isoformat()}",
            **changes,
        )
        for uid in uids
    ]
    profiles.record_consents(ctx, facts)


def buy(ctx: Ctx, orders: Sequence[tuple[int, date, int]], *, refunded: Sequence[tuple[int, date, int]] = ()) -> None:
    """Write orders (and refunds of them) of (uid, day, fen) and bring everybody's state up to date."""
    rows = [_line(uid, day, fen, "sale", i) for i, (uid, day, fen) in enumerate(orders)]
    rows += [_line(uid, day, -fen, "refund", len(rows) + i) for i, (uid, day, fen) in enumerate(refunded)]
    if rows:
        profiles.write_lines(ctx, pa.Table.from_pylist(rows), token=f"buy-{next(_numbers)}")
    profiles.rebuild(ctx, None)


def _line(uid: int, day: date, fen: int, kind: str, number: int) -> dict[str, Any]:
    return {
        "suid": uid,
        "shop": "web",
        "document_id": f"{kind}-{next(_numbers)}-{number}",
        "ordinal": 1,
        "kind": kind,
        "occurred_at": datetime(day.year, day.month, day.day, 11, tzinfo=UTC),
        "business_on": day,
        "item_id": "mug",
        "category": "kitchen",
        "quantity": 1 if fen > 0 else -1,
        "amount_fen": fen,
        "currency": "GBP",
    }


def draft(segment_id: int, **changes: Any) -> Draft:
    """Return a campaign over the log without limits."""
    plain: dict[str, Any] = {
        "name": f"Win back {next(_numbers)}",
        "segment_id": segment_id,
        "channel": "log",
        "config": {},
        "message": Message("We miss you", "Come back soon."),
        "holdout_bp": 2_000,
        "window_days": 14,
    }
    return Draft(**{**plain, **changes})


def counting(book: Path, *, trouble: Sequence[str] = (), keyed: bool = True) -> dict[str, Any]:
    """Return the part of a draft that sends through the provider that counts."""
    config = {"path": str(book), "trouble": list(trouble)}
    return {"channel": "test_keyed" if keyed else "test_unkeyed", "config": config}


def segment(ctx: Ctx, uids: Sequence[int]) -> int:
    """Return a fixed list of these people."""
    return segments.create_static(ctx, name=f"List {next(_numbers)}", uids=uids).id


def launched(ctx: Ctx, uids: Sequence[int], **changes: Any) -> Campaign:
    """Publish a campaign to these people."""
    campaign = api.create(ctx, draft(segment(ctx, uids), **changes))
    return api.publish(ctx, campaign.id, confirm_people=len(uids))


def order(key: str, **changes: Any) -> Order:
    """Return an order to the log channel."""
    plain: dict[str, Any] = {"channel": "log", "config": {}, "message": Message("Hello", "Come back.")}
    return Order(key=key, **{**plain, **changes})


def assigned(ctx: Ctx, uids: Sequence[int], arms: Sequence[str], *, holdout_bp: int) -> Campaign:
    """Return a campaign of one day whose people were placed by somebody else, as in a published experiment."""
    made = api.create(ctx, draft(segment(ctx, [1]), window_days=1, holdout_bp=holdout_bp))
    api.publish(ctx, made.id, confirm_people=1)
    run_id = api.get(ctx, made.id).run_id
    with ctx.tx.cursor() as cursor, cursor.copy("copy arm (run_id, experiment, uid, arm) from stdin") as copy:
        for uid, arm in zip(uids, arms, strict=True):
            copy.write_row((run_id, "published", int(uid), arm))
    n = len(uids)
    columns = {"brand_id": [1] * n, "run_id": [run_id] * n, "uid": list(uids), "arm": list(arms)}
    types = {"brand_id": pa.uint16(), "run_id": pa.uint32(), "uid": pa.uint32(), "arm": pa.string()}
    table = pa.table({name: pa.array(values, types[name]) for name, values in columns.items()})
    ctx.lake.insert("campaign_arm", table)
    return api.get(ctx, made.id)


def write_orders(ctx: Ctx, uids: Sequence[int], fens: Sequence[int], day: date) -> None:
    """Write one order each straight into the lake."""
    n = len(uids)
    columns: dict[str, pa.Array] = {
        "brand_id": pa.array([1] * n, pa.uint16()),
        "suid": pa.array(list(uids), pa.uint32()),
        "shop": pa.array(["web"] * n),
        "order_id": pa.array([f"{day}-{uid}" for uid in uids]),
        "business_on": pa.array([day] * n, pa.date32()),
        "gross_fen": pa.array(list(fens), pa.int64()),
        "version": pa.array([1] * n, pa.uint64()),
    }
    ctx.lake.insert("orders", pa.table(columns))


class Dying:
    """A database under which the process dies at one commit: before it, or right after it."""

    def __init__(self, db: Database, at: int, *, after: bool) -> None:
        self._db, self._at, self._after = db, at, after
        self.commits = 0

    @contextmanager
    def tx(self) -> Iterator[Any]:
        self.commits += 1
        dies = self.commits == self._at
        with self._db.tx() as tx:
            yield tx
            if dies and not self._after:
                raise Killed
        if dies:
            raise Killed


def later(clock: Any, **by: float) -> None:
    """Let leases run out."""
    clock.advance(timedelta(**by))


def states(listed: Sequence[Any]) -> Mapping[int, str]:
    """Return the state of each person."""
    return {p.uid: p.state for p in listed}
