"""What people see of the practice Zalo, its consent page, and the controls tests and the demo use."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

import nh3
from jinja2 import Environment, FileSystemLoader
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from connectors.practice.zalo.faults import Fault, Faults
from connectors.practice.zalo.openapi import figures
from connectors.practice.zalo.world import Article, Oa, World
from content.wording import say

_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
_NO_STORE = {"Cache-Control": "no-store"}
_ARTICLES_SHOWN = 200
_OA_FIELDS = (
    "id",
    "name",
    "app_id",
    "app_secret",
    "access_token",
    "refresh_token",
    "package",
    "articles_most",
    "broadcasts_most",
    "is_verified",
    "api",
    "rights",
    "callback",
    "challenge",
    "needs_proof",
)

Handler = Callable[[Request], Awaitable[Response]]


def routes(world: World, faults: Faults) -> list[BaseRoute]:
    """Everything that is not one of Zalo's calls."""
    return [
        Route("/", _home(world)),
        Route("/oas/{oa}", _oa(world)),
        Route("/oas/{oa}/articles/{number:int}", _oa(world)),
        Route("/v4/oa/permission", _consent(world)),
        Route("/v4/permission/error", _refused),
        Route("/practice/consent", _agree(world)),
        Route("/practice/landed", _landed),
        Route("/practice/ledger", _ledger(world)),
        Route("/practice/oas", _control(lambda order: _add_oa(world, order)), methods=["POST"]),
        Route("/practice/pair", _control(lambda order: _pair(world, order)), methods=["POST"]),
        Route("/practice/faults", _control(lambda order: _arm(faults, order)), methods=["POST"]),
        Route("/practice/reset", _control(lambda order: _reset(world, faults, order)), methods=["POST"]),
    ]


def _home(world: World) -> Handler:
    async def home(_: Request) -> Response:
        oas = [(oa, sum(1 for _ in world.public_articles(oa))) for oa in world.oas.values()]
        return _html("zalo_home.html", oas=oas)

    return home


def _oa(world: World) -> Handler:
    async def show(request: Request) -> Response:
        oa = world.oas.get(request.path_params["oa"])
        number = request.path_params.get("number")
        articles = [a for a in (world.public_articles(oa) if oa else ()) if number in (None, a.number)]
        if oa is None or (number is not None and not articles):
            return _html("missing.html", status=404)
        shown = [_shown(world, article) for article in articles[:_ARTICLES_SHOWN]]
        return _html("zalo_oa.html", oa=oa, articles=shown, single=number is not None)

    return show


def _shown(world: World, article: Article) -> dict[str, Any]:
    fields = article.fields
    views, shares = figures(article, world.now())
    sent = next((one for one in world.oas[article.oa].broadcasts if one.article == article.id), None)
    blocks = [
        {**block, "html": nh3.clean(block["content"], tags={"p", "br"})} if block["type"] == "text" else block
        for block in fields.get("body", ())
    ]
    return {
        "number": article.number,
        "fields": fields,
        "blocks": blocks,
        "at": article.updated_at.astimezone(_ZONE),
        "sent": sent,
        "sent_at": sent.at.astimezone(_ZONE).strftime("%H:%M %d/%m/%Y") if sent else "",
        "views": views,
        "shares": shares,
    }


def _consent(world: World) -> Handler:
    async def show(request: Request) -> Response:
        asked = dict(request.query_params)
        oas = [oa for oa in world.oas.values() if oa.app_id == asked.get("app_id")]
        back = asked.get("redirect_uri", "")
        if not oas or not _stays_here(back) or any(oa.callback not in ("", back) for oa in oas):
            code = -14003 if oas else -14002
            return RedirectResponse(f"/v4/permission/error?error_code={code}", headers=_NO_STORE)
        return _html("zalo_consent.html", app=asked["app_id"], oas=oas, asked=asked)

    return show


def _agree(world: World) -> Handler:
    async def agree(request: Request) -> Response:
        asked = request.query_params
        oa, back = world.oas.get(asked.get("oa", "")), asked.get("redirect_uri", "")
        if oa is None or not _stays_here(back):
            return _html("missing.html", status=404)
        if asked.get("answer") == "refuse":  # what Zalo sends back then is not documented
            told = {"error": "access_denied"}
        else:
            told = {"code": world.grant_code(oa, asked.get("code_challenge", "")), "oa_id": oa.id}
        if asked.get("state"):
            told["state"] = asked["state"]
        return RedirectResponse(f"{back}{'&' if '?' in back else '?'}{urlencode(told)}", headers=_NO_STORE)

    return agree


def _stays_here(address: str) -> bool:
    """Practice sends nobody away from this machine."""
    try:
        return urlsplit(address).hostname in ("127.0.0.1", "localhost")
    except ValueError:
        return False


async def _landed(_: Request) -> Response:
    return _html("zalo_note.html", note=say("zalo.practice.landed"))


async def _refused(request: Request) -> Response:
    code = request.query_params.get("error_code", "?")
    return _html("zalo_note.html", note=say("zalo.practice.error", code=code))


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


def _add_oa(world: World, order: dict[str, Any]) -> dict[str, Any]:
    unknown = order.keys() - set(_OA_FIELDS)
    if unknown:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(_OA_FIELDS)}")
    oa = world.add_oa(Oa(**order))
    return {"id": oa.id, "name": oa.name}


def _pair(world: World, order: dict[str, Any]) -> dict[str, Any]:
    """What the API Explorer does in the real console: a new pair to paste."""
    access, refresh = world.issue(world.oas[str(order["oa"])])
    return {"access_token": access, "refresh_token": refresh}


def _arm(faults: Faults, order: dict[str, Any]) -> dict[str, Any]:
    fault = Fault(**order)
    faults.arm(fault)
    return {"kind": fault.kind, "times": fault.times}


def _reset(world: World, faults: Faults, order: dict[str, Any]) -> dict[str, Any]:
    world.reset(oas=bool(order.get("oas")))
    faults.clear()
    return {"oas": len(world.oas)}


def _html(template: str, *, status: int = 200, **values: Any) -> Response:
    text = _templates().get_template(template).render(say=say, **values)
    return HTMLResponse(text, status, headers=_NO_STORE)


@cache
def _templates() -> Environment:
    folders = [Path(__file__).with_name("templates"), Path(__file__).parents[1] / "templates"]
    return Environment(
        loader=FileSystemLoader(folders), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
