"""What every command starts from: which workspace, which officer."""

from __future__ import annotations

import os
import sys
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

from content.errors import NotFound, UsageError
from content.wording import say

if TYPE_CHECKING:
    from loa.services.people import Person
    from loa.services.workspace import Workspace


class Session:
    """Opened on first use, so that help and usage errors cost nothing."""

    def __init__(self, folder: Path | None, officer: str | None) -> None:
        self._folder = folder
        self._officer = officer

    @property
    def folder(self) -> Path:
        """Where the workspace is or should be."""
        return self._folder or Path.cwd()

    @property
    def place(self) -> Path:
        """The file that trouble with the database or the disk is about."""
        from loa.services.workspace import DATABASE_FILE

        opened = self.__dict__.get("workspace")
        return (opened and opened.database.file) or self.folder.absolute() / DATABASE_FILE

    @cached_property
    def workspace(self) -> Workspace:
        """`--workspace`, else LOA_WORKSPACE, else the current folder when it is a workspace."""
        from loa.config import is_workspace
        from loa.services.workspace import Workspace

        if self._folder is None and not is_workspace(self.folder):
            raise NotFound("cli.workspace.not_here", folder=self.folder)
        workspace = Workspace.open(self.folder)
        click.get_current_context().find_root().call_on_close(workspace.close)
        return workspace

    @cached_property
    def officer(self) -> Person:
        """The officer at the keyboard, proved by passphrase (LOA_PASSPHRASE, else asked for)."""
        from loa.services import people

        if not self._officer:
            raise UsageError("cli.people.who_are_you")
        passphrase = os.environ.get("LOA_PASSPHRASE")
        if passphrase is None:
            prompt = say("cli.people.passphrase", name=self._officer)
            passphrase = ask_secretly(prompt, variable="LOA_PASSPHRASE")
        return people.authenticate(self.workspace, self._officer, passphrase)

    @property
    def officer_name(self) -> str:
        """Whom `--as` or LOA_USER names, not proved yet; empty for nobody."""
        return self._officer or ""

    @property
    def officer_if_named(self) -> Person | None:
        return self.officer if self._officer else None


def ask_secretly(prompt: str, *, variable: str, confirm: bool = False) -> str:
    """Ask without showing it; raises UsageError, naming the variable that would do, where nobody is."""
    if not sys.stdin.isatty():
        raise UsageError("cli.people.nobody_to_ask", prompt=prompt, variable=variable)
    again = say("cli.people.passphrase_again") if confirm else False
    return str(click.prompt(prompt, hide_input=True, confirmation_prompt=again, err=True))


pass_session = click.make_pass_decorator(Session)
