"""lanes in the order in which they were served: in a herd the next few are found without a look at all

Revision: 0018, after 0017
"""

import sqlalchemy as sa
from alembic import op


revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None


def upgrade() -> None:
    server = op.get_context().dialect.name == 'postgresql'  # SQLite has nulls first by itself
    op.create_index('lane_served', 'lane', [sa.text('served_at NULLS FIRST') if server else 'served_at'])


def downgrade() -> None:
    op.drop_index('lane_served', table_name='lane')
