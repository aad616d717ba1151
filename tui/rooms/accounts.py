"""The room Tài khoản: how the channels are and what to do about it; the officers and their keys."""

from __future__ import annotations

from datetime import datetime

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Container, VerticalScroll
from textual.widgets import Static

from content.wording import say
from loa.services import accounts
from loa.services.accounts import Account, Accounts, Officer
from loa.services.workspace import Workspace
from tui import keymap
from tui.frame.room import Room
from tui.rooms import accounts_deeds, accounts_lists
from tui.widgets.pages import Listed
from tui.widgets.table import VirtualTable


class About(VerticalScroll, can_focus=True, inherit_bindings=False):
    """All of the row under the cursor; can be scrolled."""

    BINDINGS = keymap.bindings("details")


class AccountsRoom(Room):
    """F2 goes from channels to officers and back, F4 what can be done."""

    PLACE = "accounts"
    PLACES = ("table", "details")
    BESIDE = 110
    DEFAULT_CSS = """
    AccountsRoom #care, AccountsRoom #which { height: auto; padding: 0 1; }
    AccountsRoom #which { text-style: bold; }
    AccountsRoom #split { height: 1fr; }
    AccountsRoom #about { height: 8; padding: 0 1; border-top: solid $primary; scrollbar-size-vertical: 1; }
    AccountsRoom.-tall #about { height: 11; }
    AccountsRoom #about:focus { border-top: heavy $primary; }
    AccountsRoom.-wide #split { layout: horizontal; }
    AccountsRoom.-wide #about { width: 42%; height: 1fr; border-top: none; border-left: solid $primary; }
    AccountsRoom.-wide #about:focus { border-left: heavy $primary; }
    AccountsRoom #told { height: auto; }
    AccountsRoom #officers { display: none; }
    """

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._seen: Accounts | None = None
        self._minute = -1
        self._wanted = ""

    def compose_body(self) -> ComposeResult:
        yield Static(id="which", markup=False)
        with Container(id="split"):
            yield VirtualTable[Account](
                accounts_lists.channel_columns(self.zone, self.now),
                empty=say("tui_accounts.no_channel"),
                id="channels",
            )
            yield VirtualTable[Officer](
                accounts_lists.officer_columns(self._me),
                empty=say("tui_accounts.no_officer"),
                id="officers",
            )
            with About(id="about"):
                yield Static(id="told", markup=False)
        yield Static(id="care", markup=False)

    def on_mount(self) -> None:
        self._channels: VirtualTable[Account] = self.query_one("#channels", VirtualTable)
        self._officers: VirtualTable[Officer] = self.query_one("#officers", VirtualTable)
        self.set_focus(self._channels)

    def read(self) -> Accounts:
        return accounts.read(self.workspace)

    def show(self, data: Accounts) -> None:
        self._seen = data
        self._channels.show(Listed(data.channels, lambda one: one.id))
        self._officers.show(Listed(data.officers, lambda one: one.person.name))
        self.query_one("#care", Static).update(accounts_lists.care_line(data, self.zone))
        self._say_which()

    def tick(self, now: datetime) -> None:
        """Days left become fewer; whoever signed in or out is marked."""
        if now.minute != self._minute:
            self._minute = now.minute
            self._channels.refresh()
        self._officers.refresh()

    def arrive(self, **what: str) -> None:
        """To the channel somebody came for."""
        self._wanted = what.get("channel", "")
        self._show_channels(True)
        self._seek()

    def at_hand(self) -> dict[str, str]:
        one = self._channels.current if self._channels.display else None
        return {"channel": one.id} if one else {}

    @property
    def account(self) -> Account | None:
        """The channel that is meant: none while the officers are listed."""
        return self._channels.current if self._channels.display else None

    # What is shown

    @on(VirtualTable.Loaded)
    @on(VirtualTable.Moved)
    def _moved(self) -> None:
        self._seek()
        self._tell()

    @on(VirtualTable.Opened)
    def _opened(self) -> None:
        """What is told beside the list can be longer than its place."""
        self.set_focus(self.query_one(About))

    @on(VirtualTable.Trouble)
    def _not_read(self, message: VirtualTable.Trouble) -> None:
        self._say_trouble(message.error)

    def _seek(self) -> None:
        names = [one.id for one in self._seen.channels] if self._seen else []
        if self._wanted in names and self._channels.count == len(names):
            wanted, self._wanted = self._wanted, ""
            self._channels.move_to(names.index(wanted))

    def _tell(self) -> None:
        told = self.query_one("#told", Static)
        if self._channels.display:
            one = self._channels.current
            told.update(accounts_lists.account_text(one, self.zone, self.now()) if one else "")
        else:
            officer = self._officers.current
            told.update(accounts_lists.officer_text(officer, self.zone, self._me()) if officer else "")

    def _say_which(self) -> None:
        seen = self._seen
        if seen is None:
            return
        if self._channels.display:
            well = sum(one.well for one in seen.channels)
            counts = {"count": len(seen.channels), "well": well}
            words = say(f"tui_accounts.which.{'channels' if seen.channels else 'none'}", **counts)
        else:
            words = say("tui_accounts.which.officers", count=len(seen.officers))
        self.query_one("#which", Static).update(words)

    def _me(self) -> str:
        person = self.window.session.person
        return person.name if person else ""

    # What keys do

    def action_other_list(self) -> None:
        self._show_channels(not self._channels.display)

    def action_back(self) -> None:
        """From what is told to its list, from the officers to the channels."""
        inside = self.query_one(About).has_focus
        self._show_channels(self._channels.display if inside else True)

    def _show_channels(self, yes: bool) -> None:
        self._channels.display, self._officers.display = yes, not yes
        self.set_focus(self._channels if yes else self._officers)
        self._say_which()
        self._tell()

    @work(exclusive=True, group="dialog")
    async def action_menu(self) -> None:
        everything = self._seen.channels if self._seen else []
        await accounts_deeds.choose(self, self.account, everything)

    @work(exclusive=True, group="dialog")
    async def action_check(self) -> None:
        if one := self.account:
            await accounts_deeds.check(self, [one.id])
        elif self._seen:
            await accounts_deeds.check(self, [one.id for one in self._seen.channels])

    @work(exclusive=True, group="dialog")
    async def action_login(self) -> None:
        if one := self.account:
            await accounts_deeds.sign_in(self, one)

    @work(exclusive=True, group="dialog")
    async def action_passphrase(self) -> None:
        await accounts_deeds.change_passphrase(self)
