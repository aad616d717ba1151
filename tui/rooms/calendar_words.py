"""What the calendar says: a day in one line, the lines of its list, what a move would bring about."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

from content.moment import show as in_full
from content.wording import say
from loa.services.calendar import Day, Prospect
from loa.services.deliveries import DeliveryView
from loa.services.stopping import FreezeView
from loa.speech import moment, number, one_line, status_word
from tui.rooms import calendar_cells as cells
from tui.rooms import queue_table
from tui.widgets.columns import Column


def columns(zone: ZoneInfo) -> list[Column[DeliveryView]]:
    """Of the list of one day."""
    style = queue_table.style

    def time(view: DeliveryView, _: int) -> str:
        return f"{view.due_at.astimezone(zone):%H:%M}" if view.due_at else "–"

    return [
        Column(say("tui_calendar.column.time"), time, (5, 5, 5), style=style),
        Column(
            say("cli.column.status"),
            lambda view, _: status_word(view.status, view.remote_id),
            (20, 21, 21),
            style=style,
        ),
        Column(say("cli.column.channel"), lambda view, _: one_line(view.channel), (12, 14, 16)),
        Column(say("cli.column.post"), lambda view, _: one_line(view.title), (12, 20, 20), share=1),
    ]


def about(day: Day) -> str:
    """Weekday and date, lunar date, what is special about it, how many deliveries."""
    weekday = say(f"content.weekdays.{cells.WEEKDAYS[day.date.weekday()]}")
    told = [f"{weekday} {day.date:%d/%m/%Y}"]
    told += [say("calendar.lunar", lunar=day.lunar)] if day.lunar else []
    told += cells.marks(day)
    count = len(day.deliveries)
    told.append(say("tui_calendar.count", count=number(count)) if count else say("calendar.nothing"))
    return " · ".join(told)


def consequences(ahead: Prospect, zone: ZoneInfo) -> list[str]:
    """What is to be known before a delivery is moved: approval, the day, what else goes out around then."""
    due = ahead.delivery.due_at
    told = [
        say(
            "tui_calendar.move.from_to",
            before=in_full(due, zone) if due else "–",
            after=in_full(ahead.moment, zone),
        ),
        say(f"tui_calendar.move.approval_{ahead.approval}"),
    ]
    day = replace(ahead.day, freezes=[one for one in ahead.day.freezes if _concerns(one, ahead.delivery)])
    special = cells.marks(day)
    if ahead.day.off and not any(one.off for one in ahead.day.holidays):
        special.append(say("tui_calendar.move.weekend"))
    if special:
        told.append(say("tui_calendar.move.day", marks="; ".join(special)))
    if ahead.quiet is not None:
        told.append(one_line(ahead.quiet.message))
    for other in ahead.near:
        words = {"time": moment(other.due_at, zone), "title": one_line(other.title)}
        told.append(say("tui_calendar.move.near", channel=one_line(other.channel), **words))
    return told


def _concerns(freeze: FreezeView, view: DeliveryView) -> bool:
    """Whether a freeze may stop it; the tags of a campaign are not known here: rather told than not."""
    known = {"channel": view.channel, "post": view.post}
    return known.get(freeze.scope, freeze.target) == freeze.target
