"""Table of the tags room. Who has a value lies with segments; what was imported or set by hand with profiles."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from regulars.infra.schema import metadata

_at = sa.TIMESTAMP(timezone=True)

tag = sa.Table(
    "tag",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("brand_id", sa.Integer, nullable=False),
    sa.Column("folder", sa.Text, nullable=False, server_default=""),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("description", sa.Text, nullable=False, server_default=""),
    sa.Column("owner", sa.Text, nullable=False, server_default=""),
    sa.Column("definition", JSONB, nullable=False),
    sa.Column("last_set_at", _at, comment="instant given to the newest change of its facts by hand"),
    sa.Column("created_at", _at, nullable=False, server_default=sa.func.now()),
    sa.Column("retired_at", _at),
    sa.CheckConstraint("origin in ('rule', 'computed', 'imported', 'manual')", name="tag_origin"),
    sa.Index(
        "tag_name", "brand_id", sa.text("lower(name)"), unique=True, postgresql_where=sa.text("retired_at is null")
    ),
)
