"""What is said on a terminal of a report: its figures, what is missing in them, and where its file is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from content.wording import say
from loa.cli import activity_shown
from loa.cli.output import speak, table
from loa.cli.session import Session
from loa.speech import number

if TYPE_CHECKING:
    from loa.reports.making import Proposal
    from loa.services.report_facts import Facts


def proposed(session: Session) -> Proposal:
    """The report that is due next, where no period was named; which one it is, is said."""
    from loa.reports import making
    from loa.services import report_periods

    found = making.proposal(session.workspace)
    label = report_periods.named(found.period).label
    speak(say("report.cli.proposed", label=label, year=found.period[-4:]))
    return found


def tell(session: Session, facts: Facts, *, short: bool) -> None:
    """On the screen: the tables that fit there; what is not available is speech in any case."""
    from loa.reports import tables

    zone = session.workspace.config.zone
    days = {"first": f"{facts.first:%d/%m/%Y}", "last": f"{facts.last:%d/%m/%Y}"}
    counts = {"posts": facts.posts, "deliveries": facts.deliveries, "planned": facts.plan.planned}
    speak(say("report.cli.summary", label=facts.label, **days, **{k: number(v) for k, v in counts.items()}))
    if not short:
        direct = ["truc-tiep"] if facts.held and facts.kind != "engagement" else []
        for one in (tables.names()[key](facts, zone) for key in ("ke-hoach", "kenh", "so-lieu", *direct)):
            click.echo(f"\n{one.title}")
            table(one.headings, [[tables.in_words(cell, zone) for cell in row] for row in one.rows])
    if facts.unfinished:
        speak(say("report.cli.unfinished", at=f"{facts.as_of.astimezone(zone):%H:%M %d/%m/%Y}"))
    for name in ("unread", "unread_public", "unavailable", "read_late", "undated"):
        if count := getattr(facts, name):
            speak(say(f"report.cli.{name}", count=number(count)))
    tell_overdue(session, facts)


def tell_overdue(session: Session, facts: Facts) -> None:
    """What the ledger of activities planned for the period and nobody said to be done."""
    from loa.services import activities
    from loa.services.report_periods import Period

    workspace = session.workspace
    if facts.kind != "engagement":
        found = activities.listing(workspace, Period(facts.first, facts.last), campaign=facts.campaign)
        activity_shown.tell_overdue(activities.overdue(found, activities.today(workspace)))


def tell_file(target: Path) -> None:
    """Where it is, whole: whoever has to find it may not know which folder this is."""
    speak(say("report.cli.written", file=target.absolute()))
    if target.suffix.lower() == ".docx":
        speak(say("report.cli.then_word"))
