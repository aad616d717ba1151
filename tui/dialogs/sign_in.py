"""Who sits here: an officer and a passphrase, which opens the key that signs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING

from textual import events, on, work
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Label, OptionList
from textual.widgets.option_list import Option

from content.errors import LoaError
from content.wording import say
from loa.services import people
from loa.services.people import Person
from loa.speech import one_line
from tui.dialogs.dialog import Dialog
from tui.dialogs.told import in_words
from tui.widgets.vinput import VInput

if TYPE_CHECKING:
    from loa.services.workspace import Workspace


class SignIn(Dialog[Person]):
    """Answers the officer whose passphrase was right. `fixed`: only this officer, once more."""

    CONFIRM = "tui.button.sign_in"
    DEFAULT_CSS = "SignIn OptionList { max-height: 8; margin-bottom: 1; }"

    def __init__(self, workspace: Workspace, hint: str = "", *, fixed: Person | None = None) -> None:
        body = say("tui.sign_in.again", name=fixed.full_name or fixed.name) if fixed else ""
        super().__init__(say("tui.sign_in.title"), body)
        self._workspace, self._hint, self._fixed = workspace, hint, fixed
        self._people: list[Person] = [fixed] if fixed else []

    def compose_fields(self) -> Iterator[Widget]:
        if not self._fixed:
            yield Label(say("tui.sign_in.who"), classes="label", markup=False)
            yield OptionList(compact=True)
        yield Label(say("tui.sign_in.passphrase"), classes="label", markup=False)
        box = VInput(password=True, id="passphrase", compact=True)
        box.cursor_blink = False
        yield box

    def on_mount(self) -> None:
        if self._fixed:
            self.set_focus(self.query_one("#passphrase"))
        else:
            self._list()

    @work(exclusive=True)
    async def _list(self) -> None:
        try:
            self._people = await asyncio.to_thread(people.listing, self._workspace)
        except Exception as error:
            self.say_wrong("\n".join(in_words(error)))
            return
        options = self.query_one(OptionList)
        options.add_options(Option(_line(person)) for person in self._people)
        names = [person.name for person in self._people]
        if not names:
            self.say_wrong(say("tui.sign_in.nobody"))
            return
        options.highlighted = names.index(self._hint) if self._hint in names else 0
        self.set_focus(self.query_one("#passphrase"))

    @on(OptionList.OptionSelected)
    def _chosen(self) -> None:
        self.set_focus(self.query_one("#passphrase"))

    def on_key(self, event: events.Key) -> None:
        """↑ ↓ choose the officer from the line of the passphrase, where they do nothing else."""
        if event.key in ("up", "down") and self.focused is self.query_one("#passphrase") and not self._fixed:
            event.stop()
            options = self.query_one(OptionList)
            options.action_cursor_up() if event.key == "up" else options.action_cursor_down()

    def confirm(self) -> None:
        box = self.query_one("#passphrase", VInput)
        place = 0 if self._fixed else self.query_one(OptionList).highlighted
        if place is None or not self._people:
            return
        if not box.value:
            self.set_focus(box)
            return
        self.say_wrong(say("tui.sign_in.looking"))
        self._try(self._people[place].name, box.value)

    @work(exclusive=True)
    async def _try(self, name: str, passphrase: str) -> None:
        box = self.query_one("#passphrase", VInput)
        try:
            person = await asyncio.to_thread(people.authenticate, self._workspace, name, passphrase)
        except Exception as error:
            box.value = ""
            self.set_focus(box)
            told = [str(error)] if isinstance(error, LoaError) else in_words(error)
            self.say_wrong("\n".join(told))
            return
        self.dismiss(person)


def _line(person: Person) -> Content:
    roles = ", ".join(say(f"cli.role.{role}") for role in person.roles)
    return Content(f" {one_line(person.full_name or person.name)} ({roles}) · {person.name}")
