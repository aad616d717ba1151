"""`oa/message` in its one form that Loa needs: an article to all followers (facts §3.1)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from connectors.practice.wire import Reply
from connectors.practice.zalo.wire import ZaloError, success
from connectors.practice.zalo.world import Oa, World

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
FIRST_HOUR, LAST_HOUR = 6, 21


def message(world: World, oa: Oa, body: dict[str, Any]) -> Reply:
    """Send once to everybody. A hidden article is refused here; what Zalo does with one is not known."""
    recipient = body.get("recipient")
    if isinstance(recipient, dict) and "user_id" in recipient:
        raise ZaloError(-240, "MessageV2 API has been shut down")
    if not isinstance(recipient, dict) or not isinstance(recipient.get("target"), dict):
        raise ZaloError(-201, "recipient is invalid!")
    article = world.articles.get(_article_in(body))
    if article is None or article.oa != oa.id or not article.public:
        raise ZaloError(-201, "attachment_id is invalid!")
    if not oa.is_verified:
        raise ZaloError(-221, "The OA needs to be verified")
    if is_night(world.now()):
        raise ZaloError(-234, "This request cannot be sent at night (10:00PM - 6:00AM)")
    if oa.broadcasts_most is not None and len(oa.broadcasts) >= oa.broadcasts_most:
        raise ZaloError(-211, "Out of quota")
    return success({"message_id": world.send_to_all(oa, article).message})


def is_night(moment: datetime) -> bool:
    return not FIRST_HOUR <= moment.astimezone(ZONE).hour <= LAST_HOUR


def _article_in(body: dict[str, Any]) -> str:
    try:
        payload = body["message"]["attachment"]["payload"]
        (element,) = payload["elements"]
        named = element["media_type"] == "article" and payload["template_type"] == "media"
        return str(element["attachment_id"]) if named else ""
    except (KeyError, TypeError, ValueError):
        return ""
