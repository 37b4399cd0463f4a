"""keys bound to stores: what stands in a shop reaches no further than the shop"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade():
    op.execute("set lock_timeout = '5s'")
    op.add_column("api_key", sa.Column("stores", ARRAY(sa.Text()), comment="null = all"))


def downgrade():
    op.drop_column("api_key", "stores")
