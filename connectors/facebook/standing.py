"""Whether a Page can be published to now: token, rights, identity, expiry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from connectors.contract import Figure, Health
from connectors.counts import whole
from connectors.errors import AuthLost, NotSent, Refused, Throttled
from connectors.facebook.errors import is_missing, is_permission
from connectors.facebook.graph import VERSION, PageGraph
from content.wording import say

PUBLISHING_SCOPES = ("pages_manage_posts", "pages_read_engagement")
INSIGHTS_SCOPES = ("read_insights",)
FOLLOWERS = "followers_count"
USAGE_WARNING = 80
"""Per cent of a call allowance; at 100 Facebook refuses."""


@dataclass(frozen=True)
class Missing:
    """Rights that a token lacks for a Page, by what they are for."""

    publishing: list[str]
    insights: list[str]


def missing_rights(token: dict[str, Any], page: str) -> Missing:
    """By what `debug_token` says; nothing where Facebook did not say."""
    granted = _granted(token, page)
    return Missing(_missing(granted, PUBLISHING_SCOPES), _missing(granted, INSIGHTS_SCOPES))


def standing(graph: PageGraph, page: str, *, wants_insights: bool) -> Health:
    """Health of one Page. `values["warning"]`, when there, is a sentence for people while `ok` stays true."""
    try:
        seen = graph.get_object(page, fields="id,name")
    except AuthLost as error:
        return _trouble("token_lost", code=error.code, said=error.detail)
    except Refused as error:
        if is_missing(error):
            return _trouble("no_such_page", page=page)
        raise
    if not isinstance(seen.get("id"), str):
        raise NotSent("fb:unreadable", "a Page without an id")
    name = str(seen.get("name") or "")
    if seen["id"] != page:
        return _trouble("other_page", page=page, found=seen["id"], name=name)
    try:
        token = graph.debug_token()
    except (AuthLost, Refused):
        token = {}  # asking about a token wants a role on the app, which a plain Page editor may lack
    if trouble := _verdict(token, page, name):
        return trouble
    warnings = []
    if wants_insights and (missing := missing_rights(token, page).insights):
        warnings.append(say("facebook.warnings.missing_scopes", scopes=", ".join(missing)))
    if graph.version_alarm:
        warnings.append(say("facebook.warnings.version", asked=VERSION, served=graph.version_alarm))
    if (graph.used_per_cent or 0) >= USAGE_WARNING:
        warnings.append(say("facebook.warnings.usage", per_cent=graph.used_per_cent))
    values = {"warning": " ".join(warnings)} if warnings else {}
    followers = _followers(graph, page)
    return Health(True, values=values, expires_at=_earliest_end(token), name=name, followers=followers)


def _followers(graph: PageGraph, page: str) -> Figure | None:
    """Asked by itself, so that a right that is lacking for it says nothing of publishing. None: ask again."""
    told: Any = None
    try:
        told = graph.get_object(page, fields=FOLLOWERS).get(FOLLOWERS)
    except (AuthLost, Refused) as error:
        if isinstance(error, AuthLost) and not is_permission(error):
            return None
    except (NotSent, Throttled):
        return None
    count = whole(told)
    note = "" if count is not None else say("facebook.notes.no_followers")
    about = say("facebook.metrics.followers", name=FOLLOWERS)
    return Figure("followers", count, about, f"facebook fields {VERSION}", note)


def _verdict(token: dict[str, Any], page: str, name: str) -> Health | None:
    """What is wrong with the token, or None."""
    if token.get("is_valid") is False:
        error = token.get("error")
        said = str(error.get("message") or "") if isinstance(error, dict) else ""
        return _trouble("token_lost", code="fb:debug_token", said=said)
    owner = str(token.get("profile_id") or page)
    if owner != page:
        return _trouble("other_page", page=page, found=owner, name=name)
    kind = token.get("type") or "PAGE"
    if kind != "PAGE":  # pasted from the Explorer before a Page was chosen
        return _trouble("not_page_token", kind=kind)
    missing = missing_rights(token, page).publishing
    return _trouble("missing_scopes", scopes=", ".join(missing)) if missing else None


def _granted(token: dict[str, Any], page: str) -> set[str] | None:
    """Rights that hold for this Page, or None when Facebook did not say.

    A right can be given for some Pages only, which `granular_scopes` lists (Meta, "Debugging", 2026-11).
    """
    scopes = token.get("scopes")
    if not isinstance(scopes, list):
        return None
    granular = token.get("granular_scopes")
    elsewhere = {
        str(entry.get("scope"))
        for entry in (granular if isinstance(granular, list) else [])
        if isinstance(entry, dict)
        and isinstance(targets := entry.get("target_ids"), list)
        and targets
        and page not in targets
    }
    return {str(scope) for scope in scopes} - elsewhere


def _missing(granted: set[str] | None, wanted: tuple[str, ...]) -> list[str]:
    return [] if granted is None else [scope for scope in wanted if scope not in granted]


def _earliest_end(token: dict[str, Any]) -> datetime | None:
    """The token's own end or that of its data access; 0 stands for never (Meta, "Debugging", 2026-11)."""
    ends = [token.get(key) for key in ("expires_at", "data_access_expires_at")]
    known = [end for end in ends if type(end) is int and 0 < end < 1e11]
    return datetime.fromtimestamp(min(known), UTC) if known else None


def _trouble(problem: str, **values: object) -> Health:
    return Health(False, f"facebook.problems.{problem}", values)
