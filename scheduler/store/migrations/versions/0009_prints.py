"""what posts say, in a few numbers: to find those that say the same

Revision: 0009, after 0008
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

from content.frontsplit import split
from content.likeness import prints


revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

NEWEST = 20_000
"""Posts that get their numbers now, in some ten seconds; older ones when they are written again."""


def upgrade() -> None:
    op.create_table('post_print',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('post_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('print', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['post_id'], ['post.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('post_print_print', 'post_print', ['print', 'id'], unique=False)
    op.create_index(op.f('ix_post_print_post_id'), 'post_print', ['post_id'], unique=False)
    if op.get_context().as_sql:  # a script for somebody to read has no posts
        return
    connection = op.get_bind()
    newest = sa.text('SELECT id, source FROM post ORDER BY updated_at DESC LIMIT :most')
    put = sa.text('INSERT INTO post_print (post_id, print) VALUES (:post, :print)')
    for row in connection.execute(newest, {'most': NEWEST}).all():
        parts = split(row.source)
        if rows := [{'post': row.id, 'print': one} for one in prints(parts.body if parts else '')]:
            connection.execute(put, rows)


def downgrade() -> None:
    op.drop_index(op.f('ix_post_print_post_id'), table_name='post_print')
    op.drop_index('post_print_print', table_name='post_print')
    op.drop_table('post_print')
