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
