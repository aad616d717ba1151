"""Tệp báo cáo: what one unit reports of one period, as a signed JSON file.

The officer's signature is over the canonical text of the report alone. `says` keeps it apart from approvals
and overrides: no signature can pass for another kind. It is read by `content.rollup.reading`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from typing import Any

from content.errors import UsageError
from content.units.unit import Key

FORMAT = 1
SAYS = "child_report"
FILE_KIND = "loa-bao-cao-don-vi"
ENDING = ".json"
LARGEST_BYTES = 4 * 1024 * 1024
MOST_PLATFORM_FIGURES = 2_000
LONGEST_NAME = 200
LONGEST_NOTE = 4_000


class ReportError(UsageError):
    """A file that is no report this version of Loa can take; `reason` is a short code."""

    def __init__(self, reason: str, **values: object) -> None:
        self.reason = reason
        super().__init__(f"rollup.refused.{reason}", **values)


@dataclass(frozen=True)
class Figure:
    """One counter. `value` None: nobody knows, which is not 0; `known` of `of` units have the figure."""

    name: str
    label: str
    unit: str
    value: int | None
    known: int
    of: int


@dataclass(frozen=True)
class PlatformFigure:
    """What a platform says of one channel, under its own definition: told, never added up."""

    channel: str
    platform: str
    metric: str
    definition: str
    value: int | None
    known: int
    of: int


@dataclass(frozen=True)
class Included:
    """A report that went into the area's figures. The days are its period's: a code may be used again."""

    level: str
    code: str
    first: date
    last: date
    digest: str

    @property
    def key(self) -> Key:
        return self.level, self.code


@dataclass(frozen=True)
class Report:
    """Days are the unit's own. `own` are its figures; `area` those of its whole area: its own, and of every
    report that is `included`. Whoever sums takes `area` alone. `expected`: units of the area, with those
    that have not sent. `counted_until`: of what was counted before the period was over, the earliest time;
    what happened later is not in the figures. `supersedes`: digests of earlier versions, the newest first."""

    level: str
    code: str
    name: str
    first: date
    last: date
    period_kind: str
    counted_until: datetime
    created_at: datetime
    loa: str
    signer: str
    expected: int
    own: tuple[Figure, ...]
    area: tuple[Figure, ...]
    included: tuple[Included, ...] = ()
    platform: tuple[PlatformFigure, ...] = ()
    supersedes: tuple[str, ...] = ()
    notes: str = ""

    @property
    def key(self) -> Key:
        return self.level, self.code

    @property
    def number(self) -> int:
        """1 for the first, 2 for its first correction."""
        return len(self.supersedes) + 1

    def unfinished(self, zone: tzinfo) -> bool:
        """Whether some of it was counted before the last day was over."""
        return self.counted_until.astimezone(zone).date() <= self.last

    def fields(self) -> dict[str, Any]:
        """As the file has it."""
        return {
            "format": FORMAT,
            "says": SAYS,
            "unit": {"level": self.level, "code": self.code, "name": self.name},
            "period": {
                "first": self.first.isoformat(),
                "last": self.last.isoformat(),
                "kind": self.period_kind,
            },
            "counted_until": _written(self.counted_until),
            "created_at": _written(self.created_at),
            "loa": self.loa,
            "signer": self.signer,
            "expected": self.expected,
            "own": [vars(one) for one in self.own],
            "area": [vars(one) for one in self.area],
            "included": [
                {**vars(one), "first": one.first.isoformat(), "last": one.last.isoformat()}
                for one in self.included
            ],
            "platform": [vars(one) for one in self.platform],
            "supersedes": list(self.supersedes),
            "notes": self.notes,
        }

    def statement(self) -> bytes:
        """What the officer signs."""
        return canonical(self.fields())

    @property
    def digest(self) -> str:
        """SHA-256 of the statement, hexadecimal: the report's identity, however its file is laid out."""
        return hashlib.sha256(self.statement()).hexdigest()

    def tells_as(self, other: Report) -> bool:
        """Whether it tells the same figures as another, whatever their labels and order."""
        return self._told() == other._told()

    def _told(self) -> tuple[object, ...]:
        numbers = [
            {(f.name, f.unit): (f.value, f.known, f.of) for f in part} for part in (self.own, self.area)
        ]
        about = (self.key, self.name, self.first, self.last, self.expected, self.notes)
        return (*about, *numbers, frozenset(self.included), frozenset(self.platform))


@dataclass(frozen=True)
class SignedReport:
    """`key` is base64 of the public key that the file names: believed only where a person pinned it."""

    report: Report
    key: str
    signature: str

    def file(self) -> bytes:
        told = {
            "kind": FILE_KIND,
            "report": self.report.fields(),
            "key": self.key,
            "signature": self.signature,
        }
        return (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()


def canonical(fields: Mapping[str, Any]) -> bytes:
    """One text for one content: sorted keys, no spaces, UTF-8."""
    told = json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return told.encode("utf-8")


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
