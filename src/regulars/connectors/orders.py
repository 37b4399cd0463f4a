"""Orders of a shop platform as facts: created, paid, sent, finished, closed; and money given back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regulars.connectors.contract import Named, Statement
from regulars.core.money import Fen, major, split_fen


@dataclass(frozen=True, slots=True)
class Bought:
    """A line of an order. share_fen: what the platform says it came to, a weight for the split of the paid total."""

    item_id: str
    item_name: str
    quantity: int
    price_fen: int
    share_fen: int


@dataclass(frozen=True, slots=True)
class Sale:
    """An order as a platform tells it. paid_at None: not paid (yet). total_fen: paid, or to be paid.

    closed: "" open, "unpaid", "refunded". changed_at: where a step has no time of its own.
    """

    order_id: str
    shop: str
    created_at: datetime
    changed_at: datetime
    total_fen: int
    lines: Sequence[Bought]
    named: tuple[Named, ...]
    paid_at: datetime | None = None
    sent_at: datetime | None = None
    finished_at: datetime | None = None
    closed: str = ""
    region: str = ""


@dataclass(frozen=True, slots=True)
class GivenBack:
    """Money given back for good. lines: what it was for, sharing the total; item_id "-" when that is not known."""

    refund_id: str
    order_id: str
    shop: str
    at: datetime
    total_fen: int
    lines: Sequence[Bought]
    named: tuple[Named, ...]


def of_sale(sale: Sale) -> tuple[Statement, ...]:
    """Return what is known of an order, in the order in which it happened. Raises ValueError: no lines."""
    if not sale.lines:
        raise ValueError("the order has no lines")
    lines = lines_of(sale.total_fen, sale.lines)
    named = (*sale.named, Named("order", sale.order_id))
    about = {"order_id": sale.order_id, "shop": sale.shop}

    def said(kind: str, at: datetime, props: Mapping[str, Any], key: str = "") -> Statement:
        return Statement(kind, at, f"{kind}:{sale.order_id}{key}", {**about, **props}, named)

    pieces = sum(line.quantity for line in sale.lines)
    created = {"amount_fen": sale.total_fen, "quantity": pieces, "lines": lines}
    found = [said("order.created", sale.created_at, created)]
    if sale.paid_at:
        paid = {"total_fen": sale.total_fen, "lines": lines, "region": sale.region}
        # An order is placed once however often it is changed on its way; another amount replaces the first.
        found.append(said("order.placed", sale.paid_at, paid, f":{_digest(paid)}"))
    if sale.sent_at:
        found.append(said("order.sent", sale.sent_at, {}))
    if sale.finished_at:
        found.append(said("order.finished", sale.finished_at, {}))
    if sale.closed:
        found.append(said("order.closed", sale.changed_at, {"reason": sale.closed}))
    return tuple(found)


def of_refund(one: GivenBack) -> Statement:
    """Return the fact that money was given back."""
    props = {
        "refund_id": one.refund_id,
        "order_id": one.order_id,
        "shop": one.shop,
        "total_fen": one.total_fen,
        "lines": lines_of(one.total_fen, one.lines),
    }
    named = (*one.named, Named("order", one.order_id)) if one.order_id else one.named
    return Statement("order.refunded", one.at, f"order.refunded:{one.refund_id}:{_digest(props)}", props, named)


def lines_of(total_fen: int, lines: Sequence[Bought]) -> list[dict[str, Any]]:
    """Return lines whose amounts sum to the total, postage and order discounts spread by what each came to."""
    weights = [max(0, line.share_fen) for line in lines]
    if not sum(weights):
        weights = [max(0, line.price_fen * line.quantity) for line in lines]
    if not sum(weights):
        weights = [1] * len(lines)
    return [
        {
            "item_id": line.item_id,
            "item_name": line.item_name,
            "quantity": line.quantity,
            "unit_price": str(major(line.price_fen)),
            "amount_fen": int(amount),
        }
        for line, amount in zip(lines, split_fen(Fen(total_fen), weights), strict=True)
    ]


def _digest(props: Mapping[str, Any]) -> str:
    text = json.dumps(props, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]
