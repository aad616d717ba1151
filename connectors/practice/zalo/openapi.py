"""The OA OpenAPI: articles, their videos, broadcasts, the OA itself, and the quota in its recorded shapes."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from connectors.practice.wire import Reply
from connectors.practice.zalo import uploads
from connectors.practice.zalo.broadcasts import message
from connectors.practice.zalo.checks import checked, whole
from connectors.practice.zalo.wire import Call, ZaloError, success
from connectors.practice.zalo.world import TICKET_LIVES, WORK_LASTS, Article, Oa, World

SLICE_MAX = 10
VIDEO_MAX_BYTES = 50_000_000
ARTICLES = "/v2.0/article/"
MESSAGES = "/v2.0/oa/message"
_VIDEO_WORDS = {1: "ready", 2: "locked", 3: "processing", 4: "failed", 5: "deleted"}


class OpenApi:
    """Answers one call with what the world holds."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._routes: dict[tuple[str, str], Callable[[Oa, Call], Reply]] = {
            ("POST", ARTICLES + "create"): self._create,
            ("POST", ARTICLES + "update"): self._update,
            ("POST", ARTICLES + "verify"): self._verify,
            ("POST", ARTICLES + "remove"): self._remove,
            ("POST", uploads.PATH): self._video,
            ("GET", ARTICLES + "upload_video/verify"): self._video_state,
            ("POST", MESSAGES): lambda oa, call: message(world, oa, call.json()),
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
        _require_right(oa, call.path)
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
        fields = checked(call.json())
        self._require_video(oa, fields)
        if oa.articles_most is not None and len(oa.articles) >= oa.articles_most:
            raise ZaloError(-223, "Your OA has reach the limit quota create article")
        return success({"token": self._world.accept(oa, fields).token})

    def _update(self, oa: Oa, call: Call) -> Reply:
        fields = call.json()
        article = self._article(oa, fields.get("id"))
        if fields.get("type") != article.fields["type"]:
            raise ZaloError(-201, "type is invalid!")
        self._require_video(oa, checked(fields))
        return success({"token": self._world.accept(oa, fields, article.id).token})

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

    def _video(self, oa: Oa, call: Call) -> Reply:
        upload = call.upload
        if upload is None or upload.field != "file":
            raise ZaloError(-201, "file is invalid!")
        if upload.size > VIDEO_MAX_BYTES:
            raise ZaloError(-210, "Parameter exceeds allowable limit")
        video = self._world.take_video(oa, upload.size, upload.sha256, readable=upload.is_video)
        return success({"token": video.token})

    def _video_state(self, oa: Oa, call: Call) -> Reply:
        # Zalo's SDK sends the token as a header, newer readers in the address (facts §2.5): both will do
        video = self._world.videos.get(call.headers.get("token") or call.query.get("token", ""))
        if video is None or video.oa != oa.id or self._world.now() >= video.at + TICKET_LIVES:
            raise ZaloError(-201, "token is invalid!")
        done = not video.asks_left or self._world.now() >= video.at + WORK_LASTS
        video.asks_left = 0 if done else video.asks_left - 1
        status = video.status if done else 3
        told = {
            "status": status,
            "status_message": _VIDEO_WORDS[status],
            "video_name": video.sha256[:12],
            "video_size": video.size,
            "convert_percent": 100 if done else 50,
            "convert_error_code": 0,
            "video_id": video.id if status == 1 else "",
        }
        return success(told)

    def _require_video(self, oa: Oa, fields: dict[str, Any]) -> None:
        if fields["type"] != "video":
            return
        ready = {v.id for v in self._world.videos.values() if v.oa == oa.id and v.status == 1}
        if fields["video_id"] not in ready:
            raise ZaloError(-201, "video_id is invalid!")

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
        offset, limit = whole(call.query.get("offset"), "offset"), whole(call.query.get("limit"), "limit")
        if limit > SLICE_MAX:  # whether Zalo refuses or cuts is not known: the stricter is practised
            raise ZaloError(-210, "Parameter exceeds allowable limit")
        found = [article for article in reversed(oa.articles) if article.fields["type"] == kind]
        found = [] if self._world.oddities.silent else found
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
        counts = {"total_view": views[0], "total_share": views[1]}
        return {
            **self._world.oddities.of(article.id, counts),
            "id": article.id,
            "type": article.fields["type"],
            "title": article.fields["title"],
            "status": article.fields["status"],
            "create_date": _milliseconds(article.created_at),
            "update_date": _milliseconds(article.updated_at),
            "thumb": article.fields.get("avatar") or article.fields.get("cover", {}).get("photo_url", ""),
            "link_view": f"{base}/oas/{article.oa}/articles/{article.number}",
        }


def figures(article: Article, now: datetime) -> tuple[int, int]:
    """Views and shares that grow with the hours a shown article has stood; nothing random."""
    if not article.public:
        return 0, 0
    hours = int((now - article.updated_at).total_seconds() // 3600)
    return 12 + 7 * max(hours, 0), 1 + max(hours, 0) // 3


def _require_right(oa: Oa, path: str) -> None:
    """The package first, then the group of rights; `getoa` asks for neither."""
    group = "article" if path.startswith(ARTICLES) else "message" if path == MESSAGES else ""
    if group and not oa.has_api:
        raise ZaloError(-224, "The OA needs to upgrade OA Tier Package to use this feature")
    if group and group not in oa.rights:
        raise ZaloError(-223, "Official Account has not authorized this API")


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
