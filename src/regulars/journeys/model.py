"""Tables of journeys. State belongs to a cohort, people at one node with one due time, not to a person."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from regulars.infra.schema import metadata

_at = sa.TIMESTAMP(timezone=True)


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True)


campaign = sa.Table(
    "campaign",
    metadata,
    _id(),
    sa.Column("brand_id", sa.Integer, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="draft"),
    sa.Column("segment_id", sa.BigInteger, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("config", JSONB, nullable=False, comment="of the channel; secrets sealed"),
    sa.Column("message", JSONB, nullable=False),
    sa.Column("template_id", sa.BigInteger, comment="the message's; null = its own"),
    sa.Column("holdout_bp", sa.Integer, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("quiet_hours", JSONB),
    sa.Column("frequency", JSONB),
    sa.Column("window_days", sa.Integer, nullable=False),
    sa.Column("replay_on", sa.Date, comment="business day over which it is replayed; null = live"),
    sa.Column("priority", sa.SmallInteger, nullable=False, server_default="3", comment="1..5, higher goes first"),
    sa.Column("run_id", sa.BigInteger),
    sa.Column("created_at", _at, nullable=False, comment="business time"),
    sa.Column("started_at", _at, comment="business time of its run"),
    sa.Column("ended_at", _at, comment="system time"),
    sa.Index("campaign_brand", "brand_id", "id"),
    sa.CheckConstraint("state in ('draft', 'live', 'done', 'stopped')", name="campaign_state"),
    sa.CheckConstraint("holdout_bp between 0 and 9000", name="campaign_holdout"),
    sa.CheckConstraint("window_days between 1 and 366", name="campaign_window"),
)

journey = sa.Table(
    "journey",
    metadata,
    _id(),
    sa.Column("brand_id", sa.Integer, nullable=False),
    sa.Column("campaign_id", sa.BigInteger, sa.ForeignKey("campaign.id"), comment="null: a journey of its own"),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="draft"),
    sa.Column("graph", JSONB, nullable=False, server_default="{}", comment="as it is drawn now"),
    sa.Column("version_id", sa.BigInteger, comment="the one that people enter"),
    sa.Column("review", JSONB, comment="of the drawing, where the brand asks for approval: state, of, by"),
    sa.Column("created_at", _at, nullable=False),
    sa.Index("journey_brand", "brand_id", "id"),
    sa.CheckConstraint("state in ('draft', 'live', 'paused', 'draining', 'done', 'stopped')", name="journey_state"),
)

journey_version = sa.Table(
    "journey_version",
    metadata,
    _id(),
    sa.Column("journey_id", sa.BigInteger, sa.ForeignKey("journey.id"), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("graph", JSONB, nullable=False, comment="never changed; an edit is a new version"),
    sa.Column("listens", ARRAY(sa.Text), nullable=False, server_default="{}", comment="types of events"),
    sa.Column("made_by", sa.Text, nullable=False, server_default=""),
    sa.Column("created_at", _at, nullable=False),
    sa.Index("journey_version_number", "journey_id", "number", unique=True),
)

run = sa.Table(
    "run",
    metadata,
    _id(),
    sa.Column("brand_id", sa.Integer, nullable=False),
    sa.Column("version_id", sa.BigInteger, sa.ForeignKey("journey_version.id"), nullable=False),
    sa.Column("campaign_id", sa.BigInteger, sa.ForeignKey("campaign.id")),
    sa.Column("journey_id", sa.BigInteger, sa.ForeignKey("journey.id"), comment="null: of a campaign"),
    sa.Column("visit", sa.Integer, nullable=False, server_default="1", comment="the how-manieth time they enter"),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("replay_at", _at),
    sa.Column("state", sa.Text, nullable=False, server_default="running"),
    sa.Column("started_at", _at, nullable=False, comment="business time"),
    sa.Column("ended_at", _at, comment="system time"),
    sa.Index("run_visit", "journey_id", "visit", unique=True),
    sa.Index("run_open", "brand_id", postgresql_where=sa.text("state = 'running'")),
    sa.CheckConstraint("state in ('running', 'paused', 'done', 'stopped')", name="run_state"),
)

# Insert-only and keyed by run first, so that it can be partitioned by run when runs grow.
enrollment = sa.Table(
    "enrollment",
    metadata,
    sa.Column("run_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("uid", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("visit", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("entered_at", _at, comment="business time"),
    sa.Column("times", JSONB, comment="what the entering event says of time, by field"),
    sa.Index("enrollment_person", "uid"),
)

cohort = sa.Table(
    "cohort",
    metadata,
    _id(),
    sa.Column("run_id", sa.BigInteger, sa.ForeignKey("run.id"), nullable=False),
    sa.Column("version_id", sa.BigInteger, nullable=False),
    sa.Column("node_key", sa.Text, nullable=False),
    sa.Column("parent_id", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("via", sa.Text, nullable=False, server_default="", comment="the way out by which they came"),
    sa.Column("due_at", _at, nullable=False, comment="business time"),
    sa.Column("state", sa.Text, nullable=False, server_default="waiting"),
    sa.Column("waited", sa.Boolean, nullable=False, server_default=sa.false(), comment="until due_at, at this node"),
    sa.Column("batch", sa.Integer, nullable=False, server_default="0", comment="of those who come bit by bit"),
    sa.Column("moved", sa.BigInteger, nullable=False, server_default="0", comment="people taken out of it by events"),
    sa.Index("cohort_place", "run_id", "parent_id", "node_key", "via", "batch", unique=True),
    sa.Index("cohort_version", "version_id", "due_at"),
    sa.Index("cohort_due", "due_at", "id", postgresql_where=sa.text("state = 'waiting'")),
    sa.CheckConstraint("state in ('waiting', 'passed', 'ended')", name="cohort_state"),
)

cohort_chunk = sa.Table(
    "cohort_chunk",
    metadata,
    _id(),
    sa.Column("cohort_id", sa.BigInteger, sa.ForeignKey("cohort.id"), nullable=False),
    sa.Column("no", sa.Integer, nullable=False),
    sa.Column("uids", ARRAY(sa.BigInteger), nullable=False, comment="at most 4,000"),
    sa.Column("arm", sa.Text, nullable=False, server_default=""),
    sa.Index("cohort_chunk_no", "cohort_id", "no", unique=True),
)

exit_mark = sa.Table(
    "exit_mark",
    metadata,
    sa.Column("run_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("uid", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("at", _at, nullable=False, comment="business time"),
)

arm = sa.Table(
    "arm",
    metadata,
    sa.Column("run_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("experiment", sa.Text, primary_key=True),
    sa.Column("uid", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("arm", sa.Text, nullable=False),
    sa.Index("arm_person", "uid"),
)

journey_claim = sa.Table(
    "journey_claim",
    metadata,
    sa.Column("brand_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("exclusion", sa.Text, primary_key=True, comment="group of journeys of which a person is in one at most"),
    sa.Column("uid", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("journey_id", sa.BigInteger, nullable=False),
    sa.Column("run_id", sa.BigInteger, nullable=False),
    sa.Column("priority", sa.SmallInteger, nullable=False),
    sa.Index("journey_claim_run", "run_id", "uid"),
    sa.Index("journey_claim_journey", "journey_id"),
)

goal_mark = sa.Table(
    "goal_mark",
    metadata,
    sa.Column("run_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("uid", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", _at, nullable=False, comment="business time"),
)

experiment_choice = sa.Table(
    "experiment_choice",
    metadata,
    sa.Column("journey_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("experiment", sa.Text, primary_key=True),
    sa.Column("arm", sa.Text, nullable=False),
    sa.Column("rates", JSONB, nullable=False, comment="people and how many reached the goal, by arm"),
    sa.Column("at", _at, nullable=False, comment="business time"),
)

node_pass = sa.Table(
    "node_pass",
    metadata,
    sa.Column("run_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("node_key", sa.Text, primary_key=True),
    sa.Column("uid", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("times", sa.Integer, nullable=False),
)
