"""what a check of a segment found wrong stands with its run"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade():
    op.execute("set lock_timeout = '5s'")
    op.add_column(
        "segment_run",
        sa.Column("drift", sa.BigInteger(), comment="of a check: how many people were in or out wrongly"),
    )


def downgrade():
    op.drop_column("segment_run", "drift")
