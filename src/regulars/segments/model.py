"""Tables of the segments room. Who is in a segment lies in the lake; these say what it is and which run counts."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from regulars.infra.schema import metadata

_at = sa.TIMESTAMP(timezone=True)

segment = sa.Table(
    "segment",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("brand_id", sa.Integer, nullable=False),
    sa.Column("key", sa.Text, comment="name by which a room finds the segment it keeps up itself"),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("rule", JSONB),
    sa.Column("made_from", JSONB, nullable=False, server_default=sa.text("'{}'")),
    sa.Column("description", sa.Text, nullable=False, server_default=""),
    sa.Column("owner", sa.Text, nullable=False, server_default=""),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("people", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("as_of_on", sa.Date, comment="business day its windows counted back from"),
    sa.Column("refreshed_at", _at),
    sa.Column("error", sa.Text, nullable=False, server_default=""),
    sa.Column("created_at", _at, nullable=False, server_default=sa.func.now()),
    sa.Column("deleted_at", _at),
    sa.CheckConstraint("kind in ('dynamic', 'static')", name="segment_kind"),
    sa.CheckConstraint("state in ('ready', 'refreshing', 'failed')", name="segment_state"),
    sa.CheckConstraint("kind = 'static' or rule is not null", name="segment_dynamic_has_rule"),
    sa.Index(
        "segment_name", "brand_id", sa.text("lower(name)"), unique=True, postgresql_where=sa.text("deleted_at is null")
    ),
    sa.Index(
        "segment_key",
        "brand_id",
        "key",
        unique=True,
        postgresql_where=sa.text("deleted_at is null and key is not null"),
    ),
)

segment_run = sa.Table(
    "segment_run",
    metadata,
    # Also the membership version in the lake. The number of a run that was rolled back is never given again,
    # so what it left in the lake is never read.
    sa.Column("version", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("segment_id", sa.BigInteger, nullable=False),
    sa.Column("whole", sa.Boolean, nullable=False, comment="the version stands alone; otherwise it is a diff"),
    sa.Column(
        "forgotten",
        sa.Boolean,
        nullable=False,
        server_default=sa.false(),
        comment="its bitmaps are not kept any more; the version is read from an older whole one and the diffs since",
    ),
    sa.Column("token", sa.Text),
    sa.Column("as_of_on", sa.Date, nullable=False),
    sa.Column("joined", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("departed", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("people", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("path", sa.Text, nullable=False, server_default=""),
    sa.Column("drift", sa.BigInteger, comment="of a check: how many people were in or out wrongly"),
    sa.Column("at", _at, nullable=False),
    sa.Index("segment_run_of", "segment_id", "version"),
    sa.Index("segment_run_whole", "segment_id", "version", postgresql_where=sa.text("whole and not forgotten")),
    sa.Index("segment_run_token", "segment_id", "token", unique=True, postgresql_where=sa.text("token is not null")),
)
