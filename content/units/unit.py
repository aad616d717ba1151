"""Đơn vị: units by code and level, never by name, and under which unit each one's figures are summed.

Names do not tell units apart: Xã Như Thanh, Xã Thanh Trì and Xã Đức Trọng exist today with the names of
former districts (facts, domain §3). A code may be used again after its unit ended, so a unit is a code, a
level and the days on which it existed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property
from itertools import pairwise

from content.errors import UsageError
from content.finding import Finding


class Level(StrEnum):
    """Cấp. `huyen` ended on 30/06/2025 and is history only."""

    CENTRAL = "trung_uong"
    PROVINCE = "tinh"
    DISTRICT = "huyen"
    COMMUNE = "xa"
    VILLAGE = "thon_to"


KINDS = ("ubnd", "so_nganh", "dang", "mat_tran_doan_the", "truong", "don_vi_su_nghiep", "hoi_dong")
DISTRICTS_ENDED = date(2025, 6, 30)
"""Nghị quyết 203/2025/QH15: two levels since 01/07/2025 (facts, domain §3)."""
DIGITS = {Level.PROVINCE: 2, Level.DISTRICT: 3, Level.COMMUNE: 5}
"""Of the state's codes, which are all digits; one that is shorter lost its leading zeros in a spreadsheet."""
MOST_FINDINGS = 50
_CODE = re.compile(r"[0-9A-Z][0-9A-Z.-]{0,19}", re.ASCII)

Key = tuple[str, str]
"""Level and code."""


@dataclass(frozen=True)
class Heir:
    """One that took over a unit, or only a part of it."""

    key: Key
    partial: bool = False


@dataclass(frozen=True)
class Unit:
    """`first` and `last` are the days on which it existed, both included; None: since whenever, and for ever.

    `reports`: whether it owes reports. `verified`: whether somebody compared its code with the source.
    """

    level: Level
    code: str
    name: str
    kind: str = "ubnd"
    parent: Key | None = None
    first: date | None = None
    last: date | None = None
    heirs: tuple[Heir, ...] = ()
    reports: bool = True
    source: str = ""
    verified: bool = False

    @property
    def key(self) -> Key:
        return self.level, self.code

    @property
    def id(self) -> str:
        """`xa:26734`, as people write it."""
        return f"{self.level}:{self.code}"

    @property
    def since(self) -> date:
        return self.first or date.min

    @property
    def until(self) -> date:
        return self.last or date.max

    def existed(self, first: date, last: date) -> bool:
        """On at least one of these days."""
        return self.since <= last and self.until >= first


class UnitsError(UsageError):
    """A list of units that cannot be taken; `findings` name every row to mend."""

    def __init__(self, findings: Sequence[Finding], file: str) -> None:
        self.findings = list(findings)[:MOST_FINDINGS]
        super().__init__("rollup.units_refused", file=file, count=len(findings))


def unit_id(written: str) -> Key:
    """`xa:26734` → level and code; raises UsageError."""
    level, _, code = written.strip().partition(":")
    code = code.strip().upper()
    if level.strip() not in list(Level) or not _CODE.fullmatch(code):
        raise UsageError("rollup.bad_unit", written=written, levels=", ".join(Level))
    return Level(level.strip()), code


def code_slip(level: Level, code: str) -> str:
    """Why a code is none of that level: `code`, `digits`; empty when it is."""
    if not _CODE.fullmatch(code):
        return "code"
    return "digits" if code.isdigit() and len(code) != DIGITS.get(level, len(code)) else ""


class Register:
    """The units that are known, as a tree for summing.

    A unit's figures are summed under its parent; those of one that ended, under what succeeded it. Where that
    is several units, or a part of one, nobody can say which figure belongs to which: they are summed under
    the nearest unit above all successors and stay a row of their own there.
    """

    def __init__(
        self, units: Iterable[Unit], places: Mapping[int, str] | None = None, file: str = ""
    ) -> None:
        """`places`: by position, where a person finds the row. Raises UnitsError with all that is wrong."""
        self.units = tuple(units)
        self._where = dict(places or {})
        self._above: dict[Unit, Unit | None] = {}
        """Found once, from the top down: asked for anew, each split in a row of them would double it."""
        wrong = [*self._slips(), *self._overlaps()]
        if not wrong:
            wrong = [*self._unknown()]
        if not wrong:
            wrong = [*self._loops()]
        if wrong:
            raise UnitsError(wrong, file)

    def __iter__(self) -> Iterator[Unit]:
        return iter(self.units)

    def __len__(self) -> int:
        return len(self.units)

    def at(self, key: Key, first: date, last: date) -> Unit | None:
        """The unit that bore a code in a period; the latest of several."""
        found = [one for one in self._by_key.get(key, ()) if one.existed(first, last)]
        return max(found, key=lambda one: one.since, default=None)

    def parent(self, unit: Unit) -> Unit | None:
        """The one it belonged to while it existed. A first day that nobody wrote down asks for nothing."""
        if unit.parent is None:
            return None
        there = self._by_key.get(unit.parent, ())
        whole = [one for one in there if one.until >= unit.until and one.since <= (unit.first or unit.until)]
        return max(whole, key=lambda one: one.since, default=None)

    def heirs(self, unit: Unit) -> list[Unit]:
        """Who took it over on the day after its last."""
        if unit.last is None:
            return []
        day = unit.last + timedelta(days=1)
        found = (self.at(heir.key, day, day) for heir in unit.heirs)
        return [one for one in found if one is not None]

    def above(self, unit: Unit) -> Unit | None:
        """Under which unit its figures are summed; None at the top."""
        return self._above[unit]

    def _find_above(self, unit: Unit) -> Unit | None:
        heirs = self.heirs(unit)
        if not heirs:
            return self.parent(unit)
        if len(heirs) == 1 and not unit.heirs[0].partial:
            return heirs[0]
        return self._above_all(heirs)

    def path(self, unit: Unit) -> list[Unit]:
        """The unit and all above it, to the top."""
        found = [unit]
        while (up := self.above(found[-1])) is not None:
            found.append(up)
        return found

    def within(self, unit: Unit, area: Unit) -> bool:
        """Whether its figures belong to an area's sum; a unit is within itself."""
        return area in self.path(unit)

    def branch(self, unit: Unit, area: Unit) -> Unit:
        """The one next below `area` under which a unit within it is summed; itself where it is that one."""
        path = self.path(unit)
        return path[max(0, path.index(area) - 1)]

    def below(self, area: Unit) -> list[Unit]:
        """Those next below, in its time or by succession."""
        return [one for one in self.units if area in (self.parent(one), self.above(one))]

    def _above_all(self, heirs: Sequence[Unit]) -> Unit | None:
        paths = [self.path(one)[1:] for one in heirs]
        return next((one for one in paths[0] if all(one in path for path in paths[1:])), None)

    @cached_property
    def _by_key(self) -> Mapping[Key, list[Unit]]:
        found: dict[Key, list[Unit]] = defaultdict(list)
        for one in self.units:
            found[one.key].append(one)
        return found

    # ---- what can be wrong with a list

    def _wrong(self, number: int, rule: str, **values: object) -> Finding:
        unit = self.units[number]
        told = {"unit": unit.id, "name": unit.name, **values}
        return Finding(f"rollup.unit_{rule}", "block", self._where.get(number, unit.id), told)

    def _slips(self) -> Iterator[Finding]:
        for number, one in enumerate(self.units):
            if slip := code_slip(one.level, one.code):
                yield self._wrong(number, slip, digits=DIGITS.get(one.level, 0))
            if one.since > one.until:
                yield self._wrong(number, "backwards")
            if one.level is Level.DISTRICT and one.until > DISTRICTS_ENDED:
                yield self._wrong(number, "district", last=f"{DISTRICTS_ENDED:%d/%m/%Y}")
            if one.heirs and one.last is None:
                yield self._wrong(number, "not_ended")
            if len({heir.key for heir in one.heirs}) < len(one.heirs):
                yield self._wrong(number, "heir_twice")

    def _overlaps(self) -> Iterator[Finding]:
        number = {id(one): place for place, one in enumerate(self.units)}
        for found in self._by_key.values():
            ordered = sorted(found, key=lambda one: one.since)
            for earlier, later in pairwise(ordered):
                if earlier.until >= later.since:
                    other = self._where.get(number[id(earlier)], earlier.name)
                    yield self._wrong(number[id(later)], "twice", other=other)

    def _unknown(self) -> Iterator[Finding]:
        for number, one in enumerate(self.units):
            if one.parent is not None and self.parent(one) is None:
                yield self._wrong(number, "parent", parent=":".join(one.parent))
            day = one.until if one.last is None else one.last + timedelta(days=1)
            for heir in one.heirs:
                if self.at(heir.key, day, day) is None:
                    yield self._wrong(number, "heir", heir=":".join(heir.key), day=f"{day:%d/%m/%Y}")

    def _loops(self) -> Iterator[Finding]:
        """Walks what `above` may ask for before anybody asks: it would never come back from a circle."""
        number = {one: place for place, one in enumerate(self.units)}
        done = self._above
        for start in self.units:
            way: dict[Unit, Iterator[Unit]] = {start: self._next(start)}
            if start in done:
                continue
            while way:
                here = next(reversed(way))
                step = next((one for one in way[here] if one not in done), None)
                if step is None:
                    del way[here]
                    done[here] = self._find_above(here)
                elif step in way:
                    yield self._wrong(number[step], "circle", other=here.id)
                    return
                else:
                    way[step] = self._next(step)
        for place, one in enumerate(self.units):
            if one.heirs and done[one] is None:
                yield self._wrong(place, "scattered")

    def _next(self, unit: Unit) -> Iterator[Unit]:
        heirs = self.heirs(unit)
        up = self.parent(unit)
        return iter(heirs if heirs else [up] if up is not None else [])
