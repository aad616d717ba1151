"""Whose a row is, in the lists of a machine that sees the rows of several units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from content.wording import say
from loa.cli.output import table
from loa.cli.session import Session

unit_option = click.option("--unit", default=None, metavar="CODE", help=say("unit.help.of_unit"))


def code_of(session: Session, written: str | None) -> str | None:
    """As it is stored; None where none is asked for. Raises NotFound for a code that nobody has."""
    if written is None:
        return None
    from loa.services import units

    return units.known(session.workspace, written)


def of_unit(session: Session, views: Sequence[Any], written: str | None) -> list[Any]:
    """Those of the unit that is asked for."""
    wanted = code_of(session, written)
    return [view for view in views if wanted is None or view.unit == wanted]


def listed(
    session: Session, headings: Sequence[str], views: Sequence[Any], rows: Sequence[Sequence[object]]
) -> None:
    """A table with one row for each of `views`; its second column says whose it is, where not all are of the
    unit that looks."""
    if all(view.unit == "" for view in views) or {view.unit for view in views} == {session.workspace.unit}:
        table(headings, rows)
        return
    wider = [(row[0], view.unit or "–", *row[1:]) for view, row in zip(views, rows, strict=True)]
    table([headings[0], say("unit.column.unit"), *headings[1:]], wider)
