"""How the database sums up what everybody bought, beside the states themselves: the text of its trigger.

Whoever writes a state, the difference it makes is added in the same statement.
"""

from __future__ import annotations

from typing import LiteralString

_WINDOW: LiteralString = "30"
WINDOW_DAYS = int(_WINDOW)
"""Of the window over which different buyers are kept."""

_READ: tuple[LiteralString, ...] = (
    "brand_id",
    "uid",
    "anonymous",
    "ladder_step",
    "net_fen",
    "order_days",
    "order_fens",
)


def _told(sign: LiteralString, of: LiteralString = "") -> LiteralString:
    columns: LiteralString = f"{of}" + f", {of}".join(_READ)
    return f"select {sign} as sign, {columns}"


_NEWS = (
    "from come c join gone g using (brand_id, uid)"
    " where (c.order_days, c.order_fens, c.net_fen) is distinct from (g.order_days, g.order_fens, g.net_fen)"
)


def sums_of(states: LiteralString) -> LiteralString:
    """Return the statement that adds up states. states: a SELECT of sign (1 or -1) and the columns it reads."""
    return f"""
with told as ({states}),
bought as (
    select sign, brand_id, uid, anonymous, day, count(*) as orders, sum(fen) as fen
    from told, unnest(order_days, order_fens) as o(day, fen) group by sign, brand_id, uid, anonymous, day
),
placed as (
    select *, lag(day) over one as before, lead(day) over one as following
    from bought window one as (partition by sign, brand_id, uid order by day)
),
moved as (
    select brand_id, day, sign * orders as orders, sign * fen as fen, anonymous,
        case when not anonymous and before is null then sign else 0 end as new_buyers,
        case when not anonymous and (before is null or date_trunc('month', before) <> date_trunc('month', day))
            then sign else 0 end as month_buyers,
        case when anonymous then 0 else sign end as window_buyers
    from placed
    union all
    select brand_id, least(day + {_WINDOW}, following), 0, 0, false, 0, 0, -sign from placed where not anonymous
),
days as (
    insert into trade_day (brand_id, day, orders, sales_fen, anonymous_orders, anonymous_sales_fen, new_buyers,
        month_buyers, window_buyers)
    select * from (
        select brand_id, day, sum(orders), sum(fen) as fen, coalesce(sum(orders) filter (where anonymous), 0),
            coalesce(sum(fen) filter (where anonymous), 0), sum(new_buyers) as new_buyers,
            sum(month_buyers) as month_buyers, sum(window_buyers) as window_buyers
        from moved group by brand_id, day
    ) as sums where (fen, new_buyers, month_buyers, window_buyers) <> (0, 0, 0, 0)
),
gaps as (
    select sign, brand_id, anonymous, least(nth, 8) as step,
        lead(day) over (partition by sign, brand_id, uid order by nth) - day as gap_days
    from told, unnest(order_days) with ordinality as o(day, nth)
),
steps as (
    insert into trade_step (brand_id, anonymous, step, gap_days, times)
    select brand_id, anonymous, step, gap_days, sum(sign) from (
        select sign, brand_id, anonymous, ladder_step as step, null as gap_days from told
        union all select * from gaps where gap_days is not null
    ) as all_steps group by brand_id, anonymous, step, gap_days having sum(sign) <> 0
)
insert into trade_loss (brand_id, uid, times) select brand_id, uid, sum(sign) from told
where net_fen <> (select coalesce(sum(fen), 0) from unnest(order_fens) as o(fen))
group by brand_id, uid"""


def states_of(brand: LiteralString) -> LiteralString:
    """Return the SELECT of a brand's states for `sums_of`. brand: SQL of its number."""
    return f"{_told('1')} from person_state where brand_id = {brand}"


_FUNCTION = f"""
create or replace function sum_trade() returns trigger language plpgsql as $sum$
begin
    if tg_op = 'INSERT' then {sums_of(_told("1") + " from come")};
    elsif tg_op = 'UPDATE' then {sums_of(f"{_told('1', 'c.')} {_NEWS} union all {_told('-1', 'g.')} {_NEWS}")};
    elsif tg_op = 'DELETE' then {sums_of(_told("-1") + " from gone")};
    else truncate trade_day, trade_step, trade_loss;
    end if;
    return null;
end
$sum$
"""
_NEW, _OLD = "new table as come", "old table as gone"
SUMMING = (
    _FUNCTION,
    *(
        f"create or replace trigger sum_trade_{on} after {on} on person_state {rows}"
        " for each statement execute function sum_trade()"
        for on, rows in (
            ("insert", f"referencing {_NEW}"),
            ("update", f"referencing {_OLD} {_NEW}"),
            ("delete", f"referencing {_OLD}"),
            ("truncate", ""),
        )
    ),
)
"""What the database does by itself. The newest migration that makes the function holds this very text."""
