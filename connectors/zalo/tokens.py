"""Renewing an OA's single-use refresh token without ever losing it in silence.

A refresh token works once. A crash between Zalo's rotation and the commit here loses the grant, and a
person must consent again; nothing can prevent that, so it is made visible and never made worse:

1. one renewal at a time over all processes (`SecretStore.alone`), and the store is read again inside;
2. the intent is committed before the call, the new pair in one `replace` before its first use;
3. an unclear answer is kept as doubt. A doubtful refresh token is sent again only on evidence: the old
   access token still works, and Zalo ends it the moment a new one is issued (facts §1). Without that
   evidence a person is told what to do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from datetime import datetime, timedelta

from connectors.contract import Context
from connectors.errors import AuthLost, ConnectorError, NotSent, Throttled, Unknown
from connectors.http import Answer
from connectors.redact import redact
from connectors.zalo import endpoint
from connectors.zalo.errors import BACK_OFF, ZONE
from connectors.zalo.grant import CLEAN, Grant, fingerprint, issued
from connectors.zalo.settings import Settings

EVIDENCE_AFTER = timedelta(minutes=2)
"""A late rotation must have had time to end the old access token before that one is asked to testify."""
TRIES_MOST = 3
COMMIT_WAITS_S = (0.2, 1.0)

_SECRET = ("access_token", "refresh_token", "app_secret", "code_verifier")

Testify = Callable[[str], bool]
"""Whether Zalo still takes this access token; raises a ConnectorError when it cannot be asked."""


class Tokens:
    """Access to one OA. Raises the five errors only; no error carries a token."""

    def __init__(
        self, context: Context, settings: Settings, *, testify: Testify, wait: Callable[[float], None]
    ) -> None:
        self._context = context
        self._settings = settings
        self._testify = testify
        self._wait = wait
        self._store = context.secrets or _Unwritable(context.account.secrets)
        self._uncommitted: dict[str, dict[str, str]] = {}
        """Pairs Zalo gave out that the store would not take, by fingerprint of the token they replace."""

    def grant(self) -> Grant:
        """As the store has it now."""
        return Grant.of(self._read())

    def app(self) -> tuple[str, str]:
        """App id and app secret."""
        secrets = self._read()
        return secrets.get("app_id", "").strip(), secrets.get("app_secret", "").strip()

    def all(self) -> tuple[str, ...]:
        """Every secret value, for redaction."""
        secrets = self._read()
        return tuple(filter(None, (secrets.get(name, "").strip() for name in _SECRET)))

    def access(self) -> str:
        """An access token to use now, renewed early. A renewal that fails while the old one lives waits."""
        grant, now = self.grant(), self._context.now()
        if not grant.due(now):
            return grant.access
        try:
            return self._renew(lambda seen: seen.due(self._context.now()), refused=False)
        except (AuthLost, NotSent, Throttled):
            latest = self.grant()
            if latest.usable(now):
                return latest.access
            raise

    def instead_of(self, refused: str) -> str:
        """Another access token, after Zalo refused this one."""
        return self._renew(lambda seen: seen.access == refused, refused=True)

    def _renew(self, needed: Callable[[Grant], bool], *, refused: bool) -> str:
        with self._alone():
            grant = self.grant()
            if grant.refresh and (pair := self._uncommitted.get(fingerprint(grant.refresh))):
                return self._commit(fingerprint(grant.refresh), pair)
            if not needed(grant):  # another process was first
                return grant.access
            if not grant.refresh:
                raise AuthLost("zalo:no-refresh-token")
            self._require_evidence(grant, refused=refused)
            return self._rotate(grant)

    def _require_evidence(self, grant: Grant, *, refused: bool) -> None:
        """Return only when sending this refresh token is the first time, or known not to be blind."""
        if grant.outcome:
            raise AuthLost(f"zalo:refresh-{grant.outcome}")
        if not grant.in_doubt or grant.started_at is None:
            return
        now = self._context.now()
        if not refused and grant.access:
            if grant.tries >= TRIES_MOST or now < grant.started_at + EVIDENCE_AFTER:
                raise self._unclear(grant.started_at)
            if self._testify(grant.access):
                return
        raise AuthLost("zalo:renewal-lost", _clock(grant.started_at))

    def _rotate(self, grant: Grant) -> str:
        now = self._context.now()
        self._write(grant.intent(now))
        try:
            answer = self._ask({"grant_type": "refresh_token", "refresh_token": grant.refresh})
        except NotSent:
            self._write(_before(grant))
            raise
        except Unknown as error:
            raise self._unclear(now, error.code) from None
        pair = endpoint.pair_in(answer)
        if pair is None:
            raise self._refusal(answer, grant, now)
        access, refresh, lives = pair  # one test file of a client allows a reply without a new one (facts §1)
        new = issued(access, refresh or grant.refresh, lives, self._context.now())
        return self._commit(fingerprint(grant.refresh), new)

    def _refusal(self, answer: Answer, grant: Grant, started_at: datetime) -> ConnectorError:
        """What an answer without tokens says about the refresh token, noted before anybody is told."""
        code, said = endpoint.code_in(answer), redact(endpoint.words(answer), self.all())
        if answer.status < 300 and not answer.body.strip():
            self._write({"rotation_outcome": "used"})
            return AuthLost("zalo:refresh-used")
        if code == endpoint.BAD_TOKEN:
            self._write({"rotation_outcome": "refused"})
            return AuthLost("zalo:refresh-refused", said)
        if code in endpoint.CONFIGURATION:
            self._write(_before(grant))
            return AuthLost(f"zalo:{code}", said)
        if code == endpoint.LIMIT:
            self._write(_before(grant))
            return Throttled("zalo:-32", said, retry_at=self._context.now() + BACK_OFF)
        return self._unclear(started_at, f"zalo:http/{answer.status} {said}".strip())

    def _unclear(self, started_at: datetime, what: str = "") -> AuthLost:
        return AuthLost("zalo:renewal-unclear", f"{_clock(started_at)} {what}".strip())

    def _ask(self, fields: dict[str, str]) -> Answer:
        return endpoint.ask(self._context.http, self._settings, self.app(), fields, self.all())

    def _commit(self, replaced: str, pair: dict[str, str]) -> str:
        """Store the new pair before anything uses it; a store that will not is asked again later."""
        self._uncommitted[replaced] = pair
        for pause in (*COMMIT_WAITS_S, None):
            try:
                self._store.replace(pair)
            except Exception as error:
                if pause is None:
                    # the store's own words may show what it was to store
                    raise NotSent("zalo:pair-not-stored", type(error).__name__) from None
                self._wait(pause)
            else:
                break
        del self._uncommitted[replaced]
        return pair["access_token"]

    def _read(self) -> Mapping[str, str]:
        try:
            return self._store.read()
        except ConnectorError:
            raise
        except Exception as error:
            raise NotSent("zalo:secrets-unreadable", type(error).__name__) from None

    def _write(self, values: dict[str, str]) -> None:
        try:
            self._store.replace(values)
        except ConnectorError:
            raise
        except Exception as error:
            raise NotSent("zalo:secrets-not-stored", type(error).__name__) from None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with ExitStack() as held:
            try:
                held.enter_context(self._store.alone())
            except ConnectorError:
                raise
            except Exception as error:
                raise NotSent("zalo:renewal-busy", type(error).__name__) from None
            yield


class _Unwritable:
    """Where a channel is only looked at: the secrets it was made with, and no renewal."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._secrets = secrets

    def read(self) -> Mapping[str, str]:
        return self._secrets

    def alone(self) -> AbstractContextManager[None]:
        return nullcontext()

    def replace(self, secrets: Mapping[str, str]) -> None:
        del secrets
        raise NotSent("zalo:no-secret-store", "a renewed token could not be kept, so none is asked for")


def _before(grant: Grant) -> dict[str, str]:
    """Take an intent back: nothing was rotated by that call."""
    if grant.started_at is None:
        return CLEAN
    return {"rotation_started_at": grant.started_at.isoformat(), "rotation_tries": str(grant.tries)}


def _clock(moment: datetime) -> str:
    return moment.astimezone(ZONE).strftime("%H:%M %d/%m/%Y") if moment.year > 1 else "?"
