"""Making a report from the window: which, of what time, as what file; then where it is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from content.errors import LoaError
from content.wording import say
from loa.speech import one_line
from tui.dialogs.pick import Pick
from tui.dialogs.questions import Field, Form
from tui.dialogs.told import Told, Trouble
from tui.frame.footer import Footer

if TYPE_CHECKING:
    from tui.rooms.figures import FiguresRoom

GROUP = "report"


async def make_report(room: FiguresRoom) -> None:
    """Only in a worker. The report that is due next is proposed; Enter three times makes it.

    It is made in a worker of its own: another dialog of the room must not take away where it is.
    """
    from loa.reports import making, writing

    if any(one.group == GROUP and not one.is_finished for one in room.workers):
        room.notify(say("reach.report.already"))
        return
    title = say("reach.report.title")
    try:
        first = await asyncio.to_thread(making.proposal, room.workspace)
    except Exception as error:
        await room.ask(Trouble(error))
        return
    kinds = [(one, say(f"reach.report.kind.{one}"), "") for one in making.KINDS]
    kind = await room.ask(Pick(title, kinds, say("reach.report.which"), at=first.kind))
    if not kind:
        return
    period = Field(
        "period",
        say("reach.report.period"),
        value=first.period,
        hint="6-thang-dau-2026",
        required=True,
        check=_period_wrong,
    )
    told = await room.ask(Form(title, say("reach.report.period_body"), [period]))
    if told is None:
        return
    endings = [(one, say(f"reach.report.ending.{one[1:]}"), "") for one in writing.ENDINGS]
    ending = await room.ask(Pick(title, endings, say("reach.report.as_what")))
    if not ending:
        return
    room.run_worker(_make(room, title, kind, told["period"].strip(), ending), group=GROUP)


async def _make(room: FiguresRoom, title: str, kind: str, period: str, ending: str) -> None:
    from loa.reports import making

    footer = room.query_one(Footer)

    def progress(sentence: str) -> None:
        room.app.call_from_thread(footer.say_busy, sentence)

    try:
        made = await asyncio.to_thread(making.make, room.workspace, kind, period, ending, progress)
    except Exception as error:
        room.app.push_screen(Trouble(error))
        return
    finally:
        footer.say_busy("")
    lines = [say("reach.report.made", file=one_line(str(made.file))), *map(one_line, made.remarks)]
    room.app.push_screen(Told(title, lines))


def _period_wrong(written: str) -> str:
    from loa.services import report_periods

    try:
        report_periods.named(written)
    except LoaError:
        return say("reach.report.bad_period", written=one_line(written))
    return ""
