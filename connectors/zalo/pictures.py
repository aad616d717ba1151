"""Zalo fetches pictures by public address only, so each is looked for there before an article is made."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from connectors.errors import NotSent, NotYet
from connectors.http import Http

CODE = "zalo:picture-not-public"
TIMEOUT_S = 5.0
LOOK_FIRST, LOOK_LAST = timedelta(seconds=2), timedelta(minutes=1)
_NO_HEAD = (405, 501)


def require_public(
    http: Http, addresses: Iterable[str], *, left_s: Callable[[], float], due_at: datetime, now: datetime
) -> None:
    """Raises NotYet naming the first picture that the unit's own website does not serve yet.

    The website goes first: its pictures are where they belong once its delivery of the post is out, at the
    due minute. Until then nobody looks again; from then on every 2 s, later less often: something is amiss.
    """
    late = now - due_at
    retry_at = due_at if late < timedelta() else now + min(max(late / 8, LOOK_FIRST), LOOK_LAST)
    for address in addresses:
        if left_s() < 2 * TIMEOUT_S:
            raise NotYet("zalo:no-time", address, retry_at=max(retry_at, now + LOOK_FIRST))
        if why := _amiss(http, address):
            raise NotYet(CODE, f"{address} ({why})", retry_at=retry_at)


def _amiss(http: Http, address: str) -> str:
    """Why the picture cannot be fetched; empty when it can. A login page or a redirect is no picture."""
    try:
        answer = http.call("HEAD", address, creates=False, total_timeout_s=TIMEOUT_S)
        if answer.status in _NO_HEAD:
            answer = http.call("GET", address, creates=False, total_timeout_s=TIMEOUT_S)
    except NotSent as error:
        return error.detail
    kind = answer.headers.get("Content-Type", "")
    if answer.status == 200 and (not kind or kind.startswith(("image/", "application/octet-stream"))):
        return ""
    return f"HTTP {answer.status} {kind}".strip()
