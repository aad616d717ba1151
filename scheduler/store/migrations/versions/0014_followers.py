"""followers with their definition and source, or not available; a reading knows the last day in it

Revision: 0014, after 0013
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op


revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None

_name = sqlmodel.sql.sqltypes.AutoString()


def upgrade() -> None:
    op.add_column('reading', sa.Column('counted_to', _name, nullable=True))
    if op.get_bind().dialect.name == 'postgresql':  # SQLite's integers are of 64 bits anyway
        op.alter_column('reading', 'value', existing_type=sa.Integer(), type_=sa.BigInteger())
    for column in ('definition', 'source', 'note'):
        op.add_column('follower_day', sa.Column(column, sa.Text(), server_default='', nullable=False))
    with op.batch_alter_table('follower_day') as table:
        table.alter_column('followers', existing_type=sa.Integer(), nullable=True)


def downgrade() -> None:
    op.execute(sa.text('DELETE FROM follower_day WHERE followers IS NULL'))
    with op.batch_alter_table('follower_day') as table:
        table.alter_column('followers', existing_type=sa.Integer(), nullable=False)
        for column in ('note', 'source', 'definition'):
            table.drop_column(column)
    with op.batch_alter_table('reading') as table:
        table.drop_column('counted_to')
