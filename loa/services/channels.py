"""Channels: adding, listing, checking; and the connectors made from them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from sqlalchemy import Connection, Row, insert, select, update

from connectors import registry
from connectors.contract import Capabilities, Field, Health
from connectors.errors import AuthLost, ConnectorError
from content.approval import Role
from content.errors import NotFound, RefusedByRule, UsageError
from content.text import nearest, normalise
from content.wording import say
from loa.services.connecting import Connectors, put_secrets
from loa.services.people import Person
from loa.services.workspace import Workspace
from scheduler import audit
from scheduler.restores import ACTION as RESTORED
from scheduler.status import Status
from scheduler.store.tables import channel, delivery, lane

_ID = re.compile(r"[a-z][a-z0-9_-]{1,39}")


@dataclass(frozen=True)
class ChannelView:
    """A channel as lists show it; no secret among it."""

    id: str
    platform: str
    account: str
    name: str
    state: str
    state_reason: str
    settings: Mapping[str, str]


def add(
    workspace: Workspace,
    actor: Person,
    channel_id: str,
    *,
    platform: str,
    account: str = "",
    name: str = "",
    settings: Mapping[str, str],
    secrets: Mapping[str, str],
) -> ChannelView:
    """Register a channel. Settings and secrets are checked against what the platform declares."""
    actor.must_be(Role.OPERATOR)
    if not _ID.fullmatch(channel_id):
        raise UsageError("cli.channel.bad_id", id=channel_id)
    capabilities = registry.capabilities(platform)
    chosen = _fields(capabilities.settings, settings, "setting")
    hidden = {
        key: workspace.vault.hide(v) for key, v in _fields(capabilities.secrets, secrets, "secret").items()
    }
    if capabilities.identity:  # a folder: `./site` and `site/` are one
        named = chosen.get(capabilities.identity) or _default(capabilities) or channel_id
        identity = PurePosixPath(named).as_posix()
    else:
        identity = account or channel_id
    now = workspace.now()

    def work(connection: Connection) -> None:
        if connection.execute(select(channel.c.id).where(channel.c.id == channel_id)).first():
            raise RefusedByRule("cli.channel.exists", id=channel_id)
        same = (channel.c.platform == platform) & (channel.c.account == identity)
        twin = connection.execute(select(channel.c.id).where(same)).scalar()
        if twin:  # one post to both would be published twice in one place
            raise RefusedByRule("cli.channel.twin", id=twin, platform=platform, account=identity)
        connection.execute(
            insert(channel).values(
                id=channel_id,
                platform=platform,
                account=identity,
                name=normalise(name) or channel_id,
                settings=json.dumps(chosen, ensure_ascii=False, sort_keys=True),
                state="ok",
                state_reason="",
                version=1,
                created_at=now,
                updated_at=now,
            )
        )
        connection.execute(insert(lane).values(channel_id=channel_id, owner="", fence=0, failures=0))
        put_secrets(connection, channel_id, hidden)
        audit.record(
            connection,
            at=now,
            actor=actor.name,
            action="channel_added",
            subject=channel_id,
            platform=platform,
            account=identity,
        )

    workspace.database.run(work)
    return get(workspace, channel_id)


def must_be_new(workspace: Workspace, channel_id: str) -> None:
    """Raises RefusedByRule for an id that is taken: asked before anybody types a token for it."""
    with workspace.database.read() as connection:
        if connection.execute(select(channel.c.id).where(channel.c.id == channel_id)).first():
            raise RefusedByRule("cli.channel.exists", id=channel_id)


def change(
    workspace: Workspace,
    actor: Person,
    channel_id: str,
    *,
    name: str = "",
    settings: Mapping[str, str],
    secrets: Mapping[str, str],
) -> ChannelView:
    """Replace some settings or secrets (a new token); the account stays, since approvals are for it."""
    actor.must_be(Role.OPERATOR)
    view = get(workspace, channel_id)
    capabilities = registry.capabilities(view.platform)
    if capabilities.identity in settings:
        raise RefusedByRule("cli.channel.identity_stays", key=capabilities.identity)
    chosen = _fields(capabilities.settings, {**view.settings, **settings}, "setting")
    given = _fields(capabilities.secrets, secrets, "secret", all_of=False)
    hidden = {key: workspace.vault.hide(value) for key, value in given.items()}
    now = workspace.now()

    def work(connection: Connection) -> None:
        connection.execute(
            update(channel)
            .where(channel.c.id == channel_id)
            .values(
                settings=json.dumps(chosen, ensure_ascii=False, sort_keys=True),
                name=normalise(name) or view.name,
                version=channel.c.version + 1,
                updated_at=now,
            )
        )
        put_secrets(connection, channel_id, hidden)
        audit.record(
            connection,
            at=now,
            actor=actor.name,
            action="channel_changed",
            subject=channel_id,
            settings=sorted(settings),
            secrets=sorted(secrets),
        )

    workspace.database.run(work)
    return get(workspace, channel_id)


def listing(workspace: Workspace) -> list[ChannelView]:
    with workspace.database.read() as connection:
        return [_view(row) for row in connection.execute(select(channel).order_by(channel.c.id))]


def get(workspace: Workspace, channel_id: str) -> ChannelView:
    """One channel; raises NotFound naming the nearest id."""
    with workspace.database.read() as connection:
        row = connection.execute(select(channel).where(channel.c.id == channel_id)).first()
        if row is None:
            known = connection.execute(select(channel.c.id)).scalars().all()
            raise NotFound("cli.channel.unknown", id=channel_id, nearest=nearest(channel_id, known) or "–")
    return _view(row)


def check(workspace: Workspace, actor: Person | None, channel_id: str) -> Health:
    """Ask the platform. With an operator, a stopped channel that is well again is opened.

    What it held goes on then. Raises the ConnectorError of the platform when it could not be asked.
    """
    view = get(workspace, channel_id)
    connectors = Connectors(workspace)
    try:
        health = connectors.connect(channel_id).health()
    except AuthLost as error:
        health = Health(ok=False, problem="cli.channel.auth_lost", values={"detail": str(error)})
    finally:
        connectors.close()
    if health.ok and view.state != "ok":
        if actor is None or Role.OPERATOR not in actor.roles:
            return replace(health, ok=False, problem="cli.channel.still_stopped", values={"id": channel_id})
        _reopen(workspace, actor.name, channel_id)
    return health


def _reopen(workspace: Workspace, actor: str, channel_id: str) -> None:
    now = workspace.now()

    def work(connection: Connection) -> None:
        connection.execute(
            update(channel)
            .where(channel.c.id == channel_id)
            .values(state="ok", state_reason="", updated_at=now, version=channel.c.version + 1)
        )
        # What the stop held goes back in the queue; the claim sees to approval and deadline.
        held = (delivery.c.channel_id == channel_id) & (delivery.c.status == Status.HELD)
        about_channel = delivery.c.last_error.not_like("approval.%") & (delivery.c.last_error != RESTORED)
        connection.execute(
            update(delivery)
            .where(held, about_channel)
            .values(status=Status.QUEUED, wake_at=now, last_error="", updated_at=now)
        )
        audit.record(connection, at=now, actor=actor, action="channel_opened", subject=channel_id)

    workspace.database.run(work)


def explain(health: Health) -> str:
    """One sentence about a channel's health, with the connector's warning if it gave one."""
    if health.problem:
        return say(health.problem, **health.values)
    warning = str(health.values.get("warning", ""))
    # A warning is a catalogue key, or a sentence that was formed already.
    told = say(warning, **{k: v for k, v in health.values.items() if k != "warning"}) if warning else ""
    return f"{say('cli.channel.well', name=health.name)} {told}".strip()


def trouble(error: ConnectorError) -> str:
    """One sentence about a platform error, in words first and with its code."""
    return say(f"scheduler.trouble.{type(error).__name__}", code=error.code, detail=error.detail)


def _default(capabilities: Capabilities) -> str:
    """What a channel of this platform is called by itself (a website: its folder)."""
    return next((field.default for field in capabilities.settings if field.name == capabilities.identity), "")


def _fields(
    declared: tuple[Field, ...], given: Mapping[str, str], what: str, *, all_of: bool = True
) -> dict[str, str]:
    """Given values checked against the declaration: unknown names, missing ones, choices."""
    names = {field.name: field for field in declared}
    for key, value in given.items():
        if key not in names:
            best = nearest(key, names) or ", ".join(names) or "–"
            raise UsageError(f"cli.channel.unknown_{what}", key=key, nearest=best)
        if names[key].choices and value not in names[key].choices:
            raise UsageError(
                "cli.channel.bad_choice", key=key, value=value, choices=", ".join(names[key].choices)
            )
    for field in declared:
        if all_of and field.required and not given.get(field.name):
            raise UsageError(f"cli.channel.missing_{what}", key=field.name)
    return {key: normalise(value) for key, value in given.items()}


def _view(row: Row[tuple[object, ...]]) -> ChannelView:
    return ChannelView(
        row.id, row.platform, row.account, row.name, row.state, row.state_reason, json.loads(row.settings)
    )
