"""The room Lịch: a month or a week with lunar dates, days off, freezes; posts are moved from day to day."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.widgets import Static

from content.calendar import Calendar, CalendarError
from content.errors import NotFound
from content.moment import show as in_full
from content.wording import say
from loa.services import calendar as plan
from loa.services import deciding, deliveries, posts
from loa.services.calendar import Day
from loa.services.deliveries import DeliveryView
from loa.services.workspace import Workspace
from loa.speech import moment, number, one_line, status_word
from scheduler.status import DONE, Status
from tui.dialogs.confirm import Confirm
from tui.dialogs.pick import Pick
from tui.dialogs.told import Told, Trouble
from tui.frame.room import Room
from tui.rooms import calendar_cells as cells
from tui.rooms import calendar_words, decisions
from tui.rooms.calendar_grid import CalendarGrid
from tui.widgets.pages import Listed
from tui.widgets.table import VirtualTable


@dataclass(frozen=True)
class Plan:
    """What was read: whole weeks, and what is wrong with the unit's own file of days."""

    days: list[Day]
    wrong: str = ""


@dataclass(frozen=True)
class Undo:
    """The last move, as it left the delivery."""

    before: datetime
    moved: DeliveryView
    lost: bool
    """Whether an approval (or a request for one) went with it: that does not come back."""


class CalendarRoom(Room):
    """Enter opens a day, and in its list a delivery; F6 picks one up, arrows or the mouse move it."""

    PLACE = "calendar"
    PLACES = ("calendar_grid", "table")
    DEFAULT_CSS = """
    CalendarRoom #title { height: auto; padding: 0 1; text-style: bold; }
    CalendarRoom #legend { height: 1; padding: 0 1; color: $text-muted; }
    CalendarRoom #split { height: 1fr; }
    CalendarRoom #day { display: none; height: 1fr; padding: 0 1; }
    CalendarRoom #day-title { height: auto; text-style: bold; display: none; }
    CalendarRoom.-broad #day-title { display: block; }
    CalendarRoom.-open #day { display: block; }
    CalendarRoom.-open #grid { display: none; }
    CalendarRoom.-broad #split { layout: horizontal; }
    CalendarRoom.-broad.-open #grid { display: block; }
    CalendarRoom.-broad #day { width: 40%; border-left: solid $primary; }
    """

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._wanted = self.now().astimezone(self.zone).date()
        """A day of the month that is to be read, as the thread that reads it may know."""
        self._wrong = ""
        self._undo: Undo | None = None
        self._sought = ""
        """The delivery that somebody came for, until its day has been read."""

    def compose_body(self) -> ComposeResult:
        yield Static(id="title", markup=False)
        with Container(id="split"):
            yield CalendarGrid(self.zone, self.now, id="grid")
            with Vertical(id="day"):
                yield Static(id="day-title", markup=False)
                columns = calendar_words.columns(self.zone)
                yield VirtualTable[DeliveryView](columns, empty=say("calendar.nothing"), id="list")
        yield Static(cells.legend(), id="legend", markup=False)

    def on_mount(self) -> None:
        self._grid = self.query_one(CalendarGrid)
        self._list = cast("VirtualTable[DeliveryView]", self.query_one(VirtualTable))
        self.set_focus(self._grid)
        self._tell()

    # Reading and showing

    def read(self) -> Plan:
        try:
            known, wrong = plan.days_off(self.workspace), ""
        except CalendarError as error:  # the plan is shown all the same
            known, wrong = Calendar(""), str(error)
        return Plan(plan.month(self.workspace, self._wanted, known), wrong)

    def show(self, data: Plan) -> None:
        self._wrong = data.wrong
        self._grid.show(data.days)
        carried = self._grid.carried
        if carried is not None:
            seen = cells.find(data.days, carried.view.id)
            if seen is not None and (seen.due_at, seen.status) != (carried.view.due_at, carried.view.status):
                self._grid.put_back()
                self.notify(say("tui_calendar.changed_elsewhere", delivery=seen.id), markup=False)
        self._tell()

    def tick(self, now: datetime) -> None:
        """Past midnight another day is today."""
        if self._grid.today != now.astimezone(self.zone).date():
            self._grid.show(self._grid.days)

    @on(CalendarGrid.Moved)
    def _moved(self) -> None:
        cursor = self._grid.cursor
        if (cursor.year, cursor.month) != (self._wanted.year, self._wanted.month):
            self._wanted = cursor
            self.want()
        self._tell()

    def _tell(self) -> None:
        self.query_one("#title", Static).update(self._title())
        day = self._grid.day
        if day is not None:
            self.query_one("#day-title", Static).update(calendar_words.about(day))
            self._list.show(Listed(day.deliveries, lambda view: view.id))

    def _title(self) -> str:
        carried = self._grid.carried
        if carried is not None:
            return say(
                "tui_calendar.carrying",
                title=one_line(carried.view.title),
                channel=one_line(carried.view.channel),
                before=moment(carried.view.due_at, self.zone),
                after=moment(carried.moment, self.zone),
            )
        cursor = self._grid.cursor
        day = self._grid.day
        month = say("tui_calendar.month", month=f"{cursor:%m/%Y}")
        lines = [f"{month} · {calendar_words.about(day) if day else '…'}"]
        if sum(len(one.deliveries) for one in self._grid.days) >= plan.MOST:
            lines.append(say("tui_calendar.cut", count=number(plan.MOST)))
        return "\n".join([*lines, *([self._wrong] if self._wrong else [])])

    # What keys do

    def arrive(self, **what: str) -> None:
        """To the day of a delivery, or of the first that a post has left, with its list open."""
        if post := what.get("post") or what.get("delivery", "").partition("@")[0]:
            self._find(post, what.get("delivery", ""))

    @work(exclusive=True, group="enter")
    async def _find(self, post: str, delivery: str) -> None:
        try:
            found = (await asyncio.to_thread(posts.get, self.workspace, post)).deliveries
        except NotFound as error:
            self.notify(str(error), markup=False)
            return
        except Exception as error:
            self._say_trouble(error)
            return
        meant = [one for one in found if one.due_at and delivery in ("", one.id)]
        # of a post with several, what is still to come first
        meant.sort(key=lambda one: (one.status in DONE, one.due_at))
        if not meant or meant[0].due_at is None:
            self.notify(say("tui_calendar.no_day", post=post), markup=False)
            return
        self._grid.put_back()
        self._sought = meant[0].id
        self._open(True)
        self._grid.move_to(meant[0].due_at.astimezone(self.zone).date())
        self.want()

    @on(VirtualTable.Loaded)
    def _to_the_sought(self) -> None:
        day = self._grid.day
        place = (
            next((n for n, one in enumerate(day.deliveries) if one.id == self._sought), None) if day else None
        )
        if place is not None:
            self._sought = ""
            self._list.move_to(place)

    def at_hand(self) -> dict[str, str]:
        view = self._list.current if self._is_open else None
        return {"post": view.post, "channel": view.channel} if view else {}

    @property
    def _is_open(self) -> bool:
        return self.has_class("-open")

    def _open(self, opened: bool) -> None:
        self.set_class(opened, "-open")
        self.set_focus(self._list if opened else self._grid)

    @on(CalendarGrid.Opened)
    def _opened(self) -> None:
        self._open(True)

    @on(VirtualTable.Opened)
    @work(exclusive=True, group="enter")
    async def _to_queue(self) -> None:
        view = self._list.current
        if view is not None:
            await self.window.go("queue", delivery=view.id)

    @on(VirtualTable.Trouble)
    def _not_read(self, message: VirtualTable.Trouble) -> None:
        self._say_trouble(message.error)

    def action_back(self) -> None:
        """Esc: put back what is carried, close the day."""
        if self._grid.carried is not None:
            self._grid.put_back()
        elif self._is_open:
            self._open(False)

    def action_switch_view(self) -> None:
        self._grid.see("week" if self._grid.view == "month" else "month")
        self._open(False)
        self._tell()

    def action_today(self) -> None:
        self._grid.action_today()

    @work(exclusive=True, group="dialog")
    async def action_menu(self) -> None:
        view = await self._chosen(say("tui.decide.title"), movable=False)
        if view is not None:
            await decisions.offer(self, view)

    @work(exclusive=True, group="dialog")
    async def action_pick_up(self) -> None:
        if self._grid.carried is not None:
            return
        view = await self._chosen(say("tui_calendar.which"), movable=True)
        if view is not None and self._grid.pick_up(view):
            self._open(False)

    async def _chosen(self, title: str, *, movable: bool) -> DeliveryView | None:
        """The delivery under the cursor; of a day with several the one that is picked."""
        if self._is_open:
            return self._list.current
        day = self._grid.day
        every = day.deliveries if day else []
        views = [view for view in every if not movable or view.status in plan.MOVABLE]
        if len(views) <= 1:
            if not views:
                self.notify(say("tui_calendar.nothing_to_move" if movable else "tui_calendar.nothing_here"))
            return views[0] if views else None
        options = [
            (
                view.id,
                f"{view.due_at.astimezone(self.zone):%H:%M}  {one_line(view.title)}" if view.due_at else "–",
                f"{one_line(view.channel)} · {status_word(view.status, view.remote_id)}",
            )
            for view in views
        ]
        chosen = await self.ask(Pick(title, options))
        return next((view for view in views if view.id == chosen), None)

    # Moving

    @on(CalendarGrid.Fixed)
    def _fixed(self, message: CalendarGrid.Fixed) -> None:
        view = message.view
        words = {"delivery": view.id, "status": status_word(view.status, view.remote_id)}
        self.notify(say("tui_calendar.fixed", **words), markup=False)

    @on(CalendarGrid.Dropped)
    @work(exclusive=True, group="dialog")
    async def _drop(self) -> None:
        carried = self._grid.carried
        if carried is None:
            return
        if carried.moment == carried.view.due_at:
            self._grid.put_back()
            return
        view, wanted = carried.view, carried.moment
        try:
            ahead = await asyncio.to_thread(plan.prospect, self.workspace, view.id, wanted)
        except Exception as error:
            self._grid.put_back()
            await self.ask(Trouble(error))
            return
        title = say("tui_calendar.move.title", delivery=view.id)
        if not ahead.movable:
            self._grid.put_back()
            self._fixed(CalendarGrid.Fixed(ahead.delivery))
            return
        if ahead.past:
            await self.ask(Told(title, [], [say("cli.queue.due_past")]))
            return
        if await self.ask(Confirm(title, "\n".join(calendar_words.consequences(ahead, self.zone)))) is None:
            return
        moved = await self.act(
            lambda person: deciding.move(self.workspace, person, view.id, wanted.isoformat()),
            done=self._done,
        )
        if moved is not None and view.due_at is not None:
            self._undo = Undo(view.due_at, moved, moved.status == Status.DRAFT != view.status)
            self._grid.put_back()

    def _done(self, view: DeliveryView) -> str:
        due = in_full(view.due_at, self.zone) if view.due_at else "–"
        words = {"delivery": view.id, "status": status_word(view.status, view.remote_id), "due": due}
        return say("cli.queue.now", **words)

    @work(exclusive=True, group="dialog")
    async def action_undo(self) -> None:
        """Back to the time before the last move, while nobody has touched the delivery since."""
        undo = self._undo
        if undo is None:
            self.notify(say("tui_calendar.undo.nothing"))
            return
        title = say("tui_calendar.undo.title", delivery=undo.moved.id)
        try:
            now = (await asyncio.to_thread(deliveries.dossier, self.workspace, undo.moved.id)).delivery
        except Exception as error:
            await self.ask(Trouble(error))
            return
        if (now.due_at, now.status) != (undo.moved.due_at, undo.moved.status):
            self._undo = None
            await self.ask(Told(title, [], [say("tui_calendar.undo.changed")]))
            return
        lines = [say("tui_calendar.undo.body", before=in_full(undo.before, self.zone))]
        lines += [say("tui_calendar.undo.lost")] if undo.lost else []
        if await self.ask(Confirm(title, "\n".join(lines))) is None:
            return
        done = await self.act(
            lambda person: deciding.move(
                self.workspace,
                person,
                undo.moved.id,
                undo.before.isoformat(),
                say("tui_calendar.undo.reason"),
            ),
            done=self._done,
        )
        if done is not None:
            self._undo = None
            self._grid.move_to(undo.before.astimezone(self.zone).date())
