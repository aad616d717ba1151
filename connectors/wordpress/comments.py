"""What people wrote under a post of the site: `GET /wp/v2/comments?post=`, published comments only.

Held-back ones are for whoever moderates the site, which an author does not (core's `edit_comment` rights).
Of the account behind a comment only whether it is ours is looked at. Core's reference, read 2026-11-22.
"""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from connectors.contract import Published
from connectors.errors import AuthLost, NotSent, Refused
from connectors.extras import Comment, CommentPage
from connectors.wordpress.posts import moment
from connectors.wordpress.rest import Rest

COMMENTS = "wp/v2/comments"
FIELDS = "id,parent,author,date_gmt,content,link,status"
"""`content.rendered`, which posts take, brings no content of comments at all (seen on 6.1.9)."""
PAGE_SIZE = 100
_LONGEST_HTML = 100_000
_BREAK = re.compile(r"<br\s*/?>|</p>|</li>|</div>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")


def read(rest: Rest, published: Published, after: str) -> CommentPage:
    """One page, newest first. Refused where the site keeps them to itself.

    `after` is how many were read, and the last of them, which is asked for once more: where it is not met
    again, one before it went meanwhile, the others moved up, and one of them was passed over.
    """
    begin, _, last = after.partition(":")
    offset = int(begin) if begin.isascii() and begin.isdigit() and len(begin) < 8 else 0
    if not published.remote_id.isdigit():
        raise Refused("wp:comments-unreadable", "no number of a post")
    try:
        listed = rest.read(
            COMMENTS,
            post=published.remote_id,
            per_page=PAGE_SIZE,
            offset=max(0, offset - 1),
            order="desc",
            orderby="date_gmt",
            _fields=FIELDS,
        )
        me = rest.read("wp/v2/users/me", _fields="id") if listed else {}
    except AuthLost as error:
        if error.code.endswith("/403") or error.code.startswith("wp:rest_cannot_read"):
            raise Refused("wp:comments-unreadable", error.detail) from None
        raise
    if not isinstance(listed, list):
        raise NotSent("wp:unreadable", "comments that are no list")
    us = me.get("id") if isinstance(me, dict) else None
    told = tuple(one for entry in listed if (one := _comment(entry, us)))
    passed_over = offset > 0 and all(one.remote_id != last for one in told)
    more = len(listed) == PAGE_SIZE and told
    read = max(0, offset - 1) + len(listed)
    after = f"{read}:{told[-1].remote_id}" if more else ""
    return CommentPage(told, after, whole=len(told) == len(listed) and not passed_over)


def _comment(told: Any, us: Any) -> Comment | None:
    if not isinstance(told, dict) or type(told.get("id")) is not int:
        return None
    content, link, parent = told.get("content"), told.get("link"), told.get("parent")
    html = content.get("rendered") if isinstance(content, dict) else None
    return Comment(
        remote_id=str(told["id"]),
        text=_plain(html) if isinstance(html, str) else "",
        written_at=moment(told.get("date_gmt")),
        reply_to=str(parent) if type(parent) is int and parent > 0 else "",
        url=link if isinstance(link, str) else "",
        by_us=type(us) is int and us > 0 and told.get("author") == us,
        hidden=told.get("status") not in (None, "approved"),
    )


def _plain(html: str) -> str:
    """The words of it: paragraphs stay lines, every other mark goes."""
    flat = " ".join(html[:_LONGEST_HTML].split())
    lines = unescape(_TAG.sub("", _BREAK.sub("\n", flat))).splitlines()
    return "\n".join(line.strip() for line in lines).strip()
