"""Tables of audience packages. Who is in a file stands in the file alone, which is encrypted."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from regulars.infra.schema import metadata

_at = sa.TIMESTAMP(timezone=True)


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False, server_default="0")


audience = sa.Table(
    "audience",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("brand_id", sa.Integer, nullable=False),
    sa.Column("segment_id", sa.BigInteger, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("recipient", sa.Text, nullable=False),
    sa.Column("identifiers", JSONB, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("least_people", sa.BigInteger, nullable=False),
    sa.Column("keep_days", sa.Integer, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("created_at", _at, nullable=False),
    sa.Column("deleted_at", _at),
    sa.Index("audience_of_segment", "brand_id", "segment_id"),
)

audience_delivery = sa.Table(
    "audience_delivery",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("audience_id", sa.BigInteger, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="running"),
    sa.Column("found", JSONB, nullable=False, server_default=sa.text("'{}'")),
    _count("lines"),
    _count("added"),
    _count("removed"),
    sa.Column("withdrawn", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("message", sa.Text, nullable=False, server_default=""),
    sa.Column("operation_id", sa.BigInteger, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("created_at", _at, nullable=False),
    sa.Column("ready_at", _at),
    sa.Column("expires_at", _at),
    sa.Column("downloaded_at", _at),
    sa.Column("confirmed_at", _at),
    sa.CheckConstraint(
        "state in ('running', 'ready', 'expired', 'failed', 'cancelled')", name="audience_delivery_state"
    ),
    sa.Index("audience_delivery_of", "audience_id", "id"),
    sa.Index("audience_delivery_running", "audience_id", unique=True, postgresql_where=sa.text("state = 'running'")),
)

audience_target = sa.Table(
    "audience_target",
    metadata,
    sa.Column("audience_id", sa.BigInteger, sa.ForeignKey("audience.id"), primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("account_id", sa.BigInteger, nullable=False),
    sa.Column("renew_days", sa.Integer, nullable=False, server_default="0"),
    sa.Column("remote_id", sa.Text, nullable=False, server_default=""),
    _count("remote_account_id"),
    sa.Column("fresh", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("state", sa.Text, nullable=False, server_default="new"),
    _count("delivery_id"),
    _count("size"),
    _count("matched"),
    sa.Column("message", sa.Text, nullable=False, server_default=""),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("asked_at", _at),
    sa.Column("told_at", _at),
    sa.CheckConstraint(
        "state in ('new', 'pushing', 'processing', 'ready', 'too_small', 'failed', 'expired')",
        name="audience_target_state",
    ),
)
