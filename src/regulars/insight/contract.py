"""What other rooms may hold of insight."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Literal

from pydantic import BaseModel

from regulars.core.registry import Kind
from regulars.core.text import Text

Unit = Literal["money", "people", "orders", "rate_bp", "days"]
Basis = Literal["order_net", "cash_net", "people"]
"""order_net: what was given back counts at its order's date. cash_net: on the day it was given back."""


class Metric(Kind):
    """A number's definition, the same on every page. fields: the names under which the API gives it."""

    class Config(BaseModel):
        """Metrics have nothing to set."""

    definition: ClassVar[Text]
    unit: ClassVar[Unit]
    basis: ClassVar[Basis]
    fields: ClassVar[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Span:
    """Business days d with start <= d < end."""

    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Trade:
    """What was bought in a span, order net. Buyers are known customers; the anonymous are apart."""

    sales_fen: int
    orders: int
    buyers: int
    new_buyers: int
    anonymous_orders: int
    anonymous_sales_fen: int

    @property
    def returning_buyers(self) -> int:
        """Buyers whose first purchase was before the span."""
        return self.buyers - self.new_buyers


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month in the brand's zone. first_on: its first day. unfinished: it is not over yet."""

    first_on: date
    trade: Trade
    cash_fen: int
    unfinished: bool


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the order ladder: 1 to 7 = that many purchases, 8 = that many or more.

    people: who stand on it. reached: who ever got here. lost: reached it but not the next (so far); 0 for the last.
    next_rate_bp: share of `reached` who got to the next step, None for the last or when nobody reached it.
    median_gap_days, q75_gap_days: from this purchase to the next, of those who made it; None when nobody did.
    """

    step: int
    people: int
    reached: int
    lost: int
    next_rate_bp: int | None
    gaps: int
    median_gap_days: float | None
    q75_gap_days: float | None


@dataclass(frozen=True, slots=True)
class AtRisk:
    """Known customers overdue for their next purchase. people None: too few purchases on record to say."""

    people: int | None
    segment_id: int | None


@dataclass(frozen=True, slots=True)
class Overview:
    """The first page. now: the last 30 business days, today included; previous: the 30 before them."""

    as_of_on: date
    currency: str
    span: Span
    now: Trade
    previous: Trade
    unmatched_refund_fen: int
    months: tuple[Month, ...]
    ladder: tuple[Step, ...]
    at_risk: AtRisk
    identified: int
    anonymous: int


Dimension = Literal["shop", "region", "category", "buyer"]
"""By what a change is told apart; buyer: new, returning or anonymous."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A business day up to an instant. until: aware UTC, exclusive. unfinished: the day goes on after it."""

    on: date
    until: datetime
    unfinished: bool


@dataclass(frozen=True, slots=True)
class DayFigures:
    """What happened on a day up to its cut, as that day knew it: what was given back later does not count.

    visitors None: no visits are recorded, or the actor sees some stores only. refunds: documents of the day itself.
    """

    visitors: int | None
    orders: int
    net_fen: int
    buyers: int
    new_buyers: int
    anonymous_orders: int
    refunds: int
    refunded_fen: int

    @property
    def returning_buyers(self) -> int:
        """Buyers whose first purchase was on an earlier day."""
        return self.buyers - self.new_buyers


@dataclass(frozen=True, slots=True)
class Sold:
    """Orders with a positive net, and the net of all, of a day up to its cut as that day knew it."""

    orders: int
    net_fen: int


@dataclass(frozen=True, slots=True)
class DayBeside:
    """A day beside the same weekday a week before, both up to the same hour."""

    day: Cut
    other: Cut
    now: DayFigures
    then: DayFigures


@dataclass(frozen=True, slots=True)
class Part:
    """What one value of a dimension brought on either day, net. value "": not told."""

    dimension: Dimension
    value: str
    now_fen: int
    then_fen: int

    @property
    def change_fen(self) -> int:
        """How much of the whole change lies here."""
        return self.now_fen - self.then_fen


@dataclass(frozen=True, slots=True)
class Change:
    """Why the net amount of a day differs from the other's.

    by_orders_fen: what more or fewer orders made of it at the other day's average, by_average_fen: what larger or
    smaller ones did; the two add up to the change. None when either day has no order. parts: the largest first.
    """

    day: Cut
    other: Cut
    now_fen: int
    then_fen: int
    by_orders_fen: int | None
    by_average_fen: int | None
    parts: tuple[Part, ...]
