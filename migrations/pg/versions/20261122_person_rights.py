"""what people ask for of their rights, with receipts; notes about people; names that can be searched"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

AT = sa.TIMESTAMP(timezone=True)


def _text(name):
    return sa.Column(name, sa.Text(), nullable=False, server_default="")


def _json(name, empty):
    return sa.Column(name, postgresql.JSONB(), nullable=False, server_default=sa.text(empty))


def upgrade():
    op.execute("set lock_timeout = '5s'")
    op.create_table(
        "person_request",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), primary_key=True),
        sa.Column("brand_id", sa.Integer(), nullable=False),
        _text("number"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("uid", sa.BigInteger(), nullable=False),
        sa.Column("suids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        _text("reason"),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("asked_at", AT, nullable=False),
        sa.Column("ended_at", AT),
        _json("held", "'{}'"),
        _json("gone", "'{}'"),
        _json("told", "'[]'"),
        _text("message"),
        sa.Column("operation_id", sa.BigInteger()),
        sa.Column("file_until", AT),
        sa.Column("downloaded_at", AT),
        sa.CheckConstraint("kind in ('copy', 'erase', 'correct', 'consent')", name="person_request_kind"),
        sa.CheckConstraint("state in ('running', 'done', 'failed', 'cancelled')", name="person_request_state"),
    )
    op.create_index("person_request_recent", "person_request", ["brand_id", "id"])
    op.create_index("person_request_suids", "person_request", ["suids"], postgresql_using="gin")
    op.create_index(
        "person_request_files", "person_request", ["file_until"], postgresql_where=sa.text("file_until is not null")
    )
    op.create_table(
        "person_note",
        sa.Column("id", postgresql.UUID(), primary_key=True),
        sa.Column("brand_id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.BigInteger(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("author_kind", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("written_at", AT, nullable=False),
        sa.Column("edited_at", AT),
    )
    op.create_index("person_note_of", "person_note", ["uid"])
    op.add_column("person_attribute", sa.Column("blind", postgresql.UUID()))
    op.create_index(
        "person_attribute_blind", "person_attribute", ["blind"], postgresql_where=sa.text("blind is not null")
    )
    # A job fills them, which has the key; the index tells it what is left.
    op.create_index(
        "person_attribute_not_blind", "person_attribute", ["suid"],
        postgresql_where=sa.text("key = 'name' and blind is null"),
    )  # fmt: skip
