"""What people wrote under a post or video of the Page: `GET /{post}/comments`, replies in the same stream.

It wants `pages_read_user_content`; without it the Page still publishes, so that right is no reason to stop.
`from` is asked for only to tell the Page's own answers from others: it is compared here and goes no further.
Facebook writes the name of whoever is answered into a reply: the tag tells where, and it is covered here.
Parameters and fields: Meta's tables (PagePost and AdVideo `/comments`, Comment; SDK 26.0.3).
"""

from __future__ import annotations

from typing import Any

from connectors.contract import Published
from connectors.errors import AuthLost, NotSent, Refused
from connectors.extras import Comment, CommentPage
from connectors.facebook.errors import is_permission
from connectors.facebook.graph import PageGraph
from connectors.facebook.readback import created_at, next_cursor
from content.wording import say

FIELDS = "id,message,created_time,parent{id},permalink_url,from{id},is_hidden,message_tags"
PAGE_SIZE = 50


def read(graph: PageGraph, page: str, published: Published, after: str) -> CommentPage:
    """One page of the stream, newest first. Refused where the right was not given."""
    cursor = {"after": after} if after else {}
    try:
        answer = graph.get_connections(
            published.remote_id,
            "comments",
            fields=FIELDS,
            filter="stream",
            order="reverse_chronological",
            limit=PAGE_SIZE,
            **cursor,
        )
    except AuthLost as error:
        if is_permission(error):
            raise Refused("fb:comments-unreadable", error.detail) from None
        raise
    listed = answer.get("data")
    if not isinstance(listed, list):
        raise NotSent("fb:unreadable", "comments without data")
    found = [_comment(one, page) for one in listed if isinstance(one, dict)]
    told = tuple(one for one in found if one)
    return CommentPage(told, next_cursor(answer), whole=len(told) == len(listed))


def _comment(told: dict[str, Any], page: str) -> Comment | None:
    """None for one without an id, which could never be told from the next."""
    name, text = told.get("id"), told.get("message")
    if not isinstance(name, str) or not name:
        return None
    link = told.get("permalink_url")
    return Comment(
        remote_id=name,
        text=_without_names(text, told.get("message_tags"))
        if isinstance(text, str)
        else "",  # else a sticker
        written_at=created_at(told),
        reply_to=_id_of(told.get("parent")),
        url=link if isinstance(link, str) else "",
        by_us=_id_of(told.get("from")) == page,
        hidden=told.get("is_hidden") is True,
    )


def _without_names(text: str, tags: Any) -> str:
    """Without the names of tagged persons; those of Pages stay."""
    for tag in tags if isinstance(tags, list) else []:
        name = tag.get("name") if isinstance(tag, dict) and tag.get("type") != "page" else None
        if isinstance(name, str) and name:
            text = text.replace(name, say("inbox.masked.name"))
    return text


def _id_of(told: Any) -> str:
    name = told.get("id") if isinstance(told, dict) else None
    return name if isinstance(name, str) else ""
