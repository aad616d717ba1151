"""The room Hàng đợi: every delivery in due order, watched while the publisher works, decided upon."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Container, Horizontal
from textual.widgets import Input, Static

from content.errors import NotFound
from content.wording import say
from loa.services import deliveries
from loa.services.deliveries import DeliveryView, Dossier
from loa.services.listing import MOST_FOUND, Listing
from loa.services.workspace import Workspace
from loa.speech import number
from tui.details import Details
from tui.filters import GROUPS, Filter, ring
from tui.frame.header import tally
from tui.frame.reading import Reader
from tui.frame.room import Room
from tui.rooms import decisions, queue_table
from tui.search import SearchBox
from tui.widgets.table import VirtualTable

FEW = 500
"""So many deliveries are all shown at first; of more, what is still to be done: due order begins with the
oldest."""


class QueueRoom(Room):
    """Enter shows all that is known of a delivery, F4 what can be done about it."""

    PLACE = "queue"
    PLACES = ("table", "search", "details")
    BESIDE = 110
    DEFAULT_CSS = """
    QueueRoom #tally { height: auto; padding: 0 1; }
    QueueRoom #tools { height: 1; padding: 0 1; }
    QueueRoom.-tall #tools { margin-top: 1; }
    QueueRoom #filter { width: auto; padding-right: 2; }
    QueueRoom #search { width: 1fr; background: $surface; }
    QueueRoom #search:focus { background: $boost; text-style: underline; }
    QueueRoom #split { height: 1fr; }
    QueueRoom #details { display: none; height: 1fr; padding: 0 1; border-top: solid $primary;
                         scrollbar-size-vertical: 1; scrollbar-gutter: stable; }
    QueueRoom #details:focus { border-top: heavy $primary; }
    QueueRoom.-wide #split { layout: horizontal; }
    QueueRoom.-wide #details { width: 42%; border-top: none; border-left: solid $primary; }
    QueueRoom.-wide #details:focus { border-left: heavy $primary; }
    QueueRoom #dossier { height: auto; }
    """

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._chosen: Filter | None = None
        self._listing: Listing | None = None
        self._minute = 0
        self._dossier: Reader[Dossier | str | None] = Reader(
            self, self._read_dossier, self._show_dossier, self._say_trouble
        )
        self._of = ""
        """The delivery under the cursor, as the thread that reads it may know."""

    def compose_body(self) -> ComposeResult:
        yield Static(id="tally", markup=False)
        with Horizontal(id="tools"):
            yield Static(id="filter", markup=False)
            yield SearchBox(say("tui.search.placeholder"), id="search")
        with Container(id="split"):
            columns = queue_table.columns(self.zone, self.now)
            yield VirtualTable[DeliveryView](columns, empty=say("tui.tail.none"), id="table")
            yield Details(id="details")

    def on_mount(self) -> None:
        self._table: VirtualTable[DeliveryView] = self.query_one(VirtualTable)
        self._search, self._details = self.query_one(SearchBox), self.query_one(Details)
        self.set_focus(self._table)

    # Reading and showing

    def show(self, _data: None) -> None:
        """The counts are there; the table reads by itself what is in view."""
        if self._chosen is None:
            everything = GROUPS["all"]
            self._choose(everything if everything.count(self._counts) <= FEW else GROUPS["open"])
        else:
            self._table.reload()
        self._show_counts()
        if self._details.display:
            self._follow()

    @property
    def _counts(self) -> Mapping[str, int]:
        return self.head.overview.counts if self.head else {}

    @on(VirtualTable.Loaded)
    def _show_counts(self) -> None:
        self._share()
        if self._chosen is None:
            return
        self.query_one("#tally", Static).update(tally(self._counts, self.size.width - 2))
        shown = self._table.count
        total = max(shown, self._chosen.count(self._counts))
        words = {"filter": self._chosen.word, "shown": number(shown), "total": number(total)}
        self.query_one("#filter", Static).update(say("tui.filter_line", **words))
        cut = self._listing is not None and self._listing.is_cut
        self._table.tail = say("tui.tail.cut", count=number(MOST_FOUND)) if cut else ""

    def _share(self) -> None:
        """One below the other, a short list leaves its empty lines to the details."""
        below = self._details.display and not self.has_class("-wide")
        self._table.styles.max_height = self._table.count + 1 if below else None

    def tick(self, now: datetime) -> None:
        """What is late has become later by a minute."""
        if now.minute != self._minute:
            self._minute = now.minute
            self._table.refresh()

    def _read_dossier(self) -> Dossier | str | None:
        if not self._of:
            return None
        try:
            return deliveries.dossier(self.workspace, self._of)
        except NotFound as error:
            return str(error)

    def _show_dossier(self, told: Dossier | str | None) -> None:
        if isinstance(told, Dossier):
            self._details.show(told, self.zone)
        else:
            self._details.say(told or say("tui.details.none"))

    def _follow(self) -> None:
        current = self._table.current
        self._of = current.id if current else ""
        self._dossier.want()

    # What keys and boxes do

    def arrive(self, **what: str) -> None:
        """Search for what somebody came for."""
        self._chosen = GROUPS["all"]
        self._search.value = " ".join(what.values()).replace("@", " ")
        self.set_focus(self._table)
        self._open_list()

    def at_hand(self) -> dict[str, str]:
        view = self._table.current
        return {"post": view.post, "channel": view.channel} if view else {}

    def on_resize(self) -> None:
        self._show_counts()

    @on(Input.Changed)
    def _search_changed(self) -> None:
        self._open_list()

    @on(SearchBox.Left)
    def _back_to_table(self) -> None:
        self.set_focus(self._table)

    @on(VirtualTable.Moved)
    def _moved(self) -> None:
        if self._details.display:
            self._details.scroll_home(animate=False)
            self._follow()

    @on(VirtualTable.Opened)
    def _opened(self) -> None:
        self._details.display = True
        self._share()
        self._details.scroll_home(animate=False)
        self._follow()

    @on(VirtualTable.Trouble)
    def _not_read(self, message: VirtualTable.Trouble) -> None:
        self._say_trouble(message.error)

    @work(exclusive=True, group="dialog")
    async def action_menu(self) -> None:
        if (view := self._table.current) is not None:
            await decisions.offer(self, view)

    def action_search(self) -> None:
        self.set_focus(self._search)

    def action_filter(self, name: str) -> None:
        self._choose(GROUPS[name])

    def action_next_filter(self, by: int) -> None:
        if self._chosen is None:
            return
        filters = ring(self._counts)
        names = [one.name for one in filters]
        place = names.index(self._chosen.name) if self._chosen.name in names else 0
        self._choose(filters[(place + by) % len(filters)])

    @work(exclusive=True, group="now")
    async def action_now(self) -> None:
        """To the first delivery that is not yet due."""
        if self._listing is None:
            return
        try:
            self._table.move_to(await asyncio.to_thread(self._listing.place_at, self.now()))
        except Exception as error:
            self._say_trouble(error)

    def action_back(self) -> None:
        """Undo the nearest narrowing: details, search, filter."""
        if self._details.display:
            self._details.display = False
            self._share()
            self.set_focus(self._table)
        elif self._search.value:
            self._search.value = ""
        else:
            self._choose(GROUPS["all"])

    def _choose(self, chosen: Filter) -> None:
        self._chosen = chosen
        self._open_list()

    def _open_list(self) -> None:
        if self._chosen is None:
            return
        sought = self._search.value.strip()
        self._listing = queue_table.rows_of(self.workspace, self._chosen, sought)
        narrowed = "empty" if self._chosen.statuses else "none"
        self._table.empty = say(f"tui.tail.{'nothing' if sought else narrowed}")
        self._table.show(self._listing)
