"""The screen Hàng đợi: every delivery in due order, watched while the publisher works."""

from __future__ import annotations

import asyncio
import sqlite3
from time import monotonic

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Container, Horizontal
from textual.screen import Screen
from textual.widgets import Input, Static

from content.errors import NotFound
from content.wording import say
from loa.services import deliveries
from loa.services.deliveries import Dossier
from loa.services.workspace import Workspace
from loa.speech import number, one_line
from scheduler.news import News
from tui import columns, keymap
from tui.details import Details
from tui.filters import GROUPS, Filter, ring
from tui.header import Header
from tui.help import HelpScreen
from tui.search import SearchBox
from tui.snapshot import PAGE, Snapshot, matching, read
from tui.table import DeliveryTable

TICK_S = 1.0
LOOK_EVERY_S = 0.4
"""How often another process's commit is looked for: a change is on the screen within a second."""
REST = 2
"""After a read that took a while the next one by itself waits so many times as long: a huge database
must not keep a core busy beside a publisher that commits all the time."""


class QueueScreen(Screen[None]):
    """Shows and never changes anything: decisions are the command line's (`loa queue`)."""

    BINDINGS = keymap.bindings("window")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (columns.WIDE, "-wide")]  # noqa: RUF012 Textual's own form
    VERTICAL_BREAKPOINTS = [(0, "-short"), (28, "-tall")]  # noqa: RUF012

    def __init__(self, workspace: Workspace, news: News, first: Snapshot) -> None:
        super().__init__()
        self._workspace = workspace
        self._zone = workspace.config.zone
        self._news = news
        self._snapshot = first
        self._chosen: Filter = first.chosen
        self._limit = PAGE
        self._rows_wanted = self._details_wanted = self._reading = False
        self._rests_until = 0.0

    def compose(self) -> ComposeResult:
        yield Header(id="header", markup=False)
        yield Static(id="trouble", markup=False)
        with Horizontal(id="tools"):
            yield Static(id="filter", markup=False)
            yield SearchBox(say("tui.search.placeholder"), id="search")
        with Container(id="body"):
            yield DeliveryTable(self._zone, id="table")
            yield Details(id="details")
        yield Static(id="footer", markup=False)

    def on_mount(self) -> None:
        self._header, self._table = self.query_one(Header), self.query_one(DeliveryTable)
        self._search, self._details = self.query_one(SearchBox), self.query_one(Details)
        self.set_focus(self._table)
        self._show()
        self.set_interval(TICK_S, self._tick)
        self.set_interval(LOOK_EVERY_S, self._look)

    def on_unmount(self) -> None:
        self._news.close()

    # Reading: in a thread, one at a time; what is asked for meanwhile is read once more afterwards.

    def _look(self) -> None:
        if self._reading or monotonic() < self._rests_until:
            return
        try:
            came = self._news.came()
        except sqlite3.Error as error:
            self._say_trouble(error)
            return
        if came or self._in_trouble:
            self._want(rows=True, details=True)

    def _want(self, *, rows: bool = False, details: bool = False) -> None:
        self._rows_wanted |= rows
        self._details_wanted |= details and self._details.display
        if (self._rows_wanted or self._details_wanted) and not self._reading:
            self._reading = True
            self.run_worker(self._read(), group="read")

    async def _read(self) -> None:
        began = monotonic()
        try:
            while self._rows_wanted or self._details_wanted:
                if self._rows_wanted:
                    self._rows_wanted = False
                    chosen, limit = self._chosen, self._limit
                    snapshot = await asyncio.to_thread(read, self._workspace, chosen, limit)
                    if chosen == self._chosen:
                        self._snapshot = snapshot
                        self._show()
                else:
                    self._details_wanted = False
                    await self._read_details()
                self._say_trouble(None)
        except Exception as error:  # the database is away or locked: say so, and try at the next look
            self._say_trouble(error)
        finally:
            self._reading = False
            self._rests_until = monotonic() + REST * (monotonic() - began)

    async def _read_details(self) -> None:
        view = self._table.current
        if view is None:
            self._details.say(say("tui.details.none"))
            return
        try:
            found: Dossier = await asyncio.to_thread(deliveries.dossier, self._workspace, view.id)
        except NotFound as error:
            self._details.say(str(error))
            return
        self._details.show(found, self._zone)

    # Showing

    def _show(self) -> None:
        seen, now = self._snapshot, self._workspace.now()
        lines = matching(seen.lines, self._search.value)
        self._header.show(seen.overview, now, self._zone)
        self._table.show(lines, self._tail(len(lines)), now)
        self.query_one("#filter", Static).update(
            say(
                "tui.filter_line",
                filter=self._chosen.word,
                shown=number(len(lines)),
                total=number(seen.total),
            )
        )

    def _tail(self, shown: int) -> str:
        left = self._snapshot.total - len(self._snapshot.lines)
        if left > 0:
            key = keymap.shown(keymap.named("more").keys[0])
            sentence = "tui.tail.unsearched" if self._search.value.strip() else "tui.tail.more"
            return say(sentence, count=number(left), key=key)
        return "" if shown else say("tui.tail.nothing" if self._snapshot.lines else "tui.tail.empty")

    def _tick(self) -> None:
        now = self._workspace.now()
        self._header.show(self._snapshot.overview, now, self._zone)
        self._table.tick(now)

    @property
    def _in_trouble(self) -> bool:
        return self.query_one("#trouble", Static).display

    def _say_trouble(self, error: Exception | None) -> None:
        place = self.query_one("#trouble", Static)
        place.display = error is not None
        if error is not None:
            place.update(say("tui.trouble", detail=one_line(str(error))[:200]))

    def on_resize(self, event: events.Resize) -> None:
        self.query_one("#footer", Static).update(keymap.footer(event.size.width))
        self.call_after_refresh(self._tick)

    # What keys and boxes do

    @on(Input.Changed)
    def _sought(self) -> None:
        self._show()

    @on(SearchBox.Left)
    def _back_to_table(self) -> None:
        self.set_focus(self._table)

    @on(DeliveryTable.Moved)
    def _follow(self) -> None:
        self._details.scroll_home(animate=False)
        self._want(details=True)

    @on(DeliveryTable.Opened)
    def _open_details(self) -> None:
        self._details.display = True
        self._details.scroll_home(animate=False)
        self._want(details=True)

    def action_help(self) -> None:
        self.app.push_screen(HelpScreen())

    def action_search(self) -> None:
        self.set_focus(self._search)

    def action_refresh(self) -> None:
        self._want(rows=True, details=True)

    def action_more(self) -> None:
        if self._snapshot.total > len(self._snapshot.lines):
            self._limit += PAGE
            self._want(rows=True)

    def action_filter(self, name: str) -> None:
        self._choose(GROUPS[name])

    def action_next_filter(self, by: int) -> None:
        filters = ring(self._snapshot.overview.counts)
        names = [one.name for one in filters]
        place = names.index(self._chosen.name) if self._chosen.name in names else 0
        self._choose(filters[(place + by) % len(filters)])

    def action_now(self) -> None:
        """To the first delivery that is not yet due."""
        now = self._workspace.now()
        dues = [line.view.due_at for line in self._table.lines]
        ahead = next((i for i, due in enumerate(dues) if due is not None and due >= now), None)
        self._table.move_to(len(dues) - 1 if ahead is None else ahead)

    def action_back(self) -> None:
        """Undo the nearest narrowing: details, search, filter."""
        if self._details.display:
            self._details.display = False
            self.set_focus(self._table)
        elif self._search.value:
            self._search.value = ""
        else:
            self._choose(GROUPS["all"])

    def _choose(self, chosen: Filter) -> None:
        self._chosen, self._limit = chosen, PAGE
        self._want(rows=True)
