"""Reports that are due soon or overdue, as a sentence each: light enough for `loa status`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from content.errors import UsageError
from content.wording import say
from loa.reports import due
from loa.reports.due import Due
from loa.services.workspace import Workspace
from loa.speech import one_line

SOON = timedelta(days=30)


def soon(folder: Path, today: date) -> list[Due]:
    """What is overdue or due within SOON, the nearest first; raises UsageError for a file that is wrong."""
    told = due.upcoming(folder, today)
    return [one for one in told if one.on is not None and one.on - today <= SOON]


@dataclass(frozen=True)
class Reminder:
    """A sentence for whoever looks at the office; `overdue`: it may never have been sent.

    `due` None: the file of due dates is wrong.
    """

    sentence: str
    overdue: bool
    due: Due | None = None


def reminders(workspace: Workspace) -> list[Reminder]:
    """One for each of these; a file that is wrong is told as one: whoever looks must see the rest."""
    today = workspace.now().astimezone(workspace.config.zone).date()
    try:
        return [
            Reminder(sentence(one), (one.days_left or 0) < 0, one) for one in soon(workspace.folder, today)
        ]
    except UsageError as error:
        return [Reminder(one_line(str(error)), overdue=True)]


def sentence(one: Due) -> str:
    """`Báo cáo năm …: còn 13 ngày, hạn 05/12`, and the command that makes it."""
    left = one.days_left or 0
    words = {
        "name": one_line(one.name),
        "period": one.label,
        "days": abs(left),
        "on": f"{one.on:%d/%m/%Y}" if one.on else "–",
        "kind": one.kind,
        "key": one.period,
        "file": f"{one.period}.docx",
    }
    return say(f"reach.due.{'left' if left > 0 else 'overdue' if left < 0 else 'today'}", **words)
