"""several workers: periodic jobs done once among them, channels that belong to a zone, whom a worker serves

Revision: 0015, after 0014
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

from scheduler.store.tables import UtcTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_name = sqlmodel.sql.sqltypes.AutoString()
_time = UtcTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "duty",
        sa.Column("name", _name, nullable=False),
        sa.Column("next_at", _time, nullable=False),
        sa.Column("owner", _name, nullable=False),
        sa.Column("lease_until", _time, nullable=True),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "channel_zone",
        sa.Column("channel_id", _name, nullable=False),
        sa.Column("zone", _name, nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"]),
        sa.PrimaryKeyConstraint("channel_id"),
    )
    op.create_index(op.f("ix_channel_zone_zone"), "channel_zone", ["zone"])
    op.add_column("heartbeat", sa.Column("serves", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("heartbeat", "serves")
    op.drop_table("channel_zone")
    op.drop_table("duty")
