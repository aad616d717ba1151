"""One line of a web server's access log: whether somebody read an article there.

Apache's common, combined and vhost_combined, and nginx's combined with or without more fields behind it. The
rules are those of the facts (website, 5): GET, answered 200 or 304, a known article, by a person.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Literal, NamedTuple
from urllib.parse import unquote_to_bytes, urlsplit
from zoneinfo import ZoneInfo

from content.counting.readers import Readers

Verdict = Literal["view", "broken", "method", "status", "page", "no_agent", "robot", "own"]
"""`view`, or the first rule that a line does not meet. `no_agent`: empty, or a log that does not keep it."""

_QUOTED = rb'[^"\\]*(?:\\.[^"\\]*)*'
_LINE = re.compile(
    rb"(?:[\w.-]+:\d{1,5} )?"  # vhost_combined begins with the host
    rb'(\S+) \S+ [^\["]*'
    rb"\[(\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d):(\d\d) ([+-]\d{4})\] "
    rb'"(?:([A-Z]+) ([^\s"]+)(?: HTTP/\d(?:\.\d)?)?|' + _QUOTED + rb')" '
    rb"(\d{3}) (?:\d+|-)"
    rb'(?: "' + _QUOTED + rb'" "(' + _QUOTED + rb')"|\s*$)'
)
_ORIGIN = re.compile(rb"[?&](n|utm_source)=([^&#]*)")
_PLAIN = re.compile(r"[^a-z0-9_.-]+")
_MONTHS = {name: number for number, name in enumerate(
    (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"), start=1
)}  # fmt: skip


class Line(NamedTuple):
    """What a line says. `day` is in the unit's zone, `at` in seconds since 1970; both nothing when broken.

    `reader` tells address and agent apart from others within this process and cannot be turned back.
    """

    verdict: Verdict
    at: int = 0
    day: date = date.min
    page: object = None
    reader: int = 0
    origin: str = ""


_BROKEN = Line("broken")


class Judge:
    """Reads lines for one channel: `pages` holds what is known by path (as sent, percent signs resolved)."""

    def __init__(self, pages: Mapping[bytes, object], readers: Readers, zone: ZoneInfo) -> None:
        self._pages = pages
        self._is_robot = lru_cache(10_000)(lambda agent: readers.is_robot(agent.decode("utf-8", "replace")))
        self._is_own = lru_cache(10_000)(lambda address: readers.is_own(address.decode("ascii", "replace")))
        self._minute = lru_cache(10_000)(lambda stamp, offset: _minute(stamp, offset, zone))

    def read(self, written: bytes) -> Line:
        """Never raises, whatever the line."""
        found = _LINE.match(written)
        if found is None:
            return _BROKEN
        address, stamp, second, offset, method, target, status, agent = found.groups()
        minute = self._minute(stamp, offset)
        if minute is None or second > b"60":  # 60: a leap second
            return _BROKEN
        at, day = minute[0] + int(second), minute[1]
        if method != b"GET":
            return Line("method", at, day)
        page = self._pages.get(target) or self._page(target)
        if page is None:
            return Line("page", at, day)
        if status not in (b"200", b"304"):
            return Line("status", at, day)
        if agent in (None, b"", b"-"):
            return Line("no_agent", at, day)
        if self._is_robot(agent):
            return Line("robot", at, day)
        if self._is_own(address):
            return Line("own", at, day)
        return Line("view", at, day, page, hash((address, agent)), _origin(target))

    def _page(self, target: bytes) -> object:
        if target[:1] != b"/":  # as a proxy is asked: GET http://host/path
            try:
                target = urlsplit(target).path
            except ValueError:
                return None
        path = target.partition(b"?")[0]
        page = self._pages.get(path)
        return self._pages.get(unquote_to_bytes(path)) if page is None and b"%" in path else page


def path_of(address: str) -> bytes:
    """What `Judge` knows a published page by; empty for an address that no web server's log would show."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return b""
    if parts.scheme not in ("http", "https") or parts.query or parts.path in ("", "/"):
        return b""  # `/?p=12` is told by its query alone, and that is not looked at
    return unquote_to_bytes(parts.path)


def _minute(stamp: bytes, offset: bytes, zone: ZoneInfo) -> tuple[int, date] | None:
    """Of `09/Nov/2026:07:05` and `+0700`: seconds since 1970, and the day in the unit's zone."""
    try:
        hours, minutes = int(offset[:3]), int(offset[:1] + offset[3:])
        there = timezone(timedelta(hours=hours, minutes=minutes))
        day, month, year = int(stamp[:2]), _MONTHS[stamp[3:6]], int(stamp[7:11])
        moment = datetime(year, month, day, int(stamp[12:14]), int(stamp[15:17]), tzinfo=there)
        return int(moment.astimezone(UTC).timestamp()), moment.astimezone(zone).date()
    except (ValueError, KeyError, OverflowError):
        return None


def _origin(target: bytes) -> str:
    """Where a reader came from, as the link says (`?n=to-roi`, `?utm_source=zalo`), in plain letters."""
    found = _ORIGIN.search(target)
    if found is None:
        return ""
    written = unquote_to_bytes(found[2].replace(b"+", b" ")).decode("utf-8", "replace").lower()
    name = _PLAIN.sub("-", written).strip("-")[:40]
    return f"{found[1].decode()}:{name}" if name else ""
