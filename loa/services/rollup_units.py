"""Danh sách đơn vị: which units there are below this one; a file of the unit's own, never code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from sqlalchemy import select

from content.approval import Role
from content.errors import NotFound, UsageError
from content.units import unitfile
from content.units.unit import Key, Level, Register, Unit
from content.whole import write_whole
from loa.services.people import Person
from loa.services.workspace import Workspace
from scheduler import audit
from scheduler.store.tables import child_report

FILE = "don-vi.csv"


@dataclass(frozen=True)
class Listed:
    """What a list holds now, and what it held before."""

    units: int
    before: int
    unverified: int


def register(workspace: Workspace) -> Register:
    """The units this one knows; raises NotFound without a list, UnitsError with every row to mend."""
    file = workspace.folder / FILE
    try:
        status = file.stat()
    except FileNotFoundError:
        raise NotFound("rollup.no_units", file=FILE) from None
    return _read(file, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=2)
def _read(file: Path, _changed_ns: int, _size: int) -> Register:
    return unitfile.read_file(file)


def have_reported(workspace: Workspace) -> bool:
    """Whether a report of any unit below was ever taken: then there was a list."""
    with workspace.database.read() as connection:
        return connection.execute(select(child_report.c.digest).limit(1)).first() is not None


def own_key(workspace: Workspace) -> Key:
    """Who this unit is; raises UsageError while nobody has said so."""
    unit = workspace.config.unit
    if not unit.level or not unit.code:
        raise UsageError("rollup.no_own_unit")
    return Level(unit.level), unit.code


def own_unit(workspace: Workspace, known: Register, first: date, last: date) -> Unit:
    """This unit in its own list; raises UsageError where it is not there in that period."""
    key = own_key(workspace)
    found = known.at(key, first, last)
    if found is None:
        days = {"first": f"{first:%d/%m/%Y}", "last": f"{last:%d/%m/%Y}"}
        raise UsageError("rollup.own_not_listed", unit=":".join(key), file=FILE, **days)
    return found


def take(workspace: Workspace, actor: Person, path: Path) -> Listed:
    """Make a CSV or Excel table the list of units: all of it, in place of the older one, or nothing."""
    actor.must_be(Role.OPERATOR, Role.APPROVER)
    found = unitfile.read_file(path)
    try:
        before = len(register(workspace))
    except (UsageError, NotFound):  # none yet, or one that cannot be read: it is being replaced
        before = 0
    now = workspace.now()
    workspace.database.run(
        lambda connection: audit.record(
            connection,
            at=now,
            actor=actor.name,
            action="units_listed",
            subject=FILE,
            units=len(found),
            before=before,
        )
    )
    text = unitfile.written(found)
    write_whole(workspace.folder / FILE, text.encode("utf-8-sig"))  # the mark tells Excel what it is
    return Listed(len(found), before, sum(not one.verified for one in found))


def template() -> str:
    """An empty list, with its headings."""
    return unitfile.written(())
