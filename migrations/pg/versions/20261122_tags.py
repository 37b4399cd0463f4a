"""tags: their definitions, and the facts of them in each person's state; how much of each field is known"""

import importlib.util
from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

AT = sa.TIMESTAMP(timezone=True)


def _view():
    """The view as it stands since 0002: it takes the new column up when it is made anew."""
    path = Path(__file__).with_name("20261122_states_without_day.py")
    spec = importlib.util.spec_from_file_location("states_without_day", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.PERSON_NOW


def upgrade():
    op.execute("set lock_timeout = '5s'")
    op.create_table(
        "tag",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), primary_key=True),
        sa.Column("brand_id", sa.Integer(), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False, server_default=""),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False, server_default=""),
        sa.Column("owner", sa.Text(), nullable=False, server_default=""),
        sa.Column("definition", postgresql.JSONB(), nullable=False),
        sa.Column("last_set_at", AT, comment="instant given to the newest change of its facts by hand"),
        sa.Column("created_at", AT, nullable=False, server_default=sa.text("now()")),
        sa.Column("retired_at", AT),
        sa.CheckConstraint("origin in ('rule', 'computed', 'imported', 'manual')", name="tag_origin"),
    )
    op.create_index(
        "tag_name",
        "tag",
        ["brand_id", sa.text("lower(name)")],
        unique=True,
        postgresql_where=sa.text("retired_at is null"),
    )
    op.add_column(
        "person_state",
        sa.Column(
            "tags", postgresql.ARRAY(sa.Text()), nullable=False, server_default="{}", comment="tag:value of facts"
        ),
    )
    op.execute("drop view person_now")
    op.execute(_view())
    op.create_table(
        "field_measure",
        sa.Column("brand_id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("known", sa.BigInteger(), nullable=False),
        sa.Column("samples", postgresql.JSONB(), nullable=False),
        sa.Column("last_on", sa.Date()),
        sa.Column("measured_at", AT, nullable=False),
    )
    op.create_index(
        "person_attribute_tag",
        "person_attribute",
        ["brand_id", "key", "known_at"],
        postgresql_where=sa.text("key like 'tag:%'"),
    )


def downgrade():
    op.drop_index("person_attribute_tag", "person_attribute")
    op.execute("drop view person_now")
    op.drop_column("person_state", "tags")
    op.execute(_view())
    op.drop_table("field_measure")
    op.drop_table("tag")
