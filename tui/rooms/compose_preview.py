"""The pane beside the editor: what each channel would get, how long it is, what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from content.finding import Finding
from content.limits import Limits
from content.text import count
from content.variant import Variant
from content.wording import say
from loa.services.previewing import Preview
from loa.speech import number, one_line
from tui.rooms.compose_manuscript import Spot, spot_of
from tui.widgets.blocks import Blocks

_SEVERITIES = ("block", "warn", "hint")


class ChannelTabs(Static):
    """One name a channel, the one that is shown in brackets; a click shows another."""

    class Chosen(Message):
        def __init__(self, channel: str) -> None:
            super().__init__()
            self.channel = channel

    def __init__(self) -> None:
        super().__init__(id="channels", markup=False)
        self._ends: list[tuple[int, str]] = []

    def show(self, channels: Sequence[str], at: str) -> None:
        line = Text(no_wrap=True, end="")
        self._ends = []
        for name in channels:
            word = f"[{one_line(name)}]" if name == at else f" {one_line(name)} "
            line.append(word, style="bold reverse" if name == at else "")
            self._ends.append((cell_len(line.plain), name))
        self.update(line if channels else say("tui_compose.preview.no_channel"))

    def on_click(self, event: events.Click) -> None:
        column = event.get_content_offset_capture(self).x
        if name := next((name for end, name in self._ends if column < end), ""):
            self.post_message(self.Chosen(name))


class PreviewPane(Vertical):
    """Shows what was computed last; keeps channel and scroll while new previews come in."""

    DEFAULT_CSS = """
    PreviewPane #channels { height: 1; }
    PreviewPane #counter { height: auto; }
    PreviewPane #findings { height: auto; max-height: 50%; border: none; padding: 0; background: $background;
                            scrollbar-size-vertical: 1; }
    PreviewPane #findings > .option-list--option-highlighted { background: $background; text-style: none; }
    PreviewPane #findings:focus > .option-list--option-highlighted { text-style: reverse; }
    PreviewPane #sent { height: 1fr; border-top: solid $primary; }
    PreviewPane #sent:focus { border-top: heavy $primary; }
    """

    class Wanted(Message):
        """Somebody wants to mend what a finding says: go to its field."""

        def __init__(self, spot: Spot) -> None:
            super().__init__()
            self.spot = spot

    def __init__(self) -> None:
        super().__init__(id="preview")
        self._seen = Preview([], [])
        self._source = ""
        self._at = ""

    def compose(self) -> ComposeResult:
        yield ChannelTabs()
        yield Static(id="counter", markup=False)
        yield OptionList(id="findings", compact=True)
        yield Blocks(id="sent")

    @property
    def findings(self) -> list[Finding]:
        return self._seen.findings

    @property
    def channels(self) -> tuple[str, ...]:
        return tuple(variant.channel for variant in self._seen.variants)

    @property
    def told(self) -> str:
        """The whole text of the channel that is shown, also what is scrolled away."""
        return self.query_one(Blocks).told

    def show(self, seen: Preview, source: str) -> None:
        """`source` is what was looked at: findings name its lines."""
        ordered = sorted(seen.findings, key=lambda one: _SEVERITIES.index(one.severity))
        changed = [*map(repr, ordered)] != [*map(repr, self._seen.findings)]
        self._seen, self._source = Preview(seen.variants, ordered, seen.limits), source
        if self._at not in self.channels:
            self._at = next(iter(self.channels), "")
        self._show_channel()
        if changed:
            self._show_findings()

    def next_channel(self) -> None:
        if self.channels:
            place = self.channels.index(self._at) + 1
            self.show_channel(self.channels[place % len(self.channels)])

    def show_channel(self, channel: str) -> None:
        if channel in self.channels:
            self._at = channel
            self._show_channel()
            self.query_one(Blocks).begin()

    def spot(self, finding: Finding) -> Spot:
        return spot_of(finding, self._source, self.channels)

    def _show_channel(self) -> None:
        self.query_one(ChannelTabs).show(self.channels, self._at)
        variant = next((one for one in self._seen.variants if one.channel == self._at), None)
        limits = self._seen.limits.get(self._at)
        told = counted(variant, limits) if variant and limits else ""
        self.query_one("#counter", Static).update(told)
        if variant and limits:
            self.query_one(Blocks).show(list(_as_sent(variant, limits)))
        else:
            self.query_one(Blocks).show([Text(say("tui_compose.preview.nothing"))])

    def _show_findings(self) -> None:
        options = self.query_one("#findings", OptionList)
        at = options.highlighted or 0
        options.set_options(Option(_line(finding, self.where(finding))) for finding in self.findings)
        options.highlighted = min(at, len(self.findings) - 1) if self.findings else None
        options.display = bool(self.findings)

    def where(self, finding: Finding) -> str:
        """The field in words: the file's lines are nothing that an officer sees."""
        spot = self.spot(finding)
        field = say(f"tui_compose.field.{spot.field}")
        if spot.line is not None:
            field = say("tui_compose.line", field=field, number=spot.line + 1)
        return f"{one_line(spot.channel)}, {field}" if spot.channel else field

    @on(ChannelTabs.Chosen)
    def _tab_chosen(self, message: ChannelTabs.Chosen) -> None:
        self.show_channel(message.channel)

    @on(OptionList.OptionSelected)
    def _finding_chosen(self, message: OptionList.OptionSelected) -> None:
        message.stop()
        spot = self.spot(self.findings[message.option_index])
        if spot.channel:
            self.show_channel(spot.channel)
        self.post_message(self.Wanted(spot))


def counted(variant: Variant, limits: Limits) -> str:
    """Lengths against the channel's limits, in its unit; what is over says by how much."""
    unit = say(f"content.units.{limits.text_unit}")
    told = [_of("text", count(variant.text, limits.text_unit), limits.text_max, unit)]
    if limits.title_max is not None:
        told.append(_of("title", count(variant.title, limits.text_unit), limits.title_max, unit))
    images = sum(ref.mime.startswith("image/") for ref in variant.media)
    if images:
        told.append(_of("images", images, limits.images_max, ""))
    return " · ".join(told)


def _of(name: str, length: int, most: int, unit: str) -> str:
    told = say(f"tui_compose.count.{name}", count=number(length), most=number(most), unit=unit)
    return f"{told} {say('tui_compose.count.over', over=number(length - most))}" if length > most else told


def _as_sent(variant: Variant, limits: Limits) -> Iterator[Text]:
    """The text exactly as it goes out; before it what the channel takes beside the text."""
    head = [("title", variant.title), ("summary", variant.summary)] if limits.markdown else []
    head.append(("link", variant.link))
    if limits.markdown:
        head += [("citations", "; ".join(variant.citations)), ("tags", ", ".join(variant.tags))]
    lines = [f"{say(f'tui_compose.field.{name}')}: {one_line(value)}" for name, value in head if value]
    for place, ref in enumerate(variant.media, 1):
        alt = one_line(ref.alt) or say("tui_compose.media.no_alt")
        lines.append(say("tui_compose.preview.media", place=place, file=one_line(ref.name), alt=alt))
    if lines:
        yield Text("\n".join(lines) + "\n", style="italic")
    yield Text(variant.text)


def _line(finding: Finding, where: str) -> Content:
    head = f"{say(f'cli.severity.{finding.severity}')} {where}: "
    return Content.assemble(
        (head, "bold" if finding.severity == "block" else ""),
        f"{one_line(finding.message)} → {remedy(finding)}",
    )


def remedy(finding: Finding) -> str:
    """How to mend it here, where there are fields, and no file with lines and keys."""
    key = f"tui_compose.remedy.{finding.rule.replace('.', '_')}"
    words = say(key, **finding.values)
    return one_line(finding.remedy if words.startswith(key) else words)
