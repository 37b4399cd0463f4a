"""sums of what everybody bought, kept beside the states by the database itself"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def _sum(name):
    return sa.Column(name, sa.BigInteger(), nullable=False, server_default="0")


_READ = (
    "brand_id",
    "uid",
    "anonymous",
    "ladder_step",
    "net_fen",
    "order_days",
    "order_fens",
)


def _told(sign, of=""):
    columns = f"{of}" + f", {of}".join(_READ)
    return f"select {sign} as sign, {columns}"


_NEWS = (
    "from come c join gone g using (brand_id, uid)"
    " where (c.order_days, c.order_fens, c.net_fen) is distinct from (g.order_days, g.order_fens, g.net_fen)"
)


def sums_of(states):
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
    select brand_id, least(day + 30, following), 0, 0, false, 0, 0, -sign from placed where not anonymous
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


def upgrade():
    op.execute("set lock_timeout = '5s'")
    op.create_table(
        "trade_day",
        sa.Column("brand_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        _sum("orders"),
        _sum("sales_fen"),
        _sum("anonymous_orders"),
        _sum("anonymous_sales_fen"),
        _sum("new_buyers"),
        _sum("month_buyers"),
        _sum("window_buyers"),
    )
    op.create_index("trade_day_of", "trade_day", ["brand_id", "day"])
    op.create_table(
        "trade_step",
        sa.Column("brand_id", sa.Integer(), nullable=False),
        sa.Column("anonymous", sa.Boolean(), nullable=False),
        sa.Column("step", sa.SmallInteger(), nullable=False),
        sa.Column("gap_days", sa.Integer()),
        _sum("times"),
    )
    op.create_index("trade_step_of", "trade_step", ["brand_id", "step"])
    op.create_table(
        "trade_loss",
        sa.Column("brand_id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.BigInteger(), nullable=False),
        _sum("times"),
    )
    op.create_index("trade_loss_of", "trade_loss", ["brand_id", "uid"])
    op.create_table("trade_due", sa.Column("brand_id", sa.Integer(), primary_key=True, autoincrement=False))
    for statement in SUMMING:
        op.execute(statement)
    # A worker adds up the states that are there; until then pages read orders themselves.
    op.execute(
        "insert into trade_due (brand_id) select id from brand where exists (select 1 from person_state)"
        " union all select 0 where exists (select 1 from person_state)"
    )
    op.execute(
        "insert into job (queue, name, key, payload, run_at)"
        " select 'long', 'profiles.take_trade', 'trade-sums', '{}', now() where exists (select 1 from trade_due)"
    )
