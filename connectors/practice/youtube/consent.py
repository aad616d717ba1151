"""The pages at which a person consents: an OAuth consent screen, and the page for device codes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from connectors.practice.youtube.oauth import Denied, Logins
from connectors.practice.youtube.pages import SAFE, foreign, html
from content.wording import say

Handler = Callable[[Request], Awaitable[Response]]
PATH = "/o/oauth2/v2/auth"


def routes(logins: Logins) -> list[BaseRoute]:
    return [
        Route(PATH, _ask(logins)),
        Route(PATH, _decide(logins), methods=["POST"]),
        Route("/device", _device(logins)),
        Route("/device", _decide_device(logins), methods=["POST"]),
    ]


def _ask(logins: Logins) -> Handler:
    async def ask(request: Request) -> Response:
        try:
            consent = logins.consent(dict(request.query_params))
        except Denied as denied:
            return _error(denied)
        return _page(logins, consent.client_id, consent.scopes, ticks=True)

    return ask


def _decide(logins: Logins) -> Handler:
    async def decide(request: Request) -> Response:
        if foreign(request):
            return Response(status_code=403, headers=SAFE)
        try:
            consent = logins.consent(dict(request.query_params))
        except Denied as denied:
            return _error(denied)
        form = await _form(request)
        channel = next(iter(form.get("channel", [])), "")
        if form.get("answer") != ["allow"]:
            return RedirectResponse(logins.declined(consent), 303, headers=SAFE)
        if channel not in {one.id for one in logins.of_client(consent.client_id)}:
            return _page(logins, consent.client_id, consent.scopes, ticks=True)
        left_at = logins.agreed(consent, channel, tuple(form.get("scope", [])))
        return RedirectResponse(left_at, 303, headers=SAFE)

    return decide


def _device(logins: Logins) -> Handler:
    async def device(request: Request) -> Response:
        code = request.query_params.get("user_code", "")
        found = logins.waiting(code)
        if found is None:
            return html("device.html", code=code)
        return _page(logins, found.client_id, found.scopes, ticks=False)

    return device


def _decide_device(logins: Logins) -> Handler:
    async def decide(request: Request) -> Response:
        found = logins.waiting(request.query_params.get("user_code", ""))
        if foreign(request) or found is None:
            return Response(status_code=403, headers=SAFE)
        form = await _form(request)
        channel = next(iter(form.get("channel", [])), "")
        if form.get("answer") != ["allow"]:
            found.denied = True
        elif channel in {one.id for one in logins.of_client(found.client_id)}:
            found.channel = channel
        return html("device_done.html", denied=found.denied)

    return decide


def _page(logins: Logins, client_id: str, scopes: tuple[str, ...], *, ticks: bool) -> Response:
    named = [(scope, say(f"youtube.practice.scopes.{_word(scope)}")) for scope in scopes]
    return html("consent.html", channels=logins.of_client(client_id), scopes=named, ticks=ticks)


def _word(scope: str) -> str:
    return scope.rpartition("/")[2].replace(".", "_").replace("-", "_")


def _error(denied: Denied) -> Response:
    return html("consent_error.html", status=denied.status, word=denied.word, said=denied.said)


async def _form(request: Request) -> dict[str, list[Any]]:
    return dict(parse_qs((await request.body()).decode("utf-8", "replace")))
