"""All tables of all rooms, declared for migrations and the drift check; queries are SQL in each room's store.py.

Apart from infra/db.py, so that web and worker, which never migrate, need not load SQLAlchemy.
"""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()
