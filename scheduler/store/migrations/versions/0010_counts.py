"""views counted by the unit itself; a reading knows its point of the plan

Revision: 0010, after 0009
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

from scheduler.store.tables import UtcTime


revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None

_name = sqlmodel.sql.sqltypes.AutoString()


def upgrade() -> None:
    op.add_column('reading', sa.Column('planned_at', UtcTime(timezone=True), nullable=True))
    op.create_index('reading_taken', 'reading', ['delivery_seq', 'taken_at'], unique=False)
    op.drop_index('ix_reading_delivery_seq', table_name='reading')
    op.create_table('view_day',
    sa.Column('channel_id', _name, nullable=False),
    sa.Column('day', _name, nullable=False),
    sa.Column('source', _name, nullable=False),
    sa.Column('run', _name, nullable=False),
    sa.Column('lines', sa.Integer(), nullable=False),
    sa.Column('first_at', UtcTime(timezone=True), nullable=False),
    sa.Column('last_at', UtcTime(timezone=True), nullable=False),
    sa.Column('counted_at', UtcTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['channel_id'], ['channel.id'], ),
    sa.PrimaryKeyConstraint('channel_id', 'day', 'source', 'run')
    )
    op.create_table('view_count',
    sa.Column('channel_id', _name, nullable=False),
    sa.Column('day', _name, nullable=False),
    sa.Column('source', _name, nullable=False),
    sa.Column('run', _name, nullable=False),
    sa.Column('delivery_seq', sa.Integer(), nullable=False),
    sa.Column('origin', _name, nullable=False),
    sa.Column('views', sa.Integer(), nullable=False),
    sa.Column('visitors', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['channel_id'], ['channel.id'], ),
    sa.ForeignKeyConstraint(['delivery_seq'], ['delivery.seq'], ),
    sa.PrimaryKeyConstraint('channel_id', 'day', 'source', 'run', 'delivery_seq', 'origin')
    )
    op.create_table('follower_day',
    sa.Column('channel_id', _name, nullable=False),
    sa.Column('day', _name, nullable=False),
    sa.Column('followers', sa.Integer(), nullable=False),
    sa.Column('taken_at', UtcTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['channel_id'], ['channel.id'], ),
    sa.PrimaryKeyConstraint('channel_id', 'day')
    )
    op.create_index('ix_view_count_delivery_seq', 'view_count', ['delivery_seq'], unique=False)


def downgrade() -> None:
    op.drop_table('follower_day')
    op.drop_index('ix_view_count_delivery_seq', table_name='view_count')
    op.drop_table('view_count')
    op.drop_table('view_day')
    op.create_index('ix_reading_delivery_seq', 'reading', ['delivery_seq'], unique=False)
    op.drop_index('reading_taken', table_name='reading')
    op.drop_column('reading', 'planned_at')
