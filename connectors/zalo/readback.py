"""Which of an OA's articles are ours: by id, else by the tracking link that names the delivery.

`getslice` lists without filters, ten at a time, in an order nobody documented and without the tracking
link; `getdetail` tells that (facts §2.4). A listing that cannot be read to its end is trouble, never "not
there".
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.contract import Job, Published
from connectors.errors import NotSent, Refused
from connectors.zalo.api import OaApi
from connectors.zalo.article import marker_in, same_words, title_of
from connectors.zalo.errors import number

PAGE_SIZE = 10
"""The most Zalo gives, as one production note and an SDK comment say (facts §2.4)."""
_PAGES_LEAST = 3
_PAGES_MOST = 50
_DETAILS_MOST = 60
CLOCK_SLACK = timedelta(minutes=10)


def listed(api: OaApi, *, pages_most: int = _PAGES_MOST) -> Iterator[list[dict[str, Any]]]:
    """The OA's articles page by page. Ends with NotSent when there are more than `pages_most` pages."""
    seen = 0
    for page in range(pages_most):
        params: dict[str, str | int] = {"offset": page * PAGE_SIZE, "limit": PAGE_SIZE, "type": "normal"}
        data = api.get("/v2.0/article/getslice", params).get("data")
        medias = data.get("medias") if isinstance(data, dict) else None
        if not isinstance(data, dict) or not isinstance(medias, list):
            raise NotSent("zalo:unreadable", "a listing without articles")
        if not all(isinstance(media, dict) and isinstance(media.get("id"), str) for media in medias):
            raise NotSent("zalo:unreadable", "a listed article without an id")
        yield medias
        seen += len(medias)
        total = number(data.get("total"))
        if not medias or (seen >= total if total is not None else len(medias) < PAGE_SIZE):
            return
    raise NotSent("zalo:listing-too-long", f"more than {pages_most * PAGE_SIZE} articles")


def ours(api: OaApi, job: Job, since: datetime) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """(listed entry, detail) of every article whose tracking link bears the delivery's marker.

    Asked about are those with the same title and those made since the first try.
    """
    since -= CLOCK_SLACK
    title, asked = title_of(job.variant), 0
    for page, medias in enumerate(listed(api), 1):
        young = [media for media in medias if is_since(media, since)]
        for media in medias:
            if media not in young and not same_words(media.get("title"), title):
                continue
            asked += 1
            if asked > _DETAILS_MOST:
                raise NotSent("zalo:listing-too-long", f"more than {_DETAILS_MOST} articles to look into")
            article = detail(api, media["id"])
            if article is not None and marker_in(article.get("tracking_link")) == job.marker:
                yield media, article
        if page >= _PAGES_LEAST and not young:
            return


def detail(api: OaApi, article: str) -> dict[str, Any] | None:
    """`getdetail`; None when Zalo says that there is none."""
    try:
        data = api.get("/v2.0/article/getdetail", {"id": article}).get("data")
    except Refused as error:
        if is_gone(error):
            return None
        raise
    if not isinstance(data, dict) or data.get("status") not in ("show", "hide"):
        raise NotSent("zalo:unreadable", "an article that does not say whether it is shown")
    return data


def is_gone(error: Refused) -> bool:
    """An id or token that leads nowhere; no page tells the code, these are the ones that blame a value."""
    return error.code in ("zalo:-200", "zalo:-201", "zalo:-210")


def link_of(api: OaApi, article: str) -> str:
    """The public address as the newest articles' listing gives it; empty when it does not."""
    for medias in _first_pages(api):
        for media in medias:
            if media["id"] == article:
                return link_view(media)
    return ""


def link_view(media: dict[str, Any]) -> str:
    link = media.get("link_view")
    return link if isinstance(link, str) and link.startswith(("https://", "http://")) else ""


def address_of(oa: str, article: str) -> str:
    """The form in use in 2026 (facts §2.4), where the listing gave no `link_view`."""
    return f"https://post.oa.zalo.me/d/{oa}?id={article}&pageId={oa}"


def published(article: str, url: str, told: dict[str, Any]) -> Published:
    """No time: which date Zalo shows after hide and show is not known (facts §11.6)."""
    marked = "yes" if marker_in(told.get("tracking_link")) else "no"
    return Published(article, url, None, f"status={told.get('status')} tracking_link={marked}")


def is_since(media: dict[str, Any], since: datetime) -> bool:
    """Made or changed since then; dates are epoch milliseconds. Without a date it is not ruled out."""
    moments = [number(media.get(name)) for name in ("create_date", "update_date")]
    known = [moment for moment in moments if moment is not None and 0 < moment < 10**14]
    return not known or datetime.fromtimestamp(max(known) / 1000, UTC) >= since


def _first_pages(api: OaApi) -> Iterator[list[dict[str, Any]]]:
    for page, medias in enumerate(listed(api), 1):
        yield medias
        if page >= _PAGES_LEAST:
            return
