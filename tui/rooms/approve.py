"""The room Duyệt: read exactly what each channel will send, see what changed, sign."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.containers import Container
from textual.widgets import Static

from content.errors import NotFound
from content.finding import blocking
from content.wording import say
from loa.services import approving, guests, reviewing
from loa.services.people import Person
from loa.services.posts import PostView
from loa.services.reviewing import Review, Waiting
from loa.services.workspace import Workspace
from loa.speech import moment, number, one_line
from scheduler.status import Status
from tui import rooms
from tui.dialogs.confirm import Confirm
from tui.dialogs.pick import Pick
from tui.dialogs.told import Told
from tui.frame.reading import Reader
from tui.frame.room import Room
from tui.rooms import approve_list, approve_text
from tui.widgets.blocks import Blocks
from tui.widgets.pages import Listed
from tui.widgets.table import VirtualTable

TakesBack = Callable[[Workspace, Person, str, str], PostView]
_ELSEWHERE = ("queue", "calendar", "compose")


class ApproveRoom(Room):
    """Enter reads the post on the whole screen, F2 signs what was read, F4 sends it back."""

    PLACE = "approve"
    PLACES = ("table", "details")
    BESIDE = 120
    DEFAULT_CSS = """
    ApproveRoom #waiting { height: auto; padding: 0 1; }
    ApproveRoom #split { height: 1fr; }
    ApproveRoom #list { height: 36%; }
    ApproveRoom #post { height: 1fr; padding: 0 1; border-top: solid $primary; }
    ApproveRoom #post:focus { border-top: heavy $primary; }
    ApproveRoom.-wide #split { layout: horizontal; }
    ApproveRoom.-wide #list { width: 44%; height: 1fr; }
    ApproveRoom.-wide #post { border-top: none; border-left: solid $primary; }
    ApproveRoom.-wide #post:focus { border-left: heavy $primary; }
    ApproveRoom.-reading #list { display: none; }
    """

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._read_for = ""
        """The officer for whom the list was read."""
        self._of = ""
        """The post under the cursor, as the thread that reads it may know."""
        self._shown: Review | None = None
        self._list: list[Waiting] = []
        self._sought = ""
        self._mine = ""
        """The post about which this officer just decided: that it leaves the list is no news."""
        self._review: Reader[Review | str] = Reader(
            self, self._read_review, self._show_review, self._say_trouble
        )

    def compose_body(self) -> ComposeResult:
        yield Static(id="waiting", markup=False)
        with Container(id="split"):
            yield VirtualTable[Waiting](
                approve_list.columns(self.zone, self.now), empty=say("tui_approve.nothing"), id="list"
            )
            yield Blocks(id="post")

    def on_mount(self) -> None:
        self._table: VirtualTable[Waiting] = self.query_one(VirtualTable)
        self._pane = self.query_one(Blocks)
        self.set_focus(self._table)

    # Reading and showing

    @property
    def _officer(self) -> str:
        person = self.window.session.person
        return person.name if person else ""

    def read(self) -> tuple[str, list[Waiting]]:
        person = self.window.session.person
        return person.name if person else "", reviewing.waiting(self.workspace, person)

    def show(self, data: tuple[str, list[Waiting]]) -> None:
        self._read_for, found = data
        self._list = found
        self._say_if_gone({one.id for one in found})
        self._table.show(Listed(found, lambda one: one.id))
        self._table.tail = (
            say("tui_approve.cut", count=number(len(found))) if approve_list.is_cut(found) else ""
        )
        self.query_one("#waiting", Static).update(approve_list.counted(found, bool(self._read_for)))
        self._follow()

    def _say_if_gone(self, waiting: set[str]) -> None:
        """Nobody goes on reading in the belief that it is still the same post."""
        post = self._shown.post if self._shown else None
        if post is None or post.id in waiting or post.id == self._mine:
            return
        self.notify(say("tui_approve.gone", title=one_line(post.title)), severity="warning", markup=False)
        if self.has_class("-reading"):
            self.action_back()

    @on(VirtualTable.Loaded)
    def _loaded(self) -> None:
        if self._sought:
            sought, self._sought = self._sought, ""
            place = next((n for n, one in enumerate(self._list) if one.id == sought), None)
            if place is None:
                self.notify(say("tui_approve.not_waiting", post=sought), markup=False)
            else:
                self._table.move_to(place)

    @on(VirtualTable.Moved)
    def _follow(self) -> None:
        current = self._table.current
        self._of = current.id if current else ""
        self._review.want()

    def _read_review(self) -> Review | str:
        if not self._of:
            return ""
        try:
            return reviewing.review(self.workspace, self._of, self.window.session.person)
        except NotFound as error:
            return str(error)

    def _show_review(self, told: Review | str) -> None:
        before, self._shown = self._shown, told if isinstance(told, Review) else None
        if not isinstance(told, Review):
            self._pane.show([Text(told)])
            return
        same_post = before is not None and before.post.id == told.post.id
        if before is None or not same_post or before.seen != told.seen:
            self._pane.begin()
        if before is not None and same_post and before.seen != told.seen:
            self.notify(say("tui_approve.changed_now"), severity="warning", markup=False)
        blocks = [approve_text.head(told)]
        self._pane.show([*blocks, *(approve_text.part(one, self.zone) for one in told.parts)])

    def tick(self, _now: datetime) -> None:
        """Whoever signs in, or out, has another list."""
        if self._officer != self._read_for:
            self.want()

    # What keys do

    def arrive(self, **what: str) -> None:
        self._sought = what.get("post") or what.get("delivery", "").partition("@")[0]
        self.want()

    def at_hand(self) -> dict[str, str]:
        return {"post": self._of} if self._of else {}

    @on(VirtualTable.Opened)
    def _opened(self) -> None:
        self.add_class("-reading")
        self.set_focus(self._pane)

    def action_back(self) -> None:
        self.remove_class("-reading")
        self.set_focus(self._table)

    def action_step(self, by: int) -> None:
        """To the next post, or the one before, also while one is read."""
        self._table.move_to(self._table.cursor + by)

    def action_next_channel(self) -> None:
        self._pane.next_block()

    @work(exclusive=True, group="dialog")
    async def action_approve(self) -> None:
        review = self._at_hand_now()
        if review is None:
            return
        title = say("tui_approve.approve.title", title=one_line(review.post.title))
        if review.post.hindrance:
            why = say(f"tui_approve.cannot.{review.post.hindrance}")
            await self.ask(Told(title, [say("tui_approve.other_officer")], [why]))
            return
        if not await self.ask(Confirm(title, self._what_is_signed(review))):
            return

        def work(person: Person) -> PostView:
            return approving.approve(self.workspace, person, review.post.id, seen=review.seen)

        self._mine = review.post.id
        view = await self.act(work, done=approve_list.approved, sign=True)
        if view is not None and view.status == Status.IN_REVIEW:
            self.action_step(1)  # another level lacks: it stays in the list

    def _what_is_signed(self, review: Review) -> str:
        lines = [
            say(
                "tui_approve.approve.part",
                channel=part.variant.channel,
                due=moment(part.variant.not_before, self.zone),
            )
            for part in review.parts
        ]
        if hard := len(blocking(review.findings)):
            lines.append(say("tui_approve.approve.blocked", count=hard))
        lines += [
            say("tui_approve.approve.overridden", what=one_line(one.message), told=one_line(one.overridden))
            for one in review.findings
            if one.overridden
        ]
        if review.trouble:
            lines.append(say("tui_approve.findings.unchecked"))
        if not self._pane.read_to_end:
            lines.append(say("tui_approve.approve.not_read"))
        return "\n".join([*lines, say("tui_approve.approve.next")])

    @work(exclusive=True, group="dialog")
    async def action_reject(self) -> None:
        await self._take_back("reject", approving.reject)

    @work(exclusive=True, group="dialog")
    async def action_withdraw(self) -> None:
        await self._take_back("withdraw", approving.withdraw)

    async def _take_back(self, name: str, service: TakesBack) -> None:
        review = self._at_hand_now()
        if review is None:
            return
        post, title = review.post.id, one_line(review.post.title)
        dialog = Confirm(
            say(f"tui_approve.{name}.title", title=title),
            say(f"tui_approve.{name}.body", names=", ".join(map(guests.in_words, review.post.contributors))),
            reason=True,
        )
        why = await self.ask(dialog)
        if why:
            self._mine = post
            await self.act(
                lambda person: service(self.workspace, person, post, why),
                done=say(f"tui_approve.{name}.done", title=title),
            )

    @work(exclusive=True, group="dialog")
    async def action_elsewhere(self) -> None:
        review = self._at_hand_now()
        if review is None:
            return
        listed = [name for name in _ELSEWHERE if name in rooms.listed()]
        options = [(name, say(f"tui.room.{name}"), say(f"tui.room_is.{name}")) for name in listed]
        chosen = await self.ask(Pick(say("tui_approve.elsewhere"), options, one_line(review.post.title)))
        if chosen:
            await self.window.go(chosen, post=review.post.id)

    def _at_hand_now(self) -> Review | None:
        """What is on the screen, if it is the post under the cursor; else it is still being read."""
        shown, current = self._shown, self._table.current
        if current is None:
            self.notify(say("tui_approve.nothing"), markup=False)
        elif shown is None or shown.post.id != current.id:
            self.notify(say("tui_approve.reading"), markup=False)
        else:
            return shown
        return None
