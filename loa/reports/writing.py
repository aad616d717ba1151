"""A report as a file: its format by the name's ending, whole under its name or not there at all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from content.errors import NotFound, UsageError
from content.whole import whole
from content.wording import say
from loa.reports import layout, plainfiles, texts
from loa.reports.tables import Table
from loa.services import law
from loa.services.report_facts import Facts
from loa.services.workspace import Workspace

ENDINGS = (".docx", ".xlsx", ".html", ".csv", ".json")
FORM_ENDINGS = (".xlsx", ".csv")
_ACADEMIC = re.compile(r"(?:GS|PGS|TS|ThS|TSKH|BS|KS|CN|LS|NGND|NGƯT)[.\s]", re.IGNORECASE)


def check_target(target: Path, *, replace: bool, endings: tuple[str, ...] = ENDINGS) -> None:
    """Before anything is counted: raises UsageError for an ending, a file there, NotFound for no folder."""
    if target.suffix.lower() not in endings:
        raise UsageError("report.no_format", ending=target.suffix or target.name, endings=", ".join(endings))
    if not target.parent.is_dir():
        raise NotFound("report.no_folder", folder=target.parent)
    if target.is_dir() or (target.exists() and not replace):
        raise UsageError("report.exists", file=target)


def write(workspace: Workspace, facts: Facts, target: Path, day: date) -> list[str]:
    """Make the file; returns what its reader has to be told. `day` is the date on the paper."""
    data, remarks = made(workspace, facts, target.suffix.lower(), day)
    _write(target, data)
    return remarks


def made(workspace: Workspace, facts: Facts, ending: str, day: date) -> tuple[bytes, list[str]]:
    """The bytes of one format, and remarks."""
    zone = workspace.config.zone
    if ending == ".json":
        return plainfiles.as_json(facts), []
    if ending == ".csv":
        return plainfiles.as_csv(facts, zone), []
    if ending == ".xlsx":
        from loa.reports import sheet

        return sheet.made(facts, zone), []
    if ending == ".html":
        from loa.reports import dashboard, same_age

        return dashboard.made(facts, zone, same_age.gathered(workspace, facts)), []
    from loa.reports import word

    about = workspace.config.report
    shape = layout.read(workspace.folder, about.layout)
    words = texts.write(facts, workspace.folder, zone, law.registry(workspace))
    remarks = [*words.remarks]
    if empty := [
        say(f"report.unfilled_{name}") for name in ("place", "to", "signer") if not getattr(about, name)
    ]:
        remarks.append(say("report.unfilled", names=", ".join(empty)))
    if not shape.verified:
        remarks.append(say("report.unverified_layout", name=about.layout, source=shape.source))
    if _ACADEMIC.match(about.signer):
        remarks.append(say("report.academic"))
    return word.made(facts, words, shape, about, zone, day), remarks


def write_table(workspace: Workspace, table: Table, target: Path, notes: Sequence[str]) -> None:
    """One table as a workbook (with its notes) or as CSV."""
    zone = workspace.config.zone
    if target.suffix.lower() == ".csv":
        _write(target, plainfiles.table_csv(table, zone))
        return
    from loa.reports import sheet

    _write(target, sheet.of_table(table, zone, notes))


def _write(target: Path, data: bytes) -> None:
    with whole(target) as file:
        file.write(data)
