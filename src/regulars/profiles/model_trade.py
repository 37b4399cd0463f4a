"""Sums of what everybody bought, kept by the database itself beside `person_state`.

Whoever writes a state, the difference it makes is added in the same statement: appended, so that writers never wait
for each other, and put together now and then. A first page reads these few rows instead of everybody.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import event

from regulars.infra.schema import metadata
from regulars.profiles.store.summing import SUMMING


def _sum(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False, server_default="0")


# Additive by business day. new_buyers: known people whose first purchase was on the day. month_buyers: whose first of
# the month it was. window_buyers: how many more different ones the 30 days up to this day hold than those up to the
# day before, so that the sum from the beginning is their number.
trade_day = sa.Table(
    "trade_day",
    metadata,
    sa.Column("brand_id", sa.Integer, nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    _sum("orders"),
    _sum("sales_fen"),
    _sum("anonymous_orders"),
    _sum("anonymous_sales_fen"),
    _sum("new_buyers"),
    _sum("month_buyers"),
    _sum("window_buyers"),
    sa.Index("trade_day_of", "brand_id", "day"),
)

# How many people stand on a step of the ladder (gap_days null), and how often it took so many days to the next.
trade_step = sa.Table(
    "trade_step",
    metadata,
    sa.Column("brand_id", sa.Integer, nullable=False),
    sa.Column("anonymous", sa.Boolean, nullable=False),
    sa.Column("step", sa.SmallInteger, nullable=False),
    sa.Column("gap_days", sa.Integer),
    _sum("times"),
    sa.Index("trade_step_of", "brand_id", "step"),
)

# Who has orders that came to less than nothing, which states do not tell by day.
trade_loss = sa.Table(
    "trade_loss",
    metadata,
    sa.Column("brand_id", sa.Integer, nullable=False),
    sa.Column("uid", sa.BigInteger, nullable=False),
    _sum("times"),
    sa.Index("trade_loss_of", "brand_id", "uid"),
)

# Brands whose sums are still to be taken of the states that were there before.
trade_due = sa.Table("trade_due", metadata, sa.Column("brand_id", sa.Integer, primary_key=True, autoincrement=False))

for _statement in SUMMING:
    event.listen(metadata, "after_create", sa.DDL(_statement))
