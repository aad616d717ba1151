"""`GET /{post}/comments` of the practice Facebook: the stream of comments and replies of a post or video."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectors.practice.comments import Comment
from connectors.practice.fields import nonexisting, permalink, split, stamp
from connectors.practice.wire import GraphError, Request, missing

if TYPE_CHECKING:
    from connectors.practice.graph import Graph
    from connectors.practice.world import Page, Post

_MOST = 100
_ORDERS = ("chronological", "reverse_chronological")
_EMPTY = {"like_count", "comment_count", "can_hide", "can_remove", "attachment", "is_private"}


def listing(graph: Graph, page: Page, request: Request) -> dict[str, Any]:
    """One page of it; what the token may not read is error 10."""
    graph.demand(page, "pages_read_user_content")
    post = _post(graph, page, request)
    params = request.params
    limit = int(params["limit"]) if params.get("limit", "").isdecimal() else 25
    if limit > _MOST:
        raise GraphError(100, f"(#100) Please reduce the amount of data, limit is {_MOST}")
    if params.get("order", _ORDERS[0]) not in _ORDERS or params.get("filter", "toplevel") not in (
        "toplevel",
        "stream",
    ):
        raise GraphError(100, "(#100) Invalid parameter")
    found = graph.world.comments.of(post.id)
    if params.get("filter", "toplevel") == "toplevel":
        found = [one for one in found if not one.parent]
    if params.get("order") == _ORDERS[1]:
        found.reverse()
    ids = [one.id for one in found]
    begin = ids.index(params["after"]) + 1 if params.get("after") in ids else 0
    shown = found[begin : begin + limit]
    fields = params.get("fields", "created_time,from,message,id")
    answer: dict[str, Any] = {"data": [_shown(graph, post, one, fields, request.base) for one in shown]}
    if shown:
        answer["paging"] = {"cursors": {"before": shown[0].id, "after": shown[-1].id}}
        if begin + limit < len(found):
            where = f"{request.base}/{request.version}/{request.object}/comments"
            answer["paging"]["next"] = f"{where}?access_token={page.token}&after={shown[-1].id}"
    return answer


def _post(graph: Graph, page: Page, request: Request) -> Post:
    world = graph.world
    video = world.videos.get(request.object)
    post = world.posts.get(video.post if video else request.object)
    if post is None or post.page != page.id:
        raise missing(request.method, request.object)
    return post


def _shown(graph: Graph, post: Post, one: Comment, fields: str, base: str) -> dict[str, Any]:
    author = {"id": post.page, "name": graph.world.pages[post.page].name}
    if one.author:
        author = _visitor(one)
    known: dict[str, Any] = {
        "created_time": stamp(one.at),
        "message": one.text,
        "permalink_url": f"{permalink(base, post)}?comment_id={one.id}",
        "from": author,
        "parent": {"id": one.parent} if one.parent else None,
        "is_hidden": one.hidden,
        "message_tags": _tags(graph, one) or None,
    }
    shown: dict[str, Any] = {}
    for name, inner in split(fields).items():
        if name not in known:
            if name != "id" and name not in _EMPTY:
                raise nonexisting(name, "Comment")
            continue
        value = known[name]
        if value is not None:
            wanted = split(inner) if inner and isinstance(value, dict) else {}
            shown[name] = {k: v for k, v in value.items() if k in wanted} if wanted else value
    return {**shown, "id": one.id}


def _visitor(one: Comment) -> dict[str, Any]:
    return {"id": f"77{one.author:014d}", "name": f"Người Đọc {one.author}"}


def _tags(graph: Graph, one: Comment) -> list[dict[str, Any]]:
    """Visitors whose names stand in it, as Facebook puts one before an answer to them."""
    above = [other for other in graph.world.comments.of(one.about) if other.author]
    named = {visitor["name"]: visitor for visitor in map(_visitor, above)}
    return [
        {**visitor, "type": "user", "offset": one.text.index(name), "length": len(name)}
        for name, visitor in named.items()
        if name in one.text
    ]
