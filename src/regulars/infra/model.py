"""Tables of the cellar: event log, consumers, jobs, schedule."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, UUID

from regulars.infra.schema import metadata

_at = sa.TIMESTAMP(timezone=True)

event_log = sa.Table(
    "event_log",
    metadata,
    sa.Column("seq", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("xid", sa.BigInteger, nullable=False, server_default=sa.text("(pg_current_xact_id()::text)::bigint")),
    sa.Column("id", UUID, nullable=False),
    sa.Column("brand_id", sa.Integer, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("source_id", sa.Text, nullable=False),
    sa.Column("occurred_at", _at, nullable=False),
    sa.Column("recorded_at", _at, nullable=False),
    sa.Column("business_on", sa.Date, nullable=False),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("identifiers", JSONB, nullable=False),
    sa.Column("props", JSONB, nullable=False),
    sa.Index("event_log_place", "xid", "seq"),
)

event_subject = sa.Table(
    "event_subject",
    metadata,
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("suid", sa.BigInteger, nullable=False),
)

event_consumer = sa.Table(
    "event_consumer",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("xid", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("seq", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("sealed_xid", sa.BigInteger),
    sa.Column("sealed_seq", sa.BigInteger),
    sa.Column("updated_at", _at, nullable=False, server_default=sa.func.now()),
)

event_parked = sa.Table(
    "event_parked",
    metadata,
    sa.Column("consumer", sa.Text, primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("parked_at", _at, nullable=False, server_default=sa.func.now()),
)

job = sa.Table(
    "job",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("queue", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False, server_default=""),
    sa.Column("brand_id", sa.Integer, nullable=False, server_default="0"),
    sa.Column("payload", JSONB, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="ready"),
    sa.Column("run_at", _at, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("lease_owner", sa.Text),
    sa.Column("lease_until", _at),
    sa.Column("error", sa.Text),
    sa.Column("created_at", _at, nullable=False, server_default=sa.func.now()),
    sa.Column("finished_at", _at),
    sa.Index("job_due", "queue", "run_at", postgresql_where=sa.text("state = 'ready'")),
    sa.Index("job_leased", "lease_until", postgresql_where=sa.text("state = 'leased'")),
    sa.Index(
        "job_key",
        "name",
        "key",
        unique=True,
        postgresql_where=sa.text("key <> '' and state in ('ready', 'leased')"),
    ),
)

schedule = sa.Table(
    "schedule",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("next_at", _at, nullable=False),
)

lake_migration = sa.Table(
    "lake_migration",
    metadata,
    sa.Column("database", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("applied_at", _at, nullable=False, server_default=sa.func.now()),
)
