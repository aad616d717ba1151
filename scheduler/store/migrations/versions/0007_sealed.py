"""what was approved stays, by its seal

Revision: 0007, after 0006
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op


revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('sealed',
    sa.Column('seal', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('payload', sa.Text(), server_default='', nullable=False),
    sa.PrimaryKeyConstraint('seal')
    )


def downgrade() -> None:
    op.drop_table('sealed')
