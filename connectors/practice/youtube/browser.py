"""What people see: public videos that play, and controls for whoever leads the training."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from connectors.practice.comments import form_of
from connectors.practice.youtube.faults import Fault, Faults
from connectors.practice.youtube.oauth import Logins
from connectors.practice.youtube.pages import SAFE, foreign, html
from connectors.practice.youtube.reports import statistics
from connectors.practice.youtube.world import Channel, Video, World, publish_at

_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
_SHOWN = 200
_CHANNEL_FIELDS = {
    "id",
    "title",
    "refresh_token",
    "client_id",
    "client_secret",
    "client_kind",
    "testing",
    "scopes",
    "long_uploads",
}

Handler = Callable[[Request], Awaitable[Response]]
Find = Callable[[World, str], Video | None]


def routes(world: World, faults: Faults, logins: Logins) -> list[BaseRoute]:
    """What anybody sees, what the channel's owner sees at /studio, and the controls."""
    made: list[BaseRoute] = [
        Route("/", _home(world)),
        Route("/watch", _watch(world)),
        Route("/studio", _studio(world)),
        Route("/studio/{video}", _owned(world)),
    ]
    for root, find in (("/practice", _public), ("/studio", _any)):
        made += [
            Route(f"{root}/videos/{{video}}", _file(world, find, "video")),
            Route(f"{root}/thumbnails/{{video}}", _file(world, find, "thumbnail")),
            Route(f"{root}/captions/{{video}}", _captions(world, find)),
        ]
    return [
        *made,
        Route("/practice/comments", _comment(world), methods=["POST"]),
        Route("/practice/ledger", _ledger(world)),
        Route("/practice/channels", _control(lambda order: _add(world, order)), methods=["POST"]),
        Route("/practice/faults", _control(lambda order: _arm(faults, order)), methods=["POST"]),
        Route(
            "/practice/reset", _control(lambda order: _reset(world, faults, logins, order)), methods=["POST"]
        ),
    ]


def _home(world: World) -> Handler:
    async def home(_: Request) -> Response:
        videos = [_shown(world, video) for video in list(world.public_videos())[:_SHOWN]]
        return html("home.html", videos=videos)

    return home


def _watch(world: World) -> Handler:
    async def watch(request: Request) -> Response:
        video = _public(world, request.query_params.get("v", ""))
        if video is None:
            return html("missing_video.html", status=404)
        return html("watch.html", video=_shown(world, video), back="/")

    return watch


def _studio(world: World) -> Handler:
    """As in YouTube Studio: hidden videos too."""

    async def studio(_: Request) -> Response:
        newest = list(reversed(list(world.videos.values())))[:_SHOWN]
        return html("studio.html", videos=[_shown(world, video, "/studio") for video in newest])

    return studio


def _owned(world: World) -> Handler:
    async def owned(request: Request) -> Response:
        video = _any(world, request.path_params["video"])
        if video is None:
            return html("missing_video.html", status=404)
        return html("watch.html", video=_shown(world, video, "/studio"), back="/studio")

    return owned


def _shown(world: World, video: Video, root: str = "/practice") -> dict[str, Any]:
    world.is_public(video)  # its `publishAt` may have come
    at = publish_at(video)
    return {
        "id": video.id,
        "title": video.snippet.get("title", ""),
        "description": video.snippet.get("description", ""),
        "channel": world.channels[video.channel].title,
        "at": (video.public_since or video.uploaded_at).astimezone(_ZONE),
        "privacy": video.status["privacyStatus"],
        "publish_at": at.astimezone(_ZONE) if at else None,
        "stage": world.stage(video),
        "mime": video.mime,
        "file": f"{root}/videos/{video.id}",
        "thumbnail": f"{root}/thumbnails/{video.id}" if video.thumbnail else "",
        "track": f"{root}/captions/{video.id}",
        "captions": [track.language for track in world.tracks.values() if track.video == video.id],
        "counts": statistics(world, video),
        "comments": world.comments.visible(video.id),
        "takes_comments": root == "/practice" and video.id not in world.comments.closed,
    }


def _comment(world: World) -> Handler:
    """A visitor writes under a public video, or whoever leads the training answers as the channel."""

    async def write(request: Request) -> Response:
        if foreign(request):
            return JSONResponse({"problem": "foreign origin"}, 403)
        form = form_of(await request.body())
        video = _public(world, form.get("about", ""))
        if video is None:
            return html("missing_video.html", status=404)
        try:
            parent, owner = form.get("parent", ""), bool(form.get("owner"))
            world.comments.add(
                video.id,
                form.get("text", ""),
                parent=parent,
                owner=owner,
                name=lambda number: f"{parent}.{number}" if parent else f"Ug{video.id}{number:06d}",
            )
        except ValueError as error:
            return JSONResponse({"problem": str(error)}, 400)
        return RedirectResponse(f"/watch?v={video.id}", 303, headers=SAFE)

    return write


def _file(world: World, find: Find, what: str) -> Handler:
    async def serve(request: Request) -> Response:
        video = find(world, request.path_params["video"])
        if video is None or (what == "thumbnail" and not video.thumbnail):
            return Response(status_code=404, headers=SAFE)
        if what == "thumbnail":
            return FileResponse(world.blobs[video.thumbnail], media_type=video.thumbnail_type, headers=SAFE)
        return FileResponse(video.path, media_type=video.mime, headers=SAFE)

    return serve


def _captions(world: World, find: Find) -> Handler:
    async def serve(request: Request) -> Response:
        video = find(world, request.path_params["video"])
        tracks = [t for t in world.tracks.values() if video and t.video == video.id]
        if not tracks:
            return Response(status_code=404, headers=SAFE)
        return Response(_as_vtt(tracks[0].content), media_type="text/vtt; charset=utf-8", headers=SAFE)

    return serve


def _as_vtt(content: bytes) -> bytes:
    """A browser shows WebVTT only; SubRip differs by its heading and its decimal comma."""
    text = content.decode("utf-8-sig", "replace")
    if text.startswith("WEBVTT"):
        return text.encode()
    lines = [line.replace(",", ".") if "-->" in line else line for line in text.splitlines()]
    return ("WEBVTT\n\n" + "\n".join(lines)).encode()


def _any(world: World, name: str) -> Video | None:
    return world.videos.get(name)


def _public(world: World, name: str) -> Video | None:
    """A private video cannot be opened by its address either."""
    video = world.videos.get(name)
    return video if video is not None and world.is_public(video) else None


def _ledger(world: World) -> Handler:
    async def show(request: Request) -> Response:
        return JSONResponse(world.ledger(arrivals=request.query_params.get("arrivals") != "0"))

    return show


def _control(act: Callable[[dict[str, Any]], dict[str, Any]]) -> Handler:
    async def control(request: Request) -> Response:
        if foreign(request):
            return JSONResponse({"problem": "foreign origin"}, 403)
        try:
            order = json.loads(await request.body() or b"{}")
            return JSONResponse(act(order))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            return JSONResponse({"problem": f"{type(error).__name__}: {error}"}, 400)

    return control


def _add(world: World, order: dict[str, Any]) -> dict[str, Any]:
    unknown = order.keys() - _CHANNEL_FIELDS
    if unknown:
        known = ", ".join(sorted(_CHANNEL_FIELDS))
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}; known: {known}")
    given = {**order, "scopes": tuple(order["scopes"])} if "scopes" in order else order
    channel = world.add_channel(Channel(**given))
    return {"id": channel.id, "title": channel.title}


def _arm(faults: Faults, order: dict[str, Any]) -> dict[str, Any]:
    fault = Fault(**order)
    faults.arm(fault)
    return {"kind": fault.kind, "times": fault.times}


def _reset(world: World, faults: Faults, logins: Logins, order: dict[str, Any]) -> dict[str, Any]:
    world.reset(channels=bool(order.get("channels")))
    faults.clear()
    logins.clear()
    return {"channels": len(world.channels)}
