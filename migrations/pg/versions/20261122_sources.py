"""sources: what is connected, how far each of its streams was read, its orders compared day by day"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

AT = sa.TIMESTAMP(timezone=True)


def upgrade():
    op.execute("set lock_timeout = '5s'")
    op.create_table(
        "source",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), primary_key=True),
        sa.Column("brand_id", sa.Integer(), nullable=False),
        sa.Column("connector", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("account_id", sa.BigInteger()),
        sa.Column("config", postgresql.JSONB(), nullable=False, comment="secrets sealed"),
        sa.Column("hook", sa.Text(), nullable=False, comment="the last part of the address its messages come to"),
        sa.Column("is_on", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("history_from", AT, nullable=False, comment="how far back it is read"),
        sa.Column("created_at", AT, nullable=False, comment="what lies before is history and triggers nothing"),
        sa.Column("message_at", AT, comment="system time of the last message that came"),
        sa.Column("messages", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("removed_at", AT),
    )
    op.create_index("source_hook", "source", ["hook"], unique=True)
    op.create_index(
        "source_name", "source", ["brand_id", "name"], unique=True, postgresql_where=sa.text("removed_at is null")
    )
    op.create_table(
        "source_stream",
        sa.Column("source_id", sa.BigInteger(), sa.ForeignKey("source.id"), primary_key=True),
        sa.Column("stream", sa.Text(), primary_key=True),
        sa.Column("read_to", AT, comment="everything modified before this was read"),
        sa.Column("page", sa.Text(), nullable=False, server_default="", comment="where a stream by cursor goes on"),
        sa.Column("next_at", AT, nullable=False, comment="system time"),
        sa.Column("succeeded_at", AT, comment="system time"),
        sa.Column("facts", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("unread", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("failures", sa.Integer(), nullable=False, server_default="0", comment="in a row"),
        sa.Column("problem", postgresql.JSONB(), comment="message, hint and code of the last failure"),
    )
    op.create_table(
        "source_day",
        sa.Column("source_id", sa.BigInteger(), sa.ForeignKey("source.id"), primary_key=True),
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("fen", sa.BigInteger(), nullable=False),
        sa.Column("our_orders", sa.Integer(), nullable=False),
        sa.Column("our_fen", sa.BigInteger(), nullable=False),
        sa.Column(
            "differing", postgresql.JSONB(), nullable=False, comment="[[order, theirs or null, ours or null], ...]"
        ),
        sa.Column("compared_at", AT, nullable=False, comment="system time"),
    )


def downgrade():
    for name in ("source_day", "source_stream", "source"):
        op.drop_table(name)
