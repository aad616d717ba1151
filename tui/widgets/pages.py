"""Rows that are read a page at a time: what a source must offer, and the pages that were read last."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar, runtime_checkable

T = TypeVar("T")

PAGE = 200
"""Rows of one page: more than any terminal has lines, so that no view touches more than two."""
KEPT = 16
"""Pages that are remembered: enough to go back and forth, little memory however long the list is."""


class Source(Protocol[T]):
    """A list too long to be held. `count` and `fetch` look afresh each time, and are called in a thread."""

    def count(self) -> int:
        """How many rows there are."""
        ...

    def fetch(self, offset: int, limit: int) -> Sequence[T]:
        """At most `limit` rows from place `offset` on, in the list's order."""
        ...

    def identity(self, row: T) -> Hashable:
        """What makes a row the same row when its place or its contents have changed."""
        ...


@runtime_checkable
class Finds(Protocol):
    """A source that can tell where a row is now; with it the cursor stays on its row."""

    def place_of(self, identity: Hashable) -> int | None:
        """In a thread; None when the row is not in the list any more."""
        ...


class Pages(Generic[T]):
    """The rows of one source as they were when it was counted, as far as they were read."""

    def __init__(self, source: Source[T], count: int) -> None:
        self.source, self.count = source, count
        self._kept: OrderedDict[int, Sequence[T]] = OrderedDict()

    def row(self, index: int) -> T | None:
        """None while its page is not there."""
        number, place = divmod(index, PAGE)
        rows = self._kept.get(number, ())
        return rows[place] if place < len(rows) else None

    def missing(self, first: int, last: int) -> int | None:
        """The first page of the rows `first` to `last` (inclusive) that is still to be read."""
        numbers = range(max(0, first) // PAGE, min(last, self.count - 1) // PAGE + 1)
        for number in numbers:
            if number not in self._kept:
                return number
            self._kept.move_to_end(number)
        return None

    def read(self, number: int) -> Sequence[T]:
        """In a thread."""
        return self.source.fetch(number * PAGE, PAGE)

    def keep(self, number: int, rows: Sequence[T]) -> None:
        self._kept[number] = rows
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)


@dataclass(frozen=True)
class Place:
    """Where the cursor stands: its row (None when unknown), its index, lines above it, lines in view."""

    identity: Hashable | None
    index: int
    above: int
    height: int

    @property
    def top(self) -> int:
        return max(0, self.index - self.above)


def look(source: Source[T], place: Place) -> tuple[Pages[T], Place]:
    """In a thread: count the rows, find the cursor's row again and read what will be in view around it."""
    pages = Pages(source, source.count())
    index = None
    if place.identity is not None and isinstance(source, Finds):
        index = source.place_of(place.identity)
    last = pages.count - 1
    index = max(0, min(place.index if index is None else index, last))
    found = Place(place.identity, index, place.above, place.height)
    top = min(found.top, max(0, pages.count - place.height))
    while (number := pages.missing(top, top + place.height - 1)) is not None:
        pages.keep(number, pages.read(number))
    return pages, found


class Listed(Generic[T]):
    """A source over rows that are all there, for lists that are short."""

    def __init__(self, rows: Sequence[T], identity: Callable[[T], Hashable]) -> None:
        self._rows, self._identity = rows, identity

    def count(self) -> int:
        return len(self._rows)

    def fetch(self, offset: int, limit: int) -> Sequence[T]:
        return self._rows[offset : offset + limit]

    def identity(self, row: T) -> Hashable:
        return self._identity(row)

    def place_of(self, identity: Hashable) -> int | None:
        return next((i for i, row in enumerate(self._rows) if self._identity(row) == identity), None)
