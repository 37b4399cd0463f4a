"""identifiers are told apart by their 128 bits alone; the spaces they are in stand by themselves"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade():
    op.execute("set lock_timeout = '5s'")
    op.create_table(
        "identifier_space",
        sa.Column("ns", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("ns", "scope"),
    )
    op.execute("insert into identifier_space select distinct ns, scope from identifier")
    op.drop_constraint("identifier_key", "identifier")
    op.alter_column("identifier", "hmac", type_=postgresql.UUID(as_uuid=False), postgresql_using="hmac::uuid")
    op.create_unique_constraint("identifier_key", "identifier", ["hmac"])
