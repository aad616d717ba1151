"""The columns of a table: what stands in them, and how wide each is on which terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

GAP = 2
TIERS = (100, 140)
"""From how many columns on a table is wide, and broad; below it is made for 80."""


def plain(_row: object) -> str:
    return "plain"


@dataclass(frozen=True)
class Column(Generic[T]):
    """`text` gets the row and the width that there is. `style` names what the colour repeats of the words.

    `widths` are for a table below 100, from 100 and from 140 columns on; 0 leaves the column out there.
    What is left of a line is handed out by `share`.
    """

    title: str
    text: Callable[[T, int], str]
    widths: tuple[int, int, int]
    share: int = 0
    style: Callable[[T], str] = plain


def widths(columns: Sequence[Column[T]], room: int, across: int) -> tuple[int, ...]:
    """A width for every column within `room`, for a table `across` columns wide; 0: not shown.

    In a room that is too small the columns on the right give way.
    """
    tier = sum(across >= least for least in TIERS)
    given: list[int] = []
    left = room
    for column in columns:
        gap = GAP if any(given) else 0
        width = max(0, min(column.widths[tier], left - gap))
        given.append(width)
        left -= width + gap if width else 0
    shares = [column.share if width else 0 for column, width in zip(columns, given, strict=True)]
    for place, share in enumerate(shares):
        more = left * share // (sum(shares[place:]) or 1)
        given[place] += more
        left -= more
    return tuple(given)
