"""Channels: adding, listing, checking; and the connectors made from them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, Row, and_, select, update

from connectors import registry
from connectors.contract import Health
from connectors.errors import AuthLost, ConnectorError
from content.approval import Role
from content.errors import NotFound, RefusedByRule
from content.text import nearest, normalise
from content.wording import say
from loa.services import awaiting, calling_off, clockcare, rewording
from loa.services import standing as standings
from loa.services.connecting import Connectors, footer, put_secrets
from loa.services.enrolling import check_settings, enrol, fields, must_be_new, spelled
from loa.services.people import Person
from loa.services.rewording import Unapproved
from loa.services.workspace import Workspace
from loa.speech import code_sentence, reason
from scheduler import audit
from scheduler.restores import ACTION as RESTORED
from scheduler.status import Status
from scheduler.store import units
from scheduler.store.tables import channel, channel_zone, delivery, standing
from scheduler.witness import digest_of_channel

_CHANNELS = (
    select(channel, standing.c.expires_at, channel_zone.c.zone)
    .outerjoin(standing, standing.c.channel_id == channel.c.id)
    .outerjoin(channel_zone, channel_zone.c.channel_id == channel.c.id)
)


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
    expires_at: datetime | None = None
    """When its access ends, as the platform last said; None when it does not end or nobody has asked."""
    zone: str = ""
    """Of several machines only those of this zone publish it; mostly empty."""
    unit: str = ""
    """Code of the unit that has it; empty: the installation's own."""
    waits_for: str = ""
    """The command by which the machine that publishes takes it over, as long as nothing is sent there before
    that; only where it was asked for (`with_waits`)."""


@dataclass(frozen=True)
class Changed:
    """A channel after a change, and whose approvals that made void."""

    channel: ChannelView
    unapproved: Unapproved


@dataclass(frozen=True)
class Checked:
    """What `loa channel check` says of one channel: `message` in one or two plain sentences."""

    id: str
    ok: bool
    message: str
    expires_at: datetime | None
    clock: str = ""
    """What is wrong with this machine's clock by the platforms' own, and how to set it; mostly empty."""


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
    must_be_new(workspace, channel_id)
    capabilities = registry.capabilities(platform)
    if workspace.is_kept_apart:  # the machine that publishes knows another unit's address
        settings = footer(workspace, platform) | dict(settings)
    chosen = check_settings(platform, settings)
    given = fields(capabilities.secrets, secrets, "secret")
    enrol(
        workspace,
        actor,
        channel_id,
        platform=platform,
        account=account,
        name=name,
        settings=chosen,
        secrets=given,
    )
    return get(workspace, channel_id)


def change(
    workspace: Workspace,
    actor: Person,
    channel_id: str,
    *,
    name: str = "",
    settings: Mapping[str, str],
    secrets: Mapping[str, str],
) -> Changed:
    """Replace some settings or secrets (a new token); the account stays, since approvals are for it.

    Where a setting shapes what the public gets, the posts that wait for this channel are to be approved anew.
    """
    actor.must_be(Role.OPERATOR)
    view = get(workspace, channel_id)
    capabilities = registry.capabilities(view.platform)
    if capabilities.identity in settings:
        raise RefusedByRule("cli.channel.identity_stays", key=capabilities.identity)
    fields(capabilities.settings, settings, "setting", all_of=False)
    given = fields(capabilities.secrets, secrets, "secret", all_of=False)
    now = workspace.now()

    def work(connection: Connection) -> Unapproved:
        mine = select(channel.c.settings).where(channel.c.id == channel_id).with_for_update()
        before = json.loads(connection.execute(mine).scalar_one())  # what another officer has set meanwhile
        chosen = fields(capabilities.settings, {**before, **settings}, "setting")
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
        stored = json.dumps(chosen)
        fixed = select(channel.c.account, channel.c.unit).where(channel.c.id == channel_id)
        account, unit = connection.execute(fixed).one()
        if unit == units.session_unit(connection):  # another unit's is to be confirmed (`confirming`)
            digest = digest_of_channel(view.platform, account, stored, unit)
            workspace.trust.witness.pin_channel(channel_id, digest, unit)
        put_secrets(connection, workspace.vault, channel_id, given)
        audit.record(
            connection,
            at=now,
            actor=actor.name,
            action="channel_changed",
            subject=channel_id,
            settings=sorted(settings),
            secrets=sorted(secrets),
        )
        if reshaped := rewording.reshaping(capabilities, before, chosen):
            return rewording.unapprove(workspace, connection, actor, channel_id, reshaped)
        return Unapproved()

    unapproved = workspace.database.run(work)
    calling_off.mark(workspace, unapproved.again)
    return Changed(get(workspace, channel_id), unapproved)


def listing(workspace: Workspace) -> list[ChannelView]:
    with workspace.database.read() as connection:
        return [_view(row) for row in connection.execute(_CHANNELS.order_by(channel.c.id))]


def with_waits(workspace: Workspace) -> list[ChannelView]:
    """The same, each with what it waits for."""
    waits = {one.id: one.command for one in awaiting.channels(workspace)}
    return [replace(view, waits_for=waits.get(view.id, "")) for view in listing(workspace)]


def get(workspace: Workspace, channel_id: str) -> ChannelView:
    """One channel; raises NotFound naming the nearest id."""
    with workspace.database.read() as connection:
        row = connection.execute(_CHANNELS.where(channel.c.id == channel_id)).first()
        if row is None:
            known = connection.execute(select(channel.c.id)).scalars().all()
            raise NotFound("cli.channel.unknown", id=channel_id, nearest=nearest(channel_id, known) or "–")
    return _view(row)


def check(
    workspace: Workspace, actor: Person | None, channel_id: str, connectors: Connectors | None = None
) -> Health:
    """Ask the platform. With an operator, a stopped channel that is well again is opened.

    What it held goes on then. Raises the ConnectorError of the platform when it could not be asked.
    """
    view = get(workspace, channel_id)
    waits = awaiting.channels(workspace, channel_id)
    told = {"id": view.id, "command": waits[0].command if waits else ""}
    if workspace.is_kept_apart:  # its site lies there, its tokens open there alone
        well = view.state == "ok"
        how = "waits" if waits else "ok" if well else "stopped"
        return Health(well, problem=f"unit.asked_there_{how}", values=told)
    if waits:  # no access was lost: nobody has taken it over yet
        return Health(ok=False, problem="unit.channel_waits", values=told)
    own = connectors or Connectors(workspace)
    try:
        health = ask(own, channel_id)
    finally:
        if connectors is None:
            own.close()
    now = workspace.now()
    workspace.database.run(lambda connection: standings.keep(connection, channel_id, health, now))
    if health.ok and view.state != "ok":
        if actor is None or Role.OPERATOR not in actor.roles:
            return replace(health, ok=False, problem="cli.channel.still_stopped", values={"id": channel_id})
        _reopen(workspace, actor.name, channel_id)
    return health


def ask(connectors: Connectors, channel_id: str) -> Health:
    """A channel's health, a lost access included; raises the ConnectorError of what could not be asked."""
    try:
        return connectors.connect(channel_id).health()
    except AuthLost as error:
        said = {"detail": reason(str(error), channel_id)}
        return Health(ok=False, problem="cli.channel.auth_lost", values=said)


def check_in_words(workspace: Workspace, actor: Person | None, *channel_ids: str) -> list[Checked]:
    """`check` as sentences: what works, what expires when, what to do. Of every channel if none is named."""
    connectors = Connectors(workspace, pool=2)
    try:
        names = channel_ids or tuple(view.id for view in listing(workspace))
        told = [_check_in_words(workspace, actor, name, connectors) for name in names]
        skew = connectors.skew_s()
    finally:
        connectors.close()
    clock = clockcare.in_words(skew) if skew is not None and clockcare.is_off(skew) else ""
    return [replace(one, clock=clock) for one in told]


def _check_in_words(
    workspace: Workspace, actor: Person | None, channel_id: str, connectors: Connectors
) -> Checked:
    try:
        health = check(workspace, actor, channel_id, connectors)
    except ConnectorError as error:
        return Checked(channel_id, False, trouble(error, channel_id), None)
    ends = standings.in_words(health.expires_at, workspace.now(), workspace.config.zone, channel_id)
    return Checked(channel_id, health.ok, f"{explain(health)} {ends}".strip(), health.expires_at)


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
        about_channel = and_(
            delivery.c.last_error.not_like("approval.%"),
            delivery.c.last_error.not_like("law.%"),
            delivery.c.last_error.not_in((RESTORED, "frozen", "blackout", "recalled")),  # a person's to say
        )
        connection.execute(
            update(delivery)
            .where(held, about_channel)
            .values(status=Status.QUEUED, wake_at=now, last_error="", updated_at=now)
        )
        audit.record(connection, at=now, actor=actor, action="channel_opened", subject=channel_id)

    workspace.database.run(work)


def explain(health: Health) -> str:
    """What a channel's health is: what works or what is wrong, and a warning where there is one."""
    told = [
        say(health.problem, **health.values) if health.problem else say("cli.channel.well", name=health.name)
    ]
    warning = "" if health.problem else str(health.values.get("warning", ""))
    if warning:  # a catalogue key, or a sentence that was formed already
        words = say(warning, **{k: v for k, v in health.values.items() if k != "warning"})
        told.append(warning if words.startswith(warning) else words)
    return " ".join(told).strip()


def trouble(error: ConnectorError, channel: str = "") -> str:
    """One sentence about a platform error, by its code (what to do is in it) or else by its kind."""
    sentence = code_sentence(error.code, channel=channel, detail=error.detail)
    if sentence:
        return f"{sentence} ({error.code})"
    return say(f"scheduler.trouble.{type(error).__name__}", code=error.code, detail=error.detail)


def _view(row: Row[tuple[object, ...]]) -> ChannelView:
    return ChannelView(
        row.id,
        row.platform,
        spelled(row.account),
        row.name,
        row.state,
        row.state_reason,
        json.loads(row.settings),
        row.expires_at,
        row.zone or "",
        row.unit,
    )
