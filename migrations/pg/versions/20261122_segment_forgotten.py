"""whole memberships that are not kept any more are told apart from those that are"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade():
    op.execute("set lock_timeout = '5s'")
    op.add_column(
        "segment_run",
        sa.Column(
            "forgotten",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment=(
                "its bitmaps are not kept any more; the version is read from an older whole one and the diffs since"
            ),
        ),
    )
    op.create_index(
        "segment_run_whole",
        "segment_run",
        ["segment_id", "version"],
        postgresql_where=sa.text("whole and not forgotten"),
    )


def downgrade():
    op.drop_index("segment_run_whole", table_name="segment_run", postgresql_where=sa.text("whole and not forgotten"))
    op.drop_column("segment_run", "forgotten")
