"""what several machines share: notes of the witness, media, the machines' names

Revision: 0016, after 0015
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

from scheduler.store.tables import UtcTime


revision = '0016'
down_revision = "0015"
branch_labels = None
depends_on = None

_name = sqlmodel.sql.sqltypes.AutoString()


def upgrade() -> None:
    op.create_table(
        'note',
        sa.Column('n', sa.Integer(), nullable=False),
        sa.Column('machine', _name, nullable=False),
        sa.Column('body', sa.Text(), server_default='[]', nullable=False),
        sa.Column('mac', sa.Text(), server_default='', nullable=False),
        sa.PrimaryKeyConstraint('n'),
    )
    op.create_table(
        'machine',
        sa.Column('name', _name, nullable=False),
        sa.Column('host', _name, nullable=False),
        sa.Column('joined_at', UtcTime(timezone=True), nullable=False),
        sa.Column('joined_by', _name, nullable=False),
        sa.Column('seen_at', UtcTime(timezone=True), nullable=False),
        sa.Column('noted_to', sa.Integer(), nullable=False),
        sa.Column('publishes', sa.Boolean(), nullable=False),
        sa.Column('media_missing', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('name'),
    )
    op.create_table(
        'media_part',
        sa.Column('sha256', _name, nullable=False),
        sa.Column('number', sa.Integer(), nullable=False),
        sa.Column('of', sa.Integer(), nullable=False),
        sa.Column('added_at', UtcTime(timezone=True), nullable=False),
        sa.Column('body', sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint('sha256', 'number'),
    )
    if op.get_bind().dialect.name == 'postgresql':  # pictures do not get smaller by packing: not tried at each
        op.execute(sa.text('ALTER TABLE media_part ALTER COLUMN body SET STORAGE EXTERNAL'))


def downgrade() -> None:
    for table in ('media_part', 'machine', 'note'):
        op.drop_table(table)
