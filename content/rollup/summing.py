"""Summing reports of an area: every unit once, nothing lost, every number with its parts.

A report tells its whole area; one that another report includes is counted inside that one. What nobody
knows is never counted as 0: it stands beside the sum as how many units have the figure.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from content.rollup.report import Figure, Included, Report
from content.units.unit import Key, Register, Unit

OWN = ""
"""The digest of what the summing unit itself did: it needs no file."""


@dataclass(frozen=True)
class Source:
    """One report that may count, and the unit that it is of."""

    unit: Unit
    digest: str
    report: Report


@dataclass(frozen=True)
class Part:
    """What one report adds to a number."""

    digest: str
    unit: Unit
    value: int


@dataclass(frozen=True)
class Total:
    """One counter over the area. `value` None: nobody knows; `known` of `of` units have the figure."""

    name: str
    label: str
    unit: str
    value: int | None
    known: int
    of: int
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Row:
    """What is summed under one unit just below. `historical`: it ended and has no one successor."""

    unit: Unit
    historical: bool
    digests: tuple[str, ...]
    values: Mapping[tuple[str, str], int | None]
    """By name and measure, as the totals have them."""


@dataclass(frozen=True)
class Inside:
    """A report that is counted inside another. `same`: the other took this very version."""

    source: Source
    holder: Source
    same: bool


@dataclass(frozen=True)
class Sum:
    """`overlapping`: two reports that both include a unit; neither is counted until a person decides.

    `sent` of `expected` are the units just below that owe a report; `ended` are units that ended within the
    period and of which nothing is here.
    """

    totals: tuple[Total, ...]
    rows: tuple[Row, ...]
    counted: tuple[Source, ...]
    inside: tuple[Inside, ...]
    overlapping: tuple[tuple[Source, Source], ...]
    sent: int
    expected: int
    missing: tuple[Unit, ...]
    ended: tuple[Unit, ...]
    included: tuple[Included, ...]
    units: int
    """All units that the figures are of, with the summing one and those that have not sent."""

    def figures(self) -> tuple[Figure, ...]:
        """The area's figures for a report of this unit's own."""
        return tuple(Figure(t.name, t.label, t.unit, t.value, t.known, t.of) for t in self.totals)


def add_up(
    register: Register,
    area: Unit,
    own: Sequence[Figure],
    sources: Iterable[Source],
    first: date,
    last: date,
) -> Sum:
    """The figures of `area` in a period: its own, and of every report from within it, each unit once."""
    within = [one for one in sources if register.within(one.unit, area) and one.unit != area]
    counted, inside, overlapping = _each_once(register, within)
    below = [one for one in register.below(area) if one.reports and one.existed(first, last)]
    covered = {unit for one in counted for unit in _covered(register, one)}
    owing = [one for one in below if one.until >= last]
    missing = tuple(one for one in owing if one not in covered)
    ended = tuple(one for one in below if one.until < last and one not in covered)
    units = 1 + sum(one.report.expected for one in counted) + len(missing)
    totals = _totals(area, own, counted, units)
    return Sum(
        totals=totals,
        rows=_rows(register, area, counted, totals),
        counted=tuple(counted),
        inside=tuple(inside),
        overlapping=tuple(overlapping),
        sent=len(owing) - len(missing),
        expected=len(owing),
        missing=missing,
        ended=ended,
        included=_included(counted),
        units=units,
    )


def _each_once(
    register: Register, sources: Iterable[Source]
) -> tuple[list[Source], list[Inside], list[tuple[Source, Source]]]:
    """From the top down: what a report above includes is in that one, and is not counted again."""
    holder: dict[Unit | str, Source] = {}
    """By unit, and by digest: a list of units that was changed since must not let a report count twice."""
    spans: dict[Key, list[tuple[date, date, Source]]] = defaultdict(list)
    """Days by code: two units bore one after the other, and a year of the second has the first one's half."""
    counted: list[Source] = []
    inside: list[Inside] = []
    overlapping: list[tuple[Source, Source]] = []
    for one in sorted(sources, key=lambda one: (len(register.path(one.unit)), one.unit.key, one.digest)):
        above = holder.get(one.digest) or holder.get(one.unit)
        if above is not None:
            inside.append(Inside(one, above, one.digest in {i.digest for i in above.report.included}))
            continue
        mine: list[Unit | str] = [*_covered(register, one), *(i.digest for i in one.report.included)]
        others = {holder[key].digest: holder[key] for key in mine if key in holder}
        told = [(one.unit.key, one.report.first, one.report.last)]
        told += [(i.key, i.first, i.last) for i in one.report.included]
        for code, first, last in told:
            others |= {o.digest: o for since, until, o in spans[code] if since <= last and until >= first}
        overlapping += [(other, one) for other in others.values()]
        for code, first, last in told:
            spans[code].append((first, last, one))
        counted.append(one)
        holder |= {key: one for key in mine if key not in holder}
    doubtful = {source.digest for pair in overlapping for source in pair}
    return [one for one in counted if one.digest not in doubtful], inside, overlapping


def _covered(register: Register, source: Source) -> list[Unit]:
    found = (register.at(one.key, one.first, one.last) for one in source.report.included)
    return [source.unit, *(unit for unit in found if unit is not None)]


def _totals(area: Unit, own: Sequence[Figure], counted: Sequence[Source], units: int) -> tuple[Total, ...]:
    told = [(Part(OWN, area, one.value or 0), one) for one in own]
    told += [
        (Part(source.digest, source.unit, one.value or 0), one)
        for source in counted
        for one in source.report.area
    ]
    measure = _measures(one for _, one in told)
    by: dict[tuple[str, str], list[tuple[Part, Figure]]] = defaultdict(list)
    for part, one in told:
        by[one.name, measure(one)].append((part, one))
    found = []
    for (name, unit), parts in by.items():
        known = sum(one.known for _, one in parts)
        labels = Counter(one.label for _, one in parts)
        there = tuple(part for part, one in parts if one.value is not None)
        value = sum(part.value for part in there) if there else None
        found.append(Total(name, labels.most_common(1)[0][0], unit, value, known, units, there))
    return tuple(found)


class _measures:  # noqa: N801  # a function with a memory
    """The unit of measure a figure is summed in. Different ones are different rows; one that is not told is
    taken for the only one that is."""

    def __init__(self, figures: Iterable[Figure]) -> None:
        self._told: dict[str, set[str]] = defaultdict(set)
        for one in figures:
            if one.unit:
                self._told[one.name].add(one.unit)

    def __call__(self, one: Figure) -> str:
        told = self._told[one.name]
        return next(iter(told)) if len(told) == 1 else one.unit


def _rows(
    register: Register, area: Unit, counted: Sequence[Source], totals: Sequence[Total]
) -> tuple[Row, ...]:
    place = {one.digest: register.branch(one.unit, area) for one in counted}
    values: dict[Unit, dict[tuple[str, str], int | None]] = {
        unit: {(total.name, total.unit): None for total in totals} for unit in place.values()
    }
    own: dict[tuple[str, str], int | None] = {(total.name, total.unit): None for total in totals}
    for total in totals:
        key = total.name, total.unit
        for part in total.parts:
            cells = own if part.digest == OWN else values[place[part.digest]]
            cells[key] = (cells[key] or 0) + part.value
    digests: dict[Unit, list[str]] = defaultdict(list)
    for one in counted:
        digests[place[one.digest]].append(one.digest)
    rows = [Row(area, False, (OWN,), own)]
    for unit in sorted(values, key=lambda one: (bool(one.heirs), one.key, one.since)):
        rows.append(Row(unit, bool(unit.heirs), tuple(digests[unit]), values[unit]))
    return tuple(rows)


def _included(counted: Sequence[Source]) -> tuple[Included, ...]:
    found = {
        one.digest: Included(*one.unit.key, one.report.first, one.report.last, one.digest) for one in counted
    }
    for one in counted:
        found |= {i.digest: i for i in one.report.included}
    return tuple(found[digest] for digest in sorted(found))
