"""What the wizard of campaigns asks: lines to fill in, channels to tick, the preview of every slot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from textual import on, work
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from content.finding import Finding
from content.kits import Kit
from content.moment import MomentError, parse_moment
from content.wording import say
from loa.services import campaigns
from loa.services.campaigns import Plan, Slot
from loa.speech import moment, one_line
from tui import keymap
from tui.dialogs.dialog import Dialog
from tui.dialogs.questions import Field, Form
from tui.frame.footer import Footer
from tui.frame.reading import Reader
from tui.frame.room import Room
from tui.widgets.columns import Column
from tui.widgets.pages import Listed
from tui.widgets.table import VirtualTable
from tui.words import in_short

_WRITTEN_OUT = 24
"""From this width on a time is written out."""


@dataclass
class Wishes:
    """What was chosen so far."""

    kit: Kit | None = None
    anchor: date | None = None
    name: str = ""
    channels: list[str] | None = None
    values: dict[str, str] = field(default_factory=dict)
    moves: dict[str, datetime] = field(default_factory=dict)
    skipped: set[str] = field(default_factory=set)
    plan: Plan | None = None
    """As it was last shown."""


class Filling(Form):
    """Enter goes through all the fields, also those that may stay empty."""

    CONFIRM = "tui_campaigns.button.next"
    CLOSE = "tui_campaigns.button.back"

    def confirm(self) -> None:
        boxes = [self.field(one.name) for one in self._fields]
        if self.focused in boxes[:-1]:
            self.set_focus(boxes[boxes.index(self.focused) + 1])
        else:
            super().confirm()


class TickList(OptionList):
    """Space or a click ticks, Enter goes on."""

    BINDINGS = keymap.bindings("campaigns_ticks")

    class Done(Message):
        """The officer is through with it."""

    def action_tick(self) -> None:
        self.action_select()

    def action_done(self) -> None:
        self.post_message(self.Done())


class Ticks(Dialog[list[str]]):
    """Some of a few things: options as (value, name, a sentence on it); answers the values ticked."""

    CONFIRM = "tui_campaigns.button.next"
    CLOSE = "tui_campaigns.button.back"

    def __init__(self, title: str, options: Sequence[tuple[str, str, str]], ticked: Sequence[str]) -> None:
        super().__init__(title)
        self._options, self._ticked = options, set(ticked)

    def compose_fields(self) -> Iterator[Widget]:
        yield TickList(*map(self._prompt, self._options), compact=True)
        yield Footer(("campaigns_ticks",))

    def on_mount(self) -> None:
        ticks = self.query_one(TickList)
        ticks.highlighted = 0
        self.set_focus(ticks)

    def _prompt(self, option: tuple[str, str, str]) -> Option:
        value, name, about = option
        mark = _mark(value in self._ticked)
        return Option(Content.assemble((f" {mark} {name}", "bold"), f"\n     {about}"))

    @on(OptionList.OptionSelected)
    def _tick(self, message: OptionList.OptionSelected) -> None:
        message.stop()
        option = self._options[message.option_index]
        self._ticked ^= {option[0]}
        ticks = self.query_one(TickList)
        ticks.replace_option_prompt_at_index(message.option_index, self._prompt(option).prompt)

    @on(TickList.Done)
    def confirm(self) -> None:
        if not self._ticked:
            self.say_wrong(say("tui_campaigns.channels.tick_one"))
            return
        self.dismiss([value for value, _, _ in self._options if value in self._ticked])


class Preview(Dialog[bool]):
    """Every slot before anything is created; a slot can be moved or left out. True: create it."""

    BINDINGS = keymap.bindings("campaigns_preview")
    CONFIRM = "tui_campaigns.button.create"
    CLOSE = "tui_campaigns.button.back"
    DEFAULT_CSS = """
    Preview > #box { width: 100%; height: 100%; max-height: 100%; }
    Preview #slots { height: 1fr; }
    Preview #note { height: 5; border-top: solid $primary; scrollbar-size-vertical: 1; }
    Preview.-tall #note { height: 9; }
    Preview #remarks { height: auto; }
    """
    VERTICAL_BREAKPOINTS = [(0, "-short"), (28, "-tall")]  # noqa: RUF012 Textual's own form

    def __init__(self, room: Room, wishes: Wishes) -> None:
        assert wishes.kit is not None
        super().__init__(wishes.kit.name, " ")
        self._room, self._wishes = room, wishes
        self._reader: Reader[Plan] = Reader(self, self._plan, self._show, self._failed)

    def compose_fields(self) -> Iterator[Widget]:
        yield VirtualTable[Slot](self._columns(), empty=say("tui_campaigns.preview.reading"), id="slots")
        yield VerticalScroll(Static(id="remarks", markup=False), id="note")
        yield Footer(("campaigns_preview",))

    def on_mount(self) -> None:
        self._table: VirtualTable[Slot] = self.query_one("#slots", VirtualTable)
        self.set_focus(self._table)
        self._reader.want()

    def confirm(self) -> None:
        self.action_create()

    # ---- reading and showing

    def _plan(self) -> Plan:
        wishes = self._wishes
        assert wishes.kit is not None
        return campaigns.plan(
            self._room.workspace,
            wishes.kit.key,
            wishes.anchor,
            name=wishes.name,
            channel_ids=wishes.channels,
            values={name: text for name, text in wishes.values.items() if text},
            moves=dict(wishes.moves),
            skipped=set(wishes.skipped),
        )

    def _show(self, plan: Plan) -> None:
        self._wishes.plan = plan
        self._table.show(Listed(plan.slots, lambda one: one.item))
        said = say(
            "tui_campaigns.preview.said",
            name=plan.name,
            anchor=_with_weekday(plan.anchor),
            posts=len(plan.taken),
            remarks=sum(bool(one.findings) for one in plan.taken),
        )
        self.query_one("#said", Static).update(said)
        self._note()

    def _failed(self, error: Exception | None) -> None:
        if error is not None:
            self.say_wrong(one_line(str(error)))

    @on(VirtualTable.Moved)
    def _note(self) -> None:
        slot, plan = self._table.current, self._wishes.plan
        lines = []
        if slot is not None:
            names = ", ".join(slot.channels) or say("tui_campaigns.preview.no_channel")
            lines.append(" · ".join([one_line(slot.title), names, *in_charge(slot.lead, slot.partner)]))
            lines += [_remark(one) for one in slot.findings]
        lines += [_remark(one) for one in plan.findings] if plan else []
        self.query_one("#remarks", Static).update("\n".join(lines))
        self.query_one("#note").scroll_home(animate=False)

    def _columns(self) -> list[Column[Slot]]:
        zone, now = self._room.zone, self._room.now

        def when(slot: Slot, width: int) -> str:
            return moment(slot.at, zone) if width >= _WRITTEN_OUT else in_short(slot.at, zone, now())

        def day(slot: Slot, _width: int) -> str:
            names = [one.name for one in slot.holidays] or ([say("calendar.off")] if slot.off else [])
            return ", ".join(names)

        def title(key: str) -> str:
            return say(f"tui_campaigns.preview.{key}")

        return [
            Column(title("take"), lambda slot, _: _mark(slot.taken), (3, 4, 4), style=_style),
            Column(title("when"), when, (17, 25, 25), style=_style),
            Column(title("lunar"), lambda slot, _: slot.lunar, (5, 7, 7), style=_style),
            Column(title("day"), day, (0, 14, 24), style=_style),
            Column(title("post"), lambda slot, _: one_line(slot.title), (18, 18, 30), share=1, style=_style),
            Column(title("remark"), _first_remark, (14, 16, 26), share=1, style=_style),
        ]

    # ---- what keys and boxes do

    def action_take(self) -> None:
        slot = self._table.current
        if slot is None:
            return
        if not slot.channels:
            self.say_wrong(_remark(slot.findings[0]))
            return
        self._wishes.skipped ^= {slot.item}
        self._again()

    @on(VirtualTable.Opened)
    @work(exclusive=True, group="dialog")
    async def action_move(self) -> None:
        slot, zone = self._table.current, self._room.zone
        if slot is None:
            return

        def check(written: str) -> str:
            try:
                parse_moment(written, zone, now=self._room.now())
            except MomentError as error:
                return error.finding.line()
            return ""

        local = slot.at.astimezone(zone)
        told = Field(
            "when", say("tui_campaigns.move.when"), f"{local:%d/%m/%Y %H:%M}", check=check, required=True
        )
        body = say("tui_campaigns.move.body", title=one_line(slot.title), when=moment(slot.at, zone))
        answer = await self.app.push_screen_wait(Form(say("tui_campaigns.move.title"), body, [told]))
        if answer:
            at, _ = parse_moment(answer["when"], zone, now=self._room.now())
            if at != slot.at:
                self._wishes.moves[slot.item] = at
                self._again()

    def action_create(self) -> None:
        plan = self._wishes.plan
        if plan is None or self._reader.reading:
            return
        if not plan.taken:
            self.say_wrong(say("campaigns.nothing", name=plan.name))
        elif plan.refused:
            first = plan.refused[0]
            places = [place for place, one in enumerate(plan.slots) if one.item == first.place]
            self._table.move_to(places[0] if places else 0)
            self.say_wrong(
                say("tui_campaigns.preview.refused", count=len(plan.refused), first=_remark(first))
            )
        else:
            self.dismiss(True)

    def _again(self) -> None:
        self.say_wrong("")
        self._reader.want()


def in_charge(lead: str, partner: str) -> list[str]:
    """Who leads and who works along, as far as the kit says."""
    told = {"lead": lead, "partner": partner}
    return [say(f"tui_campaigns.{key}", **{key: one_line(name)}) for key, name in told.items() if name]


def _first_remark(slot: Slot, _width: int) -> str:
    """The gravest, in words, and how many more there are."""
    if not slot.findings:
        return ""
    more = f" (+{len(slot.findings) - 1})" if len(slot.findings) > 1 else ""
    gravest = min(slot.findings, key=lambda one: ("block", "warn", "hint").index(one.severity))
    rule = gravest.rule.partition(".")[2]
    return say(f"tui_campaigns.remark.{rule}") + more


def _remark(finding: Finding) -> str:
    return one_line(f"{say(f'cli.severity.{finding.severity}')} {finding.message} → {finding.remedy}")


def _style(slot: Slot) -> str:
    if not slot.taken:
        return "quiet"
    grave = {one.severity for one in slot.findings}
    return "bad" if "block" in grave else "care" if "warn" in grave else "plain"


def _mark(is_on: bool) -> str:
    return "[x]" if is_on else "[ ]"


def _with_weekday(day: date) -> str:
    return f"{say(f'tui.weekday.{day:%a}'.lower())} {campaigns.written(day)}"
