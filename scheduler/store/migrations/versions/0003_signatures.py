"""approvals are signed, officers have keys

Revision: 0003, after 0002
"""

import sqlalchemy as sa
from alembic import op


revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('officer', sa.Column('public_key', sa.Text(), server_default='', nullable=False))
    op.add_column('officer', sa.Column('locked_key', sa.Text(), server_default='', nullable=False))
    op.add_column('approval', sa.Column('signature', sa.Text(), server_default='', nullable=False))


def downgrade() -> None:
    op.drop_column('approval', 'signature')
    op.drop_column('officer', 'locked_key')
    op.drop_column('officer', 'public_key')
