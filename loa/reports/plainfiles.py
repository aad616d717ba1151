"""A report's facts for other programs: JSON with everything, CSV with one line for each delivery."""

from __future__ import annotations

import csv
import json
from dataclasses import asdict
from datetime import date, datetime
from io import StringIO
from zoneinfo import ZoneInfo

from content.wording import say
from loa import speech
from loa.reports import tables
from loa.reports.tables import Table
from loa.services.report_facts import Facts, Newest

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_json(facts: Facts) -> bytes:
    """The keys of `Facts`; times in ISO 8601, UTC."""

    def written(value: object) -> str:
        if isinstance(value, datetime):
            return value.isoformat(timespec="seconds").replace("+00:00", "Z")
        if isinstance(value, date):
            return value.isoformat()
        raise TypeError(f"{type(value).__name__} in a report")

    return (json.dumps(asdict(facts), ensure_ascii=False, indent=1, default=written) + "\n").encode()


def as_csv(facts: Facts, zone: ZoneInfo) -> bytes:
    """UTF-8 with a mark that Excel knows it by. An empty figure is one that is not available."""
    metrics = sorted({one.metric for one in facts.readings})
    value = {(one.delivery, one.metric): one for one in facts.readings}
    labels = {one.key: one.label for one in facts.kinds}
    campaigns = {one.key: one.label for one in facts.campaigns}
    columns = ("delivery", "title", "kind", "channel", "campaign", "due_at", "published_at", "status", "url")
    words = [speech.metric_word(metric) for metric in metrics]
    headings = [say(f"report.column.{name}") for name in columns]
    for word in words:
        headings += [word, f"{word}: {say('report.column.taken_at').lower()}"]
    held = StringIO()
    # the semicolon is what a Vietnamese Excel parts columns by
    lines = csv.writer(held, delimiter=";", lineterminator="\r\n")
    lines.writerow(headings)
    for item in facts.items:
        row = [item.delivery, item.title, labels[item.kind], tables.channel_name(facts, item.channel)]
        row += [campaigns[item.campaign], _when(item.due_at, zone), _when(item.published_at, zone)]
        row += [say(f"cli.status.{item.status}"), item.url]
        for metric in metrics:
            found = value.get((item.delivery, metric))
            known = found is not None and found.value is not None
            row += [_figure(found), _when(found.taken_at, zone)] if found and known else ["", ""]
        lines.writerow([harmless(cell) for cell in row])
    return b"\xef\xbb\xbf" + held.getvalue().encode()


def table_csv(table: Table, zone: ZoneInfo) -> bytes:
    """One table as it is read, in the form of `as_csv`."""
    held = StringIO()
    lines = csv.writer(held, delimiter=";", lineterminator="\r\n")
    lines.writerow(table.headings)
    for row in table.rows:
        lines.writerow([harmless(tables.in_words(cell, zone)) for cell in row])
    return b"\xef\xbb\xbf" + held.getvalue().encode()


def harmless(cell: str) -> str:
    """A title is no formula, whatever it begins with: a spreadsheet would reckon or fetch with it."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _figure(one: Newest) -> str:
    """Without marks between thousands: a spreadsheet reads it as a number."""
    cell = speech.shown(one.metric, one.value)
    return f"{cell:.1f}".replace(".", ",") if isinstance(cell, float) else str(cell)


def _when(moment: datetime | None, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%d/%m/%Y %H:%M}" if moment else ""
