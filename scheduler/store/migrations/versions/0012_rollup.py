"""reports between units

Revision: 0012, after 0011
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

from scheduler.store.tables import UtcTime


revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

_name = sqlmodel.sql.sqltypes.AutoString()
_time = UtcTime(timezone=True)


def _text(name: str, default: str = '') -> sa.Column:
    return sa.Column(name, sa.Text(), server_default=default, nullable=False)


def upgrade() -> None:
    op.create_table('own_report',
    sa.Column('digest', _name, nullable=False),
    sa.Column('first', _name, nullable=False),
    sa.Column('last', _name, nullable=False),
    sa.Column('made_at', _time, nullable=False),
    sa.Column('officer', _name, nullable=False),
    _text('file'),
    sa.PrimaryKeyConstraint('digest')
    )
    op.create_table('child_report',
    sa.Column('digest', _name, nullable=False),
    sa.Column('level', _name, nullable=False),
    sa.Column('code', _name, nullable=False),
    sa.Column('first', _name, nullable=False),
    sa.Column('last', _name, nullable=False),
    sa.Column('received_at', _time, nullable=False),
    sa.Column('received_by', _name, nullable=False),
    _text('file_name'),
    _text('file'),
    sa.PrimaryKeyConstraint('digest')
    )
    op.create_index(op.f('ix_child_report_code'), 'child_report', ['code'], unique=False)
    op.create_table('report_choice',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('counts', _name, nullable=False),
    _text('instead_of', '[]'),
    sa.Column('officer', _name, nullable=False),
    sa.Column('role', _name, nullable=False),
    _text('reason'),
    sa.Column('at', _time, nullable=False),
    _text('signature'),
    sa.PrimaryKeyConstraint('id')
    )


def downgrade() -> None:
    op.drop_table('report_choice')
    op.drop_index(op.f('ix_child_report_code'), table_name='child_report')
    op.drop_table('child_report')
    op.drop_table('own_report')
