"""`loa vault`: the key that encrypts the tokens."""

from __future__ import annotations

import click

from content.wording import say
from loa.cli.output import speak
from loa.cli.session import Session, pass_session


@click.group(help=say("cli.help.vault"))
def vault() -> None:
    pass


@vault.command("rotate", help=say("cli.help.vault_rotate"))
@pass_session
def rotate(session: Session) -> None:
    from loa.services import rotating

    speak(say("login.vault.rotated", count=rotating.rotate(session.workspace, session.officer)))
