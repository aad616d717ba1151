"""Fetching a feed: a few redirects, only http(s), never from a stranger into the house, never for long."""

from __future__ import annotations

import time
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from connectors.errors import NotSent
from connectors.http import Answer, Http
from content.errors import PlatformTrouble, UsageError
from content.incoming.feed import LARGEST_BYTES

TOTAL_TIMEOUT_S = 20.0
"""For all of it, redirects included."""
MOST_REDIRECTS = 5
_MOVED = frozenset({301, 302, 303, 307, 308})
_FOR_GOOD = frozenset({301, 308})
_ACCEPT = "application/rss+xml, application/atom+xml, application/rdf+xml, application/xml;q=0.9, */*;q=0.5"


@dataclass(frozen=True)
class Fetched:
    """`body` is None when nothing has changed (304); `moved_to` is where it lives for good, or empty."""

    body: bytes | None
    url: str
    content_type: str
    etag: str
    modified: str
    moved_to: str


def checked_url(written: str) -> str:
    """A whole http(s) address; raises UsageError for anything else, and for one with a password in it."""
    url = written.strip()
    try:
        parts = urlsplit(url)
        port_fits = parts.port is None or 0 < parts.port < 65536
    except ValueError:
        raise UsageError("feeds.bad_url", url=url[:200]) from None
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_fits or len(url) > 2000:
        raise UsageError("feeds.bad_url", url=url[:200])
    if any(letter.isspace() or ord(letter) < 32 or letter in '<>"\\^`{|}' for letter in url):
        raise UsageError("feeds.bad_url", url=url[:200])
    if parts.username is not None or parts.password is not None:
        raise UsageError("feeds.password_in_url")
    return url


def fetch(http: Http, url: str, *, inside: bool, etag: str = "", modified: str = "") -> Fetched:
    """The feed as it is now, or that it has not changed since `etag` / `modified`.

    `inside`: the address itself may be in the house; whatever else it redirects to never may. Raises
    PlatformTrouble in a sentence for every way in which it can fail.
    """
    until = time.monotonic() + TOTAL_TIMEOUT_S
    first = urlsplit(url).netloc.lower()
    headers = {"Accept": _ACCEPT}
    headers |= {"If-None-Match": etag} if etag else {}
    headers |= {"If-Modified-Since": modified} if modified else {}
    moved_to, for_good = "", True
    for _ in range(MOST_REDIRECTS + 1):
        at_home = inside and urlsplit(url).netloc.lower() == first
        answer = _ask(http, url, headers, max(0.1, until - time.monotonic()), outside=not at_home)
        location = answer.headers.get("Location", "")
        if answer.status not in _MOVED or not location:
            body = _body(answer, url)
            kind, *stamps = (
                answer.headers.get(name, "")[:500] for name in ("Content-Type", "ETag", "Last-Modified")
            )
            etag, modified = (etag, modified) if body is None else stamps
            return Fetched(body, url, kind, etag, modified, moved_to)
        for_good = for_good and answer.status in _FOR_GOOD
        try:
            url = checked_url(urljoin(url, location))
        except (UsageError, ValueError):
            raise PlatformTrouble("feeds.trouble.redirect", url=location[:200]) from None
        moved_to = url if for_good else ""
    raise PlatformTrouble("feeds.trouble.redirects", url=url[:200])


def _ask(http: Http, url: str, headers: dict[str, str], longest_s: float, *, outside: bool) -> Answer:
    host = urlsplit(url).hostname or ""
    try:
        return http.call(
            "GET",
            url,
            creates=False,
            headers=headers,
            total_timeout_s=longest_s,
            most_bytes=LARGEST_BYTES,
            outside=outside,
        )
    except NotSent as error:
        name = {"net:inside": "inside", "net:too-long": "too_long"}.get(error.code, "unreachable")
        if "too slow" in error.detail or "timed out" in error.detail.lower():
            name = "slow"
        raise PlatformTrouble(
            f"feeds.trouble.{name}",
            host=host,
            seconds=int(TOTAL_TIMEOUT_S),
            mib=LARGEST_BYTES // 1024**2,
            detail=error.detail[:200],
        ) from None


def _body(answer: Answer, url: str) -> bytes | None:
    if answer.status == 304:
        return None
    if answer.status == 200:
        return answer.body
    name = {401: "denied", 403: "denied", 404: "gone", 410: "gone", 429: "busy"}.get(
        answer.status, "busy" if answer.status >= 500 else "status"
    )
    raise PlatformTrouble(f"feeds.trouble.{name}", status=answer.status, url=url[:200])
