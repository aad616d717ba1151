"""Long lists of deliveries, a page at a time: a million rows open as fast as a hundred.

Everything here stands in due order, deliveries without a time first, and is called in threads.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select, union_all

from content.moment import as_utc
from loa.services import deliveries
from loa.services.deliveries import DeliveryView
from loa.services.workspace import Workspace
from scheduler.store import search, tally
from scheduler.store.order import IN_DUE_ORDER, in_due_order
from scheduler.store.tables import delivery

MOST_FOUND = 20_000
"""Of a search the deliveries made last, so many; nobody pages through more, and typing must not wait."""

AT_ONCE = 1000
"""Deliveries that one statement reads: a database takes only so many values."""

_PLACE = (delivery.c.due_at, delivery.c.seq)
_Days = list[tuple[str, int]]


@dataclass(frozen=True)
class Wanted:
    """Which deliveries: what is empty narrows nothing. `since` and `until` are of the due time."""

    statuses: tuple[str, ...] = ()
    channel_id: str = ""
    post_id: str = ""
    since: datetime | None = None
    until: datetime | None = None
    """The first instant that is not wanted any more."""
    search: str = ""
    """Words, each a whole one or the beginning of one, and links; tone marks and đ aside."""
    unit: str | None = None
    """Whose, '' being the installation's own; None: everybody's."""

    def conditions(self) -> list[ColumnElement[bool]]:
        """All but the search."""
        column = delivery.c
        asked: list[ColumnElement[bool]] = []
        if self.statuses:
            asked.append(column.status.in_(self.statuses))
        if self.channel_id:
            asked.append(column.channel_id == self.channel_id)
        if self.post_id:
            asked.append(column.post_id == self.post_id)
        if self.since:
            asked.append(column.due_at >= self.since)
        if self.until:
            asked.append(column.due_at < self.until)
        if self.unit is not None:
            asked.append(column.unit == self.unit)
        return asked


class Listing:
    """Deliveries of one choice. Each call looks afresh, but a search is made when it is counted."""

    def __init__(self, workspace: Workspace, wanted: Wanted) -> None:
        """Raises UsageError for a status that there is not, naming the nearest."""
        deliveries.must_be_statuses(wanted.statuses)
        self._workspace = workspace
        self.wanted = wanted
        self._way: _Way
        if search.means_something(wanted.search):
            self._way = _Found(wanted)
        elif wanted.channel_id or wanted.post_id or wanted.unit is not None:
            self._way = _Few(wanted)
        else:
            self._way = _Whole(wanted)

    @property
    def is_cut(self) -> bool:
        """Whether the last count may have left something out (MOST_FOUND)."""
        return isinstance(self._way, _Found) and self._way.is_cut

    def count(self) -> int:
        with self._workspace.database.read() as connection:
            return self._way.count(connection)

    def fetch(self, offset: int, limit: int) -> list[DeliveryView]:
        """At most `limit` from place `offset` on."""
        with self._workspace.database.read() as connection:
            return _views(connection, self._way.page(connection, offset, limit))

    def identity(self, row: DeliveryView) -> str:
        return row.id

    def place_of(self, identity: Hashable) -> int | None:
        """Where a delivery stands, by its id; None when it is not among them."""
        query = select(*_PLACE).where(delivery.c.id == identity, *self.wanted.conditions())
        with self._workspace.database.read() as connection:
            row = connection.execute(query).first()
            return None if row is None else self._way.place(connection, row.due_at, row.seq)

    def place_at(self, moment: datetime) -> int:
        """The place of the first that is due at `moment` or later; behind the last when there is none."""
        with self._workspace.database.read() as connection:
            place = self._way.place(connection, as_utc(moment), 0)
            assert place is not None
            return place


def counts(workspace: Workspace) -> dict[str, int]:
    """Deliveries by status, without counting any."""
    with workspace.database.read() as connection:
        return tally.counts(connection)


def mended(workspace: Workspace) -> bool:
    """Look whether counts and search are in step with the deliveries; if not, make them anew and say so.

    They can only be out of step when somebody wrote to the database around Loa.
    """
    with workspace.database.read() as connection:
        if tally.is_right(connection) and search.is_right(connection):
            return False

    def work(connection: Connection) -> None:
        tally.install(connection)
        search.install(connection)

    workspace.database.run(work)
    return True


def first(
    connection: Connection, kinds: Sequence[ColumnElement[bool]], limit: int | None
) -> list[DeliveryView]:
    """The first deliveries of any of these kinds. Each kind is to name one status: then nothing is sorted."""
    each = [select(*_PLACE).where(kind) for kind in kinds]
    merged = union_all(*each).order_by(*in_due_order()).limit(limit)
    return _views(connection, [row.seq for row in connection.execute(merged)])


def _views(connection: Connection, numbers: Sequence[int]) -> list[DeliveryView]:
    """In due order, which `numbers` are in already."""
    parts = (numbers[start : start + AT_ONCE] for start in range(0, len(numbers), AT_ONCE))
    return [view for part in parts for view in deliveries.select_views(connection, delivery.c.seq.in_(part))]


class _Way(Protocol):
    """How places are found: by `seq`, since the pages behind them are read by it."""

    def count(self, connection: Connection) -> int: ...

    def page(self, connection: Connection, offset: int, limit: int) -> Sequence[int]: ...

    def place(self, connection: Connection, due: datetime | None, seq: int) -> int | None:
        """How many stand before (due, seq); with `seq` 0 a moment is meant, not a delivery."""
        ...


class _Whole:
    """Everything, or some statuses, perhaps of a period: a stretch of the queue that the tally measures."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted

    def count(self, connection: Connection) -> int:
        first, end = self._stretch(connection, self._days(connection))
        return max(0, end - first)

    def page(self, connection: Connection, offset: int, limit: int) -> Sequence[int]:
        days = self._days(connection)
        first, end = self._stretch(connection, days)
        left = first + offset
        limit = min(limit, end - left)
        if limit <= 0:
            return []
        for day, number in days:  # noqa: B007 the day at which it stops is used below
            if number > left:
                break
            left -= number
        query = self._rows(*_from(day)).order_by(*in_due_order()).limit(limit).offset(left)
        return [row.seq for row in connection.execute(query)]

    def place(self, connection: Connection, due: datetime | None, seq: int) -> int:
        days = self._days(connection)
        first, end = self._stretch(connection, days)
        return min(max(first, self._before(connection, days, due, seq)), max(first, end)) - first

    def _days(self, connection: Connection) -> _Days:
        return tally.days(connection, self._wanted.statuses)

    def _stretch(self, connection: Connection, days: _Days) -> tuple[int, int]:
        """The places, among all of these statuses, of the first wanted and of the first after it."""
        since, until = self._wanted.since, self._wanted.until
        undated = sum(number for day, number in days if day == tally.NO_DAY)
        first = self._before(connection, days, since, 0) if since else undated if until else 0
        end = self._before(connection, days, until, 0) if until else sum(number for _, number in days)
        return first, end

    def _before(self, connection: Connection, days: _Days, due: datetime | None, seq: int) -> int:
        today = f"{as_utc(due):%Y-%m-%d}" if due else tally.NO_DAY
        same_day = self._rows(*_from(today), *_earlier(due, seq)).subquery()
        passed = sum(number for day, number in days if day < today)
        return passed + (connection.execute(select(func.count()).select_from(same_day)).scalar() or 0)

    def _rows(self, *conditions: ColumnElement[bool]) -> Any:
        """Status by status, since each has its own order in the index; the database merges them."""
        query = select(*_PLACE).where(*conditions)
        if not self._wanted.statuses:
            return query
        selects = [query.where(delivery.c.status == status) for status in self._wanted.statuses]
        return selects[0] if len(selects) == 1 else union_all(*selects)


class _Few:
    """One channel's, one post's or one unit's: counted and skipped over in an index that has all that is
    asked for."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted

    def count(self, connection: Connection) -> int:
        return connection.execute(self._select(func.count())).scalar() or 0

    def page(self, connection: Connection, offset: int, limit: int) -> Sequence[int]:
        query = self._select(delivery.c.seq).order_by(*IN_DUE_ORDER).limit(limit).offset(offset)
        return connection.execute(query).scalars().all()

    def place(self, connection: Connection, due: datetime | None, seq: int) -> int:
        before = self._select(func.count()).where(*_earlier(due, seq))
        undated = self._select(func.count()).where(delivery.c.due_at.is_(None))
        queries = [before] if due is None else [before, undated]
        return sum(connection.execute(query).scalar() or 0 for query in queries)

    def _select(self, what: Any) -> Select[Any]:
        query = select(what).select_from(delivery).where(*self._wanted.conditions())
        if self._wanted.post_id or not self._wanted.channel_id:
            return query
        return query.with_hint(delivery, "INDEXED BY delivery_channel", "sqlite")


class _Found:
    """What a search found, in due order: numbers only, 160 KB at most."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._numbers: array[int] | None = None
        self.is_cut = False

    def count(self, connection: Connection) -> int:
        query = select(*_PLACE).where(*self._wanted.conditions())
        found = search.newest(query, self._wanted.search).limit(MOST_FOUND).subquery()
        in_order = select(found.c.seq).order_by(*in_due_order(found))
        self._numbers = array("q", connection.execute(in_order).scalars())
        self.is_cut = len(self._numbers) == MOST_FOUND
        return len(self._numbers)

    def page(self, connection: Connection, offset: int, limit: int) -> Sequence[int]:
        return self._known(connection)[offset : offset + limit]

    def place(self, connection: Connection, due: datetime | None, seq: int) -> int | None:
        numbers = self._known(connection)
        if seq:
            return numbers.index(seq) if seq in numbers else None

        def is_later(number: int) -> bool:
            found = connection.execute(select(delivery.c.due_at).where(delivery.c.seq == number)).scalar()
            return found is not None and due is not None and found >= due

        return bisect_left(numbers, True, key=is_later)

    def _known(self, connection: Connection) -> array[int]:
        if self._numbers is None:
            self.count(connection)
        assert self._numbers is not None
        return self._numbers


def _from(day: str) -> list[ColumnElement[bool]]:
    """Due on this day (UTC) or later; with NO_DAY also what has no time yet."""
    return [] if day == tally.NO_DAY else [delivery.c.due_at >= datetime.fromisoformat(f"{day}T00:00+00:00")]


def _earlier(due: datetime | None, seq: int) -> list[ColumnElement[bool]]:
    """Before (due, seq) in due order, of those that have a time too (or, like it, have none)."""
    if due is None:
        return [delivery.c.due_at.is_(None), delivery.c.seq < seq]
    # The first is implied by the second, but only the first is a range that an index can end with.
    return [delivery.c.due_at <= due, or_(delivery.c.due_at < due, delivery.c.seq < seq)]
