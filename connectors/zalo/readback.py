"""Which of an OA's articles are ours: by id, else by the tracking link that names the delivery.

`getslice` lists without filters, ten at a time, in an order nobody documented and without the tracking
link; `getdetail` tells that (facts §2.4). A listing that cannot be read to its end is trouble, never "not
there"; its rest is left out only where the dates seen show that it is older. A video article takes no
tracking link: it is known by its video, else by its exact words.

Whether hidden articles are listed is not known (facts §11.5). Should they not be, a hidden copy that a crash
left is neither found again nor cleared away; nobody but the OA's administrators sees it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Literal

from connectors.contract import Handle, Job, Published
from connectors.errors import NotSent, Refused
from connectors.zalo.api import OaApi
from connectors.zalo.article import (
    blocks_of,
    description_of,
    marker_in,
    same_words,
    title_of,
    video_of,
    words_in,
)
from connectors.zalo.errors import number
from connectors.zalo.settings import Settings

PAGE_SIZE = 10
"""The most Zalo gives, as one production note and an SDK comment say (facts §2.4)."""
Kind = Literal["normal", "video"]
Status = Literal["show", "hide"]
_PAGES_LEAST = 3
_PAGES_MOST = 50
_DETAILS_MOST = 60
_DATES = ("create_date", "update_date")
CLOCK_SLACK = timedelta(minutes=10)


def listed(
    api: OaApi, kind: Kind = "normal", *, pages_most: int = _PAGES_MOST
) -> Iterator[list[dict[str, Any]]]:
    """The OA's articles of one kind page by page. Ends with NotSent after `pages_most` pages."""
    seen = 0
    for page in range(pages_most):
        params: dict[str, str | int] = {"offset": page * PAGE_SIZE, "limit": PAGE_SIZE, "type": kind}
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


def ours(
    api: OaApi, job: Job, handle: Handle, since: datetime
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """(listed entry, detail) of every article of this delivery, shown or hidden.

    Asked about are those with the same title and those made since the first try.
    """
    for media, article in _looked_into(api, job, since):
        if _is_ours(article, job, handle):
            yield media, article


def left_behind(
    api: OaApi, job: Job, handle: Handle, since: datetime, origins: Mapping[str, str]
) -> Iterator[tuple[dict[str, Any], str]]:
    """(listed entry, what shows that it is ours) of this delivery's hidden articles.

    `origins` (video → marker) says whose a video is. Of one it does not know, no handle of this workspace
    can name the article; such a one may be ours when it says exactly our words and was made in our time.
    """
    for media, article in _looked_into(api, job, since):
        if article["status"] != "hide":
            continue
        video = str(article.get("video_id") or "")
        if kind_of(job) == "normal":
            if _is_ours(article, job, handle):
                yield media, "known by its tracking link"
        elif video in origins or (video and video == handle.get("video_id")):
            if origins.get(video, job.marker) == job.marker:
                yield media, f"known by its video={video}"
        elif not differing(article, job) and _is_of_our_time(media, job, since):
            yield media, f"maybe: known by words and time alone, video={video or '?'}"


def _looked_into(api: OaApi, job: Job, since: datetime) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    since -= CLOCK_SLACK
    title, asked, seen = title_of(job.variant), 0, list[dict[str, Any]]()
    for page, medias in enumerate(listed(api, kind_of(job)), 1):
        young = [media for media in medias if is_since(media, since)]
        for media in medias:
            if media not in young and not same_words(media.get("title"), title):
                continue
            asked += 1
            if asked > _DETAILS_MOST:
                raise NotSent("zalo:listing-too-long", f"more than {_DETAILS_MOST} articles to look into")
            article = detail(api, media["id"])
            if article is not None:
                yield media, article
        seen += medias
        if page >= _PAGES_LEAST and not young and _is_newest_first(seen):
            return


def _is_newest_first(medias: list[dict[str, Any]]) -> bool:
    """Whether one of their dates falls from first to last, so that what follows is older still."""
    for name in _DATES:
        dates = [moment for media in medias if (moment := _date(media, name))]
        falls = len(dates) == len(medias) and all(one >= next_ for one, next_ in pairwise(dates))
        if falls and dates[0] > dates[-1]:
            return True
    return False


def kind_of(job: Job) -> Kind:
    return "video" if video_of(job.variant) else "normal"


def _is_ours(article: dict[str, Any], job: Job, handle: Handle) -> bool:
    if kind_of(job) == "normal":
        return marker_in(article.get("tracking_link")) == job.marker
    told, known = article.get("video_id"), handle.get("video_id")
    if known and isinstance(told, str) and told:
        return bool(told == known)
    return not differing(article, job)


def _is_of_our_time(media: dict[str, Any], job: Job, since: datetime) -> bool:
    """Made while this delivery could be prepared; of one without a date nobody knows."""
    made = created_at(media)
    return made is not None and since - CLOCK_SLACK <= made <= job.variant.deadline + CLOCK_SLACK


def detail(api: OaApi, article: str) -> dict[str, Any] | None:
    """`getdetail`; None when Zalo says that the id is none (-201).

    Another refusal is a read that failed: -200 and -210 speak of failing and of too much, not of the id.
    """
    try:
        data = api.get("/v2.0/article/getdetail", {"id": article}).get("data")
    except Refused as error:
        if error.code == "zalo:-201":
            return None
        raise NotSent(error.code, error.detail) from None
    if not isinstance(data, dict) or data.get("status") not in ("show", "hide"):
        raise NotSent("zalo:unreadable", "an article that does not say whether it is shown")
    return data


def is_gone(error: Refused) -> bool:
    """A token that leads nowhere; no page tells the code, these are the ones that blame a value."""
    return error.code in ("zalo:-200", "zalo:-201", "zalo:-210")


def is_listed(api: OaApi, article: str) -> bool:
    """Whether the OA still has it, of either kind. Raises NotSent when the listing has no end."""
    kinds: tuple[Kind, ...] = ("normal", "video")
    return any(media["id"] == article for kind in kinds for medias in listed(api, kind) for media in medias)


def link_of(api: OaApi, article: str, kind: Kind) -> str:
    """The public address as the newest articles' listing gives it; empty when it does not."""
    for page, medias in enumerate(listed(api, kind), 1):
        for media in medias:
            if media["id"] == article:
                return link_view(media)
        if page >= _PAGES_LEAST:
            break
    return ""


def link_view(media: dict[str, Any]) -> str:
    link = media.get("link_view")
    return link if isinstance(link, str) and link.startswith(("https://", "http://")) else ""


def address_of(oa: str, article: str) -> str:
    """The form in use in 2026 (facts §2.4), where the listing gave no `link_view`."""
    return f"https://post.oa.zalo.me/d/{oa}?id={article}&pageId={oa}"


def published(article: str, url: str, told: dict[str, Any], job: Job, settings: Settings) -> Published:
    """With what differs from the approved text as evidence: public is what Zalo tells, whatever was sent.

    No time: which date Zalo shows after hide and show is not known (facts §11.6).
    """
    marked = "yes" if marker_in(told.get("tracking_link")) == job.marker else "no"
    different = [*differing(told, job), *_body(told, job, settings)]
    said = f" differs={','.join(different)}" if different else " as approved"
    return Published(article, url, None, f"status={told.get('status')} tracking_link={marked}{said}")


def differing(told: dict[str, Any], job: Job) -> list[str]:
    """Which of title and summary Zalo does not show as approved."""
    wanted = {"title": title_of(job.variant), "description": description_of(job.variant)}
    return [name for name, text in wanted.items() if not same_words(told.get(name), text)]


def _body(told: dict[str, Any], job: Job, settings: Settings) -> list[str]:
    """Compared as words: how Zalo gives back its mark-up is not known (facts §11.7)."""
    if kind_of(job) == "video":
        return []
    words = words_in(told.get("body"))
    if words is None:
        return ["body-not-told"]
    return [] if words == words_in(blocks_of(job.variant, settings)) else ["body"]


def is_since(media: dict[str, Any], since: datetime) -> bool:
    """Made or changed since then; dates are epoch milliseconds. Without a date it is not ruled out."""
    known = [moment for name in _DATES if (moment := _date(media, name))]
    return not known or max(known) >= since


def created_at(media: dict[str, Any]) -> datetime | None:
    return _date(media, "create_date")


def _date(media: dict[str, Any], name: str) -> datetime | None:
    moment = number(media.get(name))
    return datetime.fromtimestamp(moment / 1000, UTC) if moment and 0 < moment < 10**14 else None
