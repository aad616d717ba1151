"""`loa channel`: where posts go."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from content.errors import PlatformTrouble, UsageError
from content.wording import say
from loa.cli.output import emit, json_option, speak
from loa.cli.session import Session, ask_secretly, pass_session
from loa.cli.whose import listed, of_unit, unit_option
from loa.speech import one_line, reason, worded

if TYPE_CHECKING:
    from loa.services.channels import ChannelView


@click.group(help=say("cli.help.channel"))
def channel() -> None:
    pass


@channel.command("add", help=say("cli.help.channel_add"))
@click.argument("channel_id", metavar="ID")
@click.option("--platform", "-p", required=True, help=say("cli.help.channel_platform"))
@click.option("--account", "-a", default="", help=say("cli.help.channel_account"))
@click.option("--name", "-n", default="", help=say("cli.help.channel_name"))
@click.option(
    "--set", "-s", "settings", multiple=True, metavar="KEY=VALUE", help=say("cli.help.channel_setting")
)
@click.option("--secret", "secret_names", multiple=True, metavar="NAME", help=say("cli.help.channel_secret"))
@click.option("--zone", default="", metavar="ZONE", help=say("worker.help.channel_zone"))
@pass_session
def add(
    session: Session,
    channel_id: str,
    platform: str,
    account: str,
    name: str,
    settings: tuple[str, ...],
    secret_names: tuple[str, ...],
    zone: str,
) -> None:
    from connectors import registry
    from loa.services import channels, enrolling

    officer = session.officer
    enrolling.must_be_new(session.workspace, channel_id)
    required = [field.name for field in registry.capabilities(platform).secrets if field.required]
    wanted = list(dict.fromkeys([*required, *secret_names]))
    secrets = {key: _secret(key) for key in wanted}
    view = channels.add(
        session.workspace,
        officer,
        channel_id,
        platform=platform,
        account=account,
        name=name,
        settings=dict(_pair(text) for text in settings),
        secrets=secrets,
    )
    speak(say("cli.channel.added", id=view.id, platform=view.platform))
    if zone:
        _put_zone(session, channel_id, zone)


@channel.command("set", help=say("cli.help.channel_set"))
@click.argument("channel_id", metavar="ID")
@click.option("--name", "-n", default="", help=say("cli.help.channel_name"))
@click.option(
    "--set", "-s", "settings", multiple=True, metavar="KEY=VALUE", help=say("cli.help.channel_setting")
)
@click.option("--secret", "secret_names", multiple=True, metavar="NAME", help=say("cli.help.channel_secret"))
@click.option("--zone", default=None, metavar="ZONE", help=say("worker.help.channel_zone"))
@pass_session
def change(
    session: Session,
    channel_id: str,
    name: str,
    settings: tuple[str, ...],
    secret_names: tuple[str, ...],
    zone: str | None,
) -> None:
    from loa.services import channels

    officer = session.officer
    channels.get(session.workspace, channel_id)
    if zone is not None:
        _put_zone(session, channel_id, zone)
        if not (name or settings or secret_names):
            return
    changed = channels.change(
        session.workspace,
        officer,
        channel_id,
        name=name,
        settings=dict(_pair(text) for text in settings),
        secrets={key: _secret(key) for key in secret_names},
    )
    speak(say("cli.channel.changed", id=channel_id))
    if again := changed.unapproved.again:
        speak(say("cli.channel.unapproved", count=len(again), deliveries=", ".join(again)))
    if too_late := changed.unapproved.too_late:
        speak(say("cli.channel.unapproved_not", deliveries=", ".join(too_late)))


@channel.command("list", help=say("cli.help.channel_list"))
@unit_option
@json_option
@pass_session
def listing(session: Session, unit: str | None, as_json: bool) -> None:
    from loa.services import channels, standing

    views = of_unit(session, channels.with_waits(session.workspace), unit)
    if as_json:
        emit(views)
        return
    now, apart = session.workspace.now(), session.workspace.is_kept_apart
    columns = ["channel", "platform", "account", "name", "expires", "state"]
    rows = [
        [v.id, v.platform, v.account, v.name, standing.in_short(v.expires_at, now), _state(v, apart)]
        for v in views
    ]
    if any(v.zone for v in views):
        columns.insert(2, "zone")
        for row, v in zip(rows, views, strict=True):
            row.insert(2, v.zone or "–")
    listed(session, [say(f"cli.column.{c}") for c in columns], views, rows)


@channel.command("check", help=say("cli.help.channel_check"))
@click.argument("channel_id", metavar="[ID]", default="")
@json_option
@pass_session
def check(session: Session, channel_id: str, as_json: bool) -> None:
    from loa.services import channels

    workspace, officer = session.workspace, session.officer_if_named
    told = channels.check_in_words(workspace, officer, *filter(None, [channel_id]))
    if as_json:
        emit(told[0] if channel_id else told)
    elif channel_id:
        speak(told[0].message)
    else:
        for one in told:
            click.echo(f"{one.id}: {one_line(one.message)}")
    if not as_json and told and told[0].clock:
        speak(told[0].clock)
    unwell = [one.id for one in told if not one.ok]
    if unwell:
        raise PlatformTrouble("cli.channel.unwell", id=", ".join(unwell))


@channel.command("confirm", help=say("unit.help.channel_confirm"))
@click.argument("channel_id", metavar="ID")
@click.option("--unit", default="", metavar="CODE", help=say("unit.help.channel_unit"))
@json_option
@pass_session
def confirm(session: Session, channel_id: str, unit: str, as_json: bool) -> None:
    from loa.services import confirming

    done = confirming.confirm(session.workspace, session.officer, channel_id, unit)
    if as_json:
        emit(done)
    else:
        view = done.channel
        told = {"id": view.id, "unit": done.unit or "–", "platform": view.platform}
        speak(say("unit.channel_confirmed", **told, account=one_line(view.account)))
        if done.called:
            click.echo(f"  {say('unit.column.name')} = {one_line(done.called)}")
        for name, value in sorted(view.settings.items()):
            click.echo(f"  {name} = {one_line(value)}")
        speak(done.message)
    if not done.ok:
        raise PlatformTrouble("cli.channel.unwell", id=channel_id)


@channel.command("login", help=say("cli.help.channel_login"))
@click.argument("channel_id", metavar="ID")
@click.option("--platform", "-p", default="", help=say("cli.help.channel_platform"))
@click.option("--name", "-n", default="", help=say("cli.help.channel_name"))
@click.option(
    "--set", "-s", "settings", multiple=True, metavar="KEY=VALUE", help=say("cli.help.channel_setting")
)
@pass_session
def login(session: Session, channel_id: str, platform: str, name: str, settings: tuple[str, ...]) -> None:
    from loa.cli.login import Terminal, wrapped
    from loa.services import channels
    from loa.services import login as signing_in

    skin = Terminal()
    chosen = dict(_pair(text) for text in settings)
    workspace, officer = session.workspace, session.officer
    what = signing_in.plan(workspace, officer, channel_id, platform=platform, name=name, settings=chosen)
    begins = "login.begins_again" if what.known else "login.begins_new"
    known_as = what.known.name if what.known else ""
    speak(wrapped(say(begins, id=channel_id, platform=worded(what.platform, "name"), name=known_as)))
    try:
        view = signing_in.sign_in(workspace, officer, what, skin)
    except (click.Abort, KeyboardInterrupt):
        speak("\n" + say("login.nothing_stored"))
        raise
    stored = "login.stored_again" if what.known else "login.stored_new"
    speak("\n" + wrapped(say(stored, id=view.id, name=view.name, account=view.account)))
    [told] = channels.check_in_words(workspace, officer, channel_id)
    speak(wrapped(f"{told.message} {told.clock}"))
    if not told.ok:
        raise PlatformTrouble("cli.channel.unwell", id=channel_id)


def _put_zone(session: Session, channel_id: str, zone: str) -> None:
    from loa.services import zoning

    name = zoning.put(session.workspace, session.officer, channel_id, zone)
    speak(say("worker.zoned" if name else "worker.unzoned", id=channel_id, zone=name))


def _state(view: ChannelView, elsewhere: bool) -> str:
    if view.waits_for:
        return say(f"unit.confirm_{'there' if elsewhere else 'here'}", command=view.waits_for)
    why = reason(view.state_reason, view.id) if view.state_reason else ""
    return say(f"cli.channel.state_{view.state}", reason=why)


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals:
        raise UsageError("cli.channel.not_a_pair", text=text)
    return key.strip(), value.strip()


def _secret(name: str) -> str:
    """From LOA_SECRET_<NAME>, else asked for; never from the command line, which others can read."""
    variable = f"LOA_SECRET_{name.upper()}"
    return os.environ.get(variable) or ask_secretly(say("cli.channel.secret", name=name), variable=variable)
