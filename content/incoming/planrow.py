"""One row of the plan → a post; every mistake is placed at its cell."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from content.finding import Finding
from content.incoming.planfile import ABOUT_MEDIA, PlanRow, PlanSheet, Value
from content.kinds import kind_code
from content.moment import MomentError, parse_moment
from content.post import MediaItem, Post
from content.text import fold, slug

_SEPARATORS = re.compile(r"[,;\n]")
_LINES = re.compile(r"[;\n]")
_NEW_LINE = re.compile(r"\n")  # a citation may hold commas and semicolons
_COLUMN_BY_RULE = {
    "content.alt_missing": "alt",
    "content.alt_is_name": "alt",
    "content.rights_missing": "rights",
    "content.rights_unclear": "rights",
    "content.consent_missing": "people",
    "content.consent_child": "people",
}
_COLUMN_OF = {"due": "day", "media": "media", "overrides": "id"}


@dataclass
class RowReader:
    """Reads the rows of one sheet. `channels` are the ids of the unit's channels."""

    sheet: PlanSheet
    zone: ZoneInfo
    channels: Collection[str]
    findings: list[Finding] = field(default_factory=list)

    def key(self, row: PlanRow) -> str:
        """The post's id: the cell's, else made of the title."""
        told = self._line(row, "id")
        if told and slug(told) != told:
            self._refuse("id_form", row, "id", written=told, nearest=slug(told))
        return slug(told) if told else slug(self._line(row, "title"))

    def revision(self, row: PlanRow) -> int | None:
        """The revision that the row was exported from; None when it does not say."""
        told = self._line(row, "revision")
        if not told:
            return None
        if not re.fullmatch(r"\d{1,9}", told, re.ASCII):
            self._refuse("revision_form", row, "revision", written=told[:20])
            return None
        return int(told)

    def post(self, row: PlanRow, base: Post) -> Post:
        """`base` with what the row's columns say; a column that the sheet lacks leaves it as it is."""
        told: dict[str, Any] = {
            "title": self._line(row, "title"),
            "kind": kind_code(self._line(row, "kind")),
            "channels": self._channels(row),
            "summary": self._line(row, "summary"),
            "body": self._text(row, "body").strip("\n"),
            "link": self._line(row, "link"),
            "citations": tuple(" ".join(line.split()) for line in self._split(row, "citations", _NEW_LINE)),
            "tags": tuple(
                one.lstrip("# ") for one in self._split(row, "tags", _SEPARATORS) if one.strip("# ")
            ),
            "audience": self._line(row, "audience"),
            "deadline": self._deadline(row),
        }
        fields = {name: value for name, value in told.items() if name in self.sheet.letters}
        if "day" in self.sheet.letters or "time" in self.sheet.letters:
            fields["due"] = self._due(row)
        if "media" in self.sheet.letters:
            fields["media"] = self._media(row, base)
        return replace(base, **fields, source="")

    def placed(self, finding: Finding, row: PlanRow) -> Finding:
        """A check's remark at the cell that it is about."""
        name = re.split(r"[\[.:]", finding.place)[0]
        column = _COLUMN_BY_RULE.get(finding.rule) or _COLUMN_OF.get(name, name)
        if ".md:" in finding.place:
            column = "body"
        return replace(finding, place=self.sheet.cell(column, row.number))

    # ---- cells

    def _text(self, row: PlanRow, column: str) -> str:
        """A text, or a number as people read it; dates and truth values are no text."""
        value = row.cells.get(column)
        if value is None:
            return ""
        if isinstance(value, str):
            return value
        if isinstance(value, bool) or not isinstance(value, int | float):
            self._refuse("not_text", row, column)
            return ""
        return str(int(value)) if float(value).is_integer() else str(value)

    def _line(self, row: PlanRow, column: str) -> str:
        return " ".join(self._text(row, column).split())

    def _split(self, row: PlanRow, column: str, separators: re.Pattern[str]) -> list[str]:
        words = [word.strip() for word in separators.split(self._text(row, column))]
        return list(dict.fromkeys(word for word in words if word))

    def _channels(self, row: PlanRow) -> tuple[str, ...]:
        known = {fold(name): name for name in self.channels}
        return tuple(known.get(fold(word), word) for word in self._split(row, "channels", _SEPARATORS))

    def _media(self, row: PlanRow, base: Post) -> tuple[MediaItem, ...]:
        """The files, with what the columns beside them say; one that the sheet lacks leaves it as it is."""
        known = {item.file: item for item in base.media}
        files = [name.strip() for name in _LINES.split(self._text(row, "media")) if name.strip()]
        items = [known.get(name, MediaItem(name)) for name in files]
        for column in ABOUT_MEDIA:
            if column in self.sheet.letters:
                lines = self._about(row, column, len(files))
                items = [replace(item, **{column: line}) for item, line in zip(items, lines, strict=False)]
        return tuple(items)

    def _about(self, row: PlanRow, column: str, files: int) -> list[str]:
        """One line for each file."""
        words = self._text(row, column)
        lines = [" ".join(line.split()) for line in words.split("\n")]
        if files <= 1:
            lines = [" ".join(words.split())]
        if len(lines) > files and any(lines[files:]):
            self._refuse(f"{column}_count", row, column, files=files, lines=len(lines))
        return lines + [""] * (files - len(lines))

    def _due(self, row: PlanRow) -> datetime | None:
        day, clock = row.cells.get("day"), row.cells.get("time")
        if day is None and clock is None:
            return None
        if day is None:
            self._refuse("no_day", row, "day")
            return None
        written = _day_text(day)
        if written is None:
            self._refuse("day_form", row, "day", written=str(day)[:40])
            return None
        if clock is None:
            if isinstance(day, str) or (isinstance(day, datetime) and day.time() != time()):
                return self._moment(row, "day", written if isinstance(day, str) else _moment_text(day))
            self._refuse("no_time", row, "time")
            return None
        hour = _time_text(clock)
        if hour is None or not self._reads(f"01/01/2026 {hour}"):
            self._refuse("time_form", row, "time", written=str(clock)[:40])
            return None
        return self._moment(row, "day", f"{written} {hour}")

    def _deadline(self, row: PlanRow) -> datetime | None:
        value = row.cells.get("deadline")
        if value is None:
            return None
        if isinstance(value, datetime):
            return self._moment(row, "deadline", _moment_text(value))
        if isinstance(value, str):
            return self._moment(row, "deadline", value)
        self._refuse("day_form", row, "deadline", written=str(value)[:40])
        return None

    def _moment(self, row: PlanRow, column: str, written: str) -> datetime | None:
        try:
            return parse_moment(written, self.zone)[0]
        except MomentError as error:
            self.findings.append(replace(error.finding, place=self.sheet.cell(column, row.number)))
            return None

    def _reads(self, written: str) -> bool:
        try:
            parse_moment(written, self.zone)
        except MomentError:
            return False
        return True

    def _refuse(self, rule: str, row: PlanRow, column: str, **values: object) -> None:
        finding = Finding(f"plan.{rule}", "block", self.sheet.cell(column, row.number), values)
        if finding not in self.findings:
            self.findings.append(finding)


def _day_text(value: Value) -> str | None:
    """A day as `parse_moment` reads it; None for a number that Excel does not show as a date."""
    if isinstance(value, str):
        return " ".join(value.split())
    return f"{value:%d/%m/}{value.year:04d}" if isinstance(value, date) else None


def _time_text(value: Value) -> str | None:
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, datetime):
        value = _rounded(value).time()
    if isinstance(value, timedelta):
        seconds = round(value.total_seconds())
        value = time(seconds // 3600, seconds // 60 % 60, seconds % 60) if 0 <= seconds < 86_400 else None
    if not isinstance(value, time):
        return None
    return f"{_rounded(datetime.combine(date(2026, 1, 1), value)):%H:%M:%S}"


def _moment_text(value: datetime) -> str:
    return f"{_rounded(value):%d/%m/%Y %H:%M:%S}"


def _rounded(value: datetime) -> datetime:
    """Excel counts days as fractions, so that 07:00 may be a few microseconds less."""
    return (value + timedelta(milliseconds=500)).replace(microsecond=0)
