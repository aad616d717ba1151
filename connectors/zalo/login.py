"""Signing an OA in: an administrator's consent, or a pair of tokens pasted from Zalo's API Explorer.

Zalo sends the browser to a registered https address of the unit's, so where it ended is pasted. PKCE comes in
two modes (facts §1, sources disagree): `request` makes a new verifier for each consent, `console` keeps one
whose challenge stands in the app's console, where the consent link is copied from. What goes wrong is said in
a sentence, and it is asked again; nothing is stored before the end.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qs, urlsplit

from connectors.contract import Context
from connectors.errors import AuthLost, NotSent, Unknown
from connectors.extras import Ask, Choose, Conversation, Granted, Question, Tell, Visit
from connectors.redact import redact
from connectors.zalo import endpoint
from connectors.zalo.api import OaApi
from connectors.zalo.errors import sentence
from connectors.zalo.grant import issued, pasted
from connectors.zalo.settings import Settings, is_address
from connectors.zalo.signing import challenge_of, consent_url, new_verifier, read_callback
from connectors.zalo.standing import LISTING, identity, package_says
from content.wording import say

WAYS = ("consent", "pair")
_LOOPBACK = ("http://127.0.0.1", "http://localhost")

Answers = Generator[Question, str, str]


@dataclass(frozen=True)
class App:
    """The unit's app at developers.zalo.me."""

    id: str
    secret: str


class _Again(Exception):
    """This try came to nothing: what to tell, and whether the app's id or secret was at fault."""

    def __init__(self, key: str, *, app: bool = False, **values: object) -> None:
        super().__init__(key)
        self.told = Tell(f"zalo.login.{key}", values)
        self.app = app


class Login:
    """One sign-in. Nothing is kept of it but what `Granted` carries."""

    def __init__(self, context: Context, settings: Settings, wait: Callable[[float], None]) -> None:
        self._context, self._settings, self._wait = context, settings, wait
        self._known = dict(context.account.secrets)
        account = context.account.account
        self._expected = account if account.isdigit() else ""  # a channel without one is named by its id
        self._chosen: dict[str, str] = {}

    def run(self) -> Conversation:
        """Raises NotSent, Throttled or Unknown when Zalo cannot be asked."""
        app: App | None = None
        while True:
            app = app or (yield from self._app())
            options = tuple((way, say(f"zalo.login.ways.{way}")) for way in WAYS)
            way = yield Choose("zalo.login.way", options)
            try:
                kept = yield from (self._by_consent(app) if way == "consent" else self._by_pair())
                return (yield from self._granted(app, kept))
            except _Again as again:
                yield again.told
                app = None if again.app else app

    def _app(self) -> Generator[Question, str, App]:
        app_id = ""
        while not (app_id.isascii() and app_id.isdigit()):
            app_id = yield Ask("app_id", "zalo.login.app_id", default=self._known.get("app_id", ""))
        known = self._known.get("app_secret", "")
        secret = ""
        while not endpoint.sendable(secret):  # nothing typed: the one there is stays
            key = "app_secret_kept" if known else "app_secret"
            secret = (yield Ask("app_secret", f"zalo.login.{key}", secret=True)) or known
        return App(app_id, secret)

    # ---- consent

    def _by_consent(self, app: App) -> Generator[Question, str, dict[str, str]]:
        if self._settings.pkce_mode == "request":
            verifier, state = new_verifier(), secrets.token_urlsafe(16)
            address = yield from self._own_link(app, verifier, state)
        else:
            verifier = yield from self._console_verifier()
            address = yield from self._address("consent_url", self._settings.consent_url)
            state = _query(address).get("state", "")
        back = _query(address).get("redirect_uri", "")
        listen = back if back.startswith(_LOOPBACK) else ""
        key, why = "zalo.login.visit", ""
        while True:
            landed = yield Visit(key, address, listen, {"why": why})
            code, problem = read_callback(landed, oa_id=self._expected, state=state)
            if code:
                break
            told = _query(landed)
            values = {
                "oa": self._expected,
                "found": told.get("oa_id", "–"),
                "code": told.get("error_code", "–"),
            }
            key, why = "zalo.login.visit_again", say(f"zalo.login.{problem}", **values)
        kept = self._exchange(app, code, verifier)
        return {**kept, "code_verifier": verifier} if self._settings.pkce_mode == "console" else kept

    def _own_link(self, app: App, verifier: str, state: str) -> Answers:
        back = yield from self._address("redirect_uri", self._settings.redirect_uri)
        parts = urlsplit(self._settings.token_url)
        return consent_url(
            f"{parts.scheme}://{parts.netloc}",
            app_id=app.id,
            redirect_uri=back,
            challenge=challenge_of(verifier),
            state=state,
        )

    def _console_verifier(self) -> Answers:
        """The one whose challenge the console holds; made here for a channel that has none."""
        known = self._known.get("code_verifier", "")
        if known:
            return known
        verifier = new_verifier()
        yield Tell("zalo.login.challenge", {"challenge": challenge_of(verifier)})
        self._known["code_verifier"] = verifier  # a second try must not ask for another challenge
        return verifier

    def _address(self, name: str, known: str) -> Answers:
        address = self._chosen.get(name) or known
        while not is_address(address):
            address = yield Ask(name, f"zalo.login.{name}")
        if address != known:
            self._chosen[name] = address
        return address

    def _exchange(self, app: App, code: str, verifier: str) -> dict[str, str]:
        """The one-use code for a pair. It is not sent twice, so whatever is unclear begins anew."""
        fields = {"grant_type": "authorization_code", "code": code, "code_verifier": verifier}
        hidden = (code, verifier, app.secret)
        try:
            answer = endpoint.ask(self._context.http, self._settings, (app.id, app.secret), fields, hidden)
        except Unknown as error:
            raise _Again("code_unclear", code=error.code) from None
        pair = endpoint.pair_in(answer)
        if pair is None or not pair[1]:
            said = redact(endpoint.words(answer), hidden)
            if (found := endpoint.code_in(answer)) in endpoint.CONFIGURATION:
                raise _Again("said", app=True, said=self._sentence(AuthLost(f"zalo:{found}", said)))
            raise _Again("code_refused", said=said or "–")
        access, refresh, lives = pair
        return issued(access, refresh, lives, self._context.now())

    # ---- a pasted pair

    def _by_pair(self) -> Generator[Question, str, dict[str, str]]:
        yield Tell("zalo.login.explorer")
        access = yield Ask("access_token", "zalo.login.access_token", secret=True)
        refresh = yield Ask("refresh_token", "zalo.login.refresh_token", secret=True)
        if not (endpoint.sendable(access) and endpoint.sendable(refresh)):
            raise _Again("malformed")
        if access == refresh:
            raise _Again("twice_the_same")
        return pasted(access, refresh)

    # ---- whose it is and what it may

    def _granted(self, app: App, kept: Mapping[str, str]) -> Generator[Question, str, Granted]:
        held = {"app_id": app.id, "app_secret": app.secret, **kept}
        account = replace(self._context.account, secrets=held)
        # No store: a pair that is not kept yet must not be renewed here.
        api = OaApi(replace(self._context, account=account, secrets=None), self._settings, self._wait)
        try:
            found, name, data = identity(api.peek("/v2.0/oa/getoa"))
        except AuthLost as error:
            raise _Again("said", said=self._sentence(error)) from None
        if self._expected and found != self._expected:
            raise _Again("other_oa", oa=self._expected, found=found, name=name)
        yield Tell("zalo.login.found", {"name": name, "oa": found, "package": package_says(data)})
        try:
            api.peek(*LISTING)
        except AuthLost as error:  # the login holds, the right may come later: it is said, not refused
            yield Tell("zalo.login.no_right", {"said": self._sentence(error)})
        return Granted(found, name, held, dict(self._chosen))

    def _sentence(self, error: AuthLost | NotSent) -> str:
        return sentence(error, self._context.account.channel)


def _query(address: str) -> dict[str, str]:
    try:
        return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    except ValueError:
        return {}
