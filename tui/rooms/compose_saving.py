"""Saving a draft, alone or with handing it over for approval, and what may come between; only in workers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rich.text import Text
from textual import on
from textual.content import Content
from textual.widget import Widget
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from content.errors import LoaError
from content.finding import Finding, blocking
from content.moment import MomentError
from content.wording import say
from loa.services import approving, drafts
from loa.services.drafts import Draft, Overtaken
from loa.services.importing import Imported
from loa.services.people import Person
from loa.services.posts import RefusedFindings
from loa.speech import moment as in_full
from loa.speech import one_line
from tui.dialogs.confirm import Confirm
from tui.dialogs.dialog import Dialog
from tui.dialogs.pick import Pick
from tui.dialogs.told import Told, Trouble
from tui.frame.room import Room
from tui.rooms.compose_desk import Desk
from tui.rooms.compose_manuscript import Spot
from tui.rooms.compose_preview import remedy
from tui.rooms.compose_writer import writer
from tui.widgets.blocks import Blocks


@dataclass(frozen=True)
class Saved:
    """It is the post's next revision; `trouble`: but it could not be handed over."""

    imported: Imported
    trouble: Exception | None = None


async def save(room: Room, desk: Desk, *, submit: bool = False) -> Saved | None:
    """The whole conversation; None when the draft is still a draft."""
    if not await desk.keep_now():
        return None
    findings = await desk.findings()
    if submit and not desk.is_raw and not desk.manuscript.due.strip():
        findings = [Finding("tui_compose.no_due", "block", "due"), *findings]
    if blocking(findings):
        await tell_findings(room, desk, blocking(findings))
        return None
    if submit and not await room.ask(Confirm(say("tui_compose.submit.title"), check_list(desk, findings))):
        return None
    over = 0
    while (draft := desk.draft) is not None:
        if await writer(room) is None:
            return None
        desk.disabled = True  # what would be typed while it is being saved would belong nowhere
        try:
            told = await room.act(_saving(room, draft, over, submit=submit))
        finally:
            desk.disabled = False
        if isinstance(told, Overtaken):
            over = await _overtaken(room, desk, draft, told)
            if not over:
                return None
        elif isinstance(told, RefusedFindings):
            await tell_findings(room, desk, blocking(told.findings))
            return None
        else:
            return told
    return None


def _saving(
    room: Room, draft: Draft, over: int, *, submit: bool
) -> Callable[[Person], Saved | Overtaken | RefusedFindings]:
    def work(person: Person) -> Saved | Overtaken | RefusedFindings:
        try:
            imported = drafts.save(room.workspace, person, draft, over=over)
        except (Overtaken, RefusedFindings) as error:
            return error
        if not submit:
            return Saved(imported)
        try:
            approving.submit(room.workspace, person, imported.post)
        except LoaError as error:
            return Saved(imported, error)
        return Saved(imported)

    return work


async def tell(room: Room, saved: Saved, *, submit: bool) -> None:
    """What came of it."""
    post = saved.imported.post
    if saved.trouble is not None:
        room.notify(say("tui_compose.saved_only", post=post), markup=False, severity="warning")
        await room.ask(Trouble(saved.trouble))
    elif submit:
        room.notify(say("tui_compose.submitted", post=post), markup=False)
    else:
        room.notify(say(f"tui_compose.saved.{saved.imported.outcome}", post=post), markup=False)


def check_list(desk: Desk, findings: Sequence[Finding]) -> str:
    """What will be handed over, in a few lines, and what is worth a second look."""
    if desk.is_raw:
        lines = []
    else:
        written, zone, now = desk.manuscript, desk.rules.zone, desk.rules.now()
        lines = [say("tui_compose.submit.what", title=one_line(written.title))]
        lines.append(say("tui_compose.submit.where", channels=", ".join(map(one_line, written.channels))))
        for name in ("due", "deadline"):
            try:
                moment = written.moment(name, zone, now)
            except MomentError:
                continue
            if moment is not None:
                lines.append(f"{say(f'tui_compose.field.{name}')}: {in_full(moment, zone)}")
        lines.append(say("tui_compose.submit.media", count=len(written.media)))
    told = [f"{say(f'cli.severity.{one.severity}')} {one_line(one.message)}" for one in findings]
    return "\n".join([*lines, *(["", *told] if told else []), "", say("tui_compose.submit.then")])


async def tell_findings(room: Room, desk: Desk, stopping: Sequence[Finding]) -> None:
    """What has to be mended first; choosing one goes to its field."""
    options = [
        (str(place), f"{desk.preview.where(one)}: {one_line(one.message)}", remedy(one))
        for place, one in enumerate(stopping)
    ]
    chosen = await room.ask(Pick(say("tui_compose.stopped", count=len(stopping)), options))
    spot = desk.preview.spot(stopping[int(chosen or 0)])
    desk.go_to(spot if chosen is not None else Spot(spot.field, spot.line))


async def _overtaken(room: Room, desk: Desk, draft: Draft, error: Overtaken) -> int:
    """Somebody saved meanwhile: the revision to be written over, or 0."""
    while True:
        chosen = await room.ask(OvertakenBy(error))
        if chosen == "look":
            await room.ask(Told(say("tui_compose.overtaken.theirs_title"), error.theirs.splitlines()))
        elif chosen == "theirs":
            await _begin_from_theirs(room, desk, draft)
            return 0
        elif chosen == "over":
            title = say("tui_compose.overtaken.over")
            body = say("tui_compose.overtaken.over_body", post=draft.post, revision=error.revision)
            if await room.ask(Confirm(title, body, word=say("tui_compose.overtaken.word"))):
                return error.revision
        else:
            return 0


async def _begin_from_theirs(room: Room, desk: Desk, draft: Draft) -> None:
    """Their revision is opened; what stood here stays a draft in the list."""
    try:
        theirs = await asyncio.to_thread(drafts.begin, room.workspace, draft.officer, draft.post)
    except Exception as trouble:
        await room.ask(Trouble(trouble))
        return
    desk.exchange(theirs)
    room.notify(say("tui_compose.overtaken.both", draft=draft.id), markup=False)


class OvertakenBy(Dialog[str]):
    """What the other changed, and what can be done: `look`, `theirs`, `over`; None: nothing yet."""

    CONFIRM = "tui.button.choose"
    DEFAULT_CSS = """
    OvertakenBy #changes { height: auto; max-height: 9; margin-bottom: 1; }
    """

    def __init__(self, error: Overtaken) -> None:
        super().__init__(say("tui_compose.overtaken.title"), one_line(str(error)))
        self._changes = [line for change in error.changes if (line := _in_words(change))]

    def compose_fields(self) -> Iterator[Widget]:
        yield Static(say("tui_compose.overtaken.changes"), classes="label", markup=False)
        yield Blocks(id="changes")
        yield OptionList(*(Option(_choice(name)) for name in _CHOICES), compact=True)

    def on_mount(self) -> None:
        self.query_one(Blocks).show(
            [Text("\n".join(self._changes) or say("tui_compose.overtaken.no_changes"))]
        )
        options = self.query_one(OptionList)
        options.highlighted = 0
        self.set_focus(options)

    @on(OptionList.OptionSelected)
    def _selected(self, message: OptionList.OptionSelected) -> None:
        message.stop()
        self.dismiss(_CHOICES[message.option_index])

    def confirm(self) -> None:
        self.dismiss(_CHOICES[self.query_one(OptionList).highlighted or 0])


_CHOICES = ("look", "theirs", "over")


def _choice(name: str) -> Content:
    about = say(f"tui_compose.overtaken.{name}_about")
    return Content.assemble((f" {say(f'tui_compose.overtaken.{name}')}", "bold"), f"\n   {about}")


def _in_words(line: str) -> str:
    """A line of a diff; the marks of places are nothing that an officer reads."""
    sign, words = line[:1], one_line(line[1:])
    if sign in "+-" and words:
        return say("tui_compose.overtaken.added" if sign == "+" else "tui_compose.overtaken.gone", line=words)
    return ""
