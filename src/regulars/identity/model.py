"""Tables of identity."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from regulars.identity.contract import ANONYMOUS_FROM
from regulars.infra.schema import metadata

_at = sa.TIMESTAMP(timezone=True)


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True)


uid_member_seq = sa.Sequence("uid_member_seq", metadata=metadata, start=1, minvalue=1, maxvalue=ANONYMOUS_FROM - 1)
uid_anonymous_seq = sa.Sequence(
    "uid_anonymous_seq", metadata=metadata, start=ANONYMOUS_FROM, minvalue=ANONYMOUS_FROM, maxvalue=2**32 - 1
)
uid_alias_version_seq = sa.Sequence("uid_alias_version_seq", metadata=metadata, start=1)

identifier = sa.Table(
    "identifier",
    metadata,
    _id(),
    sa.Column("ns", sa.Text, nullable=False),
    sa.Column("scope", sa.Text, nullable=False),
    # 128 bits that depend on ns and scope too, so they alone tell identifiers apart.
    sa.Column("hmac", UUID(as_uuid=False), nullable=False),
    sa.Column("suid", sa.BigInteger),
    # Whose it is now: the smallest suid of its group, null while the group has none. Derived from the evidence.
    sa.Column("uid", sa.BigInteger),
    sa.Column("blocked", sa.Boolean, nullable=False),
    # Where its plain value is kept; null while nobody has said it.
    sa.Column("block_id", sa.BigInteger),
    sa.Column("block_at", sa.SmallInteger),
    # Linkable, not blocked and not over its cap. Derived from policies and evidence.
    sa.Column("connects", sa.Boolean, nullable=False),
    sa.Column("first_seen_at", _at),
    sa.Column("source", sa.Text, nullable=False, server_default=""),
    sa.UniqueConstraint("hmac", name="identifier_key"),
    sa.Index("identifier_suid", "suid", unique=True, postgresql_where=sa.text("suid is not null")),
    sa.Index("identifier_uid", "uid", postgresql_where=sa.text("uid is not null")),
)

# The namespaces and scopes that identifiers have been seen in, so that a search knows where to look.
identifier_space = sa.Table(
    "identifier_space",
    metadata,
    sa.Column("ns", sa.Text, primary_key=True),
    sa.Column("scope", sa.Text, primary_key=True),
)

# Up to 64 plain values sealed together; which one is whose stands with the identifier.
identifier_value = sa.Table(
    "identifier_value",
    metadata,
    _id(),
    sa.Column("ciphertext", sa.LargeBinary, nullable=False),
)

identifier_edge = sa.Table(
    "identifier_edge",
    metadata,
    _id(),
    sa.Column("a_id", sa.BigInteger, nullable=False),
    sa.Column("b_id", sa.BigInteger, nullable=False),
    sa.Column("evidence", sa.Text, nullable=False),
    sa.Column("first_seen_at", _at, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("source_id", sa.Text, nullable=False),
    sa.Column("brand_id", sa.Integer, nullable=False),
    sa.Column("voided_by", sa.BigInteger),
    sa.CheckConstraint("a_id < b_id", name="identifier_edge_order"),
    sa.UniqueConstraint("a_id", "b_id", "evidence", name="identifier_edge_key"),
    sa.Index("identifier_edge_b", "b_id"),
)

identifier_policy = sa.Table(
    "identifier_policy",
    metadata,
    sa.Column("ns", sa.Text, primary_key=True),
    sa.Column("policy", JSONB, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("saved_by", sa.Text, nullable=False),
    sa.Column("saved_at", _at, nullable=False),
)

cannot_link = sa.Table(
    "cannot_link",
    metadata,
    _id(),
    sa.Column("a_id", sa.BigInteger, nullable=False),
    sa.Column("b_id", sa.BigInteger, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("created_at", _at, nullable=False),
    # The ledger entry of the un-merge that set it, and of the merge that took it back.
    sa.Column("ledger_id", sa.BigInteger),
    sa.Column("lifted_by", sa.BigInteger),
    sa.Index("cannot_link_pair", "a_id", "b_id", unique=True, postgresql_where=sa.text("lifted_by is null")),
    sa.Index("cannot_link_b", "b_id", postgresql_where=sa.text("lifted_by is null")),
)

merge_ledger = sa.Table(
    "merge_ledger",
    metadata,
    _id(),
    sa.Column("at", _at, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("uids", ARRAY(sa.BigInteger), nullable=False),
    sa.Column("aliases_before", JSONB, nullable=False),
    sa.Column("aliases_after", JSONB, nullable=False),
    sa.Column("edge_ids", ARRAY(sa.BigInteger), nullable=False),
    sa.Column("policy_version", sa.BigInteger, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("undone_by", sa.BigInteger),
    sa.Index("merge_ledger_uids", "uids", postgresql_using="gin"),
)

uid_alias = sa.Table(
    "uid_alias",
    metadata,
    sa.Column("suid", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("uid", sa.BigInteger, nullable=False),
    sa.Index("uid_alias_uid", "uid"),
)

review_item = sa.Table(
    "review_item",
    metadata,
    _id(),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("a_id", sa.BigInteger, nullable=False),
    sa.Column("b_id", sa.BigInteger, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="open"),
    sa.Column("created_at", _at, nullable=False),
    sa.Column("decided_by", sa.Text, nullable=False, server_default=""),
    sa.Column("decided_at", _at),
    sa.UniqueConstraint("a_id", "b_id", "kind", name="review_item_pair"),
    sa.Index("review_item_b", "b_id"),
    sa.Index("review_item_open", "id", postgresql_where=sa.text("state = 'open'")),
)
