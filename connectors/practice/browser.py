"""What people see of the practice platform, the controls tests use, and folders served beside it."""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from connectors.practice.comments import form_of
from connectors.practice.faults import Fault, Faults
from connectors.practice.insights import interactions
from connectors.practice.videos import Video
from connectors.practice.world import ALL_SCOPES, Page, Post, World
from content.wording import say

_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
_NO_STORE = {"Cache-Control": "no-store"}
_POSTS_SHOWN = 200
_PAGE_FIELDS = (
    "id",
    "name",
    "token",
    "app_secret",
    "scopes",
    "expires_at",
    "data_access_expires_at",
    "calls_per_day",
)

Handler = Callable[[Request], Awaitable[Response]]


def routes(world: World, faults: Faults, static: dict[str, Path]) -> list[BaseRoute]:
    """Everything that is not a Graph call."""
    made: list[BaseRoute] = [
        Route("/", _home(world)),
        Route("/pages/{page}", _page(world)),
        Route("/pages/{page}/posts/{number:int}", _page(world)),
        Route("/practice/photos/{photo}", _photo(world)),
        Route("/practice/videos/{video}", _video(world)),
        Route("/practice/thumbnails/{video}", _thumbnail(world)),
        Route("/practice/captions/{video}", _captions(world)),
        Route("/practice/comments", _comment(world), methods=["POST"]),
        Route("/practice/ledger", _ledger(world)),
        Route("/practice/pages", _control(lambda order: _add_page(world, order)), methods=["POST"]),
        Route("/practice/faults", _control(lambda order: _arm(faults, order)), methods=["POST"]),
        Route("/practice/reset", _control(lambda order: _reset(world, faults, order)), methods=["POST"]),
    ]
    for prefix, folder in static.items():
        made.append(Route(f"/{prefix.strip('/')}/{{path:path}}", _folder(folder)))
        made.append(Route(f"/{prefix.strip('/')}", _add_slash))
    return made


def _home(world: World) -> Handler:
    async def home(_: Request) -> Response:
        pages = [(page, sum(1 for _ in world.public_posts(page))) for page in world.pages.values()]
        return _html("home.html", pages=pages)

    return home


def _page(world: World) -> Handler:
    async def show(request: Request) -> Response:
        page = world.pages.get(request.path_params["page"])
        if page is None:
            return _html("missing.html", status=404)
        number = request.path_params.get("number")
        posts = [post for post in world.public_posts(page) if number in (None, post.number)]
        if number and not posts:
            return _html("missing.html", status=404)
        shown = [_shown(world, post) for post in posts[:_POSTS_SHOWN]]
        waiting = [] if number else [_shown(world, post) for post in world.scheduled_posts(page)]
        return _html("page.html", page=page, posts=shown, waiting=waiting, single=number is not None)

    return show


def _shown(world: World, post: Post) -> dict[str, Any]:
    due = post.scheduled_at if post.scheduled_at and not post.published else None
    return {
        "due": due.astimezone(_ZONE) if due else None,
        "video": world.videos.get(post.video),
        "reel": post.reel,
        "id": post.id,
        "number": post.number,
        "message": post.message,
        "link": post.link,
        "at": post.created_at.astimezone(_ZONE),
        "photos": [world.photos[name] for name in post.photos if name in world.photos],
        "counts": interactions(post, world.now()),
        "comments": world.comments.visible(post.id),
    }


def _comment(world: World) -> Handler:
    """A visitor writes under a public post, or whoever leads the training answers as the Page."""

    async def write(request: Request) -> Response:
        if _foreign(request):
            return JSONResponse({"problem": "foreign origin"}, 403)
        form = form_of(await request.body())
        post = world.posts.get(form.get("about", ""))
        if post is None or not post.is_public(world.now()):
            return _html("missing.html", status=404)
        try:
            about, owner = post.id, bool(form.get("owner"))
            world.comments.add(
                about,
                form.get("text", ""),
                parent=form.get("parent", ""),
                owner=owner,
                name=lambda number: f"{post.number}_{number}",
            )
        except ValueError as error:
            return JSONResponse({"problem": str(error)}, 400)
        return RedirectResponse(f"/pages/{post.page}/posts/{post.number}", 303, headers=_NO_STORE)

    return write


def _foreign(request: Request) -> bool:
    """Whether a page of some other website sent this: it must not steer this server."""
    origin = request.headers.get("origin")
    return bool(origin) and origin != f"http://{request.headers.get('host')}"


def _photo(world: World) -> Handler:
    async def show(request: Request) -> Response:
        photo = world.photos.get(request.path_params["photo"])
        if photo is None:
            return _html("missing.html", status=404)
        return Response(world.images[photo.digest], media_type=photo.mime, headers=_NO_STORE)

    return show


def _video(world: World) -> Handler:
    """The uploaded file itself, with ranges, so that a browser can play and skip; of public videos only."""

    async def serve(request: Request) -> Response:
        video = _public(world, request.path_params["video"])
        if video is None:
            return Response(status_code=404, headers=_NO_STORE)
        return FileResponse(video.path, media_type="video/mp4", headers=_NO_STORE)

    return serve


def _thumbnail(world: World) -> Handler:
    async def serve(request: Request) -> Response:
        video = _public(world, request.path_params["video"])
        if video is None or not video.thumbnail:
            return Response(status_code=404, headers=_NO_STORE)
        return Response(world.images[video.thumbnail], media_type=video.thumbnail_mime, headers=_NO_STORE)

    return serve


def _captions(world: World) -> Handler:
    """As WebVTT, which is all a browser shows; SubRip differs by its heading and its decimal comma."""

    async def serve(request: Request) -> Response:
        video = _public(world, request.path_params["video"])
        if video is None or not video.captions:
            return Response(status_code=404, headers=_NO_STORE)
        lines = next(iter(video.captions.values())).decode("utf-8-sig", "replace").splitlines()
        text = "\n".join(line.replace(",", ".") if "-->" in line else line for line in lines)
        return Response(f"WEBVTT\n\n{text}", media_type="text/vtt", headers=_NO_STORE)

    return serve


def _public(world: World, name: str) -> Video | None:
    video = world.videos.get(name)
    post = world.posts.get(video.post) if video else None
    return video if post and post.is_public(world.now()) else None


def _ledger(world: World) -> Handler:
    async def show(request: Request) -> Response:
        return JSONResponse(world.ledger(arrivals=request.query_params.get("arrivals") != "0"))

    return show


def _control(act: Callable[[dict[str, Any]], dict[str, Any]]) -> Handler:
    async def control(request: Request) -> Response:
        if _foreign(request):
            return JSONResponse({"problem": "foreign origin"}, 403)
        try:
            order = json.loads(await request.body() or b"{}")
            return JSONResponse(act(order))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            return JSONResponse({"problem": f"{type(error).__name__}: {error}"}, 400)

    return control


def _add_page(world: World, order: dict[str, Any]) -> dict[str, Any]:
    unknown = order.keys() - _PAGE_FIELDS
    if unknown:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(_PAGE_FIELDS)}")
    if not str(order["id"]).isdigit() or not order["token"]:
        raise ValueError("id must be digits, token not empty")
    page = world.add_page(Page(**{**order, "scopes": tuple(order.get("scopes", ALL_SCOPES))}))
    return {"id": page.id, "name": page.name}


def _arm(faults: Faults, order: dict[str, Any]) -> dict[str, Any]:
    fields = dict(order)
    fault = Fault(**{**fields.pop("match", {}), **fields})
    faults.arm(fault)
    return {"kind": fault.kind, "times": fault.times}


def _reset(world: World, faults: Faults, order: dict[str, Any]) -> dict[str, Any]:
    world.reset(pages=bool(order.get("pages")))
    faults.clear()
    return {"pages": len(world.pages)}


def _folder(folder: Path) -> Handler:
    """Files of one folder, looked up anew on each request: `current` may point elsewhere by then."""

    async def serve(request: Request) -> Response:
        current = folder / "current"
        root = (current if current.is_symlink() else folder).resolve()
        path = request.path_params["path"]
        if "\0" in path or not (file := (root / path).resolve()).is_relative_to(root):
            return Response(status_code=404, headers=_NO_STORE)
        if file.is_dir():
            if not request.url.path.endswith("/"):
                return await _add_slash(request)
            file /= "index.html"
        if not file.is_file():
            return Response("404", 404, headers=_NO_STORE)
        mime = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        return Response(file.read_bytes(), media_type=mime, headers=_NO_STORE)

    return serve


async def _add_slash(request: Request) -> Response:
    return RedirectResponse(request.url.path + "/", headers=_NO_STORE)


def _html(template: str, *, status: int = 200, **values: Any) -> Response:
    text = _templates().get_template(template).render(say=say, **values)
    return HTMLResponse(text, status, headers=_NO_STORE)


@cache
def _templates() -> Environment:
    folder = Path(__file__).with_name("templates")
    return Environment(loader=FileSystemLoader(folder), autoescape=True, trim_blocks=True, lstrip_blocks=True)
