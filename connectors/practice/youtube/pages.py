"""How a page of the practice YouTube is made, and who may send one of its forms."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from content.wording import say

SAFE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def html(template: str, *, status: int = 200, **values: Any) -> Response:
    return HTMLResponse(_templates().get_template(template).render(say=say, **values), status, headers=SAFE)


def foreign(request: Request) -> bool:
    """Whether a page of some other website sent this: it must not steer this server."""
    origin = request.headers.get("origin")
    return bool(origin) and origin != f"http://{request.headers.get('host')}"


@cache
def _templates() -> Environment:
    here = Path(__file__).parent
    folders = [here / "templates", here.parent / "templates"]
    return Environment(
        loader=FileSystemLoader(folders), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
