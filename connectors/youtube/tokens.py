"""The access token: fetched with the refresh token, kept in memory, renewed before it ends.

The refresh token is the channel's only key. Google hands out a new one rarely, but when it does the
new one is committed before the access token that came with it is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from connectors.contract import Context
from connectors.errors import AuthLost
from connectors.youtube.oauth import Grant, ask

RENEW_BEFORE = timedelta(seconds=60)
SECRETS = ("client_id", "client_secret", "refresh_token")


class AccessTokens:
    """Tokens of one channel. `scopes` is what Google said it granted; None as long as it has not said."""

    def __init__(self, context: Context, token_url: str) -> None:
        self._context = context
        self._token_url = token_url
        self._token = ""
        self._ends_at: datetime | None = None
        self._seen: set[str] = set()
        self.scopes: frozenset[str] | None = None
        self._note(context.account.secrets)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Everything that must never be read in an error."""
        return tuple(self._seen)

    def bearer(self) -> str:
        """A token good for at least a minute. Raises AuthLost, NotSent or Throttled."""
        if not self._token or self._ends_at is None or self._context.now() >= self._ends_at - RENEW_BEFORE:
            self.renew()
        return self._token

    def renew(self) -> None:
        """Fetch a new access token, whatever the old one was worth."""
        used = self._read()
        try:
            granted = self._fetch(used)
        except AuthLost as error:
            now_there = self._read()  # another process may have put a newer login there meanwhile
            if error.code != "yt:invalid_grant" or now_there["refresh_token"] == used["refresh_token"]:
                raise
            granted = self._fetch(now_there)
        self._keep(granted)

    def _fetch(self, login: Mapping[str, str]) -> Grant:
        form = {"grant_type": "refresh_token", **login}
        now = self._context.now()
        return Grant.of(ask(self._context.http, self._token_url, form, hide=self.secrets, now=now), now)

    def _keep(self, granted: Grant) -> None:
        new, store = granted.refresh_token, self._context.secrets
        self._note({"refresh_token": new, "access_token": granted.access_token})
        if new and store is not None:
            with store.alone():
                if store.read().get("refresh_token") != new:
                    store.replace({"refresh_token": new})
        if granted.scopes is not None:
            self.scopes = granted.scopes
        self._ends_at = self._context.now() + granted.lasts
        self._token = granted.access_token

    def _read(self) -> dict[str, str]:
        store = self._context.secrets
        secrets = self._context.account.secrets if store is None else store.read()
        self._note(secrets)
        login = {name: secrets.get(name, "").strip() for name in SECRETS}
        if not all(login.values()):
            raise AuthLost("yt:no-login", "client_id, client_secret or refresh_token is missing")
        return login

    def _note(self, secrets: Mapping[str, Any]) -> None:
        """The client id is no secret: it stands in the address of every login page."""
        self._seen.update(
            value
            for name, value in secrets.items()
            if isinstance(value, str) and value and name != "client_id"
        )
