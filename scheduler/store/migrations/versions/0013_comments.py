"""comments of readers, and how far their reading is

Revision: 0013, after 0010
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

from scheduler.store.tables import UtcTime


revision = '0013'
down_revision = '0011'
branch_labels = None
depends_on = None

_name = sqlmodel.sql.sqltypes.AutoString()


def _time(name: str, *, nullable: bool) -> sa.Column:
    return sa.Column(name, UtcTime(timezone=True), nullable=nullable)


def _text(name: str) -> sa.Column:
    return sa.Column(name, sa.Text(), server_default='', nullable=False)


def upgrade() -> None:
    op.create_table('comment',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('channel_id', _name, nullable=False),
    sa.Column('delivery_seq', sa.Integer(), nullable=True),
    sa.Column('remote_id', _name, nullable=True),
    sa.Column('reply_to', _name, nullable=False),
    _text('text'),
    _text('url'),
    sa.Column('by_us', sa.Boolean(), nullable=False),
    sa.Column('hidden', sa.Boolean(), nullable=False),
    _time('written_at', nullable=False),
    _time('first_seen_at', nullable=False),
    _time('seen_at', nullable=False),
    _time('gone_at', nullable=True),
    sa.Column('state', _name, nullable=False),
    _time('due_at', nullable=True),
    sa.Column('decided_by', _name, nullable=False),
    _time('decided_at', nullable=True),
    _time('answered_at', nullable=True),
    _text('answer_url'),
    _text('note'),
    sa.Column('typed_by', _name, nullable=False),
    _time('erased_at', nullable=True),
    sa.ForeignKeyConstraint(['channel_id'], ['channel.id'], ),
    sa.ForeignKeyConstraint(['delivery_seq'], ['delivery.seq'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('channel_id', 'remote_id')
    )
    op.create_index('comment_waiting', 'comment', ['state', 'due_at'], unique=False)
    op.create_index('comment_delivery', 'comment', ['delivery_seq', 'seen_at'], unique=False)
    op.create_table('comment_look',
    sa.Column('delivery_seq', sa.Integer(), nullable=False),
    _time('begun_at', nullable=True),
    _text('cursor'),
    sa.Column('pages', sa.Integer(), nullable=False),
    sa.Column('whole', sa.Boolean(), nullable=False),
    _time('looked_at', nullable=True),
    _time('read_at', nullable=True),
    _text('trouble'),
    sa.ForeignKeyConstraint(['delivery_seq'], ['delivery.seq'], ),
    sa.PrimaryKeyConstraint('delivery_seq')
    )


def downgrade() -> None:
    op.drop_table('comment_look')
    op.drop_index('comment_delivery', table_name='comment')
    op.drop_index('comment_waiting', table_name='comment')
    op.drop_table('comment')
