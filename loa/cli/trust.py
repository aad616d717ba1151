"""`loa trust`: whose signature the publisher believes."""

from __future__ import annotations

from collections.abc import Sequence

import click

from content.wording import say
from loa.cli.output import emit, json_option, speak, table
from loa.cli.session import Session, pass_session
from loa.speech import moment


@click.group(help=say("cli.help.trust"))
def trust() -> None:
    pass


@trust.command("list", help=say("cli.help.trust_list"))
@json_option
@pass_session
def listing(session: Session, as_json: bool) -> None:
    from loa.services import trusting

    views = trusting.listing(session.workspace)
    if as_json:
        emit(views)
        return
    zone = session.workspace.config.zone
    table(
        [say(f"cli.column.{c}") for c in ("name", "roles", "fingerprint", "added_at", "added_by", "state")],
        [
            (
                v.name,
                ", ".join(say(f"cli.role.{r}") for r in v.roles),
                v.fingerprint,
                moment(v.added_at, zone),
                v.added_by,
                _state(v, moment(v.until, zone)),
            )
            for v in views
        ],
    )


@trust.command("add", help=say("cli.help.trust_add"))
@click.argument("name")
@click.option("--until", default="", metavar="DATE", help=say("cli.help.trust_until"))
@click.option("--unit", default="", metavar="CODE", help=say("unit.help.trust_unit"))
@pass_session
def add(session: Session, name: str, until: str, unit: str) -> None:
    from content.moment import parse_moment
    from loa.services import people, trusting

    workspace = session.workspace
    actor = session.officer
    last = parse_moment(until, workspace.config.zone, now=workspace.now())[0] if until else None
    person = people.find(workspace, name)
    fingerprint = trusting.add(workspace, actor, person, until=last, unit=unit.strip().upper())
    if workspace.is_kept_apart:  # the machines that publish have a list of their own
        command = " ".join(["loa trust add", name, *(["--unit", workspace.unit] if workspace.unit else [])])
        speak(say("trust.added_here", name=name, fingerprint=fingerprint, command=command))
    else:
        speak(say("trust.added", name=name, fingerprint=fingerprint))


@trust.command("remove", help=say("cli.help.trust_remove"))
@click.argument("name")
@pass_session
def remove(session: Session, name: str) -> None:
    from loa.services import trusting

    back = trusting.remove(session.workspace, session.officer, name)
    speak(say("trust.removed", name=name))
    tell_taken_back(back)


def tell_taken_back(deliveries: Sequence[str]) -> None:
    """What an approval's end sent back to review, so that somebody approves it again in time."""
    if deliveries:
        speak(say("trust.taken_back", count=len(deliveries), deliveries=", ".join(deliveries)))


def _state(view: object, until: str) -> str:
    if not getattr(view, "sound", False):
        return say("trust.state_unsound")
    return say("trust.state_until", until=until) if getattr(view, "until", None) else say("trust.state_ok")
