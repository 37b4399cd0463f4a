"""journeys of their own: drafts, versions that listen, visits as runs, cohorts that wait"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

AT = sa.TIMESTAMP(timezone=True)


def upgrade():
    op.execute("set lock_timeout = '5s'")
    op.add_column("journey", sa.Column("state", sa.Text(), nullable=False, server_default="draft"))
    op.add_column(
        "journey", sa.Column("graph", JSONB(), nullable=False, server_default="{}", comment="as it is drawn now")
    )
    op.add_column("journey", sa.Column("version_id", sa.BigInteger(), comment="the one that people enter"))
    op.create_check_constraint(
        "journey_state", "journey", "state in ('draft', 'live', 'paused', 'draining', 'done', 'stopped')"
    )
    op.alter_column("journey", "campaign_id", comment="null: a journey of its own")
    op.create_index("journey_brand", "journey", ["brand_id", "id"])
    op.add_column(
        "journey_version",
        sa.Column("listens", ARRAY(sa.Text()), nullable=False, server_default="{}", comment="types of events"),
    )
    op.add_column("journey_version", sa.Column("made_by", sa.Text(), nullable=False, server_default=""))
    op.add_column(
        "run", sa.Column("journey_id", sa.BigInteger(), sa.ForeignKey("journey.id"), comment="null: of a campaign")
    )
    op.add_column(
        "run",
        sa.Column("visit", sa.Integer(), nullable=False, server_default="1", comment="the how-manieth time they enter"),
    )
    op.create_index("run_visit", "run", ["journey_id", "visit"], unique=True)
    op.drop_constraint("run_state", "run", type_="check")
    op.create_check_constraint("run_state", "run", "state in ('running', 'paused', 'done', 'stopped')")
    op.add_column("enrollment", sa.Column("entered_at", AT, comment="business time"))
    op.add_column(
        "cohort",
        sa.Column(
            "waited", sa.Boolean(), nullable=False, server_default=sa.false(), comment="until due_at, at this node"
        ),
    )
    op.add_column(
        "cohort",
        sa.Column("batch", sa.Integer(), nullable=False, server_default="0", comment="of those who come bit by bit"),
    )
    op.add_column(
        "cohort",
        sa.Column(
            "moved", sa.BigInteger(), nullable=False, server_default="0", comment="people taken out of it by events"
        ),
    )
    op.create_index("cohort_place", "cohort", ["run_id", "parent_id", "node_key", "via", "batch"], unique=True)
    op.drop_index("cohort_step", "cohort")
