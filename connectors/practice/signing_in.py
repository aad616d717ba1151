"""Tokens on the practice platform: the exchange for a long-lived one, whose Pages, and what a token is."""

from __future__ import annotations

from typing import Any

from connectors.practice.people import LONG_TOKEN_S, TASKS, Person
from connectors.practice.wire import GraphError, Request
from connectors.practice.world import World


def answer(world: World, request: Request) -> dict[str, Any] | None:
    """What needs no Page token; None for every other call. Raises GraphError."""
    if (request.method, request.object, request.edge) == ("GET", "oauth", "access_token"):
        return _exchange(world, request)
    if request.object == "debug_token" and request.token == world.app.token:
        return debug_token(world, request)
    person = world.people.get(request.token)
    if person is None:
        return None
    if person.expired:
        raise GraphError(190, "Error validating access token: Session has expired.", subcode=463)
    if request.object == "debug_token":
        return debug_token(world, request)
    if (request.method, request.object) == ("GET", "me"):
        return _accounts(world, person, request) if request.edge else {"id": person.id, "name": person.name}
    raise GraphError(200, "(#200) A Page access token is required", status=403)


def debug_token(world: World, request: Request) -> dict[str, Any]:
    """`GET /debug_token` (Meta, "Debugging", 2026-11)."""
    token = request.params.get("input_token", "")
    app = {"app_id": world.app.id, "application": world.app.name, "issued_at": 1_790_000_000}
    page, person = world.by_token.get(token), world.people.get(token)
    if page:
        data = {
            **app,
            "type": "PAGE",
            "data_access_expires_at": page.data_access_expires_at,
            "expires_at": page.expires_at,
            "is_valid": True,
            "profile_id": page.id,
            "scopes": list(page.scopes),
            "granular_scopes": [{"scope": scope, "target_ids": [page.id]} for scope in page.scopes],
            "user_id": "10000000000000001",
        }
        return {"data": data}
    if person and not person.expired:
        return {"data": {**app, "type": "USER", "is_valid": True, "user_id": person.id, "scopes": []}}
    error = {"code": 190, "message": "Malformed access token", "subcode": 463}
    return {"data": {"error": error, "is_valid": False, "scopes": []}}


def _exchange(world: World, request: Request) -> dict[str, Any]:
    params = request.params
    if params.get("grant_type") != "fb_exchange_token":
        raise GraphError(100, "(#100) Missing or invalid grant_type")
    if params.get("client_id") != world.app.id:
        raise GraphError(101, "Error validating application. Cannot get application info.")
    if params.get("client_secret") != world.app.secret:
        raise GraphError(1, "Error validating client secret.")
    person = world.people.get(params.get("fb_exchange_token", ""))
    if person is None or person.expired:
        raise GraphError(190, "Error validating access token: Session has expired.", subcode=463)
    return {"access_token": person.long_token, "token_type": "bearer", "expires_in": LONG_TOKEN_S}


def _accounts(world: World, person: Person, request: Request) -> dict[str, Any]:
    if request.edge != "accounts":
        raise GraphError(2500, "Unknown path components")
    held = person.tasks or dict.fromkeys(world.pages, TASKS)
    return {
        "data": [
            {
                "id": page.id,
                "name": page.name,
                "tasks": list(held[page.id]),
                "access_token": page.token,
            }
            for page in world.pages.values()
            if page.id in held
        ]
    }
