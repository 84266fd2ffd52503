"""State proofs of the batches' anchors, kept while a node still had them."""

import sqlalchemy as sa
from alembic import op

revision = "3"
down_revision = "2"

_COUNT = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables of evidence."""
    op.create_table(
        "queue_evidence",
        sa.Column("size", _COUNT, primary_key=True, autoincrement=False),
        sa.Column("anchor", sa.Text, nullable=False),
        sa.Column("opened", sa.BigInteger, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("due", sa.Double),
        sa.Column("shared", sa.Text),
        sa.Column("said", sa.Text),
    )
    op.create_table(
        "queue_histories",
        sa.Column("size", _COUNT, primary_key=True, autoincrement=False),
        sa.Column("author", sa.LargeBinary(20), primary_key=True),
        sa.Column("nodes", sa.LargeBinary, nullable=False),
    )
