"""What people see: public videos that play, and controls for whoever leads the training."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from connectors.practice.youtube.faults import Fault, Faults
from connectors.practice.youtube.reports import statistics
from connectors.practice.youtube.world import Channel, Video, World
from content.wording import say

_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
_SAFE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_SHOWN = 200
_CHANNEL_FIELDS = {"id", "title", "refresh_token", "client_id", "client_secret", "scopes", "long_uploads"}

Handler = Callable[[Request], Awaitable[Response]]


def routes(world: World, faults: Faults) -> list[BaseRoute]:
    """Everything that is not an API call."""
    return [
        Route("/", _home(world)),
        Route("/watch", _watch(world)),
        Route("/practice/videos/{video}", _file(world, "video")),
        Route("/practice/thumbnails/{video}", _file(world, "thumbnail")),
        Route("/practice/captions/{video}", _captions(world)),
        Route("/practice/ledger", _ledger(world)),
        Route("/practice/channels", _control(lambda order: _add(world, order)), methods=["POST"]),
        Route("/practice/faults", _control(lambda order: _arm(faults, order)), methods=["POST"]),
        Route("/practice/reset", _control(lambda order: _reset(world, faults, order)), methods=["POST"]),
    ]


def _home(world: World) -> Handler:
    async def home(_: Request) -> Response:
        videos = [_shown(world, video) for video in list(world.public_videos())[:_SHOWN]]
        return _html("home.html", videos=videos)

    return home


def _watch(world: World) -> Handler:
    async def watch(request: Request) -> Response:
        video = _public(world, request.query_params.get("v", ""))
        if video is None:
            return _html("missing_video.html", status=404)
        return _html("watch.html", video=_shown(world, video))

    return watch


def _shown(world: World, video: Video) -> dict[str, Any]:
    return {
        "id": video.id,
        "title": video.snippet.get("title", ""),
        "description": video.snippet.get("description", ""),
        "language": video.snippet.get("defaultLanguage", "vi"),
        "channel": world.channels[video.channel].title,
        "at": (video.public_since or video.uploaded_at).astimezone(_ZONE),
        "mime": video.mime,
        "ready": world.stage(video) == "processed",
        "thumbnail": bool(video.thumbnail),
        "captions": any(track.video == video.id for track in world.tracks.values()),
        "counts": statistics(world, video),
    }


def _file(world: World, what: str) -> Handler:
    """Of public videos only: a private one cannot be opened by its address either."""

    async def serve(request: Request) -> Response:
        video = _public(world, request.path_params["video"])
        if video is None or (what == "thumbnail" and not video.thumbnail):
            return Response(status_code=404, headers=_SAFE)
        if what == "thumbnail":
            return FileResponse(world.blobs[video.thumbnail], media_type=video.thumbnail_type, headers=_SAFE)
        return FileResponse(video.path, media_type=video.mime, headers=_SAFE)

    return serve


def _captions(world: World) -> Handler:
    async def serve(request: Request) -> Response:
        video = _public(world, request.path_params["video"])
        tracks = [t for t in world.tracks.values() if video and t.video == video.id]
        if not tracks:
            return Response(status_code=404, headers=_SAFE)
        return Response(_as_vtt(tracks[0].content), media_type="text/vtt; charset=utf-8", headers=_SAFE)

    return serve


def _as_vtt(content: bytes) -> bytes:
    """A browser shows WebVTT only; SubRip differs by its heading and its decimal comma."""
    text = content.decode("utf-8-sig", "replace")
    if text.startswith("WEBVTT"):
        return text.encode()
    lines = [line.replace(",", ".") if "-->" in line else line for line in text.splitlines()]
    return ("WEBVTT\n\n" + "\n".join(lines)).encode()


def _public(world: World, name: str) -> Video | None:
    video = world.videos.get(name)
    return video if video is not None and world.is_public(video) else None


def _ledger(world: World) -> Handler:
    async def show(request: Request) -> Response:
        return JSONResponse(world.ledger(arrivals=request.query_params.get("arrivals") != "0"))

    return show


def _control(act: Callable[[dict[str, Any]], dict[str, Any]]) -> Handler:
    async def control(request: Request) -> Response:
        # a page of some website open in the same browser must not steer this server
        origin = request.headers.get("origin")
        if origin and origin != f"http://{request.headers.get('host')}":
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


def _reset(world: World, faults: Faults, order: dict[str, Any]) -> dict[str, Any]:
    world.reset(channels=bool(order.get("channels")))
    faults.clear()
    return {"channels": len(world.channels)}


def _html(template: str, *, status: int = 200, **values: Any) -> Response:
    return HTMLResponse(_templates().get_template(template).render(say=say, **values), status, headers=_SAFE)


@cache
def _templates() -> Environment:
    here = Path(__file__).parent
    folders = [here / "templates", here.parent / "templates"]
    return Environment(
        loader=FileSystemLoader(folders), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
