"""freezes, hand-over, corrections

Revision: 0004, after 0003
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import scheduler.store.tables


revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

_time = scheduler.store.tables.UtcTime(timezone=True)
_name = sqlmodel.sql.sqltypes.AutoString()


def upgrade() -> None:
    op.add_column('delivery', sa.Column('hand_over', sa.Boolean(), server_default='0', nullable=False))
    op.create_table('freeze_order',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('scope', _name, nullable=False),
    sa.Column('target', _name, nullable=False),
    sa.Column('reason', _name, nullable=False),
    sa.Column('officer', _name, nullable=False),
    sa.Column('at', _time, nullable=False),
    sa.Column('lifted_at', _time, nullable=True),
    sa.Column('lifted_by', _name, nullable=False),
    sa.Column('lift_reason', _name, nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('correction',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('original', _name, nullable=False),
    sa.Column('correcting', _name, nullable=False),
    sa.Column('reason', _name, nullable=False),
    sa.Column('officer', _name, nullable=False),
    sa.Column('at', _time, nullable=False),
    sa.ForeignKeyConstraint(['original'], ['post.id'], ),
    sa.ForeignKeyConstraint(['correcting'], ['post.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_correction_original'), 'correction', ['original'], unique=False)
    op.create_index(op.f('ix_correction_correcting'), 'correction', ['correcting'], unique=False)


def downgrade() -> None:
    op.drop_table('correction')
    op.drop_table('freeze_order')
    op.drop_column('delivery', 'hand_over')
