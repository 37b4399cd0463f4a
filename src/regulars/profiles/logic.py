"""Pure decisions: which sales a refund gives back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from regulars.core.money import Fen, split_fen

LOYAL_STEP = 8
"""Steps of the ladder: 1 to 7 = that many purchases, 8 = loyal, 0 = none yet."""


@dataclass(frozen=True, slots=True)
class Line:
    """A sale or refund line of one person. quantity, amount_fen: signed as stored, refunds negative."""

    kind: str
    suid: int
    shop: str
    document_id: str
    ordinal: int
    occurred_at: datetime
    business_on: date
    item_id: str
    category: str
    quantity: int
    unit_price: Decimal
    amount_fen: int
    refund_of: str = ""


@dataclass(frozen=True, slots=True)
class Allocation:
    """A part of a refund line that gives back a sale line. quantity > 0; amount_fen: given back, positive."""

    sale: Line
    quantity: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class RefundMatch:
    """A refund line and what it gives back. What is unmatched stays in the cash net only."""

    refund: Line
    allocations: tuple[Allocation, ...]
    unmatched_quantity: int
    unmatched_fen: int

    @property
    def matched(self) -> bool:
        """The whole quantity found earlier sales."""
        return self.unmatched_quantity == 0 and bool(self.allocations)


def match_refunds(lines: Iterable[Line]) -> list[RefundMatch]:
    """Allocate the refund lines of one person to the person's own sale lines of the same shop and item.

    A refund that names an order takes from that order only; any other takes from sales not later than
    itself: those at the same unit price first, then the newest. A unit sold is given back at most once; a
    refund may spread over several sales. Refunds are served in order of time, so what is known at a moment
    never depends on what came after it. Ties go by document and ordinal, so arrival order does not matter.
    The refunded amount is split by quantity (`split_fen`), so no fen is lost; it may exceed what the sale
    came to when goods are taken back at a higher price.
    Returns one match per refund line, in order of time.
    """
    sales: dict[tuple[str, str], list[Line]] = defaultdict(list)
    refunds: list[Line] = []
    for line in lines:
        if line.kind == "refund":
            refunds.append(line)
        elif line.kind == "sale":
            sales[line.shop, line.item_id].append(line)
    for group in sales.values():
        group.sort(key=lambda s: (s.document_id, s.ordinal))
        group.sort(key=lambda s: s.occurred_at, reverse=True)
    left = {_key(s): s.quantity for group in sales.values() for s in group}
    refunds.sort(key=lambda r: (r.occurred_at, r.shop, r.document_id, r.ordinal))
    return [_allocate(refund, sales.get((refund.shop, refund.item_id), ()), left) for refund in refunds]


def _key(line: Line) -> tuple[str, str, int]:
    return line.shop, line.document_id, line.ordinal


def _allocate(refund: Line, sales: Sequence[Line], left: dict[tuple[str, str, int], int]) -> RefundMatch:
    wanted = max(-refund.quantity, 0)
    taken: list[tuple[Line, int]] = []
    for sale in _candidates(refund, sales):
        quantity = min(left[_key(sale)], wanted)
        if quantity > 0:
            left[_key(sale)] -= quantity
            wanted -= quantity
            taken.append((sale, quantity))
        if wanted == 0:
            break
    if not taken:
        return RefundMatch(refund, (), wanted, -refund.amount_fen)
    *shares, spare = split_fen(Fen(-refund.amount_fen), [*(quantity for _, quantity in taken), wanted])
    allocations = tuple(Allocation(s, quantity, fen) for (s, quantity), fen in zip(taken, shares, strict=True))
    return RefundMatch(refund, allocations, wanted, spare)


def _candidates(refund: Line, sales: Sequence[Line]) -> list[Line]:
    if refund.refund_of:
        return [s for s in sales if s.document_id == refund.refund_of]
    earlier = [s for s in sales if s.occurred_at <= refund.occurred_at]
    return sorted(earlier, key=lambda s: s.unit_price != refund.unit_price)
