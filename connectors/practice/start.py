"""The start page of the practice platforms: what there is, with what it is entered, and files beside it."""

from __future__ import annotations

import shlex
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from connectors.practice.places import COVER, DEFAULT_PORT, PAGES, PLACES, SITE, UNITS, Place
from content.wording import say

_NO_STORE = {"Cache-Control": "no-store"}
_SHOWN_FAULTS = ("cut_after_accept", "500", "slow")

Handler = Callable[[Request], Awaitable[Response]]


def start_app(
    places: Callable[[], list[Place]], site: Path | None, units: Callable[[], list[Place]] = list
) -> Starlette:
    """`places` is asked on each request, since tokens change; `site` is served as it stands then."""
    here = Path(__file__).parent

    def page(request: Request, *, commands: bool) -> Response:
        port = urlsplit(str(request.base_url)).port
        text = (
            _templates()
            .get_template("start.html")
            .render(
                say=say,
                commands=commands,
                places=[(place, _by_hand(place)) for place in places()],
                site=SITE if site is not None and (site / "index.html").is_file() else "",
                url="" if port == DEFAULT_PORT else f" --url http://127.0.0.1:{port}",
                trials=[(kind, say(f"practice.faults.{kind}")) for kind in _SHOWN_FAULTS],
            )
        )
        return HTMLResponse(text, headers=_NO_STORE)

    async def home(request: Request) -> Response:
        return page(request, commands=True)

    async def pages(request: Request) -> Response:
        return page(request, commands=False)

    async def told(_: Request) -> Response:
        return JSONResponse([asdict(place) for place in places()], headers=_NO_STORE)

    async def of_units(_: Request) -> Response:
        return JSONResponse([asdict(place) for place in units()], headers=_NO_STORE)

    async def cover(_: Request) -> Response:
        return FileResponse(here / "cover.png", headers=_NO_STORE)

    routes = [
        Route("/", home),
        Route(PAGES, pages),
        Route(PLACES, told),
        Route(UNITS, of_units),
        Route(COVER, cover),
        Route(SITE + "{path:path}", _files(site)),
    ]
    return Starlette(routes=routes)


def _files(folder: Path | None) -> Handler:
    """Files of one folder, looked up anew on each request: a link in its path may lead elsewhere by then."""

    async def serve(request: Request) -> Response:
        path = request.path_params["path"]
        if folder is None or "\0" in path:
            return Response(status_code=404, headers=_NO_STORE)
        root = folder.resolve()
        file = (root / path).resolve()
        if not file.is_relative_to(root):
            return Response(status_code=404, headers=_NO_STORE)
        if file.is_dir():
            if not request.url.path.endswith("/"):
                return RedirectResponse(request.url.path + "/", headers=_NO_STORE)
            file /= "index.html"
        if not file.is_file():
            return Response(status_code=404, headers=_NO_STORE)
        return FileResponse(file, headers=_NO_STORE)

    return serve


def _by_hand(place: Place) -> str:
    """The command that adds this one place as a channel, secrets in variables as Loa wants them."""
    secrets = [f"LOA_SECRET_{name.upper()}={shlex.quote(value)}" for name, value in place.secrets.items()]
    command = f"loa -w tap-huan --as ky-thuat channel add {place.channel} --platform {place.platform}"
    options = [f"--account {place.account}"] if place.account else []
    options += [f"--set {name}={shlex.quote(value)}" for name, value in place.settings.items()]
    options += [f"--secret {name}" for name in place.secrets]
    return " \\\n  ".join([*secrets, command, *options])


@cache
def _templates() -> Environment:
    folder = Path(__file__).with_name("templates")
    return Environment(loader=FileSystemLoader(folder), autoescape=True, trim_blocks=True, lstrip_blocks=True)
