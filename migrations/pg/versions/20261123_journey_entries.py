"""journeys: reviews, groups of which a person is in one, goals, experiments decided, rounds, entering times"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

AT = sa.TIMESTAMP(timezone=True)


def _key(name, kind=sa.BigInteger):
    return sa.Column(name, kind(), primary_key=True, autoincrement=False)


def upgrade():
    op.execute("set lock_timeout = '5s'")
    op.add_column("enrollment", sa.Column("times", JSONB(), comment="what the entering event says of time, by field"))
    told = "of the drawing, where the brand asks for approval: state, of, by"
    op.add_column("journey", sa.Column("review", JSONB(), comment=told))
    op.create_index("cohort_version", "cohort", ["version_id", "due_at"])
    op.create_table(
        "journey_claim",
        _key("brand_id", sa.Integer),
        sa.Column(
            "exclusion", sa.Text(), primary_key=True, comment="group of journeys of which a person is in one at most"
        ),
        _key("uid"),
        sa.Column("journey_id", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
    )
    op.create_index("journey_claim_run", "journey_claim", ["run_id", "uid"])
    op.create_index("journey_claim_journey", "journey_claim", ["journey_id"])
    op.create_table(
        "goal_mark",
        _key("run_id"),
        _key("uid"),
        sa.Column("at", AT, nullable=False, comment="business time"),
    )
    op.create_table(
        "experiment_choice",
        _key("journey_id"),
        sa.Column("experiment", sa.Text(), primary_key=True),
        sa.Column("arm", sa.Text(), nullable=False),
        sa.Column("rates", JSONB(), nullable=False, comment="people and how many reached the goal, by arm"),
        sa.Column("at", AT, nullable=False, comment="business time"),
    )
    op.create_table(
        "node_pass",
        _key("run_id"),
        sa.Column("node_key", sa.Text(), primary_key=True),
        _key("uid"),
        sa.Column("times", sa.Integer(), nullable=False),
    )


def downgrade():
    for table in ("node_pass", "experiment_choice", "goal_mark", "journey_claim"):
        op.drop_table(table)
    op.drop_index("cohort_version", "cohort")
    op.drop_column("journey", "review")
    op.drop_column("enrollment", "times")
