"""stored message templates, reviews by providers, messages to the team"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

AT = sa.TIMESTAMP(timezone=True)


def _id():
    return sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True)


def _text(name, default=""):
    return sa.Column(name, sa.Text(), nullable=False, server_default=default)


def upgrade():
    op.execute("set lock_timeout = '5s'")
    op.create_table(
        "message_template",
        _id(),
        sa.Column("brand_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("config", JSONB(), nullable=False, comment="of the channel; secrets sealed"),
        sa.Column("message", JSONB(), nullable=False),
        sa.Column("created_at", AT, nullable=False, comment="business time"),
        sa.Column("changed_at", AT, nullable=False, comment="business time"),
        sa.Column("removed_at", AT, comment="business time"),
    )
    kept = sa.text("removed_at is null")
    op.create_index(
        "message_template_name", "message_template", ["brand_id", "name"], unique=True, postgresql_where=kept
    )
    op.create_table(
        "provider_review",
        sa.Column("account_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("what", sa.Text(), primary_key=True),
        sa.Column("code", sa.Text(), primary_key=True),
        sa.Column("state", sa.Text(), nullable=False),
        _text("reason"),
        sa.Column("text", sa.Text(), nullable=False, server_default="", comment="as the provider has it"),
        sa.Column("asked_at", AT, nullable=False, comment="system time"),
        sa.CheckConstraint("what in ('template', 'signature')", name="provider_review_what"),
        sa.CheckConstraint("state in ('draft', 'submitted', 'approved', 'refused')", name="provider_review_state"),
    )
    op.create_table(
        "test_message",
        _id(),
        sa.Column("brand_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("config", JSONB(), nullable=False, comment="secrets sealed"),
        sa.Column("message", JSONB(), nullable=False),
        sa.Column("values_uid", sa.BigInteger(), comment="whose values fill the text; null = samples"),
        sa.Column("ns", sa.Text(), nullable=False),
        sa.Column("address", sa.LargeBinary(), comment="encrypted; gone when it was sent"),
        sa.Column("masked", sa.Text(), nullable=False),
        sa.Column("sent_by", sa.Text(), nullable=False),
        _text("state", "waiting"),
        _text("reason"),
        _text("provider_id"),
        sa.Column("created_at", AT, nullable=False, comment="business time"),
        sa.Column("ended_at", AT, comment="business time"),
        sa.CheckConstraint(
            "state in ('waiting', 'attempting', 'sent', 'failed', 'unknown')", name="test_message_state"
        ),
    )
    op.create_index("test_message_recent", "test_message", ["brand_id", "id"])
    filled = sa.text("values_uid is not null")
    op.create_index("test_message_values", "test_message", ["values_uid"], postgresql_where=filled)
    op.add_column("campaign", sa.Column("template_id", sa.BigInteger(), comment="the message's; null = its own"))


def downgrade():
    op.drop_column("campaign", "template_id")
    op.drop_table("test_message")
    op.drop_table("provider_review")
    op.drop_table("message_template")
