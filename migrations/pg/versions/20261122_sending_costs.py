"""what messages cost, in a ledger; priorities of what is sent"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

AT = sa.TIMESTAMP(timezone=True)
OPEN = sa.text("state in ('planned', 'leased', 'attempting')")


def _priority(comment):
    return sa.Column("priority", sa.SmallInteger(), nullable=False, server_default="3", comment=comment)


def upgrade():
    op.execute("set lock_timeout = '5s'")
    op.add_column("send_batch", _priority("1..5, higher goes first"))
    op.add_column("send_chunk", _priority("of its batch"))
    op.add_column("campaign", _priority("1..5, higher goes first"))
    bill = sa.Column(
        "bill", JSONB(), nullable=False, server_default="{}", comment="cost of a part, parts of the messages"
    )
    op.add_column("send_chunk", bill)
    op.drop_index("send_chunk_open", "send_chunk")
    op.create_index("send_chunk_open", "send_chunk", [sa.text("priority desc"), "id"], postgresql_where=OPEN)
    op.create_index("send_exception_person", "send_exception", ["uid"])
    op.create_table(
        "message_cost",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("brand_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False, comment="business day on which it was booked"),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False, comment="0 = none"),
        sa.Column("chunk_id", sa.BigInteger(), nullable=False, comment="0 = a test"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("cost_fen", sa.BigInteger(), nullable=False),
        sa.Column("at", AT, nullable=False, comment="business time"),
        sa.CheckConstraint("kind in ('accepted', 'correction', 'test')", name="message_cost_kind"),
    )
    op.create_index("message_cost_day", "message_cost", ["brand_id", "day"])


def downgrade():
    op.drop_table("message_cost")
    op.drop_index("send_exception_person", "send_exception")
    op.drop_index("send_chunk_open", "send_chunk")
    op.create_index("send_chunk_open", "send_chunk", ["id"], postgresql_where=OPEN)
    op.drop_column("send_chunk", "bill")
    op.drop_column("campaign", "priority")
    op.drop_column("send_chunk", "priority")
    op.drop_column("send_batch", "priority")
