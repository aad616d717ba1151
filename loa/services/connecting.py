"""Connectors made from channel rows, with the secrets opened; renewed secrets go back encrypted."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from filelock import FileLock, Timeout
from sqlalchemy import Connection, delete, insert, select

from connectors import registry
from connectors.contract import Account, Connector, Context, Unit
from connectors.errors import AuthLost, NotSent
from connectors.http import Http
from content.errors import LoaError
from loa.services.workspace import Workspace
from scheduler.store.tables import channel, secret

ALONE_TIMEOUT_S = 25.0
"""Longer than one token renewal may take, shorter than a lane's lease."""


class Connectors:
    """Connectors by channel id, made on use and made anew when the channel changed."""

    def __init__(self, workspace: Workspace, *, pool: int = 64) -> None:
        self._workspace = workspace
        self._http = Http(pool=pool)
        self._made: dict[str, tuple[int, Connector]] = {}

    def connect(self, channel_id: str, version: int | None = None) -> Connector:
        """Raises AuthLost when the channel's secrets cannot be read.

        `version` is the channel's, if the caller knows it: then a kept connector costs no query.
        """
        made = self._made.get(channel_id)
        if made and version is not None and made[0] == version:
            return made[1]
        with self._workspace.database.read() as connection:
            row = connection.execute(select(channel).where(channel.c.id == channel_id)).one()
            hidden = connection.execute(select(secret).where(secret.c.channel_id == channel_id)).all()
        try:
            secrets = {s.name: self._workspace.vault.show(s.ciphertext) for s in hidden}
        except LoaError as error:
            raise AuthLost("vault:unreadable", str(error)) from None
        unit = self._workspace.config.unit
        footer = {key: getattr(unit, key) for key in ("address", "phone", "email", "manager")}
        declared = {field.name for field in registry.capabilities(row.platform).settings}
        inherited = {key: value for key, value in footer.items() if key in declared and value}
        context = Context(
            account=Account(row.id, row.account, row.name, inherited | json.loads(row.settings), secrets),
            unit=Unit(unit.name, self._workspace.config.zone.key, self._workspace.config.language),
            http=self._http,
            media=self._workspace.media.path,
            now=self._workspace.now,
            workspace=self._workspace.folder,
            secrets=ChannelSecrets(self._workspace, row.id),
        )
        connector = registry.connect(row.platform, context)
        self._made[channel_id] = (row.version, connector)
        return connector

    def close(self) -> None:
        self._http.close()


class ChannelSecrets:
    """`connectors.contract.SecretStore` over the vault."""

    def __init__(self, workspace: Workspace, channel_id: str) -> None:
        self._workspace = workspace
        self._channel = channel_id

    def read(self) -> Mapping[str, str]:
        with self._workspace.database.read() as connection:
            rows = connection.execute(select(secret).where(secret.c.channel_id == self._channel)).all()
        return {row.name: self._workspace.vault.show(row.ciphertext) for row in rows}

    @contextmanager
    def alone(self) -> Iterator[None]:
        try:
            with FileLock(self._workspace.folder / f".{self._channel}.secrets.lock", timeout=ALONE_TIMEOUT_S):
                yield
        except Timeout:
            raise NotSent("vault:busy", "another process renews this channel's token") from None

    def replace(self, secrets: Mapping[str, str]) -> None:
        hidden = {name: self._workspace.vault.hide(value) for name, value in secrets.items()}
        self._workspace.database.run(lambda c: put_secrets(c, self._channel, hidden))


def put_secrets(connection: Connection, channel_id: str, hidden: Mapping[str, str]) -> None:
    """Store encrypted secrets over those of the same name."""
    if not hidden:
        return
    same = (secret.c.channel_id == channel_id) & secret.c.name.in_(list(hidden))
    connection.execute(delete(secret).where(same))
    rows = [{"channel_id": channel_id, "name": name, "ciphertext": text} for name, text in hidden.items()]
    connection.execute(insert(secret), rows)
