"""The room Tập huấn: practice platforms and a publisher to train with, exercises that tick themselves off."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from textual import on, work
from textual.app import ComposeResult
from textual.widgets import Static

from content.errors import RefusedByRule
from content.wording import say
from loa.services import rehearsing, training
from loa.services.people import Person
from loa.services.rehearsing import EXERCISES, Rehearsal, Stage
from loa.services.workspace import Workspace
from loa.speech import one_line
from tui import rooms
from tui.dialogs.confirm import Confirm
from tui.dialogs.pick import Pick
from tui.dialogs.told import Told, Trouble
from tui.frame.footer import Footer
from tui.frame.room import Room
from tui.widgets.columns import Column
from tui.widgets.pages import Listed
from tui.widgets.table import VirtualTable

WHERE = {
    "write": "compose",
    "submit": "compose",
    "approve": "approve",
    "watch": "queue",
    "unclear": "queue",
    "freeze": "queue",
    "release": "queue",
}
"""The room in which an exercise is done."""
SLOW_S = 10.0
_MORE = "…"


@dataclass(frozen=True)
class Exercise:
    name: str
    done: bool


class TrainingRoom(Room):
    """F6 opens the practice platforms, F2 makes them channels, F8 publishes, F4 makes trouble."""

    PLACE = "training"
    PLACES = ("table",)
    DEFAULT_CSS = """
    TrainingRoom #stage { height: auto; padding: 0 1; margin-bottom: 1; }
    TrainingRoom #exercises { height: 1fr; min-height: 4; }
    TrainingRoom #hint { height: auto; padding: 0 1; border-top: solid $primary; }
    """

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self.rehearsal = Rehearsal()
        self._stage: Stage | None = None

    def compose_body(self) -> ComposeResult:
        yield Static(id="stage", markup=False)
        columns: list[Column[Exercise]] = [
            Column(
                say("tui_training.column.done"),
                lambda one, _: say("tui_training.done" if one.done else "tui_training.open"),
                (9, 9, 10),
                style=_style,
            ),
            Column(
                say("tui_training.column.exercise"),
                lambda one, _: say(f"tui_training.exercise.{one.name}.name"),
                (30, 40, 60),
                share=1,
                style=_style,
            ),
        ]
        yield VirtualTable[Exercise](columns, empty=say("tui_training.not_here"), id="exercises")
        yield Static(id="hint", markup=False)

    def on_mount(self) -> None:
        self._table: VirtualTable[Exercise] = self.query_one(VirtualTable)
        self.set_focus(self._table)

    def on_unmount(self) -> None:
        """The platforms end with the window; a thread of theirs that hangs must not hold it up."""
        try:
            self.rehearsal.close()
        except Exception:
            logging.getLogger("loa.training").debug("the practice platforms did not end well", exc_info=True)

    def read(self) -> Stage:
        return self.rehearsal.look(self.workspace)

    def show(self, data: Stage) -> None:
        self._stage = data
        self.query_one("#stage", Static).update("\n".join(_lines(data)))
        # “stop everything” is no exercise where the public would notice
        listed = [] if data.real else [Exercise(name, name in data.done) for name in EXERCISES]
        self._table.show(Listed(listed, lambda one: one.name))

    @on(VirtualTable.Moved)
    @on(VirtualTable.Loaded)
    def _hint(self) -> None:
        one = self._table.current
        words = say(f"tui_training.exercise.{one.name}.how") if one else ""
        self.query_one("#hint", Static).update(words)

    @on(VirtualTable.Opened)
    def _opened(self) -> None:
        self.action_there()

    @work(exclusive=True, group="enter")
    async def action_there(self) -> None:
        """To the room where the exercise is done."""
        one = self._table.current
        if one and WHERE[one.name] in rooms.listed():
            await self.window.go(WHERE[one.name])

    # What keys do

    @work(exclusive=True, group="dialog")
    async def action_platforms(self) -> None:
        """Open the practice platforms, or close ours."""
        stage = self._stage
        if stage is None:
            return
        if stage.ours:
            name = say("tui_training.close.name")
            if await self.ask(Confirm(name, say("tui_training.close.body"))):
                await self._do(self.rehearsal.close_platforms, say("tui_training.closed"))
        elif stage.places:
            line = say("tui_training.elsewhere", url=stage.url)
            await self.ask(Told(say("tui_training.title"), [line]))
        else:
            await self._do(lambda: self.rehearsal.open_platforms(self.workspace), say("tui_training.opened"))

    @work(exclusive=True, group="dialog")
    async def action_channels(self) -> None:
        """All that is open becomes channels, or gets the tokens of now."""
        stage = self._stage
        if stage is None or not await self._has_platforms(stage):
            return

        def add(person: Person) -> bool:
            site = training.site_url(stage.url)
            training.add_channels(self.workspace, person, training.open_places(stage.url), site)
            return True

        await self.act(add, done=say("tui_training.channels_ready"))

    @work(exclusive=True, group="dialog")
    async def action_publisher(self) -> None:
        """Publish from this window, or stop doing so."""
        stage = self._stage
        if stage is None:
            return
        if stage.our_publisher:
            await self._do(self.rehearsal.stop_publisher, say("tui_training.publisher_stopped"))
        elif stage.publishing:
            await self.ask(Told(say("tui_training.title"), [say("tui_training.publisher_elsewhere")]))
        elif stage.real or not stage.practises:
            line = say("tui_training.real", **_real(stage)) if stage.real else _purpose(stage)
            await self.ask(Told(say("tui_training.title"), [line]))
        else:
            start = self.rehearsal.start_publisher
            await self._do(lambda: start(self.workspace), say("tui_training.publisher_started"))

    @work(exclusive=True, group="dialog")
    async def action_fault(self) -> None:
        """Make a platform misbehave on its next call."""
        stage = self._stage
        if stage is None or not await self._has_platforms(stage):
            return
        title = say("tui_training.fault.title")
        listed = [(place.platform, one_line(place.name), "") for place in stage.places]
        platform = await self.ask(Pick(title, listed, say("tui_training.fault.where")))
        place = next((one for one in stage.places if one.platform == platform), None)
        if place is None:
            return
        first = rehearsing.trials(place)
        options = [(kind, say(f"tui_training.trial.{kind}.name"), _will(kind)) for kind in first]
        more = (_MORE, say("tui_training.fault.more"), "")
        kind = await self.ask(Pick(title, [*options, more], one_line(place.name)))
        if kind == _MORE:
            rest = [(one, training.meaning(one) or one, one) for one in place.faults]
            kind = await self.ask(Pick(title, rest, one_line(place.name)))
        if not kind:
            return

        def arm() -> None:
            training.arm_fault(
                stage.url,
                kind,
                platform=place.platform,
                when=rehearsing.moment_of(kind),
                seconds=SLOW_S if kind.startswith("slow") else 0.0,
            )

        what = training.meaning(kind) or kind
        sentence = _will(kind) if kind in first else say("tui_training.fault.armed", what=what)
        if await self._do(arm, ""):
            await self.ask(Told(say("tui_training.fault.done", name=one_line(place.name)), [sentence]))

    @work(exclusive=True, group="dialog")
    async def action_page(self) -> None:
        """The start page's address, to be opened in a browser."""
        if (stage := self._stage) and await self._has_platforms(stage):
            self.app.copy_to_clipboard(stage.url)
            lines = [stage.url, "", say("tui_training.page")]
            await self.ask(Told(say("tui_training.title"), lines))

    async def _has_platforms(self, stage: Stage) -> bool:
        if stage.real:
            error = RefusedByRule("cli.practice.real_channels", channels=", ".join(stage.real))
            await self.ask(Trouble(error))
        elif not stage.places:
            await self.ask(Told(say("tui_training.title"), [say("tui_training.open_first")]))
        return bool(stage.places) and not stage.real

    async def _do(self, deed: Callable[[], object], done: str) -> bool:
        """Something that needs no officer, in a thread."""
        footer = self.query_one(Footer)
        footer.say_busy(say("tui.busy"))
        try:
            await asyncio.to_thread(deed)
        except Exception as error:
            await self.ask(Trouble(error))
            return False
        finally:
            footer.say_busy("")
            self.want()
        if done:
            self.notify(done, markup=False)
        return True


def _lines(stage: Stage) -> Iterator[str]:
    """What this workspace is for, and what runs."""
    if stage.real:
        yield say("tui_training.real", **_real(stage))
        return
    yield _purpose(stage)
    names = ", ".join(one_line(place.name) for place in stage.places)
    if stage.ours:
        yield say("tui_training.platforms.ours", url=stage.url, names=names)
    elif stage.places:
        yield say("tui_training.platforms.elsewhere", url=stage.url, names=names)
    else:
        yield say("tui_training.platforms.closed")
    if stage.our_publisher:
        yield say("tui_training.publisher.ours")
    else:
        yield say("tui_training.publisher.elsewhere" if stage.publishing else "tui_training.publisher.silent")


def _purpose(stage: Stage) -> str:
    """What is trained on here, or the next step on the way there."""
    if stage.practises:
        return say("tui_training.practises")
    return say("tui_training.no_channels_yet" if stage.places else "tui_training.no_channels")


def _real(stage: Stage) -> dict[str, object]:
    return {"channels": ", ".join(map(one_line, stage.real))}


def _will(kind: str) -> str:
    return say(f"tui_training.trial.{kind}.will")


def _style(one: Exercise) -> str:
    return "good" if one.done else "plain"
