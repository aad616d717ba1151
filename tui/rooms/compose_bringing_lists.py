"""What an Excel plan would make, row by row; a new feed; and the items of one, to be ticked and taken."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator

from textual import on, work
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from content.finding import Finding
from content.wording import say
from loa.services import excel_plan, feeds
from loa.services.excel_plan import ExcelPlan, Planned
from loa.services.feeds import ItemView, Look, Outcome
from loa.services.importing import Imported
from loa.services.people import Person
from loa.services.workspace import Workspace
from loa.speech import moment, one_line
from tui import keymap
from tui.dialogs.dialog import Dialog, T
from tui.dialogs.questions import Field
from tui.dialogs.told import in_words
from tui.frame.footer import Footer
from tui.frame.reading import Reader
from tui.frame.room import Room
from tui.rooms.compose_bringing_files import Trying
from tui.widgets.columns import Column
from tui.widgets.pages import Listed
from tui.widgets.table import VirtualTable
from tui.words import in_short

_SHOWN = 4000
"""Letters of an item below the list; all of it is read at the desk."""
_MOST_NOTED = 50
_ROW = re.compile(r"(?:^|\s)[A-Z]{0,3}(\d{1,7})")


class NewFeed(Trying[str]):
    """A name, an address and what the source allows; read once before it is kept. Answers the name."""

    CONFIRM = "tui_bringing.button.add"

    def __init__(self, workspace: Workspace, person: Person) -> None:
        fields = [
            Field(
                "name", say("tui_bringing.feed.name"), hint=say("tui_bringing.feed.name_hint"), required=True
            ),
            Field("url", say("tui_bringing.feed.url"), hint=say("tui_bringing.feed.url_hint"), required=True),
            Field("reuse", say("tui_bringing.feed.reuse"), hint=say("tui_bringing.feed.reuse_hint")),
        ]
        super().__init__(say("tui_bringing.feed.add"), say("tui_bringing.feed.add_body"), fields)
        self._workspace, self._person = workspace, person

    def deed(self, values: dict[str, str]) -> str:
        name = values["name"].strip()
        feeds.add(self._workspace, self._person, name, values["url"], reuse=values["reuse"])
        return name


class Listing(Dialog[T]):
    """A table over the whole window, with a note below it on the row where the cursor stands."""

    DEFAULT_CSS = """
    Listing > #box { width: 100%; height: 100%; max-height: 100%; }
    Listing #rows { height: 1fr; }
    Listing #note { height: 5; border-top: solid $primary; scrollbar-size-vertical: 1; }
    Listing.-tall #note { height: 9; }
    Listing #remarks { height: auto; }
    """
    VERTICAL_BREAKPOINTS = [(0, "-short"), (28, "-tall")]  # noqa: RUF012 Textual's own form
    wrong_with_it = ""
    busy = False
    """Something is being done in a thread, which cannot be called back."""

    def action_close(self) -> None:
        if not self.busy:
            super().action_close()

    def note(self, lines: list[str]) -> None:
        self.query_one("#remarks", Static).update("\n".join(lines))
        self.query_one("#note").scroll_home(animate=False)

    def fail(self, error: Exception | None) -> None:
        """What went wrong, in one or a few lines; None takes it away, but not what is wrong with the list."""
        self.say_wrong("\n".join(in_words(error)[:4]) if error else self.wrong_with_it)


class PlanPreview(Listing[list[Imported]]):
    """Every row before anything is made; F8 makes all of them, as soon as no cell is wrong."""

    BINDINGS = keymap.bindings("compose_plan")
    CONFIRM = "tui_bringing.button.take_all"

    def __init__(self, room: Room, person: Person, plan: ExcelPlan) -> None:
        super().__init__(plan.path.name, " ")
        self._room, self._person, self._plan = room, person, plan
        self._reader: Reader[ExcelPlan] = Reader(self, self._read, self._show, self.fail)
        self._of_row: dict[int, list[Finding]] = {}

    def compose_fields(self) -> Iterator[Widget]:
        yield VirtualTable[Planned](self._columns(), empty=say("tui_bringing.plan.none"), id="rows")
        yield VerticalScroll(Static(id="remarks", markup=False), id="note")
        yield Footer(("compose_plan",))

    def on_mount(self) -> None:
        self._table: VirtualTable[Planned] = self.query_one("#rows", VirtualTable)
        self.set_focus(self._table)
        self._show(self._plan)

    def _read(self) -> ExcelPlan:
        return excel_plan.read(self._room.workspace, self._plan.path)

    def _show(self, plan: ExcelPlan) -> None:
        self._plan = plan
        self._table.show(Listed(plan.rows, lambda one: str(one.row)))
        self._of_row = {}
        for finding in plan.findings:
            self._of_row.setdefault(_row_of(finding), []).append(finding)
        counts = {name: plan.count(name) for name in ("new", "changed", "same")}
        key = "refused" if plan.refused else "would"
        said = say(f"tui_bringing.plan.{key}", wrong=len(plan.refused), **counts)
        self.query_one("#said", Static).update(said)
        self._note()

    @on(VirtualTable.Moved)
    def _note(self) -> None:
        row = self._table.current
        of_row = self._of_row.get(row.row, []) if row is not None else []
        others = [one for at, found in self._of_row.items() if row is None or at != row.row for one in found]
        told = [_remark(one) for one in (*of_row, *others[:_MOST_NOTED])]
        self.note(told or [say("tui_bringing.plan.clean")])

    def _columns(self) -> list[Column[Planned]]:
        zone, now = self._room.zone, self._room.now

        def wrong(one: Planned, _width: int) -> str:
            found = self._of_row.get(one.row)
            return say("tui_bringing.plan.remarks", count=len(found)) if found else ""

        def style(one: Planned) -> str:
            grave = {finding.severity for finding in self._of_row.get(one.row, ())}
            return "bad" if "block" in grave else "care" if grave else "plain"

        def title(key: str) -> str:
            return say(f"plan.column.{key}")

        return [
            Column(title("row"), lambda one, _: str(one.row), (5, 6, 6), style=style),
            Column(
                title("outcome"), lambda one, _: say(f"plan.outcome.{one.outcome}"), (10, 11, 11), style=style
            ),
            Column(title("due"), lambda one, w: in_short(one.due, zone, now(), w), (14, 17, 17), style=style),
            Column(
                title("title"), lambda one, _: one_line(one.post.title), (16, 24, 40), share=1, style=style
            ),
            Column(title("channels"), lambda one, _: ", ".join(one.post.channels), (0, 14, 24), style=style),
            Column(say("tui_bringing.plan.remark"), wrong, (11, 12, 14), style=style),
        ]

    def confirm(self) -> None:
        self.action_take_all()

    def action_again(self) -> None:
        self.say_wrong("")
        self._reader.want()

    def action_take_all(self) -> None:
        if self.busy or self._reader.reading:
            return
        if self._plan.refused:
            first = _remark(self._plan.refused[0])
            self.say_wrong(say("tui_bringing.plan.not_yet", count=len(self._plan.refused), first=first))
        elif all(one.outcome == "same" for one in self._plan.rows):
            self.say_wrong(say("tui_bringing.plan.nothing_new"))
        else:
            self.busy = True
            self._make()

    @work(exclusive=True, group="making")
    async def _make(self) -> None:
        """What was shown is made, no other: whoever saved the file meanwhile reads it again first."""
        try:
            made = await asyncio.to_thread(excel_plan.make, self._room.workspace, self._person, self._plan)
        except Exception as error:
            self.busy = False
            self.fail(error)
            return
        self.dismiss(made)


class FeedItems(Listing[list[Outcome]]):
    """What a feed has now; Space ticks, F8 takes what is ticked, or the item under the cursor."""

    BINDINGS = keymap.bindings("compose_feed")
    CONFIRM = "tui_bringing.button.take"

    def __init__(self, room: Room, person: Person, name: str) -> None:
        super().__init__(name, " ")
        self._room, self._person, self._feed = room, person, name
        self._ticked: set[int] = set()
        self._reader: Reader[Look] = Reader(self, self._read, self._show, self.fail)

    def compose_fields(self) -> Iterator[Widget]:
        yield VirtualTable[ItemView](self._columns(), empty=say("tui_bringing.feed.reading"), id="rows")
        yield VerticalScroll(Static(id="remarks", markup=False), id="note")
        yield Footer(("compose_feed",))

    def on_mount(self) -> None:
        self._table: VirtualTable[ItemView] = self.query_one("#rows", VirtualTable)
        self.set_focus(self._table)
        self._reader.want()

    def _read(self) -> Look:
        return feeds.look(self._room.workspace, self._feed)

    def _show(self, seen: Look) -> None:
        self._table.empty = say("tui_bringing.feed.none")
        self._table.show(Listed(seen.items, lambda one: str(one.number)))
        words = {
            "title": one_line(seen.feed.title) or self._feed,
            "count": len(seen.items),
            "new": seen.feed.new,
        }
        said = [say("tui_bringing.feed.said", **words)]
        said += [one_line(finding.line()) for finding in seen.remarks[:2]]
        self.query_one("#said", Static).update("\n".join(said))
        as_of = say("feeds.as_of", moment=moment(seen.feed.looked_at, self._room.zone))
        self.wrong_with_it = f"{seen.trouble}\n{as_of}" if seen.trouble else ""
        self.say_wrong(self.wrong_with_it)
        self._note()

    @on(VirtualTable.Moved)
    def _note(self) -> None:
        one = self._table.current
        if one is None:
            return
        text = one.summary if one.summary and not one.body else one.body
        lines = [one_line(one.title), *text[:_SHOWN].split("\n"), one.link]
        self.note([*lines, *(say(f"feeds.item.{name}") for name in one.remarks)])

    def _columns(self) -> list[Column[ItemView]]:
        zone = self._room.zone

        def day(one: ItemView, _width: int) -> str:
            return f"{one.published.astimezone(zone):%d/%m/%Y}" if one.published else "–"

        def state(one: ItemView, _width: int) -> str:
            if one.taken:
                return say("feeds.state.taken", draft=one.taken.draft)
            return say("feeds.state.new") if one.is_new else ""

        def mark(one: ItemView, _width: int) -> str:
            return "[x]" if one.number in self._ticked else "[ ]"

        def style(one: ItemView) -> str:
            return "quiet" if one.taken else "care" if one.is_new else "plain"

        def title(key: str) -> str:
            return say(f"feeds.column.{key}")

        return [
            Column(say("tui_bringing.feed.take"), mark, (4, 5, 5), style=style),
            Column(title("number"), lambda one, _: str(one.number), (4, 5, 5), style=style),
            Column(title("published"), day, (10, 10, 10), style=style),
            Column(title("state"), state, (10, 16, 24), style=style),
            Column(title("title"), lambda one, _: one_line(one.title), (20, 30, 40), share=1, style=style),
        ]

    def confirm(self) -> None:
        self.action_take()

    @on(VirtualTable.Opened)
    def action_tick(self) -> None:
        one = self._table.current
        if one is not None:
            self._ticked ^= {one.number}
            self._table.refresh()

    def action_again(self) -> None:
        self._reader.want()

    def action_take(self) -> None:
        one = self._table.current
        numbers = sorted(self._ticked) or ([one.number] if one is not None else [])
        if numbers and not self.busy and not self._reader.reading:
            self.busy = True
            self._take(numbers)

    @work(exclusive=True, group="taking")
    async def _take(self, numbers: list[int]) -> None:
        try:
            taken = await asyncio.to_thread(
                feeds.take, self._room.workspace, self._person, self._feed, numbers
            )
        except Exception as error:
            self.busy = False
            self.fail(error)
            return
        self.dismiss(taken)


def _row_of(finding: Finding) -> int:
    """The row that a remark is placed at, 0 for one on the sheet as a whole."""
    found = _ROW.search(finding.place)
    return int(found[1]) if found else 0


def _remark(finding: Finding) -> str:
    return one_line(f"{say(f'cli.severity.{finding.severity}')} {finding.line()}")
