"""The room Chiến dịch: how far each campaign is, item by item, and the way to a new one."""

from __future__ import annotations

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from content.errors import NotFound
from content.finding import blocking
from content.wording import say
from loa.services import campaigns
from loa.services.campaigns import CampaignView, Cell, Handed, ItemProgress, Progress
from loa.services.workspace import Workspace
from loa.speech import one_line
from scheduler.status import Status
from tui.dialogs.confirm import Confirm
from tui.dialogs.told import Told
from tui.frame.room import Room
from tui.rooms.campaigns_dialogs import Wishes, in_charge
from tui.rooms.campaigns_wizard import wizard
from tui.widgets.columns import Column
from tui.widgets.pages import Listed
from tui.widgets.table import VirtualTable
from tui.words import in_short

BAR = 10
"""Columns of a bar."""
_BAD = {Status.UNKNOWN, Status.FAILED, Status.MISSED}


class CampaignsRoom(Room):
    """Enter opens a campaign, and in it the queue for a post; Esc goes back to the list; F8 hands it over."""

    PLACE = "campaigns"
    PLACES = ("table",)
    DEFAULT_CSS = """
    CampaignsRoom #said { height: auto; padding: 0 1; }
    CampaignsRoom.-tall #said { margin-bottom: 1; }
    CampaignsRoom #one { height: 1fr; display: none; }
    CampaignsRoom #note { height: auto; max-height: 8; padding: 0 1; border-top: solid $primary; }
    """

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._wishes = Wishes()
        self._key = ""
        """The campaign that is open; empty: the list."""
        self._opened: Progress | None = None

    def compose_body(self) -> ComposeResult:
        yield Static(id="said", markup=False)
        yield VirtualTable[CampaignView](self._columns(), empty=say("tui_campaigns.empty"), id="list")
        with Vertical(id="one"):
            yield VirtualTable[ItemProgress]([], id="items")
            yield Static(id="note", markup=False)

    def on_mount(self) -> None:
        self._list: VirtualTable[CampaignView] = self.query_one("#list", VirtualTable)
        self._items: VirtualTable[ItemProgress] = self.query_one("#items", VirtualTable)
        self.set_focus(self._list)

    # ---- reading and showing

    def read(self) -> tuple[list[CampaignView], Progress | None]:
        found = campaigns.listing(self.workspace)
        try:
            return found, campaigns.progress(self.workspace, self._key) if self._key else None
        except NotFound:
            return found, None

    def show(self, data: tuple[list[CampaignView], Progress | None]) -> None:
        found, self._opened = data
        self._list.show(Listed(found, lambda one: one.id))
        inside = self._opened is not None
        if inside != self.query_one("#one").display:
            self.query_one("#one").display, self._list.display = inside, not inside
            self.set_focus(self._items if inside else self._list)
        if self._opened is None:
            self._key = ""
            done = sum(one.planned > 0 and one.done + one.dropped == one.planned for one in found)
            self._say(say("tui_campaigns.said", count=len(found), done=done) if found else "")
            return
        told = self._opened.campaign
        self._items.columns = tuple(self._item_columns(self._opened))
        self._items.show(Listed(self._opened.items, lambda one: one.post))
        tallies = [f"{one.channel} {bar(one.done, one.planned - one.dropped)}" for one in told.channels]
        head = say(
            "tui_campaigns.one",
            name=one_line(told.name),
            anchor=campaigns.written(told.anchor),
            done=told.done,
            planned=told.planned,
            dropped=told.dropped,
        )
        self._say("\n".join([head, "   ".join(tallies)]))
        self._note()

    def _say(self, text: str) -> None:
        self.query_one("#said", Static).update(text)

    @on(VirtualTable.Moved)
    def _note(self) -> None:
        item = self._items.current if self._opened else None
        if item is None:
            return
        lines = [" · ".join([one_line(item.title), *in_charge(item.lead, item.partner)])]
        lines += [self._told(item, cell) for cell in item.cells]
        self.query_one("#note", Static).update("\n".join(lines))

    def _told(self, item: ItemProgress, cell: Cell) -> str:
        """One channel of an item: how it stands, and where it is or when it will be."""
        words = [f"{cell.channel}: {state(cell)}"]
        if cell.url:
            words.append(one_line(cell.url))
        elif cell.due_at and cell.due_at != item.planned_at:
            when = in_short(cell.due_at, self.zone, self.now())
            words.append(say("tui_campaigns.moved", when=when))
        return " · ".join(words)

    def _columns(self) -> list[Column[CampaignView]]:
        def title(key: str) -> str:
            return say(f"tui_campaigns.column.{key}")

        def following(one: CampaignView, _width: int) -> str:
            return in_short(one.next_at, self.zone, self.now())

        def by_channel(one: CampaignView, _width: int) -> str:
            return " · ".join(
                f"{tally.channel} {tally.done}/{tally.planned - tally.dropped}" for tally in one.channels
            )

        return [
            Column(title("name"), lambda one, _: one_line(one.name), (18, 22, 30), share=1),
            Column(title("anchor"), lambda one, _: campaigns.written(one.anchor), (10, 10, 10)),
            Column(title("progress"), lambda one, _: bar(one.done, one.planned - one.dropped), (18, 18, 18)),
            Column(title("next"), following, (17, 17, 17)),
            Column(title("channels"), by_channel, (0, 18, 40), share=2),
        ]

    def _item_columns(self, found: Progress) -> list[Column[ItemProgress]]:
        def planned(item: ItemProgress, _width: int) -> str:
            return in_short(item.planned_at, self.zone, self.now())

        def on_channel(name: str) -> Column[ItemProgress]:
            def text(item: ItemProgress, _width: int) -> str:
                return next((state(cell) for cell in item.cells if cell.channel == name), "–")

            return Column(name, text, (9, 11, 14), style=_style)

        return [
            Column(say("tui_campaigns.column.planned"), planned, (17, 17, 17), style=_style),
            Column(
                say("tui_campaigns.column.post"),
                lambda item, _: one_line(item.title),
                (14, 20, 30),
                1,
                _style,
            ),
            *(on_channel(one.channel) for one in found.campaign.channels),
        ]

    # ---- what keys do

    @on(VirtualTable.Opened)
    def _open(self) -> None:
        """Further in: a campaign's items, an item's deliveries."""
        if self._opened:
            self.action_queue()
        elif self._list.current is not None:
            self._key = self._list.current.id
            self.want()

    def action_back(self) -> None:
        """To the list."""
        if self._key:
            self._key = ""
            self.want()

    @work(exclusive=True, group="enter")
    async def action_queue(self) -> None:
        """The queue, for the post or the whole campaign under the cursor."""
        item, one = self._items.current if self._opened else None, self._list.current
        if item is not None:
            await self.window.go("queue", post=item.post)
        elif one is not None:
            await self.window.go("queue", post=one.id)

    @work(exclusive=True, group="dialog")
    async def action_submit(self) -> None:
        """Hand over every draft of the campaign that is open or under the cursor."""
        one = self._opened.campaign if self._opened else self._list.current
        if one is None:
            return
        name = one_line(one.name)
        items = campaigns.progress(self.workspace, one.id).items
        count = sum(any(cell.status == Status.DRAFT for cell in item.cells) for item in items)
        if not count:
            self.notify(say("tui_campaigns.submit.none", name=name), markup=False)
            return
        question = Confirm(
            say("tui_campaigns.submit.title", name=name), say("tui_campaigns.submit.body", count=count)
        )
        if not await self.ask(question):
            return
        handed = await self.act(lambda person: campaigns.submit(self.workspace, person, one.id))
        if handed is not None:
            await self._tell_handed(handed)

    async def _tell_handed(self, handed: list[Handed]) -> None:
        submitted = sum(item.outcome == "submitted" for item in handed)
        refused = [item for item in handed if item.outcome == "refused"]
        if not refused:
            self.notify(say("tui_campaigns.submit.done", count=submitted), markup=False)
            return
        title = say("tui_campaigns.submit.some", submitted=submitted, refused=len(refused))
        reasons = [
            say("tui_campaigns.submit.why", title=one_line(item.title), why=one_line(stop.message))
            for item in refused
            for stop in blocking(item.findings)[:1]
        ]
        await self.ask(Told(title, shouted=reasons))

    @work(exclusive=True, group="dialog")
    async def action_new(self) -> None:
        created = await wizard(self, self._wishes)
        if created is None:
            return
        self._wishes = Wishes()
        self._key = created.id
        self.want()
        await self.window.go("queue", post=created.id)

    def at_hand(self) -> dict[str, str]:
        """What F7 proposes to stop."""
        if self._opened:
            item = self._items.current
            post = {"post": item.post} if item else {}
            return {"tag": self._opened.campaign.name, **post}
        one = self._list.current
        return {"tag": one.name} if one else {}


def bar(done: int, planned: int) -> str:
    """`███░░░░░░░ 3/10`: the bar repeats what the figures say."""
    full = BAR * done // planned if planned else 0
    return f"{'█' * full}{'░' * (BAR - full)} {done}/{planned}"


def state(cell: Cell) -> str:
    """One or two words for a column."""
    return say(f"tui_campaigns.state.{cell.status or 'none'}")


def _style(item: ItemProgress) -> str:
    states = {cell.status for cell in item.cells}
    if states & _BAD:
        return "bad"
    return "good" if states == {Status.PUBLISHED} else "plain"
