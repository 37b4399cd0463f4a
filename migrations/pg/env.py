"""Alembic's environment: one connection, a lock so that processes queue up, and only our own tables."""

import sqlalchemy as sa
from alembic import context

from regulars.infra.schema import metadata
from regulars.infra.tables import load_tables

load_tables()
engine = sa.create_engine(context.config.attributes["url"], poolclass=sa.NullPool)


def include_object(thing, name, kind, reflected, compare_to):
    """Never touch a table we did not declare: autogenerate would drop it."""
    return not (kind == "table" and reflected and compare_to is None)


with engine.connect() as connection:
    connection.execute(sa.text("set lock_timeout = '5s'"))
    connection.execute(sa.text("select pg_advisory_lock(7230001)"))
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=metadata,
        include_object=include_object,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
