"""What people wrote under a video: `commentThreads.list`, and `comments.list` for threads with more replies.

A unit of quota a call (Google, "Quota Calculator"). Both take `youtube.force-ssl` only (discovery
document), which a login by device code cannot have: comments are "not available" there, nothing else stops.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectors.contract import Published
from connectors.errors import AuthLost, NotSent, Refused
from connectors.extras import Comment, CommentPage
from connectors.youtube.readback import moment

if TYPE_CHECKING:
    from connectors.youtube.transport import Api

PAGE_SIZE = 100
REPLY_CALLS_MOST = 10
"""Of one page of threads: each is a unit of the quota that publishing lives on. What a thread shows of its
replies anyway is taken without; an answer among hundreds of others is looked for by people."""
_LACKS_SCOPE = ("yt:insufficientPermissions", "yt:ACCESS_TOKEN_SCOPE_INSUFFICIENT", "yt:forbidden")


def read(api: Api, channel: str, published: Published, after: str) -> CommentPage:
    """One page of threads with their replies, newest thread first. Refused where they cannot be had."""
    try:
        return _page(api, channel, published, after)
    except AuthLost as error:
        if error.code in _LACKS_SCOPE:
            raise Refused("yt:comments-unreadable", error.detail) from None
        raise


def _page(api: Api, channel: str, published: Published, after: str) -> CommentPage:
    answer = api.run(
        api.data.commentThreads().list(
            part="id,snippet,replies",
            videoId=published.remote_id,
            order="time",
            textFormat="plainText",
            maxResults=PAGE_SIZE,
            **({"pageToken": after} if after else {}),
        )
    )
    found: list[Comment] = []
    whole, left = True, REPLY_CALLS_MOST
    for thread in _items(answer):
        snippet, replies = _object(thread.get("snippet")), _object(thread.get("replies"))
        top = _object(snippet.get("topLevelComment"))
        number, listed = snippet.get("totalReplyCount"), replies.get("comments")
        told = [_object(one) for one in listed] if isinstance(listed, list) else []
        if isinstance(number, int) and number > len(told) and isinstance(top.get("id"), str):
            more, all_read, calls = _replies(api, top["id"], left)
            told, left = more or told, left - calls
            whole = whole and all_read
        read = [_comment(one, channel, published) for one in (top, *told)]
        found += [one for one in read if one]
        whole = whole and None not in read
    return CommentPage(tuple(found), _token(answer), whole, 1 + REPLY_CALLS_MOST - left)


def _replies(api: Api, parent: str, most: int) -> tuple[list[dict[str, Any]], bool, int]:
    """Replies of one thread by `most` calls, whether these are all, and how many calls it took."""
    found: list[dict[str, Any]] = []
    token = ""
    for calls in range(1, most + 1):
        answer = api.run(
            api.data.comments().list(
                part="id,snippet",
                parentId=parent,
                textFormat="plainText",
                maxResults=PAGE_SIZE,
                **({"pageToken": token} if token else {}),
            )
        )
        found += _items(answer)
        token = _token(answer)
        if not token:
            return found, True, calls
    return found, False, most


def _comment(told: dict[str, Any], channel: str, published: Published) -> Comment | None:
    name, snippet = told.get("id"), _object(told.get("snippet"))
    if not isinstance(name, str) or not name:
        return None
    text, parent = snippet.get("textDisplay"), snippet.get("parentId")
    return Comment(
        remote_id=name,
        text=text if isinstance(text, str) else "",
        written_at=moment(snippet.get("publishedAt")),
        reply_to=parent if isinstance(parent, str) else "",
        url=f"{published.url}{'&' if '?' in published.url else '?'}lc={name}" if published.url else "",
        by_us=_object(snippet.get("authorChannelId")).get("value") == channel,
        hidden=snippet.get("moderationStatus") in ("heldForReview", "likelySpam", "rejected"),
    )


def _items(answer: dict[str, Any]) -> list[dict[str, Any]]:
    listed = answer.get("items", [])
    if not isinstance(listed, list):
        raise NotSent("yt:unreadable", "comments that are no list")
    return [one for one in listed if isinstance(one, dict)]


def _token(answer: dict[str, Any]) -> str:
    token = answer.get("nextPageToken")
    return token if isinstance(token, str) else ""


def _object(told: Any) -> dict[str, Any]:
    return told if isinstance(told, dict) else {}
