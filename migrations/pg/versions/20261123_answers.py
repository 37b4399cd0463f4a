"""the newest message that reached somebody, for answers that name none"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Find delivered messages by person."""
    op.create_index(
        "message_receipt_delivered", "message_receipt", ["uid"], postgresql_where=sa.text("state = 'delivered'")
    )


def downgrade() -> None:
    """Undo upgrade."""
    op.drop_index("message_receipt_delivered", "message_receipt")
