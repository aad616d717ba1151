"""The OA OpenAPI: articles, the OA itself, and the message quota in its recorded shapes."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from connectors.practice.wire import Reply
from connectors.practice.zalo.wire import Call, ZaloError, success
from connectors.practice.zalo.world import TICKET_LIVES, Article, Oa, World

TITLE_MAX, DESCRIPTION_MAX, AUTHOR_MAX, SLICE_MAX = 150, 300, 50, 10
ARTICLES = "/v2.0/article/"
_BLOCKS = {"text": "content", "image": "url", "product": "id"}


class OpenApi:
    """Answers one call with what the world holds."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._routes: dict[tuple[str, str], Callable[[Oa, Call], Reply]] = {
            ("POST", ARTICLES + "create"): self._create,
            ("POST", ARTICLES + "update"): self._update,
            ("POST", ARTICLES + "verify"): self._verify,
            ("POST", ARTICLES + "remove"): self._remove,
            ("GET", ARTICLES + "getdetail"): self._detail,
            ("GET", ARTICLES + "getslice"): self._slice,
            ("GET", "/v2.0/oa/getoa"): self._oa,
            ("POST", "/v3.0/oa/quota/message"): self._quota,
        }

    def answer(self, call: Call) -> Reply:
        """Raises ZaloError for what Zalo refuses."""
        route = self._routes.get((call.method, call.path))
        if route is None:  # every v3.0/article path too: probed 2026-05-12 (facts §2)
            raise ZaloError(-209, "Not supported this api", status=404)
        self._world.work()
        oa = self._by_token(call)
        self._count(oa)
        reply = route(oa, call)
        reply.headers["X-RateLimit-Limit"] = str(oa.calls_per_minute)
        reply.headers["X-RateLimit-Remain"] = str(max(oa.calls_per_minute - len(oa.calls), 0))
        return reply

    def _by_token(self, call: Call) -> Oa:
        given = call.headers.get("access_token", "")
        for oa in self._world.oas.values():
            if given and hmac.compare_digest(oa.access_token.encode(), given.encode()):
                if oa.access_until and self._world.now() >= oa.access_until:
                    raise ZaloError(-220, "access_token is expired or removed")
                proof = hmac.new(oa.app_secret.encode(), given.encode(), hashlib.sha256).hexdigest()
                if oa.needs_proof and call.headers.get("appsecret_proof") != proof:
                    raise ZaloError(-242, "Invalid appsecret_proof provided in the API argument")
                return oa
        raise ZaloError(-216, "Access token is invalid")

    def _count(self, oa: Oa) -> None:
        now = self._world.now()
        while oa.calls and oa.calls[0] <= now - timedelta(minutes=1):
            oa.calls.popleft()
        if len(oa.calls) >= oa.calls_per_minute:
            raise ZaloError(-32, "Your Official Account reached limit call api")
        oa.calls.append(now)

    def _create(self, oa: Oa, call: Call) -> Reply:
        fields = _checked(call.json())
        if oa.articles_most is not None and len(oa.articles) >= oa.articles_most:
            raise ZaloError(-223, "Your OA has reach the limit quota create article")
        return success({"token": self._world.accept(oa, fields).token})

    def _update(self, oa: Oa, call: Call) -> Reply:
        fields = call.json()
        article = self._article(oa, fields.get("id"))
        return success({"token": self._world.accept(oa, _checked(fields), article.id).token})

    def _verify(self, oa: Oa, call: Call) -> Reply:
        ticket = self._world.tickets.get(str(call.json().get("token")))
        if ticket is None or ticket.oa != oa.id or self._world.now() >= ticket.at + TICKET_LIVES:
            raise ZaloError(-201, "token is invalid!")
        if not ticket.done:
            ticket.asks_left -= 1
            raise ZaloError(-214, "Article is being processed")
        if ticket.failed:
            raise ZaloError(-200, ticket.failed)
        return success({"id": ticket.article})

    def _remove(self, oa: Oa, call: Call) -> Reply:
        self._world.remove(self._article(oa, call.json().get("id")))
        return success()

    def _detail(self, oa: Oa, call: Call) -> Reply:
        article = self._article(oa, call.query.get("id"))
        return success({"id": article.id, "cite": "", "related_medias": [], **article.fields})

    def _slice(self, oa: Oa, call: Call) -> Reply:
        kind = call.query.get("type")
        if kind not in ("normal", "video"):
            raise ZaloError(-201, "type accept only 2 value normal and video.")
        offset, limit = _whole(call.query.get("offset"), "offset"), _whole(call.query.get("limit"), "limit")
        if limit > SLICE_MAX:  # whether Zalo refuses or cuts is not known: the stricter is practised
            raise ZaloError(-210, "Parameter exceeds allowable limit")
        found = [article for article in reversed(oa.articles) if article.fields["type"] == kind]
        medias = [self._entry(article, call.base) for article in found[offset : offset + limit]]
        return success({"medias": medias, "total": len(found)})

    def _oa(self, oa: Oa, call: Call) -> Reply:
        del call
        return success(
            {
                "oaid": oa.id,
                "name": oa.name,
                "description": "",
                "oa_alias": "",
                "is_verified": oa.is_verified,
                "oa_type": oa.oa_type,
                "cate_name": "Cơ quan nhà nước",
                "num_follower": oa.followers,
                "avatar": "",
                "cover": "",
                "package_name": oa.package,
                "package_valid_through_date": oa.package_until,
                "package_auto_renew_date": "",
                "linked_ZCA": "",
            }
        )

    def _quota(self, oa: Oa, call: Call) -> Reply:
        given = call.json()
        if "user_id" in given:
            quota = {"daily_remain": 1, "daily_total": 1, "monthly_remain": 4, "monthly_total": 4}
            reply = {"remain": 0, "total": 0}
            moment = str(_milliseconds(self._world.now()))
            return success({"last_interaction": moment, "cs_reply": reply, "promotion": quota})
        if given.get("quota_owner") != "OA":
            raise ZaloError(-201, "quota_owner is invalid!")
        entry = {
            "asset_id": hashlib.sha256(oa.id.encode()).hexdigest()[:20],
            "product_type": given.get("product_type") or "cs",
            "quota_type": given.get("quota_type") or "sub_quota",
            "valid_through": oa.package_until,
            "total": 2000,
            "remain": 1997,
        }
        return success([entry])

    def _article(self, oa: Oa, name: object) -> Article:
        article = self._world.articles.get(name) if isinstance(name, str) else None
        if article is None or article.oa != oa.id:
            raise ZaloError(-201, "id is invalid!")
        return article

    def _entry(self, article: Article, base: str) -> dict[str, Any]:
        views = figures(article, self._world.now())
        return {
            "id": article.id,
            "type": article.fields["type"],
            "title": article.fields["title"],
            "status": article.fields["status"],
            "total_view": views[0],
            "total_share": views[1],
            "create_date": _milliseconds(article.created_at),
            "update_date": _milliseconds(article.updated_at),
            "thumb": article.fields.get("cover", {}).get("photo_url", ""),
            "link_view": f"{base}/oas/{article.oa}/articles/{article.number}",
        }


def figures(article: Article, now: datetime) -> tuple[int, int]:
    """Views and shares that grow with the hours a shown article has stood; nothing random."""
    if not article.public:
        return 0, 0
    hours = int((now - article.updated_at).total_seconds() // 3600)
    return 12 + 7 * max(hours, 0), 1 + max(hours, 0) // 3


def _checked(fields: dict[str, Any]) -> dict[str, Any]:
    """What is known to be refused (facts §2.1), with the message that names the field."""
    if fields.get("type") != "normal":
        raise ZaloError(-201, "type is invalid!")
    for name, most in (("title", TITLE_MAX), ("author", AUTHOR_MAX), ("description", DESCRIPTION_MAX)):
        value = fields.get(name)
        if not isinstance(value, str) or not value.strip() or len(value) > most:
            raise ZaloError(-201, f"{name} is invalid!")
    _check_cover(fields.get("cover"))
    blocks = fields.get("body")
    if not isinstance(blocks, list) or not blocks:
        raise ZaloError(-201, "body is invalid!")
    for block in blocks:
        needed = _BLOCKS.get(str(block.get("type"))) if isinstance(block, dict) else None
        value = block.get(needed) if needed else None
        if not isinstance(value, str) or not value or (needed == "url" and not _is_address(value)):
            raise ZaloError(-201, "body is invalid!")
    for name in ("status", "comment"):
        if fields.get(name, "show") not in ("show", "hide"):
            raise ZaloError(-201, f"{name} is invalid!")
    if "tracking_link" in fields and not _is_address(fields["tracking_link"]):
        raise ZaloError(-201, "tracking_link is invalid!")
    return fields


def _check_cover(cover: object) -> None:
    if (
        not isinstance(cover, dict)
        or cover.get("cover_type") != "photo"
        or not _is_address(cover.get("photo_url"))
    ):
        raise ZaloError(-201, "cover value is invalid")
    if cover.get("status") not in ("show", "hide"):
        raise ZaloError(-200, "create media fail")


def _is_address(value: object) -> bool:
    try:
        return isinstance(value, str) and urlsplit(value).scheme in ("http", "https") and "//" in value
    except ValueError:
        return False


def _whole(text: str | None, name: str) -> int:
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 9:
        raise ZaloError(-201, f"{name} is invalid!")
    return int(text)


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
