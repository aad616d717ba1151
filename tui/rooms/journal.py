"""The room Nhật ký: who did what and when, and whether the record is whole."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from pathlib import Path
from typing import cast

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Container, Horizontal
from textual.widgets import Input, Static

from content.wording import say
from loa.services import auditing
from loa.services.auditing import Asked, Events, EventView
from loa.services.workspace import Workspace
from loa.speech import moment, number, one_line, worded
from tui.details import Details
from tui.dialogs.pick import Pick
from tui.dialogs.questions import Field, Form
from tui.dialogs.told import Told, Trouble
from tui.frame.footer import Footer
from tui.frame.room import Room
from tui.rooms import journal_words as words
from tui.search import SearchBox
from tui.widgets.columns import Column
from tui.widgets.table import VirtualTable
from tui.words import in_short

DOSSIERS = "ho-so"
"""In the workspace: where dossiers are proposed to be written."""


class JournalRoom(Room):
    """Enter shows an event in full, F2 filters, F4 narrows to what it is about, F6 checks the chain."""

    PLACE = "journal"
    PLACES = ("table", "search", "details")
    BESIDE = 110
    DEFAULT_CSS = """
    JournalRoom #chain { height: auto; padding: 0 1; }
    JournalRoom #chain.-broken { color: $text-error; text-style: bold; }
    JournalRoom #tools { height: 1; padding: 0 1; }
    JournalRoom.-tall #tools { margin-top: 1; }
    JournalRoom #filter { width: auto; max-width: 75%; padding-right: 1; }
    JournalRoom #search { width: 1fr; background: $surface; }
    JournalRoom #search:focus { background: $boost; text-style: underline; }
    JournalRoom #split { height: 1fr; }
    JournalRoom #details { display: none; height: 1fr; padding: 0 1; border-top: solid $primary;
                           scrollbar-size-vertical: 1; scrollbar-gutter: stable; }
    JournalRoom #details:focus { border-top: heavy $primary; }
    JournalRoom.-wide #split { layout: horizontal; }
    JournalRoom.-wide #details { width: 42%; border-top: none; border-left: solid $primary; }
    """

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._asked = Asked()
        self._events = Events(workspace, self._asked)

    def compose_body(self) -> ComposeResult:
        yield Static(say("tui_journal.not_checked"), id="chain", markup=False)
        with Horizontal(id="tools"):
            yield Static(id="filter", markup=False)
            yield SearchBox(say("tui.search.placeholder"), id="search")
        with Container(id="split"):
            yield VirtualTable[EventView](self._columns(), empty=say("tui_journal.empty"), id="table")
            yield Details(id="details")

    def _columns(self) -> list[Column[EventView]]:
        def about(event: EventView, _: int) -> str:
            return one_line(event.subject)

        def at(event: EventView, width: int) -> str:
            return moment(event.at, self.zone) if width >= 24 else in_short(event.at, self.zone, self.now())

        return [
            Column(say("cli.column.at"), at, (17, 17, 28)),
            Column(say("cli.column.actor"), lambda event, _: one_line(event.actor), (9, 12, 14)),
            Column(say("cli.column.what"), lambda event, _: words.action(event), (19, 24, 28)),
            Column(say("cli.column.subject"), about, (18, 26, 30), share=1),
            Column(
                say("tui_journal.more"), lambda event, _: words.short(event, self.zone), (8, 12, 30), share=1
            ),
        ]

    def on_mount(self) -> None:
        self._table = cast("VirtualTable[EventView]", self.query_one(VirtualTable))
        self._search, self._details = self.query_one(SearchBox), self.query_one(Details)
        self.set_focus(self._table)
        self._open_list()
        self.action_verify()

    # Reading and showing

    def show(self, _data: None) -> None:
        self._table.reload()

    @on(VirtualTable.Loaded)
    def _show_filter(self) -> None:
        told = [say("tui_journal.only.actor", name=self._asked.actor)] if self._asked.actor else []
        if self._asked.action:
            told.append(say("tui_journal.only.action", name=worded("audit.actions", self._asked.action)))
        if self._asked.subject:
            told.append(say("tui_journal.only.subject", name=self._asked.subject))
        chosen = " · ".join(told) or say("tui_journal.only.nothing")
        line = say("tui_journal.filter_line", filter=one_line(chosen), count=number(self._table.count))
        self.query_one("#filter", Static).update(line)
        cut = self._events.is_cut
        self._table.tail = say("tui_journal.cut", count=number(auditing.MOST_SOUGHT)) if cut else ""

    @on(VirtualTable.Moved)
    def _moved(self) -> None:
        self._details.scroll_home(animate=False)
        event = self._table.current
        self._details.say(words.details(event, self.zone) if event else say("tui_journal.none"))

    @on(VirtualTable.Opened)
    def _opened(self) -> None:
        self._details.display = True
        self._moved()

    @on(VirtualTable.Trouble)
    def _not_read(self, message: VirtualTable.Trouble) -> None:
        self._say_trouble(message.error)

    def _open_list(self) -> None:
        self._events = Events(self.workspace, replace(self._asked, search=self._search.value))
        narrowed = self._asked != Asked() or self._search.value.strip()
        self._table.empty = say("tui_journal.nothing" if narrowed else "tui_journal.empty")
        self._table.show(self._events)

    # What keys and boxes do

    def arrive(self, **what: str) -> None:
        """Everything about what somebody came for."""
        self._only(subject=next(iter(what.values()), ""))

    def at_hand(self) -> dict[str, str]:
        event = self._table.current
        post, at, channel = event.subject.partition("@") if event else ("", "", "")
        return {"post": post, "channel": channel} if at else {}

    @on(Input.Changed)
    def _search_changed(self) -> None:
        self._open_list()

    @on(SearchBox.Left)
    def _back_to_table(self) -> None:
        self.set_focus(self._table)

    def action_search(self) -> None:
        self.set_focus(self._search)

    def action_back(self) -> None:
        """Esc: undo the nearest narrowing: details, search, filters."""
        if self._details.display:
            self._details.display = False
            self.set_focus(self._table)
        elif self._search.value:
            self._search.value = ""
        else:
            self._asked = Asked()
            self._open_list()

    def action_about(self) -> None:
        """Only what the event under the cursor is about, and all of it again."""
        event = self._table.current
        if self._asked.subject:
            self._only(subject="")
        elif event is not None:
            self._only(subject=_thing(event.subject))

    def _only(self, **what: str) -> None:
        self._asked = replace(self._asked, **what)
        self.set_focus(self._table)
        self._open_list()

    @work(exclusive=True, group="dialog")
    async def action_filter(self) -> None:
        title = say("tui_journal.filter.title")
        options = [
            (one, say(f"tui_journal.filter.{one}"), "") for one in ("actor", "action", "subject", "none")
        ]
        chosen = await self.ask(Pick(title, options))
        if chosen is None:
            return
        if chosen == "none":
            self._asked = Asked()
            self._open_list()
            return
        name = say(f"tui_journal.filter.{chosen}")
        if chosen == "subject":
            told = await self.ask(Form(name, "", [Field("id", say("tui_journal.filter.id"))]))
            found = None if told is None else told["id"].strip()
        else:
            try:
                actors, actions = await asyncio.to_thread(auditing.known, self.workspace)
            except Exception as error:
                await self.ask(Trouble(error))
                return
            every = (
                [(one, one_line(one), "") for one in actors]
                if chosen == "actor"
                else [(one, worded("audit.actions", one), "") for one in actions]
            )
            found = await self.ask(Pick(name, every, at=getattr(self._asked, chosen)))
        if found is not None:
            self._only(**{chosen: found})

    # The chain, and a dossier

    @work(exclusive=True, group="verify")
    async def action_verify(self) -> None:
        """Walk the whole chain; it takes a while, and nothing else waits for it."""
        place = self.query_one("#chain", Static)
        place.update(say("tui_journal.checking"))
        try:
            told = await asyncio.to_thread(auditing.verify, self.workspace)
        except Exception as error:
            place.update(say("tui_journal.not_checked"))
            self._say_trouble(error)
            return
        place.set_class(words.alarming(told), "-broken")
        place.update(words.chain(told, self.now(), self.zone, self.workspace.anchors.file))

    @work(exclusive=True, group="dialog")
    async def action_export(self) -> None:
        """All that is known of the post under the cursor, as one page to read and print."""
        event = self._table.current
        post = _thing(event.subject) if event else ""
        if not post:
            self.notify(say("tui_journal.none"))
            return
        stamp = f"{self.now().astimezone(self.zone):%Y%m%d-%H%M%S}"
        name = f"{re.sub(r'[^A-Za-z0-9_-]+', '-', post)}-{stamp}.html"
        field = Field(
            "file",
            say("tui_journal.export.file"),
            value=str(self.workspace.folder / DOSSIERS / name),
            required=True,
            check=lambda written: say("tui_journal.export.there") if Path(written.strip()).exists() else "",
        )
        title = say("tui_journal.export.title", post=one_line(post))
        told = await self.ask(Form(title, say("tui_journal.export.body"), [field]))
        if told is None:
            return
        file = Path(told["file"].strip()).expanduser()
        footer = self.query_one(Footer)
        footer.say_busy(say("tui.busy"))
        try:
            await asyncio.to_thread(self._export, post, file)
        except Exception as error:
            await self.ask(Trouble(error))
            return
        finally:
            footer.say_busy("")
        await self.ask(Told(title, [say("audit.exported", file=one_line(str(file)))]))

    def _export(self, post: str, file: Path) -> None:
        """In a thread. The file is whole or not there: it is written beside itself first."""
        from loa.reports.dossier import as_html
        from loa.services.dossier import compile_dossier

        page = as_html(compile_dossier(self.workspace, post), self.zone)
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f".{file.name}.new")
        draft.write_text(page, "utf-8")
        draft.replace(file)


def _thing(subject: str) -> str:
    """The post of a delivery; of anything else itself."""
    return subject.partition("@")[0]
