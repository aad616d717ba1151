"""A table over any number of rows: reads the pages in view, keeps its place when the rows change."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Sequence
from typing import ClassVar, Generic, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollTo
from textual.strip import Strip

from tui import keymap
from tui.widgets import columns as columns_of
from tui.widgets.columns import GAP, Column
from tui.widgets.pages import Pages, Place, Source, look
from tui.words import fit

T = TypeVar("T")

_MARK = "›"
_BLANK = " "
_READING = "…"


class VirtualTable(ScrollView, Generic[T], can_focus=True, inherit_bindings=False):
    """One line a row under a heading. The words carry the meaning, colour repeats it.

    `show(source)` opens a list, `reload()` looks at it again: both come back at once, and the rows on the
    screen stay until the new ones are there. Of several requests the newest wins.
    """

    BINDINGS = keymap.bindings("table")
    STYLES = ("plain", "good", "bad", "care", "quiet")
    """What a column's `style` may name."""
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"table--{name}" for name in ("heading", "cursor", "tail", *STYLES)
    }
    DEFAULT_CSS = """
    VirtualTable {
        height: 1fr; width: 1fr; overflow-x: hidden; scrollbar-size-vertical: 1; scrollbar-gutter: stable;
    }
    VirtualTable > .table--heading { text-style: bold underline; }
    VirtualTable > .table--cursor { text-style: bold reverse; }
    VirtualTable > .table--tail { text-style: italic; color: $text-muted; }
    VirtualTable > .table--good { color: $text-success; }
    VirtualTable > .table--bad { color: $text-error; text-style: bold; }
    VirtualTable > .table--care { color: $text-warning; }
    VirtualTable > .table--quiet { color: $text-muted; }
    """

    class Moved(Message):
        """Another row is under the cursor, or its row has been read just now, or there is none."""

    class Opened(Message):
        """Somebody wants to know more of the row under the cursor: Enter or a double click."""

    class Loaded(Message):
        """Rows of a newer look are shown: `count` may be another."""

    class Trouble(Message):
        """Rows could not be read; what was there before is still shown. `reload` tries again."""

        def __init__(self, error: Exception) -> None:
            super().__init__()
            self.error = error

    def __init__(
        self,
        columns: Sequence[Column[T]],
        *,
        empty: str = "",
        id: str | None = None,  # noqa: A002 Textual's name
    ) -> None:
        super().__init__(id=id)
        self.columns = tuple(columns)
        self.empty = empty
        """Stands in the first line when there is no row."""
        self._tail = ""
        self._pages: Pages[T] | None = None
        self._cursor = 0
        self._wanted: Source[T] | None = None
        self._source: Source[T] | None = None
        self._opening = self._paging = False

    # ---- what a room asks and says

    @property
    def current(self) -> T | None:
        """The row under the cursor; None when there is none or it is being read."""
        return self.row(self._cursor)

    @property
    def cursor(self) -> int:
        """The place of the cursor, from 0 on."""
        return self._cursor

    @property
    def count(self) -> int:
        """How many rows there are; 0 before the first look."""
        return self._pages.count if self._pages else 0

    @property
    def tail(self) -> str:
        """A line after the last row."""
        return self._tail

    @tail.setter
    def tail(self, text: str) -> None:
        if text != self._tail:
            self._tail = text
            self._resize_list()
            self.refresh()

    def row(self, index: int) -> T | None:
        """A row that has been read, for whoever wants to look at those in view."""
        return self._pages.row(index) if self._pages and 0 <= index < self.count else None

    def show(self, source: Source[T]) -> None:
        """Open a list. Where it has the cursor's row, the cursor stays on it, at its height on the screen."""
        self._wanted = self._source = source
        if not self._opening:
            self._opening = True
            self.run_worker(self._open(), group="table-open")

    def reload(self) -> None:
        """The rows may have changed: look again."""
        if self._source is not None:  # what was asked for last, although its rows may not be there yet
            self.show(self._source)

    def move_to(self, index: int) -> None:
        """Put the cursor on a row and the row into view."""
        before = self._cursor
        self._cursor = max(0, min(index, self.count - 1))
        self._see_cursor()
        self._want_pages()
        if self._cursor != before:
            self.post_message(self.Moved())
        self.refresh()

    # ---- reading: never in the event loop

    async def _open(self) -> None:
        try:
            while self._wanted is not None:
                source, self._wanted = self._wanted, None
                place = self._place()
                try:
                    pages, found = await asyncio.to_thread(look, source, place)
                except Exception as error:  # the database is away or locked
                    self.post_message(self.Trouble(error))
                    continue
                if not self.is_running:
                    return
                if self._wanted is None and self._place().identity != place.identity:
                    self._wanted = source  # the cursor went on meanwhile: find its row, not the one before
                elif self._wanted is None:
                    self._put(pages, found)
        finally:
            self._opening = False

    def _place(self) -> Place:
        row, height = self.current, max(1, self.size.height - 1)
        known: Hashable | None = None
        if row is not None and self._pages is not None:
            known = self._pages.source.identity(row)
        return Place(known, self._cursor, self._cursor - self.scroll_offset.y, height)

    def _put(self, pages: Pages[T], found: Place) -> None:
        first, before = self._pages is None, self.current
        self._pages, self._cursor = pages, found.index
        self._resize_list()
        self.scroll_to(y=found.top, animate=False, force=True, immediate=True)
        self._see_cursor()
        self._want_pages()
        self.refresh()
        self.post_message(self.Loaded())
        if first or self.current != before:
            self.post_message(self.Moved())

    def _want_pages(self) -> None:
        if not self._paging and self._missing() is not None:
            self._paging = True
            self.run_worker(self._read_pages(), group="table-pages")

    def _missing(self) -> int | None:
        top = self.scroll_offset.y
        return self._pages.missing(top, top + max(1, self.size.height - 1) - 1) if self._pages else None

    async def _read_pages(self) -> None:
        """What is in view *now*, again and again: what was only passed by on the way is never read."""
        try:
            while self._pages is not None and (number := self._missing()) is not None:
                pages, known = self._pages, self.current is not None
                rows = await asyncio.to_thread(pages.read, number)
                pages.keep(number, rows)
                if pages is self._pages:
                    self.refresh()
                    if not known and self.current is not None:
                        self.post_message(self.Moved())
        except Exception as error:
            self.post_message(self.Trouble(error))
        finally:
            self._paging = False

    # ---- keys and mouse

    def action_move(self, by: int) -> None:
        self.move_to(self._cursor + by)

    def action_page(self, by: int) -> None:
        self.move_to(self._cursor + by * max(1, self.size.height - 2))

    def action_end(self, side: int) -> None:
        self.move_to(0 if side < 0 else self.count - 1)
        if side > 0:  # the tail has something to say
            self.scroll_to(y=self.max_scroll_y, animate=False, force=True, immediate=True)

    def action_open(self) -> None:
        if self.current is not None:
            self.post_message(self.Opened())

    def on_click(self, event: events.Click) -> None:
        index = event.y - 1 + self.scroll_offset.y
        if event.y and index < self.count:
            self.move_to(index)
            if event.chain == 2:
                self.action_open()

    def _on_scroll_to(self, message: ScrollTo) -> None:
        """The scroll bar is dragged: go there at once instead of gliding over a million rows."""
        message.prevent_default().stop()
        self.scroll_to(y=message.y, animate=False, force=True, immediate=True)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Wheel and scroll bar take the cursor along, so that the next key goes on from what is in view."""
        super().watch_scroll_y(old_value, new_value)
        top, height = self.scroll_offset.y, self.size.height - 1
        inside = max(top, min(self._cursor, top + height - 1, self.count - 1))
        if height > 0 and inside != self._cursor and self.count:
            self._cursor = inside
            self.post_message(self.Moved())
        self._want_pages()

    def on_resize(self) -> None:
        self._resize_list()
        self.call_after_refresh(self._see_cursor)
        self._want_pages()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    # ---- drawing

    def render_line(self, y: int) -> Strip:
        widths = columns_of.widths(self.columns, self._room - len(_MARK), self.size.width)
        if y == 0:
            shown = [(column.title, width) for column, width in zip(self.columns, widths, strict=True)]
            return self._line(
                _BLANK + (" " * GAP).join(fit(title, width) for title, width in shown if width), "heading"
            )
        index = y - 1 + self.scroll_offset.y
        if index < self.count:
            return self._row_line(index, widths)
        after = self._tail or (self.empty if self._pages and not self.count else "")
        return self._line(_BLANK + after if index == self.count else "", "tail")

    def _row_line(self, index: int, widths: Sequence[int]) -> Strip:
        row = self.row(index)
        chosen = index == self._cursor
        over = "cursor" if chosen and self.has_focus else ""
        mark = _MARK if chosen else _BLANK
        if row is None:
            return self._line(mark + _READING, over or "quiet")
        segments = [Segment(mark, self._style(over or "plain"))]
        for column, width in zip(self.columns, widths, strict=True):
            if width:
                if len(segments) > 1:
                    segments.append(Segment(" " * GAP, self._style(over or "plain")))
                text = fit(column.text(row, width), width)
                segments.append(Segment(text, self._style(over or column.style(row))))
        strip = Strip(segments)
        return strip.adjust_cell_length(self._room, self._style(over or "plain"))

    def _line(self, text: str, name: str) -> Strip:
        return Strip([Segment(fit(text, self._room), self._style(name))], max(0, self._room))

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"table--{name}")

    @property
    def _room(self) -> int:
        """Columns beside the scroll bar."""
        return self.scrollable_content_region.width

    def _resize_list(self) -> None:
        self.virtual_size = Size(self._room, 1 + self.count + bool(self._tail or not self.count))

    def _see_cursor(self) -> None:
        """Scroll so that the cursor is in view below the heading, which takes the first line."""
        height = self.size.height - 1
        if height > 0:
            top = self.scroll_offset.y
            wanted = min(self._cursor, max(top, self._cursor - height + 1))
            if wanted != top:
                self.scroll_to(y=wanted, animate=False, force=True, immediate=True)
