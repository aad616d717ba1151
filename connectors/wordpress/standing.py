"""Whether a site can be published to now: API, application passwords, login, rights, clock, categories."""

from __future__ import annotations

from datetime import datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import urlsplit

from connectors.contract import Health
from connectors.errors import AuthLost, NotSent
from connectors.wordpress.rest import Rest
from connectors.wordpress.settings import Settings
from connectors.wordpress.terms import categories
from content.wording import say

RIGHTS = ("edit_posts", "publish_posts", "upload_files")
CLOCK_SLACK = timedelta(minutes=2)
NO_API = ("wp:no-api", "wp:not-json", "wp:http/403", "wp:http/404")
INDEX_FIELDS = "name,url,home,namespaces,authentication"


def standing(rest: Rest, settings: Settings, now: datetime) -> Health:
    """Health of one site. `values["warning"]`, when there, is a sentence for people while `ok` stays true."""
    site = rest.clean(settings.site)
    try:
        trouble, index = of_site(rest, settings)
        if trouble:
            return trouble
        me = rest.read("wp/v2/users/me", context="edit", _fields="id,roles,capabilities")
    except AuthLost as error:
        return _trouble("login", site=site, code=error.code)
    if not isinstance(me, dict) or not isinstance(me.get("capabilities"), dict):
        raise NotSent("wp:unreadable", "a user without capabilities")
    missing = [right for right in RIGHTS if not me["capabilities"].get(right)]
    roles = me.get("roles")
    role = ", ".join(map(str, roles.values() if isinstance(roles, dict) else roles or ())) or "?"
    if missing:
        return _trouble("rights", role=role, missing=", ".join(missing))
    warnings = _warnings(rest, settings, now)
    values: dict[str, object] = {"warning": " ".join(warnings)} if warnings else {}
    name = unescape(str(index.get("name") or ""))
    home = urlsplit(str(index.get("home") or site)).netloc
    return Health(True, values=values, name=f"{name} ({home})" if name else home)


def of_site(
    rest: Rest, settings: Settings, *, anonymous: bool = False
) -> tuple[Health | None, dict[str, Any]]:
    """What stands in the way of logging in here at all, if anything, and the API's index."""
    site = rest.clean(settings.site)
    if not settings.valid:
        return _trouble("base_url", base_url=site), {}
    try:
        index = rest.read("", anonymous=anonymous, _fields=INDEX_FIELDS)
    except NotSent as error:
        if error.code in NO_API:
            return _trouble("no_api", site=site), {}
        if error.code == "wp:moved":
            return _trouble("moved", site=site, to=error.detail), {}
        raise
    if not isinstance(index, dict) or not isinstance(index.get("namespaces"), list):
        raise NotSent("wp:unreadable", "an index without namespaces")
    return (None if _offers_passwords(index) else _without_passwords(site, index)), index


def _offers_passwords(index: dict[str, Any]) -> bool:
    """The field is an object when it offers something and an empty list when not (PHP)."""
    offered = index.get("authentication")
    return isinstance(offered, dict) and "application-passwords" in offered


def _without_passwords(site: str, index: dict[str, Any]) -> Health:
    """Core offers them where it thinks it is reached by https, unless a plug-in says no (facts §1.3)."""
    if site.startswith("http://"):
        return _trouble("passwords_http", site=site)
    if str(index.get("home") or "").startswith("http://"):
        return _trouble("passwords_proxy", site=site, home=str(index["home"]))
    return _trouble("passwords_off", site=site)


def _warnings(rest: Rest, settings: Settings, now: datetime) -> list[str]:
    found = []
    if rest.site_time and abs(rest.site_time - now) > CLOCK_SLACK:
        minutes = round(abs(rest.site_time - now) / timedelta(minutes=1))
        found.append(say("wordpress.warnings.clock", minutes=minutes))
    if settings.categories:
        _, missing = categories(rest, settings.categories)
        if missing:
            found.append(say("wordpress.warnings.categories", names=", ".join(missing)))
    return found


def _trouble(problem: str, **values: object) -> Health:
    return Health(False, f"wordpress.problems.{problem}", values)
