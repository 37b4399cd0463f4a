"""Tables of the workspace."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, JSONB

from regulars.infra.schema import metadata

_at = sa.TIMESTAMP(timezone=True)
_now = sa.func.now()


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True)


brand = sa.Table(
    "brand",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("key", sa.Text, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("zone", sa.Text, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("created_at", _at, nullable=False, server_default=_now),
)

access_role = sa.Table(
    "access_role",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("description", sa.Text, nullable=False, server_default=""),
    sa.Column("permissions", ARRAY(sa.Text), nullable=False),
    sa.Column("created_at", _at, nullable=False, server_default=_now),
    comment="roles that a company made; those that come with the product stand in the code",
)

app_user = sa.Table(
    "app_user",
    metadata,
    _id(),
    sa.Column("email", sa.Text, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("password_hash", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("brands", ARRAY(sa.Integer)),
    sa.Column("stores", ARRAY(sa.Text)),
    sa.Column("failed_logins", sa.Integer, nullable=False, server_default="0"),
    sa.Column("locked_until", _at),
    sa.Column("created_at", _at, nullable=False, server_default=_now),
    sa.Column("disabled_at", _at),
    sa.Column("totp_secret", BYTEA, comment="sealed by the vault; codes are asked for while it is there"),
    sa.Column("totp_pending", BYTEA, comment="sealed by the vault; no code has confirmed it yet"),
    sa.Column("totp_last_step", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("recovery_hashes", ARRAY(sa.Text), nullable=False, server_default=sa.text("'{}'")),
    sa.Column("provider_subject", sa.Text, unique=True),
)

session = sa.Table(
    "session",
    metadata,
    sa.Column("token_hash", sa.Text, primary_key=True),
    sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False, unique=True),
    sa.Column("user_id", sa.BigInteger, nullable=False, index=True),
    sa.Column("csrf", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False, server_default=""),
    sa.Column("user_agent", sa.Text, nullable=False, server_default=""),
    sa.Column("created_at", _at, nullable=False),
    sa.Column("last_seen_at", _at, nullable=False),
    sa.Column("expires_at", _at, nullable=False),
    sa.Column("strong", sa.Boolean, nullable=False, server_default=sa.false(), comment="more than a password"),
)

invitation = sa.Table(
    "invitation",
    metadata,
    _id(),
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("brands", ARRAY(sa.Integer)),
    sa.Column("stores", ARRAY(sa.Text)),
    sa.Column("user_id", sa.BigInteger, comment="of a new password: whose"),
    sa.Column("invited_by", sa.Text, nullable=False),
    sa.Column("token_hash", sa.Text, nullable=False, unique=True),
    sa.Column("created_at", _at, nullable=False),
    sa.Column("expires_at", _at, nullable=False),
    sa.Column("used_at", _at),
    sa.Column("revoked_at", _at),
)

api_key = sa.Table(
    "api_key",
    metadata,
    _id(),
    sa.Column("brand_id", sa.Integer, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("key_hash", sa.Text, nullable=False, unique=True),
    sa.Column("permissions", ARRAY(sa.Text), nullable=False),
    sa.Column("stores", ARRAY(sa.Text), comment="null = all"),
    sa.Column("created_at", _at, nullable=False, server_default=_now),
    sa.Column("last_used_at", _at),
    sa.Column("revoked_at", _at),
)

operation = sa.Table(
    "operation",
    metadata,
    _id(),
    sa.Column("brand_id", sa.Integer, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="running"),
    sa.Column("done", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("total", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("unit", sa.Text, nullable=False, server_default=""),
    sa.Column("message", sa.Text, nullable=False, server_default=""),
    sa.Column("payload", JSONB, nullable=False, server_default=sa.text("'{}'")),
    sa.Column("result", JSONB),
    sa.Column("cancel_requested", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("actor", sa.Text, nullable=False, server_default=""),
    sa.Column("started_at", _at, nullable=False),
    sa.Column("updated_at", _at, nullable=False),
    sa.Column("finished_at", _at),
    sa.Index("operation_recent", "brand_id", "id"),
)

audit_entry = sa.Table(
    "audit_entry",
    metadata,
    _id(),
    sa.Column("brand_id", sa.Integer, nullable=False),
    sa.Column("at", _at, nullable=False),
    sa.Column("actor_kind", sa.Text, nullable=False),
    sa.Column("actor_id", sa.Text, nullable=False),
    sa.Column("actor_name", sa.Text, nullable=False),
    sa.Column("request_id", sa.Text, nullable=False, server_default=""),
    sa.Column("address", sa.Text, nullable=False, server_default=""),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("object_kind", sa.Text, nullable=False),
    sa.Column("object_id", sa.Text, nullable=False),
    sa.Column("before", JSONB),
    sa.Column("after", JSONB),
    sa.Index("audit_entry_object", "object_kind", "object_id"),
    sa.Index("audit_entry_recent", "brand_id", "id"),
    sa.Index("audit_entry_action", "brand_id", "action", "id"),
    sa.Index("audit_entry_actor", "actor_kind", "actor_id", "id"),
    sa.Index("audit_entry_refused", "address", "at", postgresql_where=sa.text("action = 'user.login_refused'")),
)

saved_view = sa.Table(
    "saved_view",
    metadata,
    _id(),
    sa.Column("brand_id", sa.Integer, nullable=False),
    sa.Column("user_id", sa.BigInteger, nullable=False),
    sa.Column("list", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("search", sa.Text, nullable=False, comment="filters and sort, as in the address"),
    sa.Column("columns", ARRAY(sa.Text), nullable=False, comment="chosen beside those always shown"),
    sa.Column("saved_at", _at, nullable=False),
    sa.UniqueConstraint("brand_id", "user_id", "list", "name", name="saved_view_name"),
)

setting = sa.Table(
    "setting",
    metadata,
    sa.Column("brand_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("value", JSONB, nullable=False),
)
