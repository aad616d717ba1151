"""Readers' questions in a report: a table, a sentence, and the counters of forms. Counts only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from connectors import registry
from content.wording import say
from loa.reports.sums import NOT_KNOWN, Sum
from loa.reports.tables import Cell, Table, in_words
from loa.services.report_facts import Facts
from loa.speech import number

KEY = "y-kien"
_COUNTS = ("received", "questions", "answered", "in_time", "open", "overdue")
_COUNTERS = {
    "so_y_kien": "received",
    "so_cau_hoi": "questions",
    "so_tra_loi": "answered",
    "so_tra_loi_dung_han": "in_time",
    "so_cau_hoi_qua_han": "overdue",
}
"""Names in the formulas of forms (`loa.reports.forms`)."""


def table(facts: Facts, _zone: ZoneInfo) -> Table:
    """One row a channel; where nobody could read, the cells are “not available” and the last says why."""
    headings = tuple(
        say(f"inbox.report.column.{name}") for name in ("channel", *_COUNTS, "median_hours", "read", "why")
    )
    rows: list[tuple[Cell, ...]] = [
        (
            one.name,
            *(getattr(one, name) for name in _COUNTS),
            one.median_hours,
            say("report.known_of", known=number(one.read), posts=number(one.posts)),
            one.why or "–",
        )
        for one in facts.comments
    ]
    return Table(KEY, say("inbox.report.table"), headings, tuple(rows))


def counters(facts: Facts) -> dict[str, int | None]:
    """Over all channels that could be read; None, which is not 0, where none could."""
    return {word: _sum(facts, name) for word, name in _COUNTERS.items()}


def of_forms(facts: Facts) -> dict[str, Sum]:
    """The same, each with how complete it is: of so many posts where comments can be read so many were."""
    known, of = _read(facts)
    told = counters(facts)
    return {word: NOT_KNOWN if count is None else Sum(count, known, of) for word, count in told.items()}


def _read(facts: Facts) -> tuple[int, int]:
    telling = {one.channel for one in facts.channels if registry.tells_comments(one.platform)}
    asked = [one for one in facts.comments if one.channel in telling]
    return sum(one.read for one in asked), sum(one.posts for one in asked)


def values(facts: Facts, zone: ZoneInfo) -> Mapping[str, Any]:
    """What templates know as `y_kien`; `cau` is the sentence, empty where no channel could be read."""
    sums = counters(facts)
    told = {"nhan": sums["so_y_kien"], "cau_hoi": sums["so_cau_hoi"], "tra_loi": sums["so_tra_loi"]}
    told |= {"dung_han": sums["so_tra_loi_dung_han"], "qua_han": sums["so_cau_hoi_qua_han"]}
    channels = [
        {"ten": one.name, "cau": _of_channel(one.name, one, zone)}
        for one in facts.comments
        if one.received is not None
    ]
    unknown = [one.name for one in facts.comments if one.received is None]
    return {**told, "kenh": channels, "khong_doc": unknown, "cau": _sentence(sums, unknown, *_read(facts))}


def _sentence(sums: Mapping[str, int | None], unknown: list[str], read: int, posts: int) -> str:
    if sums["so_y_kien"] is None:
        return ""
    words = {name: number(count) for name, count in sums.items()}
    said = say("inbox.report.sentence", **words)
    if read < posts:
        said = f"{said} {say('inbox.report.partly', read=number(read), posts=number(posts))}"
    return f"{said} {say('inbox.report.unknown', channels=', '.join(unknown))}" if unknown else said


def _of_channel(name: str, one: Any, zone: ZoneInfo) -> str:
    words = {key: number(getattr(one, key)) for key in _COUNTS}
    said = say("inbox.report.one", channel=name, **words)
    if one.median_hours is None:
        return said
    return f"{said} {say('inbox.report.median', hours=in_words(one.median_hours, zone))}"


def _sum(facts: Facts, name: str) -> int | None:
    known = [count for one in facts.comments if (count := getattr(one, name)) is not None]
    return sum(known) if known else None
