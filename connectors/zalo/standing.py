"""Whether an OA can be published to now: identity, grant, package."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from connectors.contract import Health
from connectors.errors import AuthLost, NotSent
from connectors.zalo.api import OaApi
from connectors.zalo.grant import Grant
from content.text import fold
from content.wording import say

LOGIN_SOON = timedelta(days=14)
STATE_AGENCY = 4
_WITHOUT_API = ("co ban", "tieu chuan", "mien phi", "basic", "standard", "free")
"""Packages without the OpenAPI since 2026-06-01 (facts §0.1), as `package_name` may spell them."""


def standing(api: OaApi, oa: str, now: datetime) -> Health:
    """Health of one OA. `values["warning"]`, when there, is a sentence for people while `ok` stays true."""
    try:
        data = api.get("/v2.0/oa/getoa").get("data")
    except AuthLost as error:
        return Health(False, "zalo.problems.auth_lost", {"code": error.code, "said": error.detail})
    if not isinstance(data, dict):
        raise NotSent("zalo:unreadable", "an OA without data")
    found = str(data.get("oaid") or data.get("oa_id") or "")
    name = data.get("name")
    if not found or not isinstance(name, str) or not name:
        raise NotSent("zalo:unreadable", "an OA without id or name")
    if found != oa:
        return Health(False, "zalo.problems.other_oa", {"oa": oa, "found": found, "name": name})
    grant = api.tokens.grant()
    warnings = [*_of_grant(grant, now), *_of_package(data)]
    values: dict[str, object] = _facts(data)
    if grant.refresh_until:
        values["login_days_left"] = max((grant.refresh_until - now).days, 0)
    if warnings:
        values["warning"] = " ".join(warnings)
    return Health(True, values=values, expires_at=grant.refresh_until, name=name)


def _of_grant(grant: Grant, now: datetime) -> list[str]:
    warnings = []
    if grant.outcome:
        warnings.append(say(f"zalo.told.refresh_{grant.outcome}"))
    elif grant.in_doubt:
        warnings.append(say("zalo.warnings.renewal_in_doubt"))
    if grant.refresh_until is None:
        warnings.append(say("zalo.warnings.age_unknown"))
    elif grant.refresh_until - now < LOGIN_SOON:
        warnings.append(say("zalo.warnings.login_soon", days=max((grant.refresh_until - now).days, 0)))
    return warnings


def _of_package(data: dict[str, Any]) -> list[str]:
    """What a state agency's OA gets is not known (facts §8), so a package is told and never a problem."""
    warnings = []
    package = str(data.get("package_name") or "")
    if package and any(word in fold(package) for word in _WITHOUT_API):
        warnings.append(say("zalo.warnings.package", package=package))
    if data.get("is_verified") is False:
        warnings.append(say("zalo.warnings.not_verified"))
    return warnings


def _facts(data: dict[str, Any]) -> dict[str, object]:
    told = {
        "package": data.get("package_name"),
        "package_until": data.get("package_valid_through_date"),
        "followers": data.get("num_follower"),
    }
    values: dict[str, object] = {key: value for key, value in told.items() if isinstance(value, str | int)}
    if data.get("oa_type") == STATE_AGENCY:
        values["state_agency"] = True
    return values
