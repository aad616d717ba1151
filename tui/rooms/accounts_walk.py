"""A sign-in at a platform as a walk of dialogs: one sentence a step, Esc ends it with nothing stored."""

from __future__ import annotations

import asyncio
import os
import sys
import webbrowser
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import Future
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from textual import on
from textual.containers import Horizontal
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Button, Label, Static

from content.errors import RefusedByRule
from content.wording import say
from loa.services.landing import Landing
from loa.services.login import Step
from loa.speech import one_line
from tui.dialogs.confirm import Confirm
from tui.dialogs.dialog import Dialog
from tui.dialogs.pick import Pick
from tui.dialogs.questions import Field, Form
from tui.frame.room import Room
from tui.widgets.vinput import VInput

LOOK_EVERY_S = 0.3
"""How often it is looked whether the browser has come back."""


class Visit(Dialog[str]):
    """An address to open; answers where the browser was left, by itself when it lands on this machine."""

    CONFIRM = "tui_accounts.walk.next"
    DEFAULT_CSS = """
    Visit #address { height: auto; margin-bottom: 1; text-style: bold; }
    Visit #tools { height: 1; margin-bottom: 1; }
    Visit #tools Button { margin: 0 1 0 0; }
    """

    def __init__(self, title: str, body: str, address: str, landing: Landing | None) -> None:
        super().__init__(title, body)
        self._address, self._landing = one_line(address), landing

    def compose_fields(self) -> Iterator[Widget]:
        yield Static(Content(self._address), id="address")
        with Horizontal(id="tools"):
            yield Button(Content(f"[ {say('tui_accounts.walk.copy')} ]"), id="copy", compact=True)
            if _can_open(self.app.is_web):
                yield Button(Content(f"[ {say('tui_accounts.walk.open')} ]"), id="open", compact=True)
        key = "listen" if self._landing else "paste"
        yield Label(say(f"tui_accounts.walk.{key}"), classes="label", markup=False)
        box = VInput(id="pasted", compact=True)
        box.cursor_blink = False
        yield box

    def on_mount(self) -> None:
        self.set_focus(self.query_one("#pasted"))
        if self._landing:
            self.set_interval(LOOK_EVERY_S, self._look)

    def _look(self) -> None:
        if self._landing and (came := self._landing.wait(0)):
            self.dismiss(came)

    def confirm(self) -> None:
        pasted = self.query_one("#pasted", VInput).value.strip()
        if self._landing and not pasted and (came := self._landing.wait(0)):
            self.dismiss(came)
        elif not pasted:
            self.say_wrong(say("tui_accounts.walk.not_yet" if self._landing else "tui_accounts.walk.empty"))
        elif not _is_address(pasted):
            self.say_wrong(say("tui_accounts.walk.no_address"))
        else:
            self.dismiss(pasted)

    @on(Button.Pressed, "#copy")
    def _copy(self, message: Button.Pressed) -> None:
        message.stop()
        self.app.copy_to_clipboard(self._address)
        self.notify(say("tui_accounts.walk.copied"))

    @on(Button.Pressed, "#open")
    def _open(self, message: Button.Pressed) -> None:
        message.stop()
        if self.app.is_web:
            self.app.open_url(self._address)  # in the officer's browser, wherever that is
        else:
            webbrowser.open(self._address)


class Waiting(Dialog[str]):
    """The platform waits for the person; goes on by itself."""

    CONFIRM = ""

    def __init__(self, title: str, body: str, seconds: float) -> None:
        super().__init__(title, body)
        self._seconds = seconds

    def on_mount(self) -> None:
        self.set_focus(self.query_one("#close"))
        self.set_timer(self._seconds, self._go_on)

    def _go_on(self) -> None:
        self.dismiss("waited")


class Walk:
    """`loa.services.login.Skin`: called in a thread, asks in the window. A closed dialog ends it all."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._loop = asyncio.get_running_loop()
        self._questions: asyncio.Queue[tuple[ModalScreen[Any], Future[Any]]] = asyncio.Queue()
        self._open: Future[Any] | None = None
        self._ended = False

    def tell(self, step: Step) -> None:
        self._put(Confirm(self._named(step), step.words))

    def ask(self, step: Step, *, secret: bool, default: str) -> str:
        label = say("tui_accounts.walk.secret" if secret else "tui_accounts.walk.answer")
        field = Field("answer", label, value=default, required=not default, secret=secret)
        answer: str = self._put(Form(self._named(step), step.words, [field]))["answer"]
        return answer.strip()

    def choose(self, step: Step, options: Sequence[tuple[str, str]]) -> str:
        listed = [(value, one_line(label), "") for value, label in options]
        return str(self._put(Pick(self._named(step), listed, step.words)))

    def visit(self, step: Step, address: str, landing: Landing | None) -> str:
        return str(self._put(Visit(self._named(step), step.words, address, landing)))

    def pause(self, step: Step, seconds: float) -> None:
        self._put(Waiting(self._title, step.words, seconds))

    async def answer_in(self, room: Room) -> None:
        """Show one dialog after the other, until cancelled."""
        while True:
            dialog, self._open = await self._questions.get()
            answer = await room.ask(dialog)
            if not self._open.done():
                self._open.set_result(answer)

    def end(self) -> None:
        """Whoever waits for an answer gets none any more."""
        self._ended = True
        while not self._questions.empty():
            _, waiting = self._questions.get_nowait()
            waiting.set_result(None)
        if self._open is not None and not self._open.done():
            self._open.set_result(None)

    def _named(self, step: Step) -> str:
        return say("tui_accounts.walk.step", number=step.number, title=self._title)

    def _put(self, dialog: ModalScreen[Any]) -> Any:
        waiting: Future[Any] = Future()
        if not self._ended:
            self._loop.call_soon_threadsafe(self._questions.put_nowait, (dialog, waiting))
            if (answer := waiting.result()) is not None:
                return answer
        raise RefusedByRule("login.nothing_stored")


@asynccontextmanager
async def walk(room: Room, title: str) -> AsyncIterator[Walk]:
    """A walk whose dialogs are shown by a room as long as the block runs. Only in a worker."""
    skin = Walk(title)
    answering = asyncio.create_task(skin.answer_in(room))
    try:
        yield skin
    finally:
        skin.end()
        answering.cancel()


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and bool(parts.query or parts.fragment)


def _can_open(web: bool) -> bool:
    """Without a display a browser would open inside the terminal, over the window."""
    shown = any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))
    return web or sys.platform in ("darwin", "win32") or shown
