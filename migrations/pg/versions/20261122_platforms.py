"""accounts on outside platforms, their tokens and pace; practice mode"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

AT = sa.TIMESTAMP(timezone=True)


def upgrade():
    op.execute("set lock_timeout = '5s'")
    op.create_table(
        "platform_account",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), primary_key=True),
        sa.Column("brand_id", sa.Integer(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("world", sa.Text(), nullable=False, server_default="live"),
        sa.Column("base_url", sa.Text(), nullable=False),
        sa.Column("settings", postgresql.JSONB(), nullable=False, comment="secrets sealed"),
        sa.Column("rates", postgresql.JSONB(), nullable=False, server_default="{}", comment="a second, by bucket"),
        sa.Column("checked_at", AT, comment="system time of the last connection check"),
        sa.Column("problem", sa.Text(), nullable=False, server_default=""),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("removed_at", AT),
        sa.CheckConstraint("world in ('live', 'practice')", name="platform_account_world"),
    )
    op.create_index(
        "platform_account_name",
        "platform_account",
        ["brand_id", "platform", "world", "name"],
        unique=True,
        postgresql_where=sa.text("removed_at is null"),
    )
    op.create_table(
        "platform_token",
        sa.Column("account_id", sa.BigInteger(), sa.ForeignKey("platform_account.id"), primary_key=True),
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", AT, nullable=False, comment="system time"),
    )
    op.create_table(
        "platform_bucket",
        sa.Column("account_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("free_at", AT, nullable=False, comment="system time from which the next call has its turn"),
    )
    op.create_table(
        "practice_mode",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False, server_default="1"),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("since", AT, nullable=False, comment="system time"),
        sa.CheckConstraint("id = 1", name="practice_mode_one"),
    )


def downgrade():
    for name in ("practice_mode", "platform_bucket", "platform_token", "platform_account"):
        op.drop_table(name)
