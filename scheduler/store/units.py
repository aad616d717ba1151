"""Which unit a session is, and what of others it must know without seeing it: taken names, used numbers."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, func, select, text

from scheduler.store.tables import delivery, unit_login

OWN = ""
"""The installation's own unit: all of a file's rows, and on a server whatever its owner writes."""
NOBODY = "?"
"""What a login is called that no unit knows, or whose unit has ended: it sees nothing."""
_SESSION = text("SELECT coalesce(loa_unit(), '?')")
_BELOW = text("SELECT unnest(loa_below())")
_KEPT_APART = text("SELECT row_security_active('post')")


def session_unit(connection: Connection) -> str:
    """The code of the session's unit; OWN on SQLite and for the database's owner."""
    return OWN if connection.dialect.name != "postgresql" else str(connection.execute(_SESSION).scalar())


def is_kept_apart(connection: Connection) -> bool:
    """Whether the server shows this session one unit's rows only; False for the owner, who keeps the
    house."""
    return connection.dialect.name == "postgresql" and bool(connection.execute(_KEPT_APART).scalar())


def there_are_several(connection: Connection) -> bool:
    """Whether anybody signs in here as a unit. False for such a login itself, which cannot know."""
    return (
        connection.dialect.name == "postgresql"
        and not is_kept_apart(connection)
        and connection.execute(select(unit_login.c.login).limit(1)).first() is not None
    )


def below(connection: Connection) -> list[str]:
    """The codes of all units under the session's own; none on SQLite."""
    if connection.dialect.name != "postgresql":
        return []
    own = session_unit(connection)
    return [code for code in connection.execute(_BELOW).scalars() if code != own]


def mine(connection: Connection) -> list[ColumnElement[bool]]:
    """Conditions on deliveries: those that orders of this session are about. The own unit's are about all."""
    own = session_unit(connection)
    return [] if own == OWN else [delivery.c.unit == own]


def highest(connection: Connection, column: Column[Any]) -> int:
    """Highest number in a column of `row_security.NUMBERED`, whoever's row it is; 0 for none."""
    if connection.dialect.name == "postgresql":
        return int(connection.execute(select(func.loa_highest(column.table.name))).scalar_one())
    return connection.execute(select(func.max(column))).scalar() or 0


def is_others(connection: Connection, column: Column[Any], name: str) -> bool:
    """Whether a name (the key of a table of `row_security.TAKEN`) is borne in another unit, seen or not."""
    if connection.dialect.name != "postgresql":
        return False
    unit = column.table.c.unit
    if connection.execute(select(unit).where(column == name, unit == session_unit(connection))).first():
        return False
    return bool(connection.execute(select(func.loa_taken(column.table.name, name))).scalar())


def free_name(connection: Connection, column: Column[Any], name: str) -> str:
    """The name, or where another unit has it the same behind the code of one's own."""
    if not is_others(connection, column, name):
        return name
    return f"{prefix(session_unit(connection))}-{name}"


def prefix(code: str) -> str:
    """What names of a unit begin with where others have them; begins with a letter, as ids do."""
    return f"dv{code.lower()}" if code else "nha"
