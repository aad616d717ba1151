"""The room Sau sự cố: everything that waits for a person, what happened to it, decided one by one."""

from __future__ import annotations

from dataclasses import dataclass

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.widgets import Button, Static

from content.errors import NotFound
from content.wording import say
from loa.services import aftermath, deliveries
from loa.services.aftermath import Left
from loa.services.deliveries import DeliveryView, Dossier
from loa.services.workspace import Workspace
from loa.speech import number, one_line
from tui.frame.reading import Reader
from tui.frame.room import Room
from tui.rooms import decisions, outage_group, outage_text
from tui.widgets.blocks import Blocks
from tui.widgets.columns import Column
from tui.widgets.pages import Listed
from tui.widgets.table import VirtualTable
from tui.words import in_short


@dataclass(frozen=True)
class Known:
    """All that is known of the delivery under the cursor, and what may be decided about it."""

    dossier: Dossier
    names: list[str]


class OutageRoom(Room):
    """Enter shows the evidence on the whole screen, F4 decides, F6 decides for the whole group."""

    PLACE = "outage"
    PLACES = ("table", "details")
    BESIDE = 120
    DEFAULT_CSS = """
    OutageRoom #left { height: auto; padding: 0 1; }
    OutageRoom #split { height: 1fr; }
    OutageRoom #list { height: 36%; }
    OutageRoom #evidence { height: 1fr; padding: 0 1; border-top: solid $primary; }
    OutageRoom #evidence:focus { border-top: heavy $primary; }
    OutageRoom #to_queue { display: none; margin: 1; min-width: 0; width: auto; padding: 0;
                           background: $surface; }
    OutageRoom #to_queue:focus { text-style: bold reverse; }
    OutageRoom.-wide #split { layout: horizontal; }
    OutageRoom.-wide #list { width: 52%; height: 1fr; }
    OutageRoom.-wide #evidence { border-top: none; border-left: solid $primary; }
    OutageRoom.-wide #evidence:focus { border-left: heavy $primary; }
    OutageRoom.-reading #list { display: none; }
    OutageRoom.-empty #split { display: none; }
    OutageRoom.-empty #to_queue { display: block; }
    """

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._of = ""
        """The delivery under the cursor, as the thread that reads it may know."""
        self._views: list[DeliveryView] = []
        self._sought = ""
        self._known: Reader[Known | str] = Reader(self, self._read_known, self._show_known, self._say_trouble)

    def compose_body(self) -> ComposeResult:
        yield Static(id="left", markup=False)
        yield Button(Content(f"[ {say('tui_outage.to_queue')} ]"), id="to_queue", compact=True)
        with Container(id="split"):
            yield VirtualTable[DeliveryView](self._columns(), id="list")
            yield Blocks(id="evidence")

    def _columns(self) -> list[Column[DeliveryView]]:
        return [
            Column(say("tui_outage.column"), lambda view, _: self._what(view), (20,) * 3, style=_style),
            Column(
                say("cli.column.due"), lambda view, _: in_short(view.due_at, self.zone, self.now()), (17,) * 3
            ),
            Column(say("cli.column.post"), lambda view, _: one_line(view.title), (16, 24, 40), share=1),
            Column(say("cli.column.channel"), lambda view, _: one_line(view.channel), (10, 12, 16)),
        ]

    def on_mount(self) -> None:
        self._table: VirtualTable[DeliveryView] = self.query_one(VirtualTable)
        self._pane = self.query_one(Blocks)
        self.set_focus(self._table)

    # Reading and showing

    def read(self) -> Left:
        return aftermath.left(self.workspace)

    def show(self, data: Left) -> None:
        self._views = data.views
        self._table.show(Listed(data.views, lambda view: view.id))
        more = data.total - len(data.views)
        self._table.tail = say("tui_outage.more", count=number(more)) if more > 0 else ""
        now = self.now()
        kinds = [aftermath.kind_of(view, now) for view in data.views]
        self.query_one("#left", Static).update(outage_text.counted(kinds, data.total))
        self.set_class(not data.total, "-empty")
        if not data.total:
            self.action_back()
            self.set_focus(self.query_one("#to_queue"))
        elif self.focused is None or not self.focused.display or self.focused.id == "to_queue":
            self.set_focus(self._table)
        self._follow()

    def _what(self, view: DeliveryView) -> str:
        return outage_text.name_of(aftermath.kind_of(view, self.now()))

    @on(VirtualTable.Loaded)
    def _loaded(self) -> None:
        if self._sought:
            sought, self._sought = self._sought, ""
            places = [n for n, view in enumerate(self._views) if sought in (view.id, view.post, view.channel)]
            if places:
                self._table.move_to(places[0])

    @on(VirtualTable.Moved)
    def _moved(self) -> None:
        self._pane.begin()
        self._follow()

    def _follow(self) -> None:
        current = self._table.current
        self._of = current.id if current else ""
        self._known.want()

    def _read_known(self) -> Known | str:
        if not self._of:
            return ""
        try:
            dossier = deliveries.dossier(self.workspace, self._of)
        except NotFound as error:
            return str(error)
        return Known(dossier, decisions.offers(dossier.delivery, self.now()))

    def _show_known(self, told: Known | str) -> None:
        if not isinstance(told, Known):
            self._pane.show([Text(told)])
            return
        view = told.dossier.delivery
        kind = aftermath.kind_of(view, self.now())
        about = outage_text.about(view, kind, told.names)
        self._pane.show([about, outage_text.evidence(told.dossier, self.zone)])

    # What keys do

    def arrive(self, **what: str) -> None:
        self._sought = next(iter(what.values()), "")
        self.want()

    def at_hand(self) -> dict[str, str]:
        view = self._table.current
        return {"post": view.post, "channel": view.channel} if view else {}

    @on(VirtualTable.Opened)
    def _opened(self) -> None:
        self.add_class("-reading")
        self.set_focus(self._pane)

    def action_back(self) -> None:
        self.remove_class("-reading")
        self.set_focus(self._table)

    @work(exclusive=True, group="dialog")
    async def action_decide(self) -> None:
        if (view := self._table.current) is not None:
            await decisions.offer(self, view)

    @work(exclusive=True, group="dialog")
    async def action_group(self) -> None:
        """One decision for all that the same happened to."""
        current, now = self._table.current, self.now()
        if current is not None:
            kind = aftermath.kind_of(current, now)
            views = [view for view in self._views if aftermath.kind_of(view, now) == kind]
            await outage_group.decide(self, kind, views)

    @on(Button.Pressed, "#to_queue")
    @work(exclusive=True, group="enter")
    async def action_queue(self) -> None:
        view = self._table.current
        await self.window.go("queue", **({"delivery": view.id} if view else {}))


def _style(view: DeliveryView) -> str:
    return "bad" if view.status in ("unknown", "failed", "missed") else "care"
