"""A small shop whose facts go the way of every event: the log, identity, facts, lake."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import UUID

import pytest

from regulars.core.clock import ManualClock, business_day
from regulars.core.ctx import Ctx
from regulars.core.event import Event, Identifier, Origin, dictionary
from regulars.core.ids import new_id
from regulars.identity import api as identity
from regulars.identity import handlers as identity_handlers
from regulars.infra import event_log
from regulars.infra.db import Database
from regulars.profiles import api, handlers

READERS = ("identity", identity_handlers.ALIASES, handlers.FACTS, handlers.LAKE)


@dataclass
class Shop:
    """Sends facts and lets the consumers take them."""

    db: Database
    make_ctx: Any
    clock: ManualClock
    waiting: list[tuple[Any, ...]] = field(default_factory=list)
    numbers: Iterable[int] = field(default_factory=lambda: count(1))

    def send(
        self,
        event_type: str,
        props: dict[str, Any],
        *who: str,
        at: datetime | None = None,
        origin: Origin = "live",
        brand_id: int = 1,
        source_id: str = "",
        event_id: UUID | None = None,
    ) -> None:
        """Put an event into the next batch. who: words "ns:value"."""
        names = tuple(Identifier(ns, "", value) for ns, _, value in (w.partition(":") for w in who))
        source_id = source_id or f"n{next(self.numbers)}"
        self.waiting.append(
            (
                brand_id,
                event_type,
                props,
                names,
                at or self.clock.business_now(),
                origin,
                source_id,
                event_id or new_id(),
            )
        )

    def order(
        self,
        order_id: str,
        lines: Sequence[tuple[str, int, int]],
        *who: str,
        shop: str = "",
        category: str = "",
        **more: Any,
    ) -> None:
        """Send an order. lines: (item, quantity, amount_fen)."""
        self.send("order.placed", {"order_id": order_id, "shop": shop, **_lines(lines, category)}, *who, **more)

    def refund(
        self,
        refund_id: str,
        lines: Sequence[tuple[str, int, int]],
        *who: str,
        of: str = "",
        shop: str = "",
        **more: Any,
    ) -> None:
        """Send a refund. of: the order given back, "" = not known."""
        props = {"refund_id": refund_id, "order_id": of, "shop": shop, **_lines(lines, "")}
        self.send("order.refunded", props, *who, **more)

    def settle(self) -> None:
        """Commit what waits, then let every consumer take all there is."""
        with self.db.tx() as tx:
            for brand_id in sorted({w[0] for w in self.waiting}):
                ctx = self.make_ctx(tx, brand_id)
                event_log.append(ctx, [self._event(ctx, w) for w in self.waiting if w[0] == brand_id])
        self.waiting.clear()
        readers = {c.name: c for c in event_log.consumers()}
        while any([event_log.step(self.db, self.make_ctx, readers[name]) for name in READERS]):
            pass
        with self.db.tx() as tx:
            parked = [(p.consumer, p.event.type, p.reason) for p in event_log.parked(self.make_ctx(tx))]
        assert parked == []

    def _event(self, ctx: Ctx, waiting: Any) -> Event:
        brand_id, event_type, props, names, at, origin, source_id, event_id = waiting
        payload = dictionary.get(event_type).model_validate(props)
        return Event(
            id=event_id,
            brand_id=brand_id,
            type=event_type,
            source="test",
            source_id=source_id,
            occurred_at=at,
            recorded_at=self.clock.system_now(),
            business_on=business_day(at, ctx.zone),
            origin=origin,
            identifiers=tuple(identity.remember(ctx, names)) if names else (),
            props=payload.model_dump(mode="json"),
        )

    def uid(self, who: str) -> int:
        """Return whom "ns:value" names."""
        ns, _, value = who.partition(":")
        with self.db.tx() as tx:
            found = identity.find(self.make_ctx(tx), ns, "", value)
        assert found is not None, f"{who} names nobody"
        return found

    def state(self, who: str, brand_id: int = 1) -> dict[str, Any]:
        """Return somebody's state."""
        with self.db.tx() as tx:
            return dict(api.person(self.make_ctx(tx, brand_id), self.uid(who)).state)


def _lines(lines: Sequence[tuple[str, int, int]], category: str) -> dict[str, Any]:
    return {
        "total_fen": sum(fen for _, _, fen in lines),
        "currency": "GBP",
        "lines": [
            {"item_id": item, "quantity": n, "amount_fen": fen, "unit_price": str(fen / n / 100), "category": category}
            for item, n, fen in lines
        ],
    }


def day(text: str, hour: int = 12) -> datetime:
    """Return an hour of a day, UTC."""
    return datetime.fromisoformat(text).replace(hour=hour, tzinfo=UTC)


@pytest.fixture
def shop(db: Database, make_ctx, clock: ManualClock, lake) -> Shop:
    """An empty shop of brand 1, and of brand 2 where asked."""
    return Shop(db, make_ctx, clock)
