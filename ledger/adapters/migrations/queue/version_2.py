"""What is owed to pinning targets, and was paid."""

import sqlalchemy as sa
from alembic import op

revision = "2"
down_revision = "1"

_COUNT = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the table of pins."""
    op.create_table(
        "queue_pins",
        sa.Column("size", _COUNT, primary_key=True, autoincrement=False),
        sa.Column("target", sa.Text, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("request", sa.Text),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("due", sa.Double, nullable=False),
        sa.Column("seen", sa.Double),
        sa.Column("said", sa.Text),
    )
    op.create_index("queue_pins_by_state", "queue_pins", ["target", "state", "due"])
