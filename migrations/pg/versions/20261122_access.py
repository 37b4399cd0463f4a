"""roles hold the permissions of users; invitations; sessions and the log say from where"""

import hashlib

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

AT = sa.TIMESTAMP(timezone=True)
TEXTS = postgresql.ARRAY(sa.Text())


def upgrade():
    op.execute("set lock_timeout = '5s'")
    op.create_table(
        "access_role",
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False, unique=True),
        sa.Column("description", sa.Text(), nullable=False, server_default=""),
        sa.Column("permissions", TEXTS, nullable=False),
        sa.Column("created_at", AT, nullable=False, server_default=sa.text("now()")),
        comment="roles that a company made; those that come with the product stand in the code",
    )
    op.create_table(
        "invitation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), primary_key=True),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("brands", postgresql.ARRAY(sa.Integer())),
        sa.Column("stores", TEXTS),
        sa.Column("user_id", sa.BigInteger(), comment="of a new password: whose"),
        sa.Column("invited_by", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False, unique=True),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("expires_at", AT, nullable=False),
        sa.Column("used_at", AT),
        sa.Column("revoked_at", AT),
    )
    op.add_column("app_user", sa.Column("role", sa.Text()))
    _roles_of_users(op.get_bind())
    op.alter_column("app_user", "role", nullable=False)
    op.drop_column("app_user", "permissions")

    op.add_column("session", sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False))
    op.create_unique_constraint("session_id_key", "session", ["id"])
    op.add_column("session", sa.Column("address", sa.Text(), nullable=False, server_default=""))
    op.add_column("session", sa.Column("user_agent", sa.Text(), nullable=False, server_default=""))
    op.add_column("session", sa.Column("last_seen_at", AT))
    op.execute("update session set last_seen_at = created_at")
    op.alter_column("session", "last_seen_at", nullable=False)

    op.add_column("audit_entry", sa.Column("address", sa.Text(), nullable=False, server_default=""))
    op.create_index("audit_entry_recent", "audit_entry", ["brand_id", "id"])
    op.create_index("audit_entry_action", "audit_entry", ["brand_id", "action", "id"])
    op.create_index("audit_entry_actor", "audit_entry", ["actor_kind", "actor_id", "id"])


def _roles_of_users(connection):
    """Make a role of each set of permissions that users have; all of them is the administrator."""
    sets = connection.execute(sa.text("select distinct permissions from app_user")).scalars().all()
    for permissions in sets:
        role = "administrator"
        if "*" not in permissions:
            name = ", ".join(sorted(set(permissions))) or "none"
            role = "own_" + hashlib.sha256(name.encode()).hexdigest()[:12]
            connection.execute(
                sa.text(
                    "insert into access_role (key, name, permissions) values (:key, :name, :permissions)"
                    " on conflict (key) do nothing"
                ).bindparams(sa.bindparam("permissions", type_=TEXTS)),
                {"key": role, "name": name, "permissions": sorted(set(permissions))},
            )
        connection.execute(
            sa.text("update app_user set role = :role where permissions = :permissions").bindparams(
                sa.bindparam("permissions", type_=TEXTS)
            ),
            {"role": role, "permissions": permissions},
        )


def downgrade():
    op.execute("set lock_timeout = '5s'")
    for name in ("audit_entry_actor", "audit_entry_action", "audit_entry_recent"):
        op.drop_index(name, "audit_entry")
    op.drop_column("audit_entry", "address")
    for name in ("last_seen_at", "user_agent", "address", "id"):
        op.drop_column("session", name)
    op.add_column("app_user", sa.Column("permissions", TEXTS))
    op.execute(
        "update app_user u set permissions = coalesce((select permissions from access_role r where r.key = u.role),"
        " case when u.role = 'administrator' then array['*'] else array[]::text[] end)"
    )
    op.alter_column("app_user", "permissions", nullable=False)
    op.drop_column("app_user", "role")
    op.drop_table("invitation")
    op.drop_table("access_role")
