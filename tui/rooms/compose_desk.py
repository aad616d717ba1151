"""Where a draft stands open: its fields, the preview beside them, and what keeps it on the disk."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Container, Horizontal
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static, TextArea

from content.finding import Finding, blocking
from content.post import MediaItem
from content.text import normalise
from content.wording import say
from loa.services import previewing
from loa.services.channels import ChannelView
from loa.services.drafts import Draft
from loa.services.previewing import Preview
from loa.speech import one_line
from tui import keymap
from tui.dialogs.told import in_words
from tui.frame.reading import Reader
from tui.rooms import compose_manuscript as manuscripts
from tui.rooms.compose_fields import Fields, Rules
from tui.rooms.compose_inputs import Words
from tui.rooms.compose_keeper import BEAT_S, Keeper
from tui.rooms.compose_manuscript import Manuscript, Spot
from tui.rooms.compose_preview import PreviewPane

if TYPE_CHECKING:
    from loa.services.workspace import Workspace

KEEP_AFTER_S = 1.0
"""After the first change that is not on the disk yet: so much typing a power cut may cost, and no more."""
PREVIEW_AFTER_S = 0.4
"""A pause of the fingers."""
AGAIN_AFTER_S = 2.0
"""Until a disk that took no words is tried again."""


class Desk(Container):
    """One draft, open. A file that only a person can mend is shown whole, as text."""

    BINDINGS = keymap.bindings("compose_desk")
    DEFAULT_CSS = """
    Desk #saying { height: 1; padding: 0 1; }
    Desk #halves { height: 1fr; }
    Desk #at-raw { display: none; width: 1fr; height: 1fr; background: $boost; }
    Desk.-raw #at-raw { display: block; }
    Desk.-raw Fields { display: none; }
    Desk Fields { width: 1fr; }
    Desk #preview { display: none; width: 1fr; padding: 0 1; }
    Desk.-previewing #preview { display: block; }
    Desk.-previewing Fields, Desk.-previewing #at-raw { display: none; }
    """

    class Moved(Message):
        """The words went to another draft, since somebody else wrote this one or it is gone."""

        def __init__(self, draft: Draft) -> None:
            super().__init__()
            self.draft = draft

    class Reloaded(Message):
        """Somebody else wrote what stands here now."""

    def __init__(self, workspace: Workspace, rules: Rules) -> None:
        super().__init__(id="desk")
        self._workspace, self.rules = workspace, rules
        self._fields, self._pane, self._raw = Fields(rules), PreviewPane(), Words("raw")
        self._saying = Static(id="saying", markup=False)
        self._keeper: Keeper | None = None
        self._known: Sequence[ChannelView] = ()
        self._is_raw = False
        self._kept = ""
        """What the fields said when they were filled or kept last."""
        self._kept_at: datetime | None = None
        self._trouble = ""
        self._number = 0
        self._timer: Timer | None = None
        self._pause: Timer | None = None
        self._asked: tuple[Draft, str, list[Finding]] | None = None
        self._reader: Reader[tuple[Preview, str] | None] = Reader(
            self, self._look, self._show_preview, self._preview_failed
        )

    def compose(self) -> ComposeResult:
        yield self._saying
        with Horizontal(id="halves"):
            yield self._fields
            yield self._raw
            yield self._pane

    def on_mount(self) -> None:
        self.set_interval(BEAT_S, self._beat)

    def on_unmount(self) -> None:
        self.close()

    def on_descendant_blur(self) -> None:
        if self._timer is not None:
            self.run_worker(self.keep_now(), group="keep")

    # ---- opening and closing

    @property
    def draft(self) -> Draft | None:
        """What stands open; None when nothing does."""
        return self._keeper.draft if self._keeper else None

    @property
    def preview(self) -> PreviewPane:
        return self._pane

    @property
    def is_raw(self) -> bool:
        return self._is_raw

    def open(self, draft: Draft, officer: str, known: Sequence[ChannelView]) -> None:
        self._keeper, self._told_id = Keeper(self._workspace, draft, officer), draft.id
        self._known, self._kept_at, self._trouble, self._number = known, None, "", 0
        self.remove_class("-previewing")
        self._fill(draft)
        self.first_field()

    def _fill(self, draft: Draft) -> None:
        manuscript = manuscripts.read(draft.source, draft.post, self.rules.zone)
        self._is_raw = manuscript is None
        self.set_class(self._is_raw, "-raw")
        if manuscript is None:
            self._raw.load_text(draft.source)
        else:
            self._fields.fill(manuscript, self._known)
        self._kept = self.text()
        self._preview_soon()
        self.tell()

    def exchange(self, draft: Draft) -> None:
        """Close what stands here and open another one of the same officer's."""
        officer = self._keeper.draft.officer if self._keeper else draft.officer
        self.close()
        self.open(draft, officer, self._known)

    def first_field(self) -> None:
        """At once: whoever sees the field types, and over a slow line has typed already."""
        self.screen.set_focus(self._raw if self._is_raw else self._fields.query_one("#at-title"))

    def close(self) -> None:
        """What is not kept yet is kept at once; then it is open here no more."""
        self.keep_at_once()
        self.forget()

    def forget(self) -> None:
        """It is saved or thrown away: there is nothing to keep any more."""
        self._stop_timers()
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.leave()

    def _stop_timers(self) -> None:
        for timer in (self._timer, self._pause):
            if timer is not None:
                timer.stop()
        self._timer = self._pause = None

    # ---- what is written

    def text(self, *, times_as_typed: bool = True) -> str:
        """The post's file as it is at this moment."""
        if self._is_raw:
            return self._raw.text
        zone, now = self.rules.zone, self.rules.now()
        return self._fields.manuscript().source(zone, now, times_as_typed=times_as_typed)

    @property
    def manuscript(self) -> Manuscript:
        return self._fields.manuscript()

    @property
    def media(self) -> tuple[MediaItem, ...]:
        return self.manuscript.media

    def use_media(self, media: Sequence[MediaItem]) -> None:
        self._fields.use_media(media)

    def use_kind(self, kind: str) -> None:
        self._fields.use_kind(kind)

    def attached(self) -> None:
        if self._keeper:
            self._keeper.attached()

    @on(Fields.Changed)
    @on(TextArea.Changed)
    def _changed(self, message: Message) -> None:
        message.stop()
        if self._keeper is None:
            return
        if self._timer is None:  # not put off by further keys: whoever types on and on is kept, too
            self._timer = self.set_timer(KEEP_AFTER_S, self._keep_soon)
        self._preview_soon()

    # ---- keeping

    def _keep_soon(self) -> None:
        self._timer = None
        self.run_worker(self.keep_now(), group="keep")

    async def keep_now(self) -> bool:
        """Whether everything is on the disk."""
        keeper = self._keeper
        if keeper is None:
            return True
        source, number = self._next()
        if source is None:
            return True
        try:
            draft = await asyncio.to_thread(keeper.keep, source, number)
        except Exception as error:
            self._not_kept(error)
            return False
        if keeper is self._keeper:
            self._has_kept(draft, source)
        return True

    def keep_at_once(self) -> None:
        """The same before anything else happens: the line has dropped, or the window is closing."""
        if self._keeper is None:
            return
        source, number = self._next()
        if source is None:
            return
        try:
            self._has_kept(self._keeper.keep(source, number), source)
        except Exception as error:
            self._not_kept(error)

    def _next(self) -> tuple[str | None, int]:
        source = self.text()
        if source == self._kept:  # also when nothing was typed but the file is written in another style
            return None, 0
        self._number += 1
        return source, self._number

    def _has_kept(self, draft: Draft, source: str) -> None:
        moved, self._told_id = self._told_id != draft.id, draft.id
        self._kept, self._kept_at, self._trouble = source, self.rules.now(), ""
        self.tell()
        if moved:
            self.post_message(self.Moved(draft))

    def _not_kept(self, error: Exception) -> None:
        self._trouble = in_words(error)[0]
        self.tell()
        if self._timer is None and self.is_running:
            self._timer = self.set_timer(AGAIN_AFTER_S, self._keep_soon)

    _told_id = ""
    """The draft in which the officer believes these words to be."""

    def _beat(self) -> None:
        if self._keeper is not None:
            self.run_worker(self.look_around(), group="beat", exclusive=True)

    async def look_around(self) -> None:
        """Did somebody else write the draft? Then it is read again, or what stands here is kept apart."""
        keeper = self._keeper
        if keeper is None:
            return
        there = await asyncio.to_thread(keeper.beat)
        if there is None or keeper is not self._keeper:
            return
        if self.text() != self._kept:
            await self.keep_now()  # goes elsewhere by itself
            return
        keeper.accept(there)
        self._fill(there)
        self.post_message(self.Reloaded())

    # ---- the line above the fields

    def tell(self) -> None:
        draft = self.draft
        if draft is None or not self.is_running:
            return
        head = say("tui_compose.of", post=draft.post, revision=draft.base) if draft.post else ""
        told = [head or say("tui_compose.new"), _from(draft), self._kept_word(), self._findings_word()]
        self._saying.update(" · ".join(word for word in told if word))

    def _kept_word(self) -> str:
        if self._trouble:
            return say("tui_compose.not_kept", detail=one_line(self._trouble))
        if self._kept_at is None:
            return say("tui_compose.as_it_was")
        return say("tui_compose.kept", time=f"{self._kept_at.astimezone(self.rules.zone):%H:%M:%S}")

    def _findings_word(self) -> str:
        findings = self._pane.findings
        stopping = len(blocking(findings))
        told = [say("tui_compose.blocks", count=stopping)] if stopping else []
        if more := len(findings) - stopping:
            told.append(say("tui_compose.remarks", count=more))
        return ", ".join(told) or say("tui_compose.clean")

    # ---- preview

    def _preview_soon(self) -> None:
        if self._pause is not None:
            self._pause.stop()
        self._pause = self.set_timer(PREVIEW_AFTER_S, self.preview_now)

    def preview_now(self) -> None:
        draft = self.draft
        if draft is None:
            return
        self._asked = draft, normalise(self.text(times_as_typed=False)), self._unread()
        self._reader.want()

    def _unread(self) -> list[Finding]:
        if self._is_raw:
            return []
        return self.manuscript.unread(self.rules.zone, self.rules.now())

    def _look(self) -> tuple[Preview, str] | None:
        if self._asked is None:
            return None
        draft, source, unread = self._asked
        seen = previewing.preview(self._workspace, draft, source)
        # A time without an offset is the unit's own here, and what was understood stands beside the field.
        told = [one for one in seen.findings if one.rule != "content.zone_assumed"]
        return replace(seen, findings=[*unread, *told]), source

    def _show_preview(self, told: tuple[Preview, str] | None) -> None:
        if told is not None and self._keeper is not None:
            self._pane.show(*told)
            self.tell()

    def _preview_failed(self, error: Exception | None) -> None:
        if error is not None:
            self.query_one("#counter", Static).update(in_words(error)[0])

    async def findings(self) -> list[Finding]:
        """Everything there is to say now, whatever the pause of the fingers."""
        self.preview_now()
        told = await asyncio.to_thread(self._look)
        self._show_preview(told)
        return self._pane.findings

    @on(PreviewPane.Wanted)
    def _wanted(self, message: PreviewPane.Wanted) -> None:
        message.stop()
        self.go_to(message.spot)

    def go_to(self, spot: Spot) -> None:
        self.remove_class("-previewing")
        if self._is_raw:
            self._raw.focus()
        else:
            self.call_after_refresh(self._fields.go_to, spot)

    def toggle_preview(self) -> None:
        """On a narrow terminal editor and preview take turns; on a wide one the cursor goes over."""
        if self.has_class("-previewing"):
            self.remove_class("-previewing")
            self.first_field()
        else:
            self.add_class("-previewing")
            box = self._pane.query_one("#findings" if self._pane.findings else "#sent")
            self.call_after_refresh(box.focus)


def _from(draft: Draft) -> str:
    """Whose words these are, when not the officer's own."""
    for name in ("guest", "feed"):
        if whose := draft.origin.get(name):
            return say(f"tui_bringing.from.{name}", name=one_line(whose))
    return ""
