"""several units on one server: whose a row is, logins, delegations, offers

Revision: 0017, after 0016
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

from scheduler.store import row_security, tally
from scheduler.store.tables import UtcTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_name = sqlmodel.sql.sqltypes.AutoString()
_OF_UNITS = (
    "officer",
    "channel",
    "post",
    "delivery",
    "sealed",
    "freeze_order",
    "blackout",
    "activity",
    "own_report",
    "child_report",
    "report_choice",
    "alert_target",
    "audit_event",
)
_FUNCTIONS = (
    "loa_figures(text, text)",
    "loa_below()",
    "loa_unit()",
    "loa_units(text)",
    "loa_above()",
    "loa_taken(text, text)",
    "loa_highest(text)",
    "loa_offer_published(integer)",
    "loa_standing(text)",
    "loa_follows(integer, text, text, text)",
)


def _unit() -> sa.Column:
    return sa.Column("unit", sa.Text(), server_default="", nullable=False)


def upgrade() -> None:
    for table in _OF_UNITS:
        op.add_column(table, _unit())
    _tally(_unit())
    op.create_table(
        "unit",
        sa.Column("code", _name, nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("kind", _name, nullable=False),
        sa.Column("parent", _name, nullable=False),
        sa.Column("posts_per_day", sa.Integer(), nullable=False),
        sa.Column("media_mb", sa.Integer(), nullable=False),
        sa.Column("channels", sa.Integer(), nullable=False),
        sa.Column("added_by", _name, nullable=False),
        sa.Column("added_at", UtcTime(timezone=True), nullable=False),
        sa.Column("ended_at", UtcTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "unit_login",
        sa.Column("login", _name, nullable=False),
        sa.Column("unit", _name, nullable=False),
        sa.Column("added_by", _name, nullable=False),
        sa.Column("added_at", UtcTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("login"),
    )
    op.create_index("ix_unit_login_unit", "unit_login", ["unit"], unique=False)
    op.create_table(
        "delegation",
        sa.Column("id", sa.Integer(), nullable=False),
        _unit(),
        sa.Column("to_unit", _name, nullable=False),
        sa.Column("to_officer", _name, nullable=False),
        sa.Column("what", _name, nullable=False),
        sa.Column("until", UtcTime(timezone=True), nullable=False),
        sa.Column("officer", _name, nullable=False),
        sa.Column("role", _name, nullable=False),
        sa.Column("at", UtcTime(timezone=True), nullable=False),
        sa.Column("signature", sa.Text(), server_default="", nullable=False),
        sa.Column("ended_at", UtcTime(timezone=True), nullable=True),
        sa.Column("ended_by", _name, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "offer",
        sa.Column("id", sa.Integer(), nullable=False),
        _unit(),
        sa.Column("to_units", sa.Text(), server_default="[]", nullable=False),
        sa.Column("post_id", _name, nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("kind", _name, nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("media", sa.Text(), server_default="[]", nullable=False),
        sa.Column("digest", _name, nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("officer", _name, nullable=False),
        sa.Column("at", UtcTime(timezone=True), nullable=False),
        sa.Column("until", UtcTime(timezone=True), nullable=True),
        sa.Column("instead_of", sa.Integer(), nullable=True),
        sa.Column("withdrawn_at", UtcTime(timezone=True), nullable=True),
        sa.Column("withdraw_reason", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["instead_of"],
            ["offer.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "offer_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        _unit(),
        sa.Column("state", _name, nullable=False),
        sa.Column("post_id", _name, nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("officer", _name, nullable=False),
        sa.Column("at", UtcTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["offer_id"],
            ["offer.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("offer_id", "unit"),
    )
    op.create_index("ix_offer_answer_post_id", "offer_answer", ["post_id"], unique=False)
    row_security.install(op.get_bind())


def _tally(*first: sa.Column) -> None:
    """Counted anew: of each unit by itself, or of all together."""
    tally.remove(op.get_bind())
    op.drop_table("delivery_tally")
    op.create_table(
        "delivery_tally",
        *first,
        sa.Column("day", _name, nullable=False),
        sa.Column("status", _name, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(*(one.name for one in first), "day", "status"),
    )
    tally.install(op.get_bind())


def downgrade() -> None:
    server = op.get_bind().dialect.name == "postgresql"
    if server:
        for table in row_security.RULES:
            for policy in ("loa_see", "loa_add", "loa_change", "loa_drop"):
                op.execute(f"DROP POLICY IF EXISTS {policy} ON {table}")
            op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
        row_security.triggers.remove(op.get_bind(), row_security.KEPT)
    for table in ("offer_answer", "offer", "delegation", "unit_login", "unit"):
        op.drop_table(table)
    tally.remove(op.get_bind())
    for table in reversed(_OF_UNITS):
        op.drop_column(table, "unit")
    if server:
        for function in _FUNCTIONS:
            op.execute(f"DROP FUNCTION IF EXISTS {function}")
