"""Tables of ingest."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from regulars.infra.schema import metadata

_at = sa.TIMESTAMP(timezone=True)
_empty = sa.text("'{}'")

import_job = sa.Table(
    "import_job",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("brand_id", sa.Integer, nullable=False),
    sa.Column("operation_id", sa.BigInteger),
    sa.Column("file_name", sa.Text, nullable=False),
    sa.Column("file_hash", sa.Text, nullable=False),
    sa.Column("mapping_hash", sa.Text, nullable=False),
    sa.Column("mapping", JSONB, nullable=False),
    # Source columns and the kinds they had, so that a mended row is read as the file was: [[name, kind], ...]
    sa.Column("source_columns", JSONB, nullable=False),
    sa.Column("source_details", JSONB, nullable=False, server_default=_empty),
    sa.Column("target", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="running"),
    sa.Column("finished", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("message", sa.Text, nullable=False, server_default=""),
    sa.Column("started_at", _at, nullable=False),
    sa.Column("updated_at", _at, nullable=False),
    sa.Column("finished_at", _at),
    sa.Index("import_job_same", "brand_id", "file_hash", "mapping_hash", unique=True),
)

import_part = sa.Table(
    "import_part",
    metadata,
    sa.Column("import_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("no", sa.Integer, primary_key=True, autoincrement=False),
    # file: rows of the file in order; replay: mended rows.
    sa.Column("origin", sa.Text, nullable=False, server_default="file"),
    sa.Column("row_from", sa.BigInteger, nullable=False),
    sa.Column("row_to", sa.BigInteger, nullable=False),
    sa.Column("lines", sa.Integer, nullable=False, server_default="0"),
    sa.Column("imported", sa.Integer, nullable=False, server_default="0"),
    sa.Column("quarantined", sa.Integer, nullable=False, server_default="0"),
    sa.Column("skipped", sa.Integer, nullable=False, server_default="0"),
    sa.Column("kinds", JSONB, nullable=False, server_default=_empty),
    sa.Column("state", sa.Text, nullable=False, server_default="written"),
    sa.Column("written_at", _at, nullable=False),
)

quarantine_row = sa.Table(
    "quarantine_row",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("brand_id", sa.Integer, nullable=False),
    # 0: the row came over HTTP.
    sa.Column("import_id", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("row_no", sa.BigInteger, nullable=False),
    # Place of the row within its document over the whole file, and which document that was (hash).
    sa.Column("ordinal", sa.BigInteger),
    sa.Column("document_hash", sa.Text, nullable=False, server_default=""),
    sa.Column("reasons", JSONB, nullable=False),
    sa.Column("payload", sa.LargeBinary, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="open"),
    sa.Column("created_at", _at, nullable=False),
    sa.Column("updated_at", _at, nullable=False),
    sa.Index("quarantine_row_of_import", "brand_id", "import_id", "id"),
    sa.Index("quarantine_row_open", "brand_id", "id", postgresql_where=sa.text("state in ('open', 'fixed')")),
)

message_seen = sa.Table(
    "message_seen",
    metadata,
    sa.Column("brand_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("message_id", sa.Text, primary_key=True),
    sa.Column("seen_on", sa.Date, nullable=False),
    sa.Index("message_seen_on", "seen_on"),
)

source = sa.Table(
    "source",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("brand_id", sa.Integer, nullable=False),
    sa.Column("connector", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("account_id", sa.BigInteger),
    sa.Column("config", JSONB, nullable=False, comment="secrets sealed"),
    sa.Column("hook", sa.Text, nullable=False, comment="the last part of the address its messages come to"),
    sa.Column("is_on", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("history_from", _at, nullable=False, comment="how far back it is read"),
    sa.Column("created_at", _at, nullable=False, comment="what lies before is history and triggers nothing"),
    sa.Column("message_at", _at, comment="system time of the last message that came"),
    sa.Column("messages", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("removed_at", _at),
    sa.Index("source_hook", "hook", unique=True),
    sa.Index("source_name", "brand_id", "name", unique=True, postgresql_where=sa.text("removed_at is null")),
)

source_stream = sa.Table(
    "source_stream",
    metadata,
    sa.Column("source_id", sa.BigInteger, sa.ForeignKey("source.id"), primary_key=True),
    sa.Column("stream", sa.Text, primary_key=True),
    sa.Column("read_to", _at, comment="everything modified before this was read"),
    sa.Column("page", sa.Text, nullable=False, server_default="", comment="where a stream by cursor goes on"),
    sa.Column("next_at", _at, nullable=False, comment="system time"),
    sa.Column("succeeded_at", _at, comment="system time"),
    sa.Column("facts", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("unread", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("failures", sa.Integer, nullable=False, server_default="0", comment="in a row"),
    sa.Column("problem", JSONB, comment="message, hint and code of the last failure"),
)

source_day = sa.Table(
    "source_day",
    metadata,
    sa.Column("source_id", sa.BigInteger, sa.ForeignKey("source.id"), primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("orders", sa.Integer, nullable=False),
    sa.Column("fen", sa.BigInteger, nullable=False),
    sa.Column("our_orders", sa.Integer, nullable=False),
    sa.Column("our_fen", sa.BigInteger, nullable=False),
    sa.Column("differing", JSONB, nullable=False, comment="[[order, theirs or null, ours or null], ...]"),
    sa.Column("compared_at", _at, nullable=False, comment="system time"),
)
