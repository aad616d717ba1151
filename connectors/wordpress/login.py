"""Signing a site in: its address, a user's name and an application password, tried before they are kept.

The page `authorize-application.php` is told as a place to go, not as a `Visit`: it hands the password over
in an address only to https ones (facts §1.3), which a commune's machine is not.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from connectors.contract import Account, Context
from connectors.errors import AuthLost, NotSent
from connectors.extras import Ask, Conversation, Granted, Question, Tell
from connectors.wordpress.rest import Rest
from connectors.wordpress.settings import Settings
from connectors.wordpress.standing import of_site, standing

APP_NAME = "Loa"
_ABOUT_THE_USER = ("wordpress.problems.login", "wordpress.problems.rights")


def converse(context: Context) -> Conversation:
    """Ends with a login that health found sound. What cannot be used is asked for again, with the reason."""
    given = context.account.settings.get("base_url", "").strip()
    user = context.account.secrets.get("user", "")
    while True:
        written, authorize = yield from _site(context, given)
        yield Tell("wordpress.login.where", {"address": authorize})
        while True:
            user = yield Ask("user", "wordpress.login.user", default=user)
            password = yield Ask("app_password", "wordpress.login.password", secret=True)
            if not user or not password:
                yield Tell("wordpress.login.both_needed")
                continue
            secrets = {"user": user, "app_password": password}
            account = _account(context, written, secrets)
            settings = Settings.of(account)
            health = standing(Rest(context.http, settings, context.now), settings, context.now())
            if health.ok:
                if warning := health.values.get("warning"):
                    yield Tell("wordpress.login.warning", {"warning": warning})
                return Granted(settings.site, health.name, secrets, {"base_url": written})
            yield Tell(health.problem, health.values)
            if health.problem not in _ABOUT_THE_USER:
                given = ""
                break


def _site(context: Context, given: str) -> Generator[Question, str, tuple[str, str]]:
    """A site that offers application passwords: its address as it is kept, and where to make one.

    The address of a known channel stays as it is written, for it is the channel's identity.
    """
    default = ""
    while True:
        written = given or (yield Ask("base_url", "wordpress.login.site", default=default))
        if written and "://" not in written:
            written = f"https://{written}"
        settings = Settings.of(_account(context, written, {}))
        kept = given or settings.site
        try:
            rest = Rest(context.http, settings, context.now)
            trouble, index = of_site(rest, settings, anonymous=True)
            if trouble is None:
                return kept, _authorize(settings, index)
            yield Tell(trouble.problem, trouble.values)
        except AuthLost:  # shut to strangers: what it offers is seen with a password
            return kept, _authorize(settings, {})
        except NotSent as error:
            why = error.detail or error.code
            yield Tell("wordpress.login.unreachable", {"site": settings.site, "why": why})
        given, default = "", written


def _account(context: Context, address: str, secrets: dict[str, str]) -> Account:
    settings = {**context.account.settings, "base_url": address}
    return replace(context.account, settings=settings, secrets=secrets)


def _authorize(settings: Settings, index: dict[str, Any]) -> str:
    """Core's own page for it, with the name filled in; where the index does not tell, the profile."""
    offered = index.get("authentication")
    for key in ("application-passwords", "endpoints"):
        offered = offered.get(key) if isinstance(offered, dict) else None
    page = offered.get("authorization") if isinstance(offered, dict) else None
    if isinstance(page, str) and page.startswith(("https://", "http://")):
        return f"{page}?{urlencode({'app_name': APP_NAME})}"
    return f"{settings.site}/wp-admin/profile.php"
