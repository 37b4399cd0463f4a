"""audience packages and their deliveries"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

AT = sa.TIMESTAMP(timezone=True)


def upgrade():
    op.execute("set lock_timeout = '5s'")
    op.create_table(
        "audience",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), primary_key=True),
        sa.Column("brand_id", sa.Integer(), nullable=False),
        sa.Column("segment_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("identifiers", postgresql.JSONB(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("least_people", sa.BigInteger(), nullable=False),
        sa.Column("keep_days", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("deleted_at", AT),
    )
    op.create_index("audience_of_segment", "audience", ["brand_id", "segment_id"])
    op.create_table(
        "audience_delivery",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), primary_key=True),
        sa.Column("audience_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False, server_default="running"),
        sa.Column("found", postgresql.JSONB(), nullable=False, server_default=sa.text("'{}'")),
        sa.Column("lines", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("added", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("removed", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("withdrawn", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("message", sa.Text(), nullable=False, server_default=""),
        sa.Column("operation_id", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("ready_at", AT),
        sa.Column("expires_at", AT),
        sa.Column("downloaded_at", AT),
        sa.Column("confirmed_at", AT),
        sa.CheckConstraint(
            "state in ('running', 'ready', 'expired', 'failed', 'cancelled')", name="audience_delivery_state"
        ),
    )
    op.create_index("audience_delivery_of", "audience_delivery", ["audience_id", "id"])
    op.create_index(
        "audience_delivery_running", "audience_delivery", ["audience_id"], unique=True,
        postgresql_where=sa.text("state = 'running'"),
    )  # fmt: skip
