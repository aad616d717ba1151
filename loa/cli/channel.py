"""`loa channel`: where posts go."""

from __future__ import annotations

import os

import click

from content.errors import PlatformTrouble, UsageError
from content.wording import say
from loa.cli.output import emit, json_option, speak, table
from loa.cli.session import Session, ask_secretly, pass_session


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
@pass_session
def add(
    session: Session,
    channel_id: str,
    platform: str,
    account: str,
    name: str,
    settings: tuple[str, ...],
    secret_names: tuple[str, ...],
) -> None:
    from connectors import registry
    from loa.services import channels

    officer = session.officer
    channels.must_be_new(session.workspace, channel_id)
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


@channel.command("set", help=say("cli.help.channel_set"))
@click.argument("channel_id", metavar="ID")
@click.option("--name", "-n", default="", help=say("cli.help.channel_name"))
@click.option(
    "--set", "-s", "settings", multiple=True, metavar="KEY=VALUE", help=say("cli.help.channel_setting")
)
@click.option("--secret", "secret_names", multiple=True, metavar="NAME", help=say("cli.help.channel_secret"))
@pass_session
def change(
    session: Session, channel_id: str, name: str, settings: tuple[str, ...], secret_names: tuple[str, ...]
) -> None:
    from loa.services import channels

    officer = session.officer
    channels.get(session.workspace, channel_id)
    view = channels.change(
        session.workspace,
        officer,
        channel_id,
        name=name,
        settings=dict(_pair(text) for text in settings),
        secrets={key: _secret(key) for key in secret_names},
    )
    speak(say("cli.channel.changed", id=view.id))


@channel.command("list", help=say("cli.help.channel_list"))
@json_option
@pass_session
def listing(session: Session, as_json: bool) -> None:
    from loa.services import channels

    views = channels.listing(session.workspace)
    if as_json:
        emit(views)
        return
    table(
        [say(f"cli.column.{c}") for c in ("channel", "platform", "account", "name", "state")],
        [
            (v.id, v.platform, v.account, v.name, say(f"cli.channel.state_{v.state}", reason=v.state_reason))
            for v in views
        ],
    )


@channel.command("check", help=say("cli.help.channel_check"))
@click.argument("channel_id", metavar="ID")
@json_option
@pass_session
def check(session: Session, channel_id: str, as_json: bool) -> None:
    from loa.services import channels

    health = channels.check(session.workspace, session.officer_if_named, channel_id)
    words = channels.explain(health)
    if as_json:
        emit({"id": channel_id, "ok": health.ok, "message": words, "expires_at": health.expires_at})
    else:
        speak(words)
    if not health.ok:
        raise PlatformTrouble("cli.channel.unwell", id=channel_id)


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals:
        raise UsageError("cli.channel.not_a_pair", text=text)
    return key.strip(), value.strip()


def _secret(name: str) -> str:
    """From LOA_SECRET_<NAME>, else asked for; never from the command line, which others can read."""
    variable = f"LOA_SECRET_{name.upper()}"
    return os.environ.get(variable) or ask_secretly(say("cli.channel.secret", name=name), variable=variable)
