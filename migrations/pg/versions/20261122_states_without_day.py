"""states keep what is known whatever day it is; windows and scores are a view"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

WINDOWS = (7, 30, 60, 90, 180, 365)

PERSON_NOW = """
create or replace view person_now as select ps.*, cuts.as_of_on,
    (select count(*) from unnest(ps.order_days) d
        where d > cuts.as_of_on - 7 and d <= cuts.as_of_on)::integer as orders_7d,
    (select count(*) from unnest(ps.order_days) d
        where d > cuts.as_of_on - 30 and d <= cuts.as_of_on)::integer as orders_30d,
    (select count(*) from unnest(ps.order_days) d
        where d > cuts.as_of_on - 60 and d <= cuts.as_of_on)::integer as orders_60d,
    (select count(*) from unnest(ps.order_days) d
        where d > cuts.as_of_on - 90 and d <= cuts.as_of_on)::integer as orders_90d,
    (select count(*) from unnest(ps.order_days) d
        where d > cuts.as_of_on - 180 and d <= cuts.as_of_on)::integer as orders_180d,
    (select count(*) from unnest(ps.order_days) d
        where d > cuts.as_of_on - 365 and d <= cuts.as_of_on)::integer as orders_365d,
    (select coalesce(sum(f), 0) from unnest(ps.order_days, ps.order_fens) o(d, f)
        where d > cuts.as_of_on - 7 and d <= cuts.as_of_on)::bigint as net_fen_7d,
    (select coalesce(sum(f), 0) from unnest(ps.order_days, ps.order_fens) o(d, f)
        where d > cuts.as_of_on - 30 and d <= cuts.as_of_on)::bigint as net_fen_30d,
    (select coalesce(sum(f), 0) from unnest(ps.order_days, ps.order_fens) o(d, f)
        where d > cuts.as_of_on - 60 and d <= cuts.as_of_on)::bigint as net_fen_60d,
    (select coalesce(sum(f), 0) from unnest(ps.order_days, ps.order_fens) o(d, f)
        where d > cuts.as_of_on - 90 and d <= cuts.as_of_on)::bigint as net_fen_90d,
    (select coalesce(sum(f), 0) from unnest(ps.order_days, ps.order_fens) o(d, f)
        where d > cuts.as_of_on - 180 and d <= cuts.as_of_on)::bigint as net_fen_180d,
    (select coalesce(sum(f), 0) from unnest(ps.order_days, ps.order_fens) o(d, f)
        where d > cuts.as_of_on - 365 and d <= cuts.as_of_on)::bigint as net_fen_365d,
    (case when ps.purchase_number > 0 and not ps.anonymous
        then (select 1 + count(*)
        from unnest(cuts.recency_cuts) c where c < ps.last_order_on) else 0 end)::smallint as rfm_r,
    (case when ps.purchase_number > 0 and not ps.anonymous
        then (select 1 + count(*)
        from unnest(cuts.frequency_cuts) c where c < ps.purchase_number) else 0 end)::smallint as rfm_f,
    (case when ps.purchase_number > 0 and not ps.anonymous
        then (select 1 + count(*)
        from unnest(cuts.monetary_cuts) c where c < ps.net_fen) else 0 end)::smallint as rfm_m,
    ps.last_order_on + nullif(cuts.gap_days[ps.ladder_step], 0) as next_order_due_on
from person_state ps left join lateral (
    select * from rfm_cut c where c.brand_id = ps.brand_id order by c.version desc limit 1) cuts on true
"""


def upgrade():
    op.execute("set lock_timeout = '5s'")
    op.add_column("rfm_cut", sa.Column("gap_days", postgresql.ARRAY(sa.Integer()), nullable=False, server_default="{}"))
    op.add_column(
        "person_state", sa.Column("order_days", postgresql.ARRAY(sa.Date()), nullable=False, server_default="{}")
    )
    op.add_column(
        "person_state", sa.Column("order_fens", postgresql.ARRAY(sa.BigInteger()), nullable=False, server_default="{}")
    )
    op.add_column("person_state", sa.Column("cell", sa.Text(), nullable=False, server_default=""))
    for name in ("as_of_on", "rfm_r", "rfm_f", "rfm_m"):
        op.drop_column("person_state", name)
    for days in WINDOWS:
        op.drop_column("person_state", f"orders_{days}d")
        op.drop_column("person_state", f"net_fen_{days}d")
    op.execute(PERSON_NOW)
    # The lake's states have moved to other tables: a worker makes them anew of the facts.
    op.execute(
        "insert into job (queue, name, key, payload, run_at)"
        " select 'long', 'profiles.rebuild', 'states-without-day', '{}', now()"
        " where exists (select 1 from person_state)"
    )
