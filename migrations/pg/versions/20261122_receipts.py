"""receipts of messages; the pace of providers is kept by account"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

AT = sa.TIMESTAMP(timezone=True)


def upgrade():
    op.execute("set lock_timeout = '5s'")
    op.create_table(
        "message_receipt",
        sa.Column("chunk_id", sa.BigInteger(), sa.ForeignKey("send_chunk.id"), primary_key=True),
        sa.Column("uid", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("state", sa.Text(), primary_key=True),
        sa.Column("reason", sa.Text(), nullable=False, server_default=""),
        sa.Column("times", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("at", AT, nullable=False, comment="business time of the first"),
        sa.CheckConstraint(
            "state in ('delivered', 'failed', 'clicked', 'machine', 'replied', 'opted_out')",
            name="message_receipt_state",
        ),
    )
    op.create_index("send_chunk_provider", "send_chunk", ["provider_id"], postgresql_where=sa.text("provider_id <> ''"))
    op.create_index("send_chunk_request", "send_chunk", ["request_id"], unique=True)
    op.drop_table("channel_bucket")


def downgrade():
    op.create_table(
        "channel_bucket",
        sa.Column("brand_id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("channel", sa.Text(), primary_key=True),
        sa.Column("tokens", sa.Double(), nullable=False),
        sa.Column("at", AT, nullable=False, comment="system time"),
    )
    op.drop_index("send_chunk_request", "send_chunk")
    op.drop_index("send_chunk_provider", "send_chunk")
    op.drop_table("message_receipt")
