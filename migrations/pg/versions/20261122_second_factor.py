"""second factors, sign-in by a provider, and refused logins by address"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade():
    op.execute("set lock_timeout = '5s'")
    op.add_column(
        "app_user",
        sa.Column(
            "totp_secret", postgresql.BYTEA(), comment="sealed by the vault; codes are asked for while it is there"
        ),
    )
    op.add_column(
        "app_user",
        sa.Column("totp_pending", postgresql.BYTEA(), comment="sealed by the vault; no code has confirmed it yet"),
    )
    op.add_column("app_user", sa.Column("totp_last_step", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column(
        "app_user",
        sa.Column("recovery_hashes", postgresql.ARRAY(sa.Text()), nullable=False, server_default=sa.text("'{}'")),
    )
    op.add_column("app_user", sa.Column("provider_subject", sa.Text(), unique=True))
    op.add_column(
        "session",
        sa.Column("strong", sa.Boolean(), nullable=False, server_default=sa.false(), comment="more than a password"),
    )
    op.create_index(
        "audit_entry_refused",
        "audit_entry",
        ["address", "at"],
        postgresql_where=sa.text("action = 'user.login_refused'"),
    )


def downgrade():
    op.drop_index("audit_entry_refused", "audit_entry")
    op.drop_column("session", "strong")
    for name in ("totp_secret", "totp_pending", "totp_last_step", "recovery_hashes", "provider_subject"):
        op.drop_column("app_user", name)
