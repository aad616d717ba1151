"""The editor's fields: everything of a post, without a word of Markdown's or YAML's grammar."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Label, OptionList, Static, TextArea

from content.calendar.slots import means_slot
from content.clips import CAPTION_SUFFIXES
from content.errors import LoaError
from content.kinds import KINDS
from content.moment import MomentError
from content.post import MediaItem, Override
from content.wording import say
from loa.services.channels import ChannelView
from loa.speech import moment as in_full
from loa.speech import number, one_line
from tui.rooms.compose_inputs import Choices, Line, Words
from tui.rooms.compose_manuscript import TIMES, Manuscript, Spot
from tui.rooms.compose_moment import as_written

LINES = ("title", "due", "deadline", "summary", "link", "tags")
TEXTS = ("body", "citations")


@dataclass(frozen=True)
class Rules:
    """What the fields need of the unit: its zone, the time, how late each kind may still go out."""

    zone: ZoneInfo
    now: Callable[[], datetime]
    lateness: Mapping[str, timedelta]
    slot: Callable[[Sequence[str], str, str, Sequence[str]], datetime] | None = None
    """The next free slot of these channels, for the post of this id, kind and tags."""

    def late(self, kind: str) -> timedelta | None:
        known = KINDS.get(kind)
        return self.lateness.get(kind) or (known.lateness if known else None)


class Fields(VerticalScroll, can_focus=False):
    """What stands in them is a `Manuscript`; every change of it is told."""

    DEFAULT_CSS = """
    Fields { scrollbar-size-vertical: 1; scrollbar-gutter: stable; padding: 0 0 0 1; }
    Fields .row { height: auto; }
    Fields .row > Label { width: 11; }
    Fields Line { width: 1fr; background: $boost; }
    Fields Line:focus { text-style: underline; }
    Fields .time > Line { width: 22; }
    Fields .time > .is { width: 1fr; height: auto; padding-left: 1; color: $text-muted; }
    Fields Words { background: $boost; padding: 0; }
    Fields #at-body { height: 8; }
    Fields #at-citations { height: 2; width: 1fr; }
    Fields #at-own-text { height: 5; }
    Fields .heading { height: 1; color: $text-muted; }
    Fields .heading.-here { text-style: bold reverse; }
    Fields Choices { width: 1fr; height: auto; max-height: 8; border: none; padding: 0; background: $boost; }
    Fields Choices > .option-list--option-highlighted { background: $boost; text-style: none; }
    Fields Choices:focus > .option-list--option-highlighted { text-style: bold reverse; }
    Fields #own { height: auto; display: none; }
    """

    class Changed(Message):
        """Something is written otherwise than before, perhaps."""

    class KindAsked(Message):
        """Somebody wants to choose the kind."""

    class PictureChosen(Message):
        """Somebody wants to do something with a picture; None: add one."""

        def __init__(self, place: int | None) -> None:
            super().__init__()
            self.place = place

    def __init__(self, rules: Rules) -> None:
        super().__init__(id="fields")
        self._rules = rules
        self._lines = {name: Line(name, say(f"tui_compose.hint.{name}")) for name in LINES}
        self._texts = {name: Words(name, say(f"tui_compose.hint.{name}")) for name in TEXTS}
        self._kinds = Choices("kind")
        self._ticks, self._pictures, self._owns = Choices("channels"), Choices("media"), Choices("overrides")
        self._own_title = Line("own-title", say("tui_compose.hint.own_title"))
        self._own_text = Words("own-text", say("tui_compose.hint.own_text"))
        self._rest = Manuscript()
        """What no box holds: key, audience; and kind, channels, media and overrides as they are now."""
        self._known: Sequence[ChannelView] = ()
        self._own_of = ""

    def compose(self) -> ComposeResult:
        yield from self._row("title", self._lines["title"])
        yield from self._row("kind", self._kinds)
        yield from self._row("channels", self._ticks)
        for name in TIMES:
            with Horizontal(classes="row time"):
                yield Label(say(f"tui_compose.field.{name}"), markup=False)
                yield self._lines[name]
                yield Static(id=f"{name}-is", classes="is", markup=False)
        yield from self._row("summary", self._lines["summary"])
        yield Static(_heading("body"), id="body-heading", classes="heading", markup=False)
        yield self._texts["body"]
        yield from self._row("media", self._pictures)
        yield from self._row("link", self._lines["link"])
        yield from self._row("citations", self._texts["citations"])
        yield from self._row("tags", self._lines["tags"])
        yield from self._row("overrides", self._owns)
        with Vertical(id="own"):
            yield Static(id="own-heading", classes="heading", markup=False)
            yield from self._row("title", self._own_title)
            yield self._own_text

    def _row(self, name: str, widget: Widget) -> Iterator[Widget]:
        with Horizontal(classes="row"):
            yield Label(say(f"tui_compose.field.{name}"), markup=False)
            yield widget

    # ---- what stands in them

    def fill(self, manuscript: Manuscript, known: Sequence[ChannelView]) -> None:
        self._rest, self._known, self._own_of = manuscript, known, ""
        self.query_one("#own").display = False
        for name, line in self._lines.items():
            line.value = str(getattr(manuscript, name))
            line.cursor_position = len(line.value)
        for name, text in self._texts.items():
            text.load_text(str(getattr(manuscript, name)))
        self._show()
        self.scroll_home(animate=False)

    def manuscript(self) -> Manuscript:
        """As it is at this moment."""
        typed: dict[str, Any] = {name: line.value for name, line in self._lines.items()}
        typed |= {name: text.text for name, text in self._texts.items()}
        return replace(self._rest, **typed)

    def use_kind(self, kind: str) -> None:
        self._change(kind=kind)

    def use_media(self, media: Sequence[MediaItem]) -> None:
        self._change(media=tuple(media))

    def _change(self, **changes: Any) -> None:
        self._rest = replace(self._rest, **changes)
        self._show()
        self.post_message(self.Changed())

    def _show(self) -> None:
        rest = self._rest
        kind = KINDS[rest.kind].label if rest.kind in KINDS else one_line(rest.kind)
        self._kinds.put([f"{kind or say('tui_compose.no_kind')} ▾"])
        self._ticks.put(
            [_tick(name, self._channel_name(name), name in rest.channels) for name in self._channels()]
        )
        pictures = [_picture(place, item) for place, item in enumerate(rest.media, 1)]
        self._pictures.put([*pictures, say("tui_compose.media.add")])
        self._owns.put([self._own_line(name) for name in self._own_channels()])
        self._show_times()

    def _channels(self) -> list[str]:
        """The unit's, and those that only the post names: a slip, to be taken off."""
        known = [view.id for view in self._known]
        return [*known, *(name for name in self._rest.channels if name not in known)]

    def _channel_name(self, channel: str) -> str:
        view = next((view for view in self._known if view.id == channel), None)
        if view is None:
            return say("tui_compose.unknown_channel")
        return one_line(view.name if view.name not in ("", view.id) else view.platform)

    def _own_channels(self) -> list[str]:
        rest = self._rest
        return [*rest.channels, *(name for name in rest.overrides if name not in rest.channels)]

    def _own_line(self, channel: str) -> str:
        own = self._rest.overrides.get(channel, Override())
        if own == Override():
            return say("tui_compose.own.none", channel=one_line(channel))
        length = number(len(own.text)) if own.text is not None else "0"
        return say("tui_compose.own.some", channel=one_line(channel), count=length)

    def _show_times(self) -> None:
        now, manuscript = self._rules.now(), self.manuscript()
        told: dict[str, str] = {}
        for name in TIMES:
            try:
                moment = manuscript.moment(name, self._rules.zone, now)
                told[name] = in_full(moment, self._rules.zone) if moment else ""
            except MomentError as error:
                told[name] = error.finding.remedy
        if means_slot(manuscript.due):
            told["due"] = say("time.slot_on_leaving")
        late = self._rules.late(manuscript.kind)
        if not manuscript.deadline.strip() and late is not None:
            told["deadline"] = self._default_deadline(manuscript, late, now)
        for name, sentence in told.items():
            self.query_one(f"#{name}-is", Static).update(sentence)

    def _default_deadline(self, manuscript: Manuscript, late: timedelta, now: datetime) -> str:
        try:
            due = manuscript.moment("due", self._rules.zone, now)
        except MomentError:
            due = None
        return (
            say("tui_compose.default_deadline", moment=in_full(due + late, self._rules.zone)) if due else ""
        )

    # ---- what keys and the mouse change

    @on(Input.Changed)
    @on(TextArea.Changed)
    def _typed(self, message: Input.Changed | TextArea.Changed) -> None:
        message.stop()
        box = message.control
        if box in (self._own_title, self._own_text):
            self._own_typed()
        elif box in (self._lines["due"], self._lines["deadline"]):
            self._show_times()
        self.post_message(self.Changed())

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """“mai 8h” means another day tomorrow: what was understood stands there from now on."""
        for name in TIMES:
            line = self._lines[name]
            if event.widget is line and line.value.strip():
                try:
                    moment = self._understood(name)
                except MomentError:
                    continue
                except LoaError as error:  # no free slot
                    self.query_one(f"#{name}-is", Static).update(one_line(str(error)))
                    continue
                if moment is not None:
                    line.value = as_written(moment, self._rules.zone)
        self._mark(None)

    def _understood(self, name: str) -> datetime | None:
        written = self.manuscript()
        if name == "due" and self._rules.slot and means_slot(written.due):
            return self._rules.slot(written.channels, written.key, written.kind, written.tag_list)
        return written.moment(name, self._rules.zone, self._rules.now())

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        self._mark(event.widget)

    def _mark(self, focused: Widget | None) -> None:
        """A text's heading says without colour that one is writing in it."""
        self.query_one("#body-heading").set_class(focused is self._texts["body"], "-here")
        self.query_one("#own-heading").set_class(focused is self._own_text, "-here")

    @on(OptionList.OptionSelected)
    def _chosen(self, message: OptionList.OptionSelected) -> None:
        message.stop()
        place = message.option_index
        if message.option_list is self._kinds:
            self.post_message(self.KindAsked())
        elif message.option_list is self._ticks:
            name = self._channels()[place]
            before = self._rest.channels
            after = tuple(one for one in before if one != name) if name in before else (*before, name)
            self._change(channels=after)
        elif message.option_list is self._pictures:
            self.post_message(self.PictureChosen(place if place < len(self._rest.media) else None))
        else:
            self.write_own(self._own_channels()[place])

    def write_own(self, channel: str) -> None:
        """Open the boxes for what one channel shows instead."""
        own = self._rest.overrides.get(channel, Override())
        self._own_of = channel
        self._own_title.value = own.title or ""
        self._own_text.load_text(own.text or "")
        self.query_one("#own-heading", Static).update(
            say("tui_compose.own.heading", channel=one_line(channel))
        )
        self.query_one("#own").display = True
        self.call_after_refresh(self._own_text.focus)

    def _own_typed(self) -> None:
        if not self._own_of:
            return
        before = self._rest.overrides.get(self._own_of, Override())

        def own(written: str, was: str | None) -> str | None:
            return written if written.strip() else ("" if was == "" else None)

        after = replace(
            before,
            title=own(self._own_title.value, before.title),
            text=own(self._own_text.text, before.text),
        )
        if after != before:
            self._rest = replace(self._rest, overrides={**self._rest.overrides, self._own_of: after})
            self._owns.put([self._own_line(name) for name in self._own_channels()])

    def go_to(self, spot: Spot) -> None:
        """Put the cursor where something is to be mended."""
        if spot.field == "overrides" and spot.channel:
            self.write_own(spot.channel)
            return
        known: dict[str, Widget] = {"kind": self._kinds, "channels": self._ticks, "media": self._pictures}
        known |= {**self._lines, **self._texts, "overrides": self._owns}
        widget = known.get(spot.field, self._lines["title"])
        widget.focus()
        if spot.item is not None and spot.item < self._pictures.option_count:
            self._pictures.highlighted = spot.item
        body = self._texts["body"]
        if widget is body and spot.line is not None:
            body.cursor_location = (min(spot.line, body.line_count - 1), 0)


def _heading(name: str) -> str:
    return f"── {say(f'tui_compose.field.{name}')} ──"


def _tick(channel: str, name: str, chosen: bool) -> str:
    return f"[{'x' if chosen else ' '}] {one_line(channel)} · {name}"


def _picture(place: int, item: MediaItem) -> str:
    alt = one_line(item.alt) or say("tui_compose.media.no_alt")
    line = say("tui_compose.media.line", place=place, file=one_line(item.file), alt=alt)
    if item.file.lower().endswith(tuple(CAPTION_SUFFIXES)):
        return line
    rights = one_line(item.rights) or say("tui_rights.no_rights")
    people = one_line(item.people) or say("tui_rights.no_people")
    return f"{line}\n   {say('tui_rights.line', rights=rights, people=people)}"
