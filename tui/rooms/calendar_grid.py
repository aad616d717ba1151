"""The grid of the calendar: cursor, a delivery in the hand, mouse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from loa.services.calendar import MOVABLE, Day
from loa.services.deliveries import DeliveryView
from tui import keymap
from tui.rooms import calendar_cells as cells
from tui.rooms.calendar_cells import Carried, Picture, Piece

FIRST, LAST = date(2000, 1, 3), date(2100, 12, 26)
"""No post is due outside; whole weeks stay inside what a date can be."""
_STEP = timedelta(minutes=15)


class CalendarGrid(Widget, can_focus=True, inherit_bindings=False):
    """A month or a week. What is carried follows the cursor until it is put down or put back."""

    BINDINGS = keymap.bindings("calendar_grid")
    NAMES = ("heading", "cursor", "day", "off", "other", "carried", "plain", "good", "bad", "care", "quiet")
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"grid--{name}" for name in NAMES}
    DEFAULT_CSS = """
    CalendarGrid { height: 1fr; width: 1fr; }
    CalendarGrid > .grid--heading { text-style: bold underline; }
    CalendarGrid > .grid--cursor { text-style: bold reverse; }
    CalendarGrid > .grid--day { text-style: bold; }
    CalendarGrid > .grid--off { text-style: bold; color: $text-error; }
    CalendarGrid > .grid--other { color: $text-muted; }
    CalendarGrid > .grid--carried { text-style: bold reverse; color: $text-warning; }
    CalendarGrid > .grid--good { color: $text-success; }
    CalendarGrid > .grid--bad { color: $text-error; text-style: bold; }
    CalendarGrid > .grid--care { color: $text-warning; }
    CalendarGrid > .grid--quiet { color: $text-muted; }
    """

    class Moved(Message):
        """The cursor is on another day, or what is carried at another time."""

    class Opened(Message):
        """Enter or a double click: the day is to be opened."""

    class Dropped(Message):
        """What is carried is to be put down where it is now."""

    class Fixed(Message):
        """Somebody tried to drag what cannot be moved any more."""

        def __init__(self, view: DeliveryView) -> None:
            super().__init__()
            self.view = view

    def __init__(self, zone: ZoneInfo, now: Callable[[], datetime], *, id: str) -> None:  # noqa: A002 Textual's
        super().__init__(id=id)
        self._zone, self._now = zone, now
        today = now().astimezone(zone).date()
        self._picture = Picture("month", today, today, {}, zone)
        self._drawn: list[list[Piece]] = []
        self._pressed: Piece | None = None
        self._dragging = False

    # ---- what a room asks and says

    @property
    def cursor(self) -> date:
        return self._picture.cursor

    @property
    def day(self) -> Day | None:
        """The day under the cursor, once it has been read."""
        return self._picture.days.get(self.cursor)

    @property
    def days(self) -> list[Day]:
        return list(self._picture.days.values())

    @property
    def today(self) -> date:
        """As it was when it was drawn."""
        return self._picture.today

    @property
    def carried(self) -> Carried | None:
        return self._picture.carried

    @property
    def view(self) -> str:
        return self._picture.view

    def show(self, days: Sequence[Day]) -> None:
        """Newer days. Cursor and what is carried stay."""
        self._change(days={day.date: day for day in days}, today=self._now().astimezone(self._zone).date())

    def see(self, view: str) -> None:
        """`month` or `week`."""
        self._change(view=view)

    def move_to(self, day: date) -> None:
        self._change(cursor=max(FIRST, min(LAST, day)))
        self.post_message(self.Moved())

    def pick_up(self, view: DeliveryView) -> bool:
        """Take a delivery into the hand; False when it cannot be moved (any more)."""
        if view.due_at is None or view.status not in MOVABLE:
            self.post_message(self.Fixed(view))
            return False
        self._change(carried=Carried(view, view.due_at))
        self.move_to(view.due_at.astimezone(self._zone).date())
        return True

    def put_back(self) -> None:
        """Nothing has been moved."""
        self._change(carried=None)
        self.post_message(self.Moved())

    # ---- keys

    def action_step(self, across: int, down: int) -> None:
        """By days across and weeks down, as they stand on the screen."""
        if cells.stacked(self.view, self.size.width):
            across, down = down, across
        self._by(timedelta(days=across + 7 * down))

    def action_month(self, by: int) -> None:
        """The same day another month, or its last."""
        month = self.cursor.year * 12 + self.cursor.month - 1 + by
        year, month = divmod(month, 12)
        for number in (self.cursor.day, 30, 29, 28):
            try:
                day = date(year, month + 1, number)
            except ValueError:
                continue
            self._by(day - self.cursor)
            return

    def action_today(self) -> None:
        self._by(self._now().astimezone(self._zone).date() - self.cursor)

    def action_later(self, steps: int) -> None:
        """What is carried, by quarters of an hour."""
        if self.carried is not None:
            self._carry(steps * _STEP)

    def action_open(self) -> None:
        self.post_message(self.Dropped() if self.carried is not None else self.Opened())

    def _by(self, time: timedelta) -> None:
        if self.carried is not None:
            self._carry(time)
        else:
            self.move_to(self.cursor + time)

    def _carry(self, time: timedelta) -> None:
        assert self.carried is not None
        moment = self.carried.moment.astimezone(self._zone) + time  # wall time: 7 o'clock stays 7 o'clock
        if FIRST <= moment.date() <= LAST:
            self._change(carried=replace(self.carried, moment=moment))
            self.move_to(moment.date())

    # ---- mouse

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self._pressed = self._at(event.x, event.y)
        self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self._pressed is None:
            return
        here = self._at(event.x, event.y)
        if here is None or here.day is None:
            return
        if not self._dragging and self._pressed.delivery and here.day != self._pressed.day:
            view = cells.find(self._picture.days.values(), self._pressed.delivery)
            self._dragging = view is not None and self.pick_up(view)
            if not self._dragging:
                self._pressed = None
        if self._dragging and here.day != self.cursor:
            self._carry(here.day - self.cursor)

    def on_mouse_up(self) -> None:
        self.release_mouse()
        pressed, self._pressed = self._pressed, None
        if self._dragging:
            self._dragging = False
            back = self.carried is None or self.carried.moment == self.carried.view.due_at
            if back:
                self.put_back()
            else:
                self.post_message(self.Dropped())
        elif pressed is not None and pressed.day is not None:
            self._by(pressed.day - self.cursor)

    def on_click(self, event: events.Click) -> None:
        if event.chain == 2 and self._at(event.x, event.y) is not None:
            self.action_open()

    def on_mouse_scroll_down(self) -> None:
        self.action_month(1)

    def on_mouse_scroll_up(self) -> None:
        self.action_month(-1)

    def _at(self, x: int, y: int) -> Piece | None:
        if not (0 <= y < len(self._drawn) and x >= 0):
            return None
        for piece in self._drawn[y]:
            x -= cell_len(piece.text)
            if x < 0:
                return piece
        return None

    # ---- drawing

    def _change(self, **changes: object) -> None:
        self._picture = replace(self._picture, **changes)  # type: ignore[arg-type]
        self._draw()

    def _draw(self) -> None:
        self._drawn = cells.lines(self._picture, self.size.width, self.size.height)
        self.refresh()

    def on_resize(self) -> None:
        self._draw()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def render_line(self, y: int) -> Strip:
        if y >= len(self._drawn):
            return Strip.blank(self.size.width)
        segments = []
        for piece in self._drawn[y]:
            name = "day" if piece.style == "cursor" and not self.has_focus else piece.style
            segments.append(Segment(piece.text, self.get_component_rich_style(f"grid--{name}")))
        return Strip(segments).adjust_cell_length(self.size.width)
