"""The table of deliveries: draws only the lines in view, keeps its place when the rows change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from rich.segment import Segment
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from loa.services.deliveries import DeliveryView
from scheduler.status import Status
from tui import columns, keymap
from tui.snapshot import Line
from tui.words import fit

_MARK = "›"
_BLANK = " "
_STYLES = {
    Status.PUBLISHED: "good",
    Status.REVEALING: "good",
    Status.UNKNOWN: "bad",
    Status.FAILED: "bad",
    Status.MISSED: "bad",
    Status.HELD: "care",
    Status.DRAFT: "quiet",
    Status.CANCELLED: "quiet",
    Status.REMOVED: "quiet",
}


class DeliveryTable(ScrollView, can_focus=True, inherit_bindings=False):
    """Hàng đợi: one line a delivery. Colour repeats the word in the status column, never replaces it."""

    BINDINGS = keymap.bindings("table")
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"table--{name}" for name in ("heading", "cursor", "tail", "plain", "good", "bad", "care", "quiet")
    }

    class Moved(Message):
        """The cursor stands on another delivery, or on none."""

    class Opened(Message):
        """Somebody wants to know more of the delivery under the cursor."""

    def __init__(self, zone: ZoneInfo, *, id: str | None = None) -> None:  # noqa: A002 Textual's name
        super().__init__(id=id)
        self.zone = zone
        self._now = datetime.min.replace(tzinfo=UTC)
        self._lines: Sequence[Line] = ()
        self._tail = ""
        self._cursor = 0
        self._cells: list[tuple[str, ...]] = []
        self._widths: tuple[int, ...] = ()

    @property
    def current(self) -> DeliveryView | None:
        """The delivery under the cursor."""
        return self._lines[self._cursor].view if self._lines else None

    @property
    def lines(self) -> Sequence[Line]:
        return self._lines

    def show(self, lines: Sequence[Line], tail: str, now: datetime) -> None:
        """Other rows; the cursor stays on its delivery, at the same height on the screen."""
        before, place = self.current, self._cursor
        self._lines, self._tail, self._now = lines, tail, now
        ids = [line.view.id for line in lines]
        if before is not None and before.id in ids:
            self._cursor = ids.index(before.id)
        else:
            self._cursor = max(0, min(place, len(lines) - 1))
        self._lay_out()
        self.virtual_size = Size(self._room, 1 + len(lines) + bool(tail))
        if self._cursor != place:
            self.scroll_to(y=self.scroll_y + self._cursor - place, animate=False, force=True)
        self._see_cursor()
        if self.current != before:
            self.post_message(self.Moved())

    def tick(self, now: datetime) -> None:
        """Time has passed: what is late has become later."""
        if now.replace(second=0, microsecond=0) != self._now.replace(second=0, microsecond=0):
            self._now = now
            self._lay_out()

    def move_to(self, index: int) -> None:
        index = max(0, min(index, len(self._lines) - 1))
        if index != self._cursor:
            self._cursor = index
            self.post_message(self.Moved())
        self._see_cursor()
        self.refresh()

    def action_move(self, by: int) -> None:
        self.move_to(self._cursor + by)

    def action_page(self, by: int) -> None:
        self.move_to(self._cursor + by * max(1, self.size.height - 2))

    def action_end(self, side: int) -> None:
        self.move_to(0 if side < 0 else len(self._lines) - 1)
        if side > 0:  # the tail says how much is not shown
            self.scroll_end(animate=False, force=True, immediate=True)

    def action_open(self) -> None:
        if self._lines:
            self.post_message(self.Opened())

    def on_resize(self) -> None:
        self._lay_out()
        self.virtual_size = Size(self._room, self.virtual_size.height)
        self.call_after_refresh(self._see_cursor)

    def on_click(self, event: events.Click) -> None:
        index = event.y - 1 + self.scroll_offset.y
        if event.y and index < len(self._lines):
            self.move_to(index)
            if event.chain == 2:
                self.action_open()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def render_line(self, y: int) -> Strip:
        if y == 0:
            return self._strip(_BLANK + self._row(columns.headings()), "heading")
        index = y - 1 + self.scroll_offset.y
        if index < len(self._lines):
            chosen = index == self._cursor
            text = (_MARK if chosen else _BLANK) + self._row(self._cells[index])
            status = Status(self._lines[index].view.status)
            return self._strip(text, "cursor" if chosen and self.has_focus else _STYLES.get(status, "plain"))
        return self._strip(_BLANK + self._tail if index == len(self._lines) else "", "tail")

    @property
    def _room(self) -> int:
        """Columns beside the scroll bar."""
        return self.scrollable_content_region.width

    def _row(self, texts: Sequence[str]) -> str:
        return (" " * columns.GAP).join(map(fit, texts, self._widths))

    def _strip(self, text: str, kind: str) -> Strip:
        style = self.get_component_rich_style(f"table--{kind}")
        return Strip([Segment(fit(text, self._room), style)], self._room)

    def _lay_out(self) -> None:
        wide = self._room >= columns.WIDE - 2
        self._cells = [columns.cells(line.view, self.zone, self._now, wide=wide) for line in self._lines]
        self._widths = columns.widths(self._cells, self._room - len(_MARK))
        self.refresh()

    def _see_cursor(self) -> None:
        """Scroll so that the cursor is in view below the heading, which takes the first line."""
        height = self.size.height - 1
        if height > 0:
            top = self.scroll_offset.y
            wanted = min(self._cursor, max(top, self._cursor - height + 1))
            if wanted != top:
                self.scroll_to(y=wanted, animate=False, force=True, immediate=True)
