"""Which of a Page's posts are ours: by photo, else by the exact text since the first try.

Facebook has no idempotency key and no hidden marker on a post (facts, 2026-11-21), so text, time and
photo ids are all there is. A listing that cannot be read to its end is trouble, never "not there".
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.contract import Job, Published
from connectors.errors import NotSent, Refused
from connectors.facebook.errors import is_missing
from connectors.facebook.graph import PageGraph
from connectors.facebook.message import CAPABILITIES, same_text, same_words
from content.text import normalise

FIELDS = (
    "id,message,created_time,is_published,permalink_url,scheduled_publish_time,"
    "attachments{media_type,target,subattachments}"
)
CLOCK_SLACK = timedelta(minutes=2)
SETTLES = timedelta(minutes=2)
"""So long after a write nothing that is not to be seen proves that it did nothing: a call may live for
`TOTAL_TIMEOUT_S` at Facebook after we gave it up, and a listing follows some seconds later."""
CHANGED = " text=not-as-approved"
PROVEN = "ours by "
"""How the evidence of an orphan begins that bears a photo or label of this delivery."""
MAYBE = "maybe ours: only its words say so"
_PAGE_SIZE = 50
_PAGES_MOST = 10


def posts_since(
    graph: PageGraph, page: str, edge: str, since: datetime, *, fields: str = FIELDS, **more: str
) -> Iterator[dict[str, Any]]:
    """What one listing (posts, videos) holds that was created since then, newest first."""
    since -= CLOCK_SLACK
    cursor: dict[str, str] = {}
    for _ in range(_PAGES_MOST):
        answer = graph.get_connections(
            page, edge, fields=fields, limit=_PAGE_SIZE, since=int(since.timestamp()), **more, **cursor
        )
        listed = answer.get("data")
        if not isinstance(listed, list):
            raise NotSent("fb:unreadable", "a listing without data")
        posts = [post for post in listed if isinstance(post, dict)]
        for post in posts:
            created = created_at(post)
            if created is None or created >= since:  # a post without a time is not ruled out
                yield post
        after = next_cursor(answer)
        if not after:
            return
        cursor = {"after": after}
    raise NotSent("fb:listing-too-long", f"more than {_PAGES_MOST * _PAGE_SIZE} posts since {since:%F %T}Z")


def begin_of(job: Job, now: datetime) -> datetime:
    """No try on record may mean a store restored from a backup: then from when it could have begun."""
    return job.first_try_at or min(job.due_at, now) - CAPABILITIES.lead


def read_post(graph: PageGraph, post: str) -> dict[str, Any] | None:
    """One post of ours; None for one that is gone. Raises NotSent when it does not say whether it is out."""
    try:
        answer = graph.get_object(post, fields=FIELDS.removeprefix("id,"))
    except Refused as error:
        if is_missing(error):
            return None
        raise
    if not isinstance(answer.get("is_published"), bool):  # anything else must not pass for "not public"
        raise NotSent("fb:unreadable", "a post that does not say whether it is published")
    return {**answer, "id": post}


def is_ours(post: dict[str, Any], message: str, photos: list[str]) -> bool:
    """One of our photos is in it (a photo can be in one post only), or it says exactly our text."""
    if photos and not attached_ids(post).isdisjoint(photos):
        return True
    return bool(message.strip()) and same_text(text_of(post), message)


def is_our_draft(post: dict[str, Any], message: str, photos: list[str]) -> bool:
    """A hidden post that can be revealed in our name: same text, our photos and no other, no time set."""
    if post.get("is_published") is not False or is_scheduled(post):
        return False
    return same_text(text_of(post), message) and shown_media(post) == set(photos)


def is_as_approved(post: dict[str, Any], message: str, photos: list[str]) -> bool:
    """Whether a hidden post still says and shows what was approved; anybody with a role can edit it.

    The words must be the same. A picture that is not ours is a change, and so is the lack of one of ours,
    unless no picture is told at all: whether Facebook lists those of a hidden post is not known (facts §8).
    """
    return same_words(text_of(post), message) and shown_media(post) in (set(), set(photos))


def is_scheduled(post: dict[str, Any]) -> bool:
    return bool(post.get("scheduled_publish_time"))


def due_of(thing: dict[str, Any]) -> int | None:
    """When Facebook is to publish a post (epoch seconds there) or video (a stamp there); None if not told."""
    told = thing.get("scheduled_publish_time")
    if isinstance(told, int) and not isinstance(told, bool):
        return told
    if isinstance(told, str) and told.isascii() and told.isdigit():
        return int(told)
    moment = _moment(told)
    return int(moment.timestamp()) if moment else None


def digest_of(text: str) -> str:
    """Hex SHA-256 of a text as `same_text` compares it: a handle keeps it in place of the text."""
    return hashlib.sha256(normalise(text).strip().encode()).hexdigest()


def published(post: dict[str, Any], *, due_at: datetime, said: str | None = None) -> Published:
    """A listed post as the contract tells it; the evidence says when it reads otherwise than `said`.

    A post that was hidden first may keep the time of its hidden birth; that is not when it came out.
    """
    created = created_at(post)
    if created is not None and created < due_at - CLOCK_SLACK:
        created = None
    remote_id = post.get("id")
    if not isinstance(remote_id, str) or not remote_id:
        raise NotSent("fb:unreadable", "a post without an id")
    return Published(
        remote_id=remote_id,
        url=str(post.get("permalink_url") or address_of(remote_id)),
        published_at=created,
        evidence=f"is_published={post.get('is_published')} created_time={post.get('created_time')}"
        + ("" if said is None or same_words(text_of(post), said) else CHANGED),
    )


def address_of(post_id: str) -> str:
    return f"https://www.facebook.com/{post_id}"


def attached_ids(post: dict[str, Any]) -> set[str]:
    """Ids of all photos and videos in a post, albums opened."""
    return set(_targets(post.get("attachments")))


def shown_media(post: dict[str, Any]) -> set[str]:
    """Ids of the pictures and videos of the post itself."""
    return set(_own_media(post.get("attachments")))


def text_of(post: dict[str, Any]) -> str:
    message = post.get("message")
    return message if isinstance(message, str) else ""


def created_at(post: dict[str, Any]) -> datetime | None:
    return _moment(post.get("created_time"))


def next_cursor(answer: dict[str, Any]) -> str:
    """The cursor, never the `next` address: that one carries the token and may name another host."""
    paging = answer.get("paging")
    if not isinstance(paging, dict) or not paging.get("next"):
        return ""
    cursors = paging.get("cursors")
    after = cursors.get("after") if isinstance(cursors, dict) else None
    if not isinstance(after, str) or not after:
        raise NotSent("fb:unreadable", "a listing that goes on without a cursor")
    return after


def _moment(told: Any) -> datetime | None:
    """Facebook writes `2026-11-21T01:00:00+0000`."""
    try:
        return datetime.strptime(str(told), "%Y-%m-%dT%H:%M:%S%z").astimezone(UTC)
    except ValueError:
        return None


def _own_media(attachments: Any) -> Iterator[str]:
    """Ids of the pictures and videos of the post itself: not of albums, nor of what a link leads to."""
    listed = attachments.get("data") if isinstance(attachments, dict) else None
    for attachment in listed if isinstance(listed, list) else []:
        if not isinstance(attachment, dict):
            continue
        if attachment.get("subattachments"):
            yield from _own_media(attachment["subattachments"])
        elif attachment.get("media_type") in ("photo", "video"):
            target = attachment.get("target")
            if isinstance(target, dict) and isinstance(target.get("id"), str):
                yield target["id"]


def _targets(attachments: Any) -> Iterator[str]:
    listed = attachments.get("data") if isinstance(attachments, dict) else None
    for attachment in listed if isinstance(listed, list) else []:
        if not isinstance(attachment, dict):
            continue
        target = attachment.get("target")
        if isinstance(target, dict) and isinstance(target.get("id"), str):
            yield target["id"]
        yield from _targets(attachment.get("subattachments"))
