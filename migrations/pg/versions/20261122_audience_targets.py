"""where audience packages are uploaded, and how they stand there"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

AT = sa.TIMESTAMP(timezone=True)


def upgrade():
    op.execute("set lock_timeout = '5s'")
    op.create_table(
        "audience_target",
        sa.Column("audience_id", sa.BigInteger(), sa.ForeignKey("audience.id"), primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("renew_days", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("remote_id", sa.Text(), nullable=False, server_default=""),
        sa.Column("remote_account_id", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("fresh", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("state", sa.Text(), nullable=False, server_default="new"),
        sa.Column("delivery_id", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("size", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("matched", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("message", sa.Text(), nullable=False, server_default=""),
        sa.Column("tries", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("asked_at", AT),
        sa.Column("told_at", AT),
        sa.CheckConstraint(
            "state in ('new', 'pushing', 'processing', 'ready', 'too_small', 'failed', 'expired')",
            name="audience_target_state",
        ),
    )


def downgrade():
    op.drop_table("audience_target")
