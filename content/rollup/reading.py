"""Reading a report file as if somebody had made it to do harm.

What is read is rebuilt and must be the same text again, so nothing can stand in a file that was not signed or
that nobody looks at.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, TypeVar

from content.rollup.report import (
    FILE_KIND,
    FORMAT,
    LARGEST_BYTES,
    LONGEST_NAME,
    LONGEST_NOTE,
    MOST_PLATFORM_FIGURES,
    SAYS,
    Figure,
    Included,
    PlatformFigure,
    Report,
    ReportError,
    SignedReport,
    canonical,
)
from content.text import normalise
from content.units.unit import Level, code_slip

DEEPEST = 8
MOST_FIGURES = 500
MOST_OF_AREA = 5_000
"""Each unit below may count kinds of activities of its own."""
MOST_INCLUDED = 10_000
MOST_EARLIER = 100
LARGEST_VALUE = 10**15
YEARS = range(1900, 2201)
"""Days near the calendar's ends have no day after them, and no time in another zone."""
PERIOD_KINDS = ("year", "half", "quarter", "month", "days")
_Day = TypeVar("_Day", bound=date)
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
_MARKS = re.compile(r'\\.|["\[\]{}]', re.DOTALL)
_FIGURE_NAME = re.compile(r"[a-z0-9_.-]{1,80}", re.ASCII)


def read(data: bytes) -> SignedReport:
    """The report in a file's bytes, its signature not looked at yet; raises ReportError."""
    if len(data) > LARGEST_BYTES:
        raise ReportError("large", mib=LARGEST_BYTES // 2**20)
    told = _Fields(_json(data), "")
    if told.get("kind") != FILE_KIND:
        raise ReportError("not_ours")
    body = told.table("report")
    made = body.get("format")
    if type(made) is int and made > FORMAT:
        raise ReportError("newer", format=made, known=FORMAT)
    if made != FORMAT or body.get("says") != SAYS:
        raise ReportError("shape", where="report.format")
    found = SignedReport(_report(body), _base64(told, "key", 32), _base64(told, "signature", 64))
    body.must_be_all("format", "says")
    told.must_be_all("kind")
    if canonical(found.report.fields()) != canonical(body.told):
        raise ReportError("shape", where="report")
    return found


def _report(body: _Fields) -> Report:
    unit, period = body.table("unit"), body.table("period")
    level, code = unit.text("level", 20), unit.text("code", 20)
    if level not in list(Level) or code_slip(Level(level), code):
        raise ReportError("shape", where="report.unit")
    report = Report(
        level=level,
        code=code,
        name=unit.text("name", LONGEST_NAME),
        first=period.day("first"),
        last=period.day("last"),
        period_kind=period.text("kind", 20),
        counted_until=body.instant("counted_until"),
        created_at=body.instant("created_at"),
        loa=body.text("loa", 40),
        signer=body.text("signer", LONGEST_NAME),
        expected=body.count("expected"),
        own=tuple(map(_figure, body.rows("own", MOST_FIGURES))),
        area=tuple(map(_figure, body.rows("area", MOST_OF_AREA))),
        included=tuple(map(_included, body.rows("included", MOST_INCLUDED))),
        platform=tuple(map(_platform, body.rows("platform", MOST_PLATFORM_FIGURES))),
        supersedes=tuple(_digest(one, "supersedes") for one in body.list("supersedes", MOST_EARLIER)),
        notes=body.text("notes", LONGEST_NOTE, lines=True),
    )
    unit.must_be_all()
    period.must_be_all()
    _must_agree(report)
    return report


def _must_agree(report: Report) -> None:
    """Figures that contradict each other were not made by Loa."""
    if report.first > report.last or report.period_kind not in PERIOD_KINDS:
        raise ReportError("shape", where="report.period")
    if report.expected < 1 + len(report.included):
        raise ReportError("shape", where="report.expected")
    for where, figures, of in (("own", report.own, 1), ("area", report.area, report.expected)):
        # units below may measure one thing in several ways, a unit itself does not
        names = {(one.name, one.unit if where == "area" else "") for one in figures}
        sound = all(
            one.of == of and one.known <= of and (one.value is None) != (one.known > 0) for one in figures
        )
        if len(names) < len(figures) or not sound:
            raise ReportError("shape", where=f"report.{where}")
    for one in report.own:
        # what does not say its measure is summed with what does (`content.rollup.summing`)
        wholes = [a for a in report.area if a.name == one.name and (a.unit == one.unit or not one.unit)]
        if not any(_holds(whole, one, alone=not report.included) for whole in wholes):
            raise ReportError("shape", where=f"report.area.{one.name}")
    if not report.included and len(report.area) > len(report.own):
        raise ReportError("shape", where="report.area")
    units = {(one.key, one.first, one.last) for one in report.included}
    if len(units) < len(report.included) or any(one.first > one.last for one in report.included):
        raise ReportError("shape", where="report.included")
    if len(set(report.supersedes)) < len(report.supersedes):
        raise ReportError("shape", where="report.supersedes")


def _holds(whole: Figure, own: Figure, *, alone: bool) -> bool:
    """Whether an area's figure can have a unit's own in it; `alone`: nothing else is in it."""
    if alone and whole.value != own.value:
        return False
    return whole.known >= own.known and (whole.value or 0) >= (own.value or 0)


def _figure(row: _Fields) -> Figure:
    name = row.text("name", 80)
    if not _FIGURE_NAME.fullmatch(name):
        raise ReportError("shape", where=f"{row.where}.name")
    words = row.text("label", LONGEST_NAME), row.text("unit", 40)
    found = Figure(name, *words, row.value("value"), row.count("known"), row.count("of"))
    row.must_be_all()
    return found


def _platform(row: _Fields) -> PlatformFigure:
    channel, platform, metric = (row.text(name, 120) for name in ("channel", "platform", "metric"))
    counts = row.value("value"), row.count("known"), row.count("of")
    found = PlatformFigure(channel, platform, metric, row.text("definition", 2_000), *counts)
    row.must_be_all()
    return found


def _included(row: _Fields) -> Included:
    level, code = row.text("level", 20), row.text("code", 20)
    if level not in list(Level) or code_slip(Level(level), code):
        raise ReportError("shape", where=row.where)
    found = Included(level, code, row.day("first"), row.day("last"), _digest(row.get("digest"), row.where))
    row.must_be_all()
    return found


class _Fields:
    """A JSON object that is taken apart key by key; a key that nobody asked for is refused."""

    def __init__(self, told: object, where: str) -> None:
        if not isinstance(told, dict):
            raise ReportError("shape", where=where or "{}")
        self.told: dict[str, Any] = told
        self.where = where
        self._asked: set[str] = set()

    def get(self, name: str) -> Any:
        self._asked.add(name)
        if name not in self.told:
            raise ReportError("not_ours" if not self.where else "shape", where=self._at(name))
        return self.told[name]

    def must_be_all(self, *more: str) -> None:
        if extra := set(self.told) - self._asked - set(more):
            raise ReportError("shape", where=self._at(min(extra)))

    def table(self, name: str) -> _Fields:
        return _Fields(self.get(name), self._at(name))

    def list(self, name: str, most: int) -> Sequence[Any]:
        found = self.get(name)
        if not isinstance(found, list) or len(found) > most:
            raise ReportError("shape", where=self._at(name))
        return found

    def rows(self, name: str, most: int) -> Sequence[_Fields]:
        return [_Fields(one, f"{self._at(name)}[{at}]") for at, one in enumerate(self.list(name, most))]

    def text(self, name: str, longest: int, *, lines: bool = False) -> str:
        found = self.get(name)
        if not isinstance(found, str) or len(found) > longest or normalise(found) != found:
            raise ReportError("shape", where=self._at(name))
        if "\n" in found and not lines:
            raise ReportError("shape", where=self._at(name))
        return found

    def count(self, name: str) -> int:
        found = self.get(name)
        if type(found) is not int or not 0 <= found <= LARGEST_VALUE:  # a bool is none
            raise ReportError("number", where=self._at(name))
        return found

    def value(self, name: str) -> int | None:
        return None if self.get(name) is None else self.count(name)

    def day(self, name: str) -> date:
        try:
            return _in_use(date.fromisoformat(self.text(name, 10)))
        except ValueError:
            raise ReportError("shape", where=self._at(name)) from None

    def instant(self, name: str) -> datetime:
        try:
            found = datetime.fromisoformat(self.text(name, 40))
            return _in_use(found.astimezone(UTC) if found.tzinfo else _none(found))
        except (ValueError, OverflowError):
            raise ReportError("shape", where=self._at(name)) from None

    def _at(self, name: str) -> str:
        return f"{self.where}.{name}".lstrip(".")[:120]


def _in_use(found: _Day) -> _Day:
    if found.year not in YEARS:
        raise ValueError(f"{found}: no year of ours")
    return found


def _none(found: datetime) -> datetime:
    raise ValueError(f"{found}: no zone")


def _digest(told: object, where: str) -> str:
    if not isinstance(told, str) or not _DIGEST.fullmatch(told):
        raise ReportError("shape", where=where)
    return told


def _base64(told: _Fields, name: str, size: int) -> str:
    """In its one canonical spelling."""
    text = told.text(name, 200)
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ReportError("shape", where=name) from None
    if len(raw) != size or base64.b64encode(raw).decode() != text:
        raise ReportError("shape", where=name)
    return text


def _json(data: bytes) -> object:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ReportError("not_json") from None
    if _depth(text) > DEEPEST:  # before a parser that calls itself
        raise ReportError("deep")
    try:
        told: object = json.loads(
            text, object_pairs_hook=_once, parse_float=_no_number, parse_constant=_no_number, parse_int=_whole
        )
        json.dumps(told, ensure_ascii=False).encode("utf-8")  # half a letter (`\ud800`) is none
    except (ValueError, RecursionError):
        raise ReportError("not_json") from None
    return told


def _depth(text: str) -> int:
    """How deep brackets stand in one another, those in strings left out."""
    deepest = depth = 0
    in_string = False
    for mark in _MARKS.finditer(text):  # one pass: a pattern for whole strings may be made to take days
        found = mark[0]
        if found == '"':
            in_string = not in_string
        elif found in "[{" and not in_string:
            depth += 1
            deepest = max(deepest, depth)
        elif found in "]}" and not in_string:
            depth -= 1
    return deepest


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):  # programs differ in which of two they read
        raise ReportError("twice")
    return found


def _no_number(written: str) -> Any:
    raise ReportError("number", where=written[:30])


def _whole(written: str) -> int:
    if len(written) > 20:  # thousands of digits would take minutes
        raise ReportError("number", where=written[:30])
    return int(written)
