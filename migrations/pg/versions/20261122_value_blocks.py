"""plain values of identifiers are sealed by the block"""

import sqlalchemy as sa
from alembic import op

from regulars.identity.value_blocks import BLOCK, seal
from regulars.infra.crypto import vault

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade():
    op.execute("set lock_timeout = '5s'")
    op.create_table(
        "identifier_value",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.add_column("identifier", sa.Column("block_id", sa.BigInteger()))
    op.add_column("identifier", sa.Column("block_at", sa.SmallInteger()))
    _move_values(op.get_bind())
    op.drop_table("identifier_secret")


def _move_values(connection):
    """Open each value with the vault's key and seal it again in a block."""
    after = 0
    while rows := connection.execute(
        sa.text(
            "select i.id, i.ns, i.scope, i.hmac, s.ciphertext from identifier_secret s"
            " join identifier i on i.id = s.identifier_id where i.id > :after order by i.id limit :block"
        ),
        {"after": after, "block": BLOCK},
    ).all():
        after = rows[-1].id
        block_id = connection.execute(sa.text("select nextval('identifier_value_id_seq')")).scalar_one()
        values = [
            vault().decrypt(r.ciphertext, "\x1f".join(("identifier", r.ns, r.scope, r.hmac))).decode() for r in rows
        ]
        connection.execute(
            sa.text("insert into identifier_value (id, ciphertext) values (:id, :ciphertext)"),
            {"id": block_id, "ciphertext": seal(block_id, values)},
        )
        connection.execute(
            sa.text("update identifier set block_id = :block, block_at = :at where id = :id"),
            [{"block": block_id, "at": at, "id": r.id} for at, r in enumerate(rows)],
        )
