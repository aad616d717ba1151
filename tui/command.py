"""`loa window`. Textual is imported only when the window opens."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Protocol

import click

from content.errors import UsageError
from content.wording import say

if TYPE_CHECKING:
    from loa.services.workspace import Workspace


class Session(Protocol):
    """What the door hands to its commands, as far as the window needs it."""

    @property
    def workspace(self) -> Workspace: ...

    @property
    def officer_name(self) -> str: ...


@click.command(help=say("cli.help.window"))
@click.pass_obj
def window(session: Session) -> None:
    served = "WebDriver" in os.environ.get("TEXTUAL_DRIVER", "")  # a browser is the terminal: `loa web`
    if not served and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("tui.no_terminal")
    from tui.app import run

    context = click.get_current_context()

    def opening() -> Workspace:
        with context.scope(cleanup=False):  # click's context belongs to a thread; this is another one
            return session.workspace

    run(opening, officer=session.officer_name)
