"""`loa channel confirm`: the machine that publishes takes over a channel that a unit set up on its own PC.

Where a channel leads, and with which token, is not believed from the database: whoever can write to it could
send a unit's posts to another page, its token to another host, its site into another's folder, all that in
another's name. So an operator at the publishing machine looks once (account, settings and the unit's name
are shown; the unit reads theirs out by telephone), types whose it is, and all that is noted. Until then, and
after every change by others, nothing is sent there.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, update

from connectors import registry
from connectors.errors import ConnectorError
from content.approval import Role
from content.errors import RefusedByRule
from content.wording import say
from loa.sealing import is_sealed
from loa.services import channels, relooking, trusting
from loa.services.channels import ChannelView
from loa.services.connecting import put_secrets
from loa.services.enrolling import spelled
from loa.services.people import Person
from loa.services.workspace import Workspace
from scheduler import audit
from scheduler.store.tables import channel, secret, unit
from scheduler.witness import digest_of_channel


@dataclass(frozen=True)
class Confirmed:
    """A channel as it is now noted, and what its platform said of it. `called`: the name of its unit, in
    which it speaks; empty for the installation's own."""

    channel: ChannelView
    unit: str
    called: str
    ok: bool
    message: str


def confirm(workspace: Workspace, actor: Person, channel_id: str, code: str = "") -> Confirmed:
    """Note a channel as it stands, its secrets with this machine's own key, and open it if it is well.

    `code`: whose it is, as the operator says. Raises RefusedByRule for another unit's, for a second one of
    the same account, and away from the machine that publishes.
    """
    actor.must_be(Role.OPERATOR)
    trusting.must_be_pinned(workspace, actor)
    if workspace.database.is_sqlite:
        raise RefusedByRule("unit.needs_server")
    if workspace.is_kept_apart:
        raise RefusedByRule("unit.only_the_house")
    if not workspace.trust.covers(actor.name, ""):
        raise RefusedByRule("unit.not_covered", name=actor.name, unit="–")
    channels.get(workspace, channel_id)
    said, now = code.strip().upper(), workspace.now()

    def work(connection: Connection) -> str:
        mine = select(channel).where(channel.c.id == channel_id)
        row = connection.execute(mine.with_for_update()).one()
        if row.unit != said:
            raise RefusedByRule("unit.other_channel", id=channel_id, unit=said or "–")
        same = select(channel.c.id, channel.c.account, channel.c.unit).where(
            channel.c.platform == row.platform, channel.c.id != channel_id
        )
        noted = workspace.trust.witness.channels()
        for other in connection.execute(same):  # the unit's PC could not see those of other units
            if other.id in noted and spelled(other.account) == spelled(row.account):
                raise _twin(connection, row, other)
        put_secrets(connection, workspace.vault, channel_id, _opened(workspace, connection, channel_id))
        digest = digest_of_channel(row.platform, row.account, row.settings, row.unit)
        called = connection.execute(select(unit.c.name).where(unit.c.code == row.unit)).scalar() or ""
        workspace.trust.witness.pin_channel(channel_id, digest, row.unit, called)
        again = {"version": channel.c.version + 1, "updated_at": now}  # connectors are made anew
        connection.execute(update(channel).where(channel.c.id == channel_id).values(**again))
        about = {"unit": row.unit, "called": called, "platform": row.platform, "account": row.account}
        audit.record(
            connection, at=now, actor=actor.name, action="channel_confirmed", subject=channel_id, **about
        )
        return called

    called = workspace.database.run(work)
    relooking.audit_is_due(workspace)
    try:
        health = channels.check(workspace, actor, channel_id)
        ok, message = health.ok, channels.explain(health)
    except ConnectorError as error:
        ok, message = False, channels.trouble(error, channel_id)
    return Confirmed(channels.get(workspace, channel_id), said, called, ok, message)


def note_names(workspace: Workspace) -> None:
    """Of channels that were confirmed before names were noted: what their units are called today."""
    if workspace.database.is_sqlite:
        return
    witness = workspace.trust.witness
    query = select(channel.c.id, channel.c.unit, unit.c.name).join(unit, unit.c.code == channel.c.unit)
    with workspace.database.read() as connection:
        rows = connection.execute(query).all()
    for row in rows:
        confirmed = witness.channel(row.id) and witness.unit_of(row.id, "") == row.unit
        if confirmed and not witness.called(row.id):
            witness.pin_name(row.id, row.name)


def _twin(connection: Connection, row: Any, other: Any) -> RefusedByRule:
    """Where a channel leads stays what it is, so the unit adds another; with the command for its PC."""
    taken = set(connection.execute(select(channel.c.id)).scalars())
    free = next(name for number in itertools.count(2) if (name := f"{row.id[:37]}-{number}") not in taken)
    setting = registry.capabilities(row.platform).identity
    own = f"site-{free}" if setting == "folder" else "…"
    place = f"--set {setting}={own}" if setting else "--account …"
    told = {"id": row.id, "free": free, "place": place, "platform": row.platform, "account": row.account}
    whose = {"other": other.id, "whose": other.unit or say("unit.own"), "unit": row.unit}
    key = "unit.twin" if row.unit else "unit.twin_own"
    return RefusedByRule(key, **told, **whose)


def _opened(workspace: Workspace, connection: Connection, channel_id: str) -> dict[str, str]:
    """The secrets that were closed for this machine, in clear; those that it hid itself stay."""
    rows = connection.execute(select(secret).where(secret.c.channel_id == channel_id)).all()
    vault, key = workspace.vault, workspace.trust.witness.key
    return {
        row.name: vault.open_sealed(row.ciphertext, f"{channel_id}/{row.name}", key)
        for row in rows
        if is_sealed(row.ciphertext)
    }
