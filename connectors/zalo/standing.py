"""Whether an OA can be published to now: identity, grant, right, package."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connectors.contract import Context, Health
from connectors.errors import AuthLost, NotSent
from connectors.zalo.api import OaApi
from connectors.zalo.broadcast import Ledger
from connectors.zalo.errors import sentence
from connectors.zalo.figures import channel_followers
from connectors.zalo.grant import Grant
from content.text import fold
from content.wording import say

STATE_AGENCY = 4
LISTING: tuple[str, dict[str, str | int]] = (
    "/v2.0/article/getslice",
    {"offset": 0, "limit": 1, "type": "normal"},
)
"""The smallest call that needs the right to manage articles: `getoa` answers without it."""
_WITH_API = ("tang truong", "toan dien")
_WITHOUT_API = ("co ban", "tieu chuan", "mien phi", "basic", "standard", "free")
"""Packages with and without the OpenAPI since 2026-06-01 (facts §0.1), as `package_name` may spell them."""


def standing(api: OaApi, context: Context, ledger: Ledger) -> Health:
    """Health of one OA. `values["warning"]`, when there, is a sentence for people while `ok` stays true."""
    channel, oa = context.account.channel, context.account.account
    try:
        found, name, data = identity(api.get("/v2.0/oa/getoa"))
        if found != oa:
            values: dict[str, object] = {"oa": oa, "found": found, "name": name, "channel": channel}
            return Health(False, "zalo.problems.other_oa", values)
        api.get(*LISTING)
    except AuthLost as error:
        said = {"code": error.code, "said": sentence(error, channel)}
        return Health(False, "zalo.problems.auth_lost", said)
    grant = api.tokens.grant()
    values = _facts(data)
    warnings = [*_of_grant(grant, channel), *_of_package(data), *_of_broadcasts(ledger)]
    if warnings:
        values["warning"] = " ".join(warnings)
    told = channel_followers(data)
    return Health(True, values=values, expires_at=grant.refresh_until, name=name, followers=told)


def identity(answer: dict[str, Any]) -> tuple[str, str, dict[str, Any]]:
    """(id, name, everything) of a `getoa` answer."""
    data = answer.get("data")
    if not isinstance(data, dict):
        raise NotSent("zalo:unreadable", "an OA without data")
    found, name = str(data.get("oaid") or data.get("oa_id") or ""), data.get("name")
    if not found or not isinstance(name, str) or not name:
        raise NotSent("zalo:unreadable", "an OA without id or name")
    return found, name, data


def package_says(data: dict[str, Any]) -> str:
    """What the OA's package allows, plainly. What a state agency's OA gets is not known (facts §8)."""
    package = str(data.get("package_name") or "")
    values = {"package": package, "until": str(data.get("package_valid_through_date") or "–")}
    if not package:
        return say("zalo.package.not_told")
    if any(word in fold(package) for word in _WITH_API):
        return say("zalo.package.with_api", **values)
    return say("zalo.package.without_api" if _lacks_api(package) else "zalo.package.unknown", **values)


def _lacks_api(package: str) -> bool:
    return any(word in fold(package) for word in _WITHOUT_API)


def _of_grant(grant: Grant, channel: str) -> Iterator[str]:
    if grant.outcome:
        yield say(f"zalo.codes.refresh-{grant.outcome}", channel=channel, detail="")
    elif grant.in_doubt:
        yield say("zalo.warnings.renewal_in_doubt", channel=channel)
    if grant.refresh_until is None:
        yield say("zalo.warnings.age_unknown")


def _of_package(data: dict[str, Any]) -> Iterator[str]:
    if _lacks_api(str(data.get("package_name") or "")):
        yield package_says(data)
    if data.get("is_verified") is False:
        yield say("zalo.warnings.not_verified")


def _of_broadcasts(ledger: Ledger) -> Iterator[str]:
    if doubtful := ledger.in_doubt():
        yield say("zalo.warnings.broadcast_in_doubt", count=len(doubtful))


def _facts(data: dict[str, Any]) -> dict[str, object]:
    told = {
        "package": data.get("package_name"),
        "package_until": data.get("package_valid_through_date"),
    }
    values: dict[str, object] = {key: value for key, value in told.items() if isinstance(value, str | int)}
    values["package_says"] = package_says(data)
    if data.get("oa_type") == STATE_AGENCY:
        values["state_agency"] = True
    return values
