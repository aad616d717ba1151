"""activities away from the channels, by revision

Revision: 0011, after 0010
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

from scheduler.store.tables import UtcTime


revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None

_name = sqlmodel.sql.sqltypes.AutoString()


def upgrade() -> None:
    op.create_table('activity',
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('kind', _name, nullable=False),
    sa.Column('title', sa.Text(), server_default='', nullable=False),
    sa.Column('first', _name, nullable=False),
    sa.Column('last', _name, nullable=False),
    sa.Column('place', sa.Text(), server_default='', nullable=False),
    sa.Column('subject', sa.Text(), server_default='', nullable=False),
    sa.Column('counts', sa.Text(), server_default='{}', nullable=False),
    sa.Column('lead', sa.Text(), server_default='', nullable=False),
    sa.Column('partners', sa.Text(), server_default='', nullable=False),
    sa.Column('campaign', _name, nullable=False),
    sa.Column('note', sa.Text(), server_default='', nullable=False),
    sa.Column('done', sa.Boolean(), nullable=False),
    sa.Column('action', _name, nullable=False),
    sa.Column('source', sa.Text(), server_default='', nullable=False),
    sa.Column('reason', sa.Text(), server_default='', nullable=False),
    sa.Column('officer', _name, nullable=False),
    sa.Column('at', UtcTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('number', 'revision')
    )
    op.create_index('ix_activity_first', 'activity', ['first'], unique=False)
    op.create_index('ix_activity_campaign', 'activity', ['campaign'], unique=False)


def downgrade() -> None:
    op.drop_table('activity')
