"""Readers' questions in a report: a table, a sentence, and the counters of forms. Counts only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from content.wording import say
from loa.reports.sums import Sum
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


def counters(facts: Facts) -> dict[str, Sum]:
    """Over all channels, as so many of so many posts that were asked about; of none nothing is known.

    What people noted by hand of a channel that cannot be read is one known part of it.
    """
    known = of = 0
    for one in facts.comments:
        mine = one.read or int(one.received is not None)
        known, of = known + mine, of + max(one.posts, mine)
    whole = {word: sum(getattr(one, name) or 0 for one in facts.comments) for word, name in _COUNTERS.items()}
    return {word: Sum(value, known, of or 1) for word, value in whole.items()}


def values(facts: Facts, zone: ZoneInfo) -> Mapping[str, Any]:
    """What templates know as `y_kien`; `cau` is the sentence, empty where no channel could be read."""
    counts = {word: one.value if one.known else None for word, one in counters(facts).items()}
    told = {"nhan": counts["so_y_kien"], "cau_hoi": counts["so_cau_hoi"], "tra_loi": counts["so_tra_loi"]}
    told |= {"dung_han": counts["so_tra_loi_dung_han"], "qua_han": counts["so_cau_hoi_qua_han"]}
    channels = [
        {"ten": one.name, "cau": _of_channel(one.name, one, zone)}
        for one in facts.comments
        if one.received is not None
    ]
    unknown = [one.name for one in facts.comments if one.received is None]
    return {**told, "kenh": channels, "khong_doc": unknown, "cau": _sentence(facts, counts, unknown)}


def _sentence(facts: Facts, counts: Mapping[str, Any], unknown: list[str]) -> str:
    """With what it leaves out: posts that were not asked about, channels of which nothing is known."""
    if counts["so_y_kien"] is None:
        return ""
    said = [say("inbox.report.sentence", **{name: number(count) for name, count in counts.items()})]
    partly = [
        say("inbox.report.part", channel=one.name, read=number(one.read), posts=number(one.posts))
        for one in facts.comments
        if one.received is not None and one.read < one.posts
    ]
    if partly:
        said.append(say("inbox.report.partly", channels="; ".join(partly)))
    if unknown:
        said.append(say("inbox.report.unknown", channels=", ".join(unknown)))
    return " ".join(said)


def _of_channel(name: str, one: Any, zone: ZoneInfo) -> str:
    words = {key: number(getattr(one, key)) for key in _COUNTS}
    said = say("inbox.report.one", channel=name, **words)
    if one.median_hours is None:
        return said
    return f"{said} {say('inbox.report.median', hours=in_words(one.median_hours, zone))}"
