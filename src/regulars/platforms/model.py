"""Tables of platforms: accounts, their tokens, their pace."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from regulars.infra.schema import metadata

_at = sa.TIMESTAMP(timezone=True)

platform_account = sa.Table(
    "platform_account",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("brand_id", sa.Integer, nullable=False),
    sa.Column("platform", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("world", sa.Text, nullable=False, server_default="live"),
    sa.Column("base_url", sa.Text, nullable=False),
    sa.Column("settings", JSONB, nullable=False, comment="secrets sealed"),
    sa.Column("rates", JSONB, nullable=False, server_default="{}", comment="a second, by bucket"),
    sa.Column("checked_at", _at, comment="system time of the last connection check"),
    sa.Column("problem", sa.Text, nullable=False, server_default=""),
    sa.Column("created_at", _at, nullable=False),
    sa.Column("removed_at", _at),
    sa.Index(
        "platform_account_name", "brand_id", "platform", "world", "name", unique=True,
        postgresql_where=sa.text("removed_at is null"),
    ),
    sa.CheckConstraint("world in ('live', 'practice')", name="platform_account_world"),
)  # fmt: skip

platform_token = sa.Table(
    "platform_token",
    metadata,
    sa.Column("account_id", sa.BigInteger, sa.ForeignKey("platform_account.id"), primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("expires_at", _at, nullable=False, comment="system time"),
)

platform_bucket = sa.Table(
    "platform_bucket",
    metadata,
    sa.Column("account_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("free_at", _at, nullable=False, comment="system time from which the next call has its turn"),
)

practice_mode = sa.Table(
    "practice_mode",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False, server_default="1"),
    sa.Column("is_on", sa.Boolean, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("since", _at, nullable=False, comment="system time"),
    sa.CheckConstraint("id = 1", name="practice_mode_one"),
)
