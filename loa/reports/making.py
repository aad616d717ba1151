"""The report that is due next: what it is, when, and making it under a name of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from content.errors import UsageError
from content.text import slug
from content.wording import say
from loa.reports import due, writing
from loa.reports.due import Due
from loa.services import report_periods, reporting
from loa.services.workspace import Workspace
from loa.speech import one_line

FOLDER = "bao-cao"
KINDS = ("periodic", "engagement")
SOON = timedelta(days=30)
MOST_NAMES = 1_000


@dataclass(frozen=True)
class Proposal:
    """What is asked for first: a kind, and a period as it is typed."""

    kind: str
    period: str


@dataclass(frozen=True)
class Made:
    file: Path
    remarks: list[str]


def soon(folder: Path, today: date) -> list[Due]:
    """What is overdue or due within SOON, the nearest first; raises UsageError for a file that is wrong."""
    told = due.upcoming(folder, today)
    return [one for one in told if one.on is not None and one.on - today <= SOON]


def reminders(workspace: Workspace) -> list[str]:
    """One sentence for each of these; a file that is wrong is one too: whoever looks must see the rest."""
    today = workspace.now().astimezone(workspace.config.zone).date()
    try:
        return [sentence(one) for one in soon(workspace.folder, today)]
    except UsageError as error:
        return [one_line(str(error))]


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


def proposal(workspace: Workspace) -> Proposal:
    """The report that is due next, else the one of the half-year that is over."""
    today = workspace.now().astimezone(workspace.config.zone).date()
    for one in soon(workspace.folder, today):
        if one.kind in KINDS:
            return Proposal(one.kind, one.period)
    first = today.month <= 6
    half = f"6-thang-cuoi-{today.year - 1}" if first else f"6-thang-dau-{today.year}"
    return Proposal(KINDS[0], half)


def make(
    workspace: Workspace,
    kind: str,
    period: str,
    ending: str,
    progress: Callable[[str], None],
    target: Path | None = None,
) -> Made:
    """Write a report into the workspace's folder of reports beside those that are there, or as `target`.

    Raises UsageError for a period or an ending that is none. Whole under its name or not there at all.
    """
    told = report_periods.named(period)
    folder = workspace.folder / FOLDER
    file = target or _free(folder, f"{kind}-{slug(period)}", ending)
    if target:
        writing.check_target(target, replace=False, endings=(ending,))
    progress(say("reach.report.counting"))
    facts = reporting.facts(workspace, kind, told)
    progress(say("reach.report.writing", file=file.name))
    if not target:
        folder.mkdir(exist_ok=True)
    today = workspace.now().astimezone(workspace.config.zone).date()
    return Made(file, writing.write(workspace, facts, file, today))


def _free(folder: Path, name: str, ending: str) -> Path:
    """A name that no file has: what was made before is never overwritten."""
    for number in range(1, MOST_NAMES):
        file = folder / f"{name}{'' if number == 1 else f'-{number}'}{ending}"
        if not file.exists():
            return file
    raise UsageError("report.exists", file=folder / f"{name}{ending}")
