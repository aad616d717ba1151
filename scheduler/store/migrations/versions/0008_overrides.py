"""overrides of a legal reviewer, and days on which posts stay back

Revision: 0008, after 0007
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import scheduler.store.tables


revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

_time = scheduler.store.tables.UtcTime(timezone=True)
_name = sqlmodel.sql.sqltypes.AutoString()


def _text(name: str, default: str = '') -> sa.Column:
    return sa.Column(name, sa.Text(), server_default=default, nullable=False)


def upgrade() -> None:
    op.create_table('waiver',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('post_id', _name, nullable=False),
    sa.Column('source_sha256', _name, nullable=False),
    sa.Column('rule', _name, nullable=False),
    _text('about'),
    sa.Column('officer', _name, nullable=False),
    sa.Column('role', _name, nullable=False),
    _text('reason'),
    sa.Column('at', _time, nullable=False),
    _text('signature'),
    sa.Column('voided_at', _time, nullable=True),
    _text('voided_by'),
    _text('void_reason'),
    sa.ForeignKeyConstraint(['post_id'], ['post.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_waiver_post_id'), 'waiver', ['post_id'], unique=False)
    op.create_table('blackout',
    sa.Column('id', sa.Integer(), nullable=False),
    _text('name'),
    sa.Column('begins_at', _time, nullable=False),
    sa.Column('ends_at', _time, nullable=False),
    _text('scopes', '[]'),
    sa.Column('officer', _name, nullable=False),
    sa.Column('at', _time, nullable=False),
    sa.Column('removed_at', _time, nullable=True),
    _text('removed_by'),
    _text('remove_reason'),
    sa.PrimaryKeyConstraint('id')
    )


def downgrade() -> None:
    op.drop_table('blackout')
    op.drop_table('waiver')
