"""Signing a channel in: the conversation that ends with a refresh token and the channel it is for.

Two ways (facts §4). In a browser: consent, a redirect to this machine with PKCE, the address heard by the
skin or pasted by the person. By device code: only a code is typed elsewhere, but Google's scopes for it
take no captions and no Analytics. What goes wrong is said in a sentence, and it is asked again.
"""

from __future__ import annotations

import secrets
import socket
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, cast
from zoneinfo import ZoneInfo

from connectors.contract import Context
from connectors.errors import AuthLost, NotSent, Throttled
from connectors.extras import Ask, Choose, Conversation, Granted, Pause, Question, Tell, Visit
from connectors.youtube import oauth
from connectors.youtube.oauth import MANAGE, MANAGE_BY_DEVICE, MEASURE, READ, Grant, OAuthRefusal
from connectors.youtube.quota import QuotaBook
from connectors.youtube.readback import items_of
from connectors.youtube.settings import Settings, is_google
from connectors.youtube.transport import Api, Wire
from content.wording import say

Way = Literal["browser", "device"]
WAYS: tuple[Way, ...] = ("browser", "device")
NEEDED = {"browser": MANAGE, "device": MANAGE_BY_DEVICE}
USEFUL = {READ: "read", MEASURE: "measure"}
"""Without these the channel publishes, but Analytics tells nothing."""

PORT = 8790
"""Fixed where it is free, so that `ssh -L 8790:127.0.0.1:8790` can be written down beforehand."""
TESTING_LASTS = timedelta(days=7)
SLOWER_BY_S = 5.0
"""What `slow_down` adds (RFC 8628 §3.5)."""
INTERVAL_S, INTERVAL_MOST_S = 5.0, 60.0

_CLIENT_WORDS = ("invalid_client", "unauthorized_client", "deleted_client", "redirect_uri_mismatch")
_API_OFF = ("yt:accessNotConfigured", "yt:SERVICE_DISABLED")
_TOO_FEW = ("yt:insufficientPermissions", "yt:ACCESS_TOKEN_SCOPE_INSUFFICIENT")


@dataclass(frozen=True)
class Client:
    """The OAuth client of the unit's Cloud project."""

    id: str
    secret: str


class _Again(Exception):
    """This try came to nothing: say why and begin anew, with another client if it was the client's fault."""

    def __init__(self, problem: str, *, client: bool = False, **values: object) -> None:
        super().__init__(problem)
        self.told = Tell(f"youtube.login.{problem}", values)
        self.client = client


class Login:
    """One sign-in. Nothing is kept of it but what `Granted` carries."""

    def __init__(self, context: Context, settings: Settings) -> None:
        self._context, self._settings = context, settings

    def run(self) -> Conversation:
        way = cast("Way", (yield from _choose("way", WAYS)))
        client: Client | None = None
        while True:
            if client is None:
                client = yield from self._client(way)
            try:
                grant = yield from (self._by_browser(client) if way == "browser" else self._by_device(client))
                yield from self._judge_scopes(way, grant)
                channel, name = yield from self._identity(client, grant)
            except _Again as again:
                yield again.told
                client = None if again.client else client
                continue
            ends_at = yield from self._end_of(grant)
            return Granted(
                account=channel,
                name=name,
                secrets={
                    "client_id": client.id,
                    "client_secret": client.secret,
                    "refresh_token": grant.refresh_token,
                },
                settings={"login": way, "login_ends_at": ends_at.isoformat() if ends_at else ""},
            )

    # the client

    def _client(self, way: Way) -> Generator[Question, str, Client]:
        """Asked for with how to get one; what the channel has already need not be typed again."""
        known = self._known()
        yield Tell(f"youtube.login.{way}_client")
        while True:
            given = yield Ask("client_id", "youtube.login.client_id", default=known.id)
            client_id = given.strip() or known.id
            if client_id and client_id.isascii() and " " not in client_id and self._looks_right(client_id):
                break
            yield Tell("youtube.login.client_id_odd")
        has_one = bool(known.secret) and client_id == known.id
        key = "youtube.login.client_secret_again" if has_one else "youtube.login.client_secret"
        while True:
            given = yield Ask("client_secret", key, secret=True)
            client_secret = given.strip() or (known.secret if has_one else "")
            if oauth.is_token(client_secret):
                return Client(client_id, client_secret)
            yield Tell("youtube.login.client_secret_odd")

    def _known(self) -> Client:
        store = self._context.secrets
        kept: Mapping[str, str] = self._context.account.secrets if store is None else store.read()
        return Client(kept.get("client_id", ""), kept.get("client_secret", ""))

    def _looks_right(self, client_id: str) -> bool:
        return client_id.endswith(".apps.googleusercontent.com") or not is_google(self._settings.base_url)

    # the grant

    def _by_browser(self, client: Client) -> Generator[Question, str, Grant]:
        port = _free_port()
        redirect = f"http://127.0.0.1:{port}/"
        state, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(64)
        address = oauth.consent_address(
            self._settings.consent_url,
            client_id=client.id,
            redirect=redirect,
            scopes=(MANAGE, *USEFUL),
            state=state,
            verifier=verifier,
        )
        while True:
            left_at = yield Visit("youtube.login.visit", address, redirect, {"port": port})
            told = oauth.redirected(left_at)
            if told.get("code") or told.get("error"):
                break
            if (yield from _choose("stuck", ("again", "client"))) == "client":
                raise _Again("client_anew", client=True)
        if not secrets.compare_digest(told.get("state", "").encode(), state.encode()):
            raise _Again("strange_state")
        if error := told.get("error"):
            raise _Again("denied") if error == "access_denied" else _Again("google_says", word=error[:60])
        form = {"grant_type": "authorization_code", "code": told["code"], "redirect_uri": redirect}
        try:
            return self._tokens(client, {**form, "code_verifier": verifier})
        except OAuthRefusal as refusal:
            raise _after(refusal) from None

    def _by_device(self, client: Client) -> Generator[Question, str, Grant]:
        form = {"client_id": client.id, "scope": MANAGE_BY_DEVICE}
        try:
            given = self._ask(self._settings.device_url, form, client)
        except OAuthRefusal as refusal:
            raise _after(refusal) from None
        device, code = given.get("device_code"), given.get("user_code")
        address = given.get("verification_url") or given.get("verification_uri")  # Google's name, RFC 8628's
        if not (isinstance(device, str) and isinstance(code, str) and isinstance(address, str)):
            raise NotSent("yt:login-unclear", "an answer without a code")
        lasts, wait = _seconds(given.get("expires_in"), 1800.0), _seconds(given.get("interval"), INTERVAL_S)
        until = self._context.now() + timedelta(seconds=lasts)
        values = {"address": address, "code": code, "minutes": int(lasts // 60)}
        yield Tell("youtube.login.device", values)
        while self._context.now() < until:
            yield Pause(wait, "youtube.login.device_waits", values)
            try:
                return self._tokens(client, {"grant_type": oauth.DEVICE_GRANT, "device_code": device})
            except OAuthRefusal as refusal:
                match refusal.word:
                    case "authorization_pending":
                        continue
                    case "slow_down":
                        wait += SLOWER_BY_S
                    case "expired_token":
                        break
                    case _:
                        raise _after(refusal) from None
            except (NotSent, Throttled):  # the line, not the person: asked less often (RFC 8628 §3.5)
                wait = min(wait * 2, INTERVAL_MOST_S)
        raise _Again("device_expired")

    def _tokens(self, client: Client, form: Mapping[str, str]) -> Grant:
        whole = {"client_id": client.id, "client_secret": client.secret, **form}
        grant = Grant.of(self._ask(self._settings.token_url, whole, client), self._context.now())
        if not grant.refresh_token:
            raise _Again("no_refresh_token")
        return grant

    def _ask(self, url: str, form: Mapping[str, str], client: Client) -> dict[str, object]:
        hide = (client.secret, *(form.get(name, "") for name in ("code", "code_verifier", "device_code")))
        return oauth.ask(self._context.http, url, form, hide=hide, now=self._context.now())

    # what it is good for

    def _judge_scopes(self, way: Way, grant: Grant) -> Generator[Question, str, None]:
        """A box may have been left unticked on Google's page."""
        if grant.scopes is None:
            return
        if NEEDED[way] not in grant.scopes:
            name = "manage" if way == "browser" else "manage_by_device"
            raise _Again("unticked", scopes=say(f"youtube.scopes.{name}"))
        lacking = [
            say(f"youtube.scopes.{word}") for scope, word in USEFUL.items() if scope not in grant.scopes
        ]
        if way == "browser" and lacking:
            values = {"scopes": ", ".join(lacking)}
            if (yield from _choose("unticked_useful", ("again", "go_on"), **values)) == "again":
                raise _Again("ticks_anew")

    def _identity(self, client: Client, grant: Grant) -> Generator[Question, str, tuple[str, str]]:
        """Id and name of the one channel that these tokens are for."""
        tokens = _Fresh(grant, client)
        quota = QuotaBook(self._context.workspace / "quota", client.id, self._context.now)
        wire = Wire(self._context.http, tokens, self._settings)
        api = Api(self._settings, wire, tokens, quota, self._context.now)
        while True:
            try:
                answer = api.run(api.data.channels().list(part="id,snippet", mine=True))
                break
            except AuthLost as error:
                if error.code == "yt:youtubeSignupRequired":
                    raise _Again("no_channel") from None
                if error.code in _TOO_FEW:
                    raise _Again("unticked", scopes=say("youtube.scopes.manage")) from None
                if error.code not in _API_OFF:
                    raise
                yield Tell("youtube.login.api_off")  # once it is on, the same tokens serve
        names = {
            str(item["id"]): str((item.get("snippet") or {}).get("title") or item["id"])
            for item in items_of(answer)
            if isinstance(item.get("id"), str)
        }
        if not names:
            raise _Again("no_channel")
        wanted = self._context.account.account
        if wanted and wanted not in names:
            found, name = next(iter(names.items()))
            raise _Again("other_channel", channel=wanted, found=found, name=name)
        channel = wanted or next(iter(names))
        if not wanted and len(names) > 1:
            channel = yield from _pick("which_channel", tuple(names.items()))
        return channel, names[channel]

    def _end_of(self, grant: Grant) -> Generator[Question, str, datetime | None]:
        """When the login will end by itself: Google tells it to some clients, else only the person knows."""
        ends_at = grant.ends_at
        if ends_at is None:
            screen = yield from _choose("consent_screen", ("production", "testing", "unknown"))
            if screen == "unknown":
                yield Tell("youtube.login.maybe_testing")
            if screen != "testing":
                return None
            ends_at = self._context.now() + TESTING_LASTS
        zone = ZoneInfo(self._context.unit.timezone)
        yield Tell("youtube.login.testing", {"at": f"{ends_at.astimezone(zone):%H:%M %d/%m/%Y}"})
        return ends_at


class _Fresh:
    """Tokens that were handed out a moment ago and are not kept yet."""

    def __init__(self, grant: Grant, client: Client) -> None:
        self._grant = grant
        self.secrets = (grant.access_token, grant.refresh_token, client.secret)

    def bearer(self) -> str:
        return self._grant.access_token

    def renew(self) -> None:
        """There is nothing newer: the second sending is answered as the first."""


def _after(refusal: OAuthRefusal) -> Exception:
    if refusal.word in _CLIENT_WORDS:
        return _Again("client_refused", client=True, word=refusal.word)
    if refusal.word == "invalid_grant":
        return _Again("code_spent")
    if refusal.word == "access_denied":
        return _Again("denied")
    return _Again("google_says", word=refusal.word)


def _choose(about: str, options: tuple[str, ...], **values: object) -> Generator[Question, str, str]:
    said = tuple((option, say(f"youtube.login.options.{option}")) for option in options)
    return (yield from _pick(about, said, **values))


def _pick(
    about: str, options: tuple[tuple[str, str], ...], **values: object
) -> Generator[Question, str, str]:
    answer = ""
    while answer not in {value for value, _ in options}:
        answer = (yield Choose(f"youtube.login.{about}", options, values)).strip()
    return answer


def _seconds(value: object, otherwise: float) -> float:
    sound = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 86_400
    return float(cast("float", value)) if sound else otherwise


def _free_port() -> int:
    """`PORT` unless another program has it: Google takes any port of the loopback address."""
    for port in (PORT, 0):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    return PORT
