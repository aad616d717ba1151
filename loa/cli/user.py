"""`loa user`: officers and their roles."""

from __future__ import annotations

import os

import click

from content.wording import say
from loa.cli.output import emit, json_option, speak
from loa.cli.session import Session, ask_secretly, pass_session
from loa.cli.trust import tell_taken_back
from loa.cli.whose import listed, of_unit, unit_option


@click.group(help=say("cli.help.user"))
def user() -> None:
    pass


@user.command("add", help=say("cli.help.user_add"))
@click.argument("name")
@click.option("--full-name", "-n", required=True)
@click.option("--role", "-r", "roles", multiple=True, required=True)
@click.option("--title", "-t", default="")
@pass_session
def add(session: Session, name: str, full_name: str, roles: tuple[str, ...], title: str) -> None:
    from loa.services import people

    everyone = people.listing(session.workspace)
    actor = session.officer if everyone else None
    passphrase = os.environ.get("LOA_NEW_PASSPHRASE") or (
        None if everyone else os.environ.get("LOA_PASSPHRASE")
    )
    if passphrase is None:
        prompt = say("cli.people.new_passphrase", name=name)
        passphrase = ask_secretly(prompt, variable="LOA_NEW_PASSPHRASE", confirm=True)
    person = people.add(
        session.workspace, actor, name, full_name=full_name, roles=roles, passphrase=passphrase, title=title
    )
    speak(
        say("cli.people.added", name=person.name, roles=", ".join(say(f"cli.role.{r}") for r in person.roles))
    )


@user.command("passphrase", help=say("cli.help.user_passphrase"))
@click.argument("name")
@pass_session
def passphrase(session: Session, name: str) -> None:
    from loa.services import people

    actor = session.officer
    new = os.environ.get("LOA_NEW_PASSPHRASE") or ask_secretly(
        say("cli.people.new_passphrase", name=name), variable="LOA_NEW_PASSPHRASE", confirm=True
    )
    back = people.change_passphrase(session.workspace, actor, name, new)
    speak(say("cli.people.passphrase_changed", name=name))
    tell_taken_back(back)


@user.command("retire", help=say("cli.help.user_retire"))
@click.argument("name")
@click.option("--void-approvals", "void", is_flag=True, help=say("cli.help.user_retire_void"))
@pass_session
def retire(session: Session, name: str, void: bool) -> None:
    from loa.services import people

    resting = people.retire(session.workspace, session.officer, name, void=void)
    speak(say("cli.people.retired", name=name))
    if void:
        tell_taken_back(resting)
    elif resting:
        speak(say("trust.still_standing", count=len(resting), deliveries=", ".join(resting)))


@user.command("list", help=say("cli.help.user_list"))
@unit_option
@json_option
@pass_session
def listing(session: Session, unit: str | None, as_json: bool) -> None:
    from loa.services import people

    everyone = of_unit(session, people.listing(session.workspace), unit)
    if as_json:
        emit(everyone)
        return
    listed(
        session,
        [
            say("cli.column.name"),
            say("cli.column.full_name"),
            say("cli.column.title"),
            say("cli.column.roles"),
        ],
        everyone,
        [(p.name, p.full_name, p.title, ", ".join(say(f"cli.role.{r}") for r in p.roles)) for p in everyone],
    )
