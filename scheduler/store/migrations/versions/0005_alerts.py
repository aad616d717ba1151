"""where alerts go, what was told, what slow checks came to

Revision: 0005, after 0004
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import scheduler.store.tables


revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

_time = scheduler.store.tables.UtcTime(timezone=True)
_name = sqlmodel.sql.sqltypes.AutoString()


def upgrade() -> None:
    op.create_table('alert_target',
    sa.Column('name', _name, nullable=False),
    sa.Column('scheme', _name, nullable=False),
    sa.Column('ciphertext', sa.Text(), server_default='', nullable=False),
    sa.Column('least', _name, nullable=False),
    sa.Column('added_by', _name, nullable=False),
    sa.Column('added_at', _time, nullable=False),
    sa.Column('tried_at', _time, nullable=True),
    sa.Column('sent_at', _time, nullable=True),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('trouble', sa.Text(), server_default='', nullable=False),
    sa.PrimaryKeyConstraint('name')
    )
    op.create_table('alert_told',
    sa.Column('target', _name, nullable=False),
    sa.Column('key', _name, nullable=False),
    sa.Column('subject', _name, nullable=False),
    sa.Column('severity', _name, nullable=False),
    sa.Column('told_at', _time, nullable=False),
    sa.Column('cleared', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['target'], ['alert_target.name'], ),
    sa.PrimaryKeyConstraint('target', 'key', 'subject')
    )
    op.create_table('checked',
    sa.Column('name', _name, nullable=False),
    sa.Column('at', _time, nullable=False),
    sa.Column('outcome', sa.Text(), server_default='{}', nullable=False),
    sa.PrimaryKeyConstraint('name')
    )


def downgrade() -> None:
    op.drop_table('checked')
    op.drop_table('alert_told')
    op.drop_table('alert_target')
