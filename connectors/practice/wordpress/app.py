"""The one ASGI application: REST calls, the public pages, and the controls of the practice platform."""

from __future__ import annotations

import asyncio
import json
import re
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup
from starlette.types import Receive, Scope, Send

from connectors.practice.app import send_reply
from connectors.practice.comments import form_of
from connectors.practice.faults import Fault
from connectors.practice.receiving import Gone, whole_pieces
from connectors.practice.wire import Reply
from connectors.practice.wordpress.api import Api
from connectors.practice.wordpress.faults import WordPressFaults, spoil
from connectors.practice.wordpress.wire import Request
from connectors.practice.wordpress.world import Post, World
from content.wording import say

_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
_HTML = "text/html; charset=UTF-8"
_PRETTY = re.compile(r"/\d{4}/\d\d/([^/]+)/?")
_UPLOAD = "/wp-content/uploads/"
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


class WordPressApp:
    """Holds the world and the faults."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.faults = WordPressFaults()
        self._api = Api(world)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        try:
            body = b"".join([piece async for piece in whole_pieces(receive)])
        except Gone:
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        reply = self._reply(scope["method"], scope["path"], query, headers, body)
        if reply.delay_s:
            await asyncio.sleep(reply.delay_s)
        if reply.late:
            reply = reply.late()
        if reply.cut:
            scope["extensions"]["practice.cut"]()
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        reply.headers.setdefault("Date", format_datetime(self.world.now(), usegmt=True))
        if scope["method"] == "HEAD":
            reply.body = b""
        await send_reply(reply, send)

    def _reply(
        self, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> Reply:
        if path.startswith("/practice/"):
            return self._control(method, path, headers, body)
        self.world.visit()
        route = self._route(path, query)
        if route is None:
            self.world.arrived(method, "page", path)
            fault = self.faults.take(method, "page", path)
            return spoil(fault, lambda: self._page(path, query)) if fault else self._page(path, query)
        user = self._api.user_of(headers)
        request = Request(method, route, query, headers, body, user)
        self.world.arrived(method, request.edge, request.object)
        fault = self.faults.take(method, request.edge, request.object)
        if fault:
            return spoil(fault, lambda: self._api.answer(request))
        return self._api.answer(request)

    def _route(self, path: str, query: dict[str, str]) -> str | None:
        """The REST route asked for, None for a page. `/wp-json/` needs pretty permalinks."""
        if not self.world.rest:
            return None
        if "rest_route" in query:
            return query.pop("rest_route").strip("/")
        if self.world.pretty and (path == "/wp-json" or path.startswith("/wp-json/")):
            return path.removeprefix("/wp-json").strip("/")
        return None

    def _page(self, path: str, query: dict[str, str]) -> Reply:
        world = self.world
        if path.startswith(_UPLOAD):
            wanted = unquote(path.removeprefix(_UPLOAD))
            for media in world.media.values():
                if media.file == wanted:
                    return Reply(200, media.content, media.mime)
            return _shown("missing.html", 404)
        post = None
        if query.get("p", "").isdigit():
            post = world.posts.get(int(query["p"]))
        elif found := _PRETTY.fullmatch(path):
            post = next((one for one in world.public() if one.slug == found[1]), None)
        elif path in ("/", "/index.php") or not world.pretty or path.startswith("/wp-json"):
            return self._home()
        if post is None or post.status != "publish":
            return _shown("missing.html", 404)
        return self._post_page(post)

    def _home(self) -> Reply:
        posts = [(self.world.link(post), Markup(post.title), _local(post)) for post in self.world.public()]  # noqa: S704 titles are HTML in WordPress
        reply = _shown("wordpress_home.html", site=self.world.name, posts=posts)
        if self.world.link_header and self.world.rest:
            root = "/wp-json/" if self.world.pretty else "/index.php?rest_route=/"
            reply.headers["Link"] = f'<{self.world.home}{root}>; rel="https://api.w.org/"'
        return reply

    def _post_page(self, post: Post) -> Reply:
        """The text goes out as it was stored: what may stand in it is the business of whoever may post."""
        content = _COMMENT.sub("", post.content) if self.world.drops_comments else post.content
        return _shown(
            "wordpress_post.html",
            site=self.world.name,
            title=Markup(post.title),  # noqa: S704 as WordPress does
            content=Markup(content),  # noqa: S704 as WordPress does
            at=_local(post),
            home=f"{self.world.home}/",
            about=str(post.id),
            owner=self.world.name,
            takes_comments=post.comment_status == "open",
            comments=self.world.comments.visible(str(post.id)),
        )

    def _comment(self, body: bytes) -> Reply:
        """A visitor writes under a post that takes comments, or somebody answers as its author."""
        form = form_of(body)
        number = form.get("about", "")
        post = self.world.posts.get(int(number)) if number.isdigit() else None
        if post is None or post.status != "publish" or post.comment_status != "open":
            return _shown("missing.html", 404)
        try:
            parent, owner = form.get("parent", ""), bool(form.get("owner"))
            self.world.comments.add(str(post.id), form.get("text", ""), parent=parent, owner=owner)
        except ValueError as error:
            return _json({"problem": str(error)}, 400)
        return Reply(303, b"", headers={"Location": self.world.link(post)})

    def _control(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Reply:
        # a page of some website open in the same browser must not steer this server
        origin = headers.get("origin")
        if origin and origin != f"http://{headers.get('host')}":
            return _json({"problem": "foreign origin"}, 403)
        if method == "POST" and path == "/practice/comments":
            return self._comment(body)
        if method == "GET" and path == "/practice/ledger":
            return _json(self.world.ledger())
        try:
            order = json.loads(body or b"{}")
            if method == "POST" and path == "/practice/faults":
                fault = Fault(**{**order.pop("match", {}), **order})
                self.faults.arm(fault)
                return _json({"kind": fault.kind, "times": fault.times})
            if method == "POST" and path == "/practice/reset":
                self.world.reset()
                self.faults.clear()
                return _json({"users": len(self.world.users)})
        except (ValueError, TypeError, AttributeError) as error:
            return _json({"problem": f"{type(error).__name__}: {error}"}, 400)
        return _json({"problem": "no such control"}, 404)


def _json(value: Any, status: int = 200) -> Reply:
    return Reply(status, json.dumps(value).encode())


def _local(post: Post) -> str:
    return f"{post.date.astimezone(_ZONE):%H:%M %d/%m/%Y}" if post.date else ""


def _shown(template: str, status: int = 200, **values: Any) -> Reply:
    text = _templates().get_template(template).render(say=say, **values)
    return Reply(status, text.encode(), _HTML)


@cache
def _templates() -> Environment:
    here = Path(__file__).parent
    loader = FileSystemLoader([here / "templates", here.parent / "templates"])
    return Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
