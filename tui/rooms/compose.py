"""The room Soạn: a post is written here without a word of Markdown or YAML, and nothing typed is lost."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from functools import partial
from typing import Any

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Container, Horizontal
from textual.content import Content
from textual.widgets import Button, Input, Static

from content.kinds import KINDS
from content.wording import say
from loa.services import channels, drafts, slots
from loa.services.channels import ChannelView
from loa.services.drafts import Draft
from loa.services.workspace import Workspace
from loa.speech import moment as in_full
from loa.speech import number, one_line
from tui import keymap
from tui.dialogs.confirm import Confirm
from tui.dialogs.pick import Pick
from tui.dialogs.told import Trouble
from tui.frame.footer import Footer
from tui.frame.room import Room
from tui.rooms import compose_bringing, compose_opening, compose_pictures, compose_saving, compose_shelf
from tui.rooms.compose_desk import Desk
from tui.rooms.compose_fields import Fields, Rules
from tui.rooms.compose_inputs import Dropped
from tui.rooms.compose_shelf import Row
from tui.rooms.compose_writer import writer
from tui.search import SearchBox
from tui.widgets.pages import Listed
from tui.widgets.table import VirtualTable

_LIST = ("compose", "compose_list", "search")
_DESK = ("compose", "compose_desk", "compose_choices", "details")


class ComposeRoom(Room):
    """A list of what can be written on, and the desk on which one draft stands open."""

    PLACE = "compose"
    BESIDE = 100
    DEFAULT_CSS = """
    ComposeRoom #shelf { height: 1fr; }
    ComposeRoom #offer { height: auto; padding: 0 1; text-style: bold; }
    ComposeRoom #tools { height: 1; padding: 0 1; }
    ComposeRoom #tools Button { min-width: 0; width: auto; padding: 0; margin-right: 2;
                                background: $background; }
    ComposeRoom #tools Button:focus { text-style: bold reverse; }
    ComposeRoom #find-label { width: auto; }
    ComposeRoom #find { width: 1fr; background: $surface; }
    ComposeRoom #find:focus { background: $boost; text-style: underline; }
    ComposeRoom Desk { display: none; height: 1fr; }
    ComposeRoom.-writing Desk { display: block; }
    ComposeRoom.-writing #shelf { display: none; }
    ComposeRoom.-tall #at-body { height: 14; }
    ComposeRoom.-wide Desk #preview { display: block; width: 44%; border-left: solid $primary; }
    ComposeRoom.-wide Desk.-previewing Fields { display: block; }
    ComposeRoom.-wide Desk.-raw Fields { display: none; }
    ComposeRoom.-wide Desk.-previewing.-raw #at-raw { display: block; }
    """

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._channels: list[ChannelView] = []
        self._sought = ""
        config = workspace.config
        rules = Rules(config.zone, workspace.now, config.deadlines, partial(slots.first_for, workspace))
        self._desk = Desk(workspace, rules)

    @property
    def places(self) -> tuple[str, ...]:
        return (*(_DESK if self._writes else _LIST), *keymap.SHARED)

    @property
    def desk(self) -> Desk:
        return self._desk

    @property
    def _writes(self) -> bool:
        return self._desk.draft is not None

    def compose_body(self) -> ComposeResult:
        with Shelf(id="shelf"):
            yield Static(id="offer", markup=False)
            with Horizontal(id="tools"):
                yield Button(Content(f"[ {say('tui_compose.new_button')} ]"), id="new", compact=True)
                yield Button(Content(f"[ {say('tui_bringing.open_button')} ]"), id="bring", compact=True)
                yield Static(say("tui_compose.find"), id="find-label", markup=False)
                yield SearchBox(say("tui.search.placeholder"), id="find")
            columns = compose_shelf.columns(self.zone, self.now)
            yield VirtualTable[Row](columns, empty=say("tui_compose.nothing"), id="list")
        yield self._desk

    def on_mount(self) -> None:
        self._table: VirtualTable[Row] = self.query_one(VirtualTable)
        self._search = self.query_one(SearchBox)
        self.set_focus(self._table)
        self._listen()

    # ---- what can be written on

    def read(self) -> tuple[list[Row], list[ChannelView]]:
        return compose_shelf.rows(self.workspace, self._sought), channels.listing(self.workspace)

    def show(self, data: tuple[list[Row], list[ChannelView]]) -> None:
        rows, self._channels = data
        self._table.show(Listed(rows, lambda row: row.id))
        posts = sum(row.draft is None for row in rows)
        cut = posts == drafts.MOST_EDITABLE
        self._table.tail = say("tui_compose.cut", count=number(posts)) if cut else ""
        self._table.empty = say("tui_compose.nothing_found" if self._sought else "tui_compose.nothing")
        left = next((row for row in rows if row.draft and row.holder is None), None)
        offer = self.query_one("#offer", Static)
        offer.display = left is not None
        if left is not None:
            words = {"title": one_line(left.title), "moment": in_full(left.at, self.zone)}
            offer.update(say("tui_compose.offer", **words))

    def at_hand(self) -> dict[str, str]:
        draft = self._desk.draft
        row = self._table.current
        post = draft.post if draft else row.post if row else ""
        return {"post": post} if post else {}

    @on(Input.Changed, "#find")
    def _search_changed(self, message: Input.Changed) -> None:
        self._sought = message.value.strip()
        self.want()

    @on(SearchBox.Left)
    def _back_to_table(self) -> None:
        self.set_focus(self._table)

    @on(VirtualTable.Trouble)
    def _not_read(self, message: VirtualTable.Trouble) -> None:
        self._say_trouble(message.error)

    def action_find(self) -> None:
        self.set_focus(self._search)

    # ---- opening

    @on(Button.Pressed, "#new")
    def action_new_post(self) -> None:
        self._begin("")

    @on(Button.Pressed, "#bring")
    def _bring_pressed(self) -> None:
        self.action_bring()

    @work(exclusive=True, group="dialog")
    async def action_bring(self, way: str = "") -> None:
        """Word, Markdown, an Excel plan, a feed; what becomes a draft is opened."""
        person = await writer(self)
        if person is None:
            return
        draft = await compose_bringing.bring(self, person, way)
        self.want()
        if draft is not None and (not self._writes or await self._close()):
            self._put(draft)

    def deeds(self) -> list[tuple[str, str]]:
        return [(say(f"tui_bringing.way.{way}"), f"bring('{way}')") for way in compose_bringing.WAYS]

    @on(VirtualTable.Opened)
    def action_open_post(self) -> None:
        row = self._table.current
        if row is not None and not self._writes:
            self._open(row.draft.id if row.draft else "", row.post)

    def arrive(self, **what: str) -> None:
        """Somebody came to write on a post."""
        draft = self._desk.draft
        if (post := what.get("post")) and (draft is None or draft.post != post):
            self._open("", post)

    @work(exclusive=True, group="dialog")
    async def _begin(self, key: str) -> None:
        await self._begin_draft(key)

    async def _begin_draft(self, key: str) -> None:
        person = await writer(self)
        if person is None or (self._writes and not await self._close()):
            return
        try:
            draft = await asyncio.to_thread(drafts.begin, self.workspace, person.name, key)
        except Exception as error:
            await self.ask(Trouble(error))
            return
        self._put(draft)

    @work(exclusive=True, group="dialog")
    async def _open(self, draft_id: str, post: str) -> None:
        """A draft; or a post, of which drafts may lie about. Whoever has not signed in yet may read on."""
        if self.window.session.person is not None and await writer(self) is None:
            return
        if self._writes and not await self._close():
            return
        try:
            if not draft_id:
                found = await asyncio.to_thread(drafts.listing, self.workspace)
                chosen = await compose_opening.which(self, [one for one in found if one.post == post])
                if chosen is None:
                    return
                draft_id = chosen
            if not draft_id:
                await self._begin_draft(post)
                return
            draft = await asyncio.to_thread(drafts.get, self.workspace, draft_id)
            opened = await compose_opening.unless_open_elsewhere(self, draft, self._officer(draft))
        except Exception as error:
            await self.ask(Trouble(error))
            self.want()
            return
        if opened is not None:
            self._put(opened)

    def _officer(self, draft: Draft) -> str:
        session = self.window.session
        return session.person.name if session.person else session.hint or draft.officer

    def _put(self, draft: Draft) -> None:
        self._desk.open(draft, self._officer(draft), self._channels)
        self.set_class(True, "-writing")
        self.query_one(Footer).tell(self.places)
        if self._desk.is_raw:
            self.notify(say("tui_compose.raw"), severity="warning", markup=False)

    # ---- closing

    def action_back(self) -> None:
        if not self._writes:
            self._search.value = ""
            self.set_focus(self._table)
        elif self._desk.has_class("-previewing"):
            self._desk.toggle_preview()
        else:
            self._leave()

    @work(exclusive=True, group="dialog")
    async def _leave(self) -> None:
        await self._close()

    async def _close(self) -> bool:
        """Back to the list; what was written stays a draft, and one in which nothing was written goes."""
        if not await self._desk.keep_now():
            self.notify(say("tui_compose.not_closed"), severity="error", markup=False)
            return False
        draft = self._desk.draft
        self._desk.close()
        if draft is not None and await asyncio.to_thread(drafts.is_untouched, self.workspace, draft):
            await self._throw_away(draft)
        self._show_list()
        return True

    def _show_list(self) -> None:
        self.set_class(False, "-writing")
        self.query_one(Footer).tell(self.places)
        self.set_focus(self._table)
        self.want()

    async def _throw_away(self, draft: Draft) -> bool:
        try:
            await asyncio.to_thread(drafts.discard, self.workspace, draft)
        except Exception as error:
            await self.ask(Trouble(error))
            return False
        return True

    # ---- what keys do at the desk

    @work(exclusive=True, group="dialog")
    async def action_save(self) -> None:
        await self._save(submit=False)

    @work(exclusive=True, group="dialog")
    async def action_submit(self) -> None:
        await self._save(submit=True)

    async def _save(self, *, submit: bool) -> None:
        if not self._writes:
            return
        saved = await compose_saving.save(self, self._desk, submit=submit)
        if saved is not None:
            self._desk.forget()
            self._show_list()
            await compose_saving.tell(self, saved, submit=submit)

    @work(exclusive=True, group="dialog")
    async def action_discard(self) -> None:
        row = self._table.current
        draft = self._desk.draft or (row.draft if row else None)
        if draft is None:
            return
        if not await asyncio.to_thread(drafts.is_untouched, self.workspace, draft):
            title = one_line(draft.title) or say("tui_compose.untitled")
            body = say("drafts.really", title=title)
            if not await self.ask(
                Confirm(say("tui_compose.discard"), body, word=say("tui_compose.discard_word"))
            ):
                return
        self._desk.forget()
        if await self._throw_away(draft):
            self.notify(say("drafts.discarded", draft=draft.id), markup=False)
        self._show_list()

    def action_preview(self) -> None:
        if self._writes:
            self._desk.toggle_preview()

    def action_next_channel(self) -> None:
        self._desk.preview.next_channel()

    @work(exclusive=True, group="dialog")
    async def action_attach(self) -> None:
        if self._writes:
            await compose_pictures.ask_and_add(self, self._desk)

    @on(Fields.KindAsked)
    @work(exclusive=True, group="dialog")
    async def _ask_kind(self) -> None:
        options = [(kind.code, kind.label, "") for kind in KINDS.values() if kind.publishable]
        chosen = await self.ask(Pick(say("tui_compose.pick_kind"), options, at=self._desk.manuscript.kind))
        if chosen:
            self._desk.use_kind(chosen)

    @on(Fields.PictureChosen)
    @work(exclusive=True, group="dialog")
    async def _picture_chosen(self, message: Fields.PictureChosen) -> None:
        if message.place is None:
            await compose_pictures.ask_and_add(self, self._desk)
        else:
            await compose_pictures.menu(self, self._desk, message.place)

    @on(Dropped)
    @work(exclusive=True, group="dialog")
    async def _dropped(self, message: Dropped) -> None:
        await compose_pictures.add(self, self._desk, message.paths)

    # ---- other windows, and the end

    @on(Desk.Moved)
    def _moved(self, message: Desk.Moved) -> None:
        self.notify(
            say("tui_compose.moved", draft=message.draft.id), severity="warning", markup=False, timeout=20
        )

    @on(Desk.Reloaded)
    def _reloaded(self) -> None:
        self.notify(say("tui_compose.reloaded"), markup=False)

    def on_screen_suspend(self) -> None:
        self._keep_soon()

    def _keep_soon(self, *_: Any) -> None:
        self.run_worker(self._desk.keep_now(), group="keep")

    def _listen(self) -> None:
        """Keep at once when the terminal goes away or out of sight, in whichever way."""
        self.watch(self.app, "app_focus", self._keep_soon, init=False)
        self.app.app_suspend_signal.subscribe(self, lambda _: self._desk.keep_at_once())
        for name, then in (("SIGHUP", self._line_dropped), ("SIGTERM", self._asked_to_end)):
            with suppress(AttributeError, NotImplementedError, RuntimeError, ValueError):  # Windows; a thread
                asyncio.get_running_loop().add_signal_handler(getattr(signal, name), then)

    def on_unmount(self) -> None:
        for name in ("SIGHUP", "SIGTERM"):
            with suppress(AttributeError, NotImplementedError, RuntimeError, ValueError):
                asyncio.get_running_loop().remove_signal_handler(getattr(signal, name))

    def _line_dropped(self) -> None:
        """There is no terminal any more to say goodbye to."""
        self._desk.close()
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGHUP)

    def _asked_to_end(self) -> None:
        self._desk.close()
        self.app.exit()


class Shelf(Container):
    """The side of the room that lists."""

    BINDINGS = keymap.bindings("compose_list")
