"""long lists: order within a status and a channel, counts, search

Revision: 0006, after 0005
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

from scheduler.store import search, tally


revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

_name = sqlmodel.sql.sqltypes.AutoString()
_has_url = {'sqlite_where': sa.text("url != ''"), 'postgresql_where': sa.text("url != ''")}


def upgrade() -> None:
    server = op.get_context().dialect.name == 'postgresql'
    due_at = sa.text('due_at NULLS FIRST') if server else 'due_at'  # as scheduler.store.order has it
    if server:
        op.drop_index('delivery_order', table_name='delivery')
        op.create_index('delivery_order', 'delivery', [due_at, 'seq'], unique=False)
    op.drop_index('delivery_status', table_name='delivery')
    op.create_index('delivery_status', 'delivery', ['status', due_at, 'seq'], unique=False)
    op.create_index('delivery_channel', 'delivery', ['channel_id', due_at, 'seq', 'status'], unique=False)
    op.create_index('delivery_url', 'delivery', ['url'], unique=False, **_has_url)
    op.create_table('delivery_tally',
    sa.Column('day', _name, nullable=False),
    sa.Column('status', _name, nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('day', 'status')
    )
    tally.install(op.get_bind())
    search.install(op.get_bind())


def downgrade() -> None:
    search.remove(op.get_bind())
    tally.remove(op.get_bind())
    op.drop_table('delivery_tally')
    op.drop_index('delivery_url', table_name='delivery', **_has_url)
    op.drop_index('delivery_channel', table_name='delivery')
    op.drop_index('delivery_status', table_name='delivery')
    op.create_index('delivery_status', 'delivery', ['status'], unique=False)
