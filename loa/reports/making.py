"""The report that is due next: what it is, when, and making it under a name of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from content.errors import UsageError
from content.text import slug
from content.wording import say
from loa.reports import writing
from loa.reports.reminding import soon
from loa.services import report_periods, reporting
from loa.services.report_facts import Facts
from loa.services.workspace import Workspace

FOLDER = "bao-cao"
NAMES = {"periodic": "bao-cao", "engagement": "tuong-tac"}
"""How the file of a kind of report begins."""
KINDS = tuple(NAMES)
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
    facts: Facts


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
    *,
    replace: bool = False,
) -> Made:
    """Write a report into the workspace's folder of reports beside those that are there, or as `target`.

    Raises UsageError for a period or an ending that is none. Whole under its name or not there at all.
    """
    told = report_periods.named(period)
    folder = workspace.folder / FOLDER
    file = target or _free(folder, f"{NAMES[kind]}-{slug(period)}", ending)
    if target:
        writing.check_target(target, replace=replace, endings=(ending,))
    progress(say("reach.report.counting"))
    facts = reporting.facts(workspace, kind, told)
    progress(say("reach.report.writing", file=file.name))
    if not target:
        try:
            folder.mkdir(exist_ok=True)
        except FileExistsError:
            raise UsageError("reach.report.no_folder", folder=folder) from None
    today = workspace.now().astimezone(workspace.config.zone).date()
    return Made(file, writing.write(workspace, facts, file, today), facts)


def _free(folder: Path, name: str, ending: str) -> Path:
    """A name that no file has: what was made before is never overwritten."""
    for number in range(1, MOST_NAMES):
        file = folder / f"{name}{'' if number == 1 else f'-{number}'}{ending}"
        if not file.exists():
            return file
    raise UsageError("report.exists", file=folder / f"{name}{ending}")
