"""views of lists that somebody saved under a name"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade():
    op.execute("set lock_timeout = '5s'")
    op.create_table(
        "saved_view",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), primary_key=True),
        sa.Column("brand_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False, comment="filters and sort, as in the address"),
        sa.Column("columns", postgresql.ARRAY(sa.Text()), nullable=False, comment="chosen beside those always shown"),
        sa.Column("saved_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.UniqueConstraint("brand_id", "user_id", "list", "name", name="saved_view_name"),
    )
