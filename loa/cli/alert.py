"""`loa alert`: who is told when something is wrong."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from content.wording import say
from loa.cli.output import emit, json_option, speak, table
from loa.cli.session import Session, ask_secretly, pass_session
from loa.speech import moment

if TYPE_CHECKING:
    from loa.services.targets import TargetView

VARIABLE = "LOA_SECRET_ALERT"


@click.group(help=say("cli.help.alert"))
def alert() -> None:
    pass


@alert.command("add", help=say("cli.help.alert_add"))
@click.argument("name")
@click.option(
    "--least",
    type=click.Choice(["notice", "warning", "critical"]),
    default="warning",
    show_default=True,
    help=say("cli.help.alert_least"),
)
@pass_session
def add(session: Session, name: str, least: str) -> None:
    from loa.services import targets
    from loa.services.alerts import Severity

    actor = session.officer
    url = os.environ.get(VARIABLE) or ask_secretly(say("alerts.ask_url"), variable=VARIABLE)
    made = targets.add(session.workspace, actor, name, url, Severity(least))
    speak(say("alerts.added", name=made.name, scheme=made.scheme))


@alert.command("list", help=say("cli.help.alert_list"))
@json_option
@pass_session
def listing(session: Session, as_json: bool) -> None:
    from loa.services import targets

    with session.workspace.database.read() as connection:
        views = targets.listing(connection)
    if as_json:
        emit(views)
        return
    if not views:
        speak(say("unit.alerts_at_publisher" if session.workspace.is_kept_apart else "alerts.none"))
        return
    zone = session.workspace.config.zone
    table(
        [say(f"cli.column.{c}") for c in ("name", "scheme", "least", "sent_at", "state")],
        [
            (v.name, v.scheme, say(f"alerts.severity.{v.least}"), moment(v.sent_at, zone), _state(v))
            for v in views
        ],
    )


@alert.command("test", help=say("cli.help.alert_test"))
@click.argument("name")
@pass_session
def test(session: Session, name: str) -> None:
    from loa.services import targets

    targets.test(session.workspace, session.officer, name)
    speak(say("alerts.test.sent", name=name))


@alert.command("remove", help=say("cli.help.alert_remove"))
@click.argument("name")
@pass_session
def remove(session: Session, name: str) -> None:
    from loa.services import targets

    targets.remove(session.workspace, session.officer, name)
    speak(say("alerts.removed", name=name))


def _state(view: TargetView) -> str:
    if view.failures:
        return say("alerts.state_failing", count=view.failures, why=view.trouble)
    return say("alerts.state_ok") if view.sent_at else say("alerts.state_new")
