"""posts to groups and feeds with what became of each part; notices to staff"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

AT = sa.TIMESTAMP(timezone=True)
NOBODY = sa.text("'{}'")


def upgrade():
    op.execute("set lock_timeout = '5s'")
    op.create_table(
        "post",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), primary_key=True),
        sa.Column("brand_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("config", postgresql.JSONB(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", AT, nullable=False, comment="system time"),
        sa.Column("business_on", sa.Date(), nullable=False),
    )
    op.create_index("post_key", "post", ["brand_id", "key"], unique=True)
    op.create_table(
        "post_call",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), primary_key=True),
        sa.Column("post_id", sa.BigInteger(), sa.ForeignKey("post.id"), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False, server_default="planned"),
        sa.Column("provider_id", sa.Text(), nullable=False, server_default=""),
        sa.Column("refused", postgresql.ARRAY(sa.Text()), nullable=False, server_default=NOBODY),
        sa.Column("error", sa.Text(), nullable=False, server_default=""),
        sa.Column("made_at", AT, comment="system time"),
        sa.CheckConstraint(
            "state in ('planned', 'calling', 'made', 'ended', 'unknown', 'failed')", name="post_call_state"
        ),
    )
    op.create_index("post_call_of", "post_call", ["post_id", "sender"], unique=True)
    op.create_index("post_call_open", "post_call", ["id"], postgresql_where=sa.text("state = 'made'"))
    op.create_table(
        "post_result",
        sa.Column("call_id", sa.BigInteger(), sa.ForeignKey("post_call.id"), primary_key=True, autoincrement=False),
        sa.Column("target", sa.Text(), primary_key=True),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("at", AT),
        sa.CheckConstraint("outcome in ('waiting', 'sent', 'limit', 'gone')", name="post_result_outcome"),
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), primary_key=True),
        sa.Column("brand_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False, server_default="waiting"),
        sa.Column("error", sa.Text(), nullable=False, server_default=""),
        sa.Column("created_at", AT, nullable=False, comment="system time"),
        sa.Column("told_at", AT, comment="system time"),
        sa.CheckConstraint("state in ('waiting', 'telling', 'told', 'unknown', 'failed')", name="notice_state"),
    )
    op.create_index("notice_recent", "notice", ["brand_id", "id"])
    op.create_index(
        "notice_waiting", "notice", ["account_id", "id"], postgresql_where=sa.text("state in ('waiting', 'telling')")
    )
    op.create_table(
        "notice_seen",
        sa.Column("brand_id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text(), primary_key=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("ids", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("told_at", AT, comment="system time"),
    )


def downgrade():
    op.drop_table("notice_seen")
    op.drop_table("notice")
    op.drop_table("post_result")
    op.drop_table("post_call")
    op.drop_table("post")
