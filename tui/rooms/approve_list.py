"""What waits for approval, as lines of a table, and what became of it in words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from content.wording import say
from loa.services import reviewing
from loa.services.posts import PostView
from loa.services.reviewing import Waiting
from loa.speech import number, one_line, status_word
from tui.widgets.columns import Column
from tui.words import in_short


def columns(zone: ZoneInfo, now: Callable[[], datetime]) -> list[Column[Waiting]]:
    """Due time, title, and what there is to do for the officer who looks."""
    return [
        Column(say("cli.column.due"), lambda one, _: in_short(one.due_at, zone, now()), (17,) * 3),
        Column(say("cli.column.post"), lambda one, _: one_line(one.title), (20, 24, 40), share=3),
        Column(say("tui_approve.column"), lambda one, _: _standing(one), (14,) * 3, share=1, style=_style),
    ]


def is_cut(found: list[Waiting]) -> bool:
    """Whether more may wait than are listed."""
    return len(found) >= reviewing.MOST


def counted(found: list[Waiting], known: bool) -> str:
    """How many wait; for whom only when it is `known` who looks."""
    if not found:
        return ""  # the table says so
    if not known:
        return say("tui_approve.count_unknown", count=number(len(found)))
    mine = sum(not one.hindrance for one in found)
    return say("tui_approve.count", mine=number(mine), others=number(len(found) - mine))


def _standing(one: Waiting) -> str:
    return say(f"tui_approve.why.{one.hindrance or 'none'}")


def _style(one: Waiting) -> str:
    return "quiet" if one.hindrance else "plain"


def approved(view: PostView) -> str:
    """Where its deliveries stand now: waiting for their minute, or for another level."""
    told = ", ".join(f"{one.channel}: {status_word(one.status)}" for one in view.deliveries)
    return say("tui_approve.approve.done", title=one_line(view.title), told=told)
