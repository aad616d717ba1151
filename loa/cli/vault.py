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
@click.option("--others-join-again", is_flag=True, help=say("machines.help.others_join_again"))
@pass_session
def rotate(session: Session, others_join_again: bool) -> None:
    from loa.services import machines, rotating

    workspace = session.workspace
    count = rotating.rotate(workspace, session.officer, others_join_again=others_join_again)
    speak(say("login.vault.rotated", count=count))
    if names := machines.others(workspace):
        speak(say("machines.rotated_others", machines=", ".join(names)))
