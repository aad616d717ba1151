"""Zalo fetches pictures by public address only, so each is looked for there before an article is made."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from connectors.errors import NotSent
from connectors.http import Http
from content.wording import say

CODE = "zalo:picture-not-public"
TIMEOUT_S = 5.0
_NO_HEAD = (405, 501)


def require_public(http: Http, addresses: Iterable[str], left_s: Callable[[], float]) -> None:
    """Raises NotSent naming the first picture that the unit's own website does not serve yet.

    The website goes first: its pictures are where they belong once its delivery of the post is out.
    """
    for address in addresses:
        if left_s() < 2 * TIMEOUT_S:
            raise NotSent("zalo:no-time", "the unit's website answers too slowly to look for every picture")
        try:
            answer = http.call("HEAD", address, creates=False, total_timeout_s=TIMEOUT_S)
            if answer.status in _NO_HEAD:
                answer = http.call("GET", address, creates=False, total_timeout_s=TIMEOUT_S)
        except NotSent as error:
            raise NotSent(CODE, say("zalo.told.picture", address=address, why=error.detail)) from None
        kind = answer.headers.get("Content-Type", "")
        if answer.status != 200 or (kind and not kind.startswith(("image/", "application/octet-stream"))):
            why = f"HTTP {answer.status} {kind}".strip()
            raise NotSent(CODE, say("zalo.told.picture", address=address, why=why))
