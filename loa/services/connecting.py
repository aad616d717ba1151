"""Connectors made from channel rows, with the secrets opened; renewed secrets go back encrypted."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from threading import BoundedSemaphore
from typing import Any

from filelock import FileLock, Timeout
from sqlalchemy import Connection, delete, func, insert, select

from connectors import registry
from connectors.contract import Account, Connector, Context, SecretStore, Unit
from connectors.errors import AuthLost, NotSent
from connectors.http import Http
from content.errors import LoaError, RefusedByRule, UsageError
from loa.services.workspace import Workspace
from loa.vault import Vault
from scheduler import presence, zones
from scheduler.store.tables import channel, secret
from scheduler.store.units import OWN, is_kept_apart
from scheduler.witness import digest_of_channel
from scheduler.zones import Serves

_CHANGED, UNCONFIRMED = "vault:channel-changed", "vault:unconfirmed"
ALONE_TIMEOUT_S = 25.0
"""Longer than one token renewal may take, shorter than a lane's lease."""
READERS = 4
"""Threads that look into the database at once. In a herd each would have a connection of its own, and the
server start a process for each, which costs more than the post."""
_ONE_WRITER = select(func.pg_advisory_xact_lock(0x10B))


class Connectors:
    """Connectors by channel id, made on use and made anew when the channel changed.

    `serves`: the channels of the worker that they are for; None for a command.
    """

    def __init__(self, workspace: Workspace, *, pool: int = 64, serves: Serves | None = None) -> None:
        self._workspace = workspace
        self._serves = serves
        kind = _Elsewhere if workspace.is_kept_apart else Http
        self._http = kind(pool=pool, now=workspace.now)
        self._made: dict[str, tuple[int, Connector]] = {}
        self._door = BoundedSemaphore(READERS)

    def connect(
        self, channel_id: str, version: int | None = None, *, within: Connection | None = None
    ) -> Connector:
        """Raises AuthLost when the channel's secrets cannot be read.

        `version` is the channel's, if the caller knows it: then a kept connector costs no query. `within` is
        the caller's own transaction that writes, if it is in one: a second one would wait for it for ever.
        """
        made = self._made.get(channel_id)
        if made and version is not None and made[0] == version:
            return made[1]
        mine = select(channel).where(channel.c.id == channel_id)
        alone = mine.with_for_update()
        if within is not None:
            row = within.execute(alone).one()
        else:
            with self._door, self._workspace.database.read() as connection:
                row = connection.execute(mine).one()
            if not self._is_as_set(row):
                # A change is noted before its commit: looked at again when nobody is in the middle of one.
                row = self._workspace.database.run(lambda c: c.execute(alone).one())
        if not self._is_as_set(row):
            ours = row.unit == OWN and self._workspace.trust.witness.channel(row.id)
            raise AuthLost(_CHANGED if ours else UNCONFIRMED, "")
        store = ChannelSecrets(self._workspace, channel_id)
        try:
            with self._door:
                secrets = _unsaid(row.platform) if self._workspace.is_kept_apart else store.read()
        except LoaError as error:
            code = UNCONFIRMED if error.key == "unit.secret_sealed" else "vault:unreadable"
            raise AuthLost(code, str(error)) from None
        account = Account(row.id, row.account, row.name, json.loads(row.settings), secrets)
        called = self._called(row)
        context = context_for(self._workspace, row.platform, account, self._http, store, called)
        is_the_place = partial(_is_the_place, self._workspace, row.id, self._serves)
        context = replace(context, is_the_place=is_the_place)
        connector = registry.connect(row.platform, context)
        self._made[channel_id] = (row.version, connector)
        return connector

    def _called(self, row: Any) -> str:
        """The name of another unit, which its channel bears; empty for the installation's own.

        As the operator confirmed it: the public takes it for the unit's word, so the database cannot say it.
        """
        if row.unit == OWN or self._workspace.is_kept_apart:
            return ""
        called = self._workspace.trust.witness.called(row.id)
        if not called:
            raise AuthLost(UNCONFIRMED, "")
        return called

    def _is_as_set(self, row: Any) -> bool:
        """A channel that this machine never saw being set is as it should be only where nobody publishes:
        whoever can write to the database could have sent a unit's token, or its site, anywhere."""
        noted = self._workspace.trust.witness.channel(row.id)
        if not noted:
            if self._workspace.database.is_sqlite or self._workspace.is_kept_apart:
                return True
            return row.unit == OWN and not self._workspace.trust.witness.key
        return noted == digest_of_channel(row.platform, row.account, row.settings, row.unit)

    def skew_s(self) -> float | None:
        """Seconds by which our clock is ahead of the platforms'; None when none has been asked."""
        return self._http.skew_s()

    def forget_skews(self) -> None:
        """Ask the platforms anew: what one said an hour ago may have been repaired since."""
        self._http.skews.clear()

    def close(self) -> None:
        self._http.close()


def context_for(
    workspace: Workspace,
    platform: str,
    account: Account,
    http: Http,
    secrets: SecretStore | None,
    called: str = "",
) -> Context:
    """What a connector is made with; a platform that shows the unit's address takes it from the unit.

    `called`: the name of another unit, whose channel it is. Nothing of ours is said in its name.
    """
    inherited = {} if called else footer(workspace, platform)
    return Context(
        account=replace(account, settings=inherited | dict(account.settings)),
        unit=Unit(called or workspace.config.unit.name, workspace.config.zone.key, workspace.config.language),
        http=http,
        media=workspace.media.path,
        now=workspace.now,
        workspace=workspace.folder,
        secrets=secrets,
    )


def _is_the_place(workspace: Workspace, channel_id: str, serves: Serves | None) -> bool:
    """Whether a channel that is a folder may be begun on this machine: it is the only one, or a person chose
    it, by the zone or by naming the channel to its worker."""
    with workspace.database.read() as connection:
        if not presence.are_several(connection, workspace.now()):
            return True
        zone = zones.of(connection).get(channel_id, "")
    if serves is None:
        return False
    return channel_id in serves.channels or (bool(zone) and serves.covers(channel_id, zone))


def footer(workspace: Workspace, platform: str) -> dict[str, str]:
    """What the unit's settings say of it and a platform shows: where it is, and who is in charge."""
    declared = {field.name for field in registry.capabilities(platform).settings}
    told = {key: getattr(workspace.config.unit, key) for key in ("address", "phone", "email", "manager")}
    return {key: value for key, value in told.items() if key in declared and value}


class _Elsewhere(Http):
    """Of a unit's own PC: it checks posts by what platforms take, and speaks to none of them."""

    def call(self, *_: Any, **__: Any) -> Any:
        raise NotSent("vault:only-there", "a unit's own PC")


def _unsaid(platform: str) -> dict[str, str]:
    """A unit's PC can open no secret, not even its own channels'."""
    return {field.name: "" for field in registry.capabilities(platform).secrets if field.required}


class ChannelSecrets:
    """`connectors.contract.SecretStore` over the vault."""

    def __init__(self, workspace: Workspace, channel_id: str) -> None:
        self._workspace = workspace
        self._channel = channel_id

    def read(self) -> Mapping[str, str]:
        try:
            return self._read()
        except UsageError:
            return self._read()  # between the rows and the key file a rotation of the key may have ended

    def _read(self) -> dict[str, str]:
        with self._workspace.database.read() as connection:
            rows = connection.execute(select(secret).where(secret.c.channel_id == self._channel)).all()
        show, place = self._workspace.vault.show, f"{self._channel}/"
        return {row.name: show(row.ciphertext, place + row.name) for row in rows}

    @contextmanager
    def alone(self) -> Iterator[None]:
        with only_one(self._workspace, f"{self._channel}.secrets"):
            yield

    def replace(self, secrets: Mapping[str, str]) -> None:
        vault = self._workspace.vault
        self._workspace.database.run(lambda c: put_secrets(c, vault, self._channel, secrets))


@contextmanager
def only_one(workspace: Workspace, what: str) -> Iterator[None]:
    """One holder at a time over all processes of this workspace; raises NotSent after `ALONE_TIMEOUT_S`."""
    try:
        with FileLock(workspace.folder / f".{what}.lock", timeout=ALONE_TIMEOUT_S):
            yield
    except Timeout:
        raise NotSent("vault:busy", "another process holds it") from None


def put_secrets(connection: Connection, vault: Vault, channel_id: str, secrets: Mapping[str, str]) -> None:
    """Store secrets, encrypted here and now, over those of the same name.

    Encrypting belongs inside the transaction: a rotation of the key (loa.services.rotating) is one as well,
    so after it nothing can be committed that was hidden with the old key.
    """
    if not secrets:
        return
    if not vault.publisher_key and is_kept_apart(connection):
        raise RefusedByRule("unit.no_publisher_key")  # nobody could ever read it
    one_writer_of_secrets(connection)
    same = (secret.c.channel_id == channel_id) & secret.c.name.in_(list(secrets))
    connection.execute(delete(secret).where(same))
    rows = [
        {"channel_id": channel_id, "name": name, "ciphertext": vault.hide(value, f"{channel_id}/{name}")}
        for name, value in secrets.items()
    ]
    connection.execute(insert(secret), rows)


def one_writer_of_secrets(connection: Connection) -> None:
    """SQLite's writers come one at a time anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(_ONE_WRITER)
