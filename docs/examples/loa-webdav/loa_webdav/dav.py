"""The few WebDAV calls that publishing needs (RFC 4918), and what every answer means to Loa."""

from __future__ import annotations

import base64
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from xml.etree import ElementTree

from loa.api import AuthLost, ConnectorError, NotSent, Refused, Throttled, Unknown, redact

if TYPE_CHECKING:
    from loa.api import Answer, Http

DECISIONS: dict[int, type[ConnectorError]] = {
    401: AuthLost,  # wrong user or password
    403: AuthLost,  # this user may not write here
    405: AuthLost,  # no WebDAV at this address
    409: AuthLost,  # the folder itself is gone (RFC 4918 §9.7.1, §9.9.4)
    413: Refused,  # the page is too large for this server
    415: Refused,  # no web pages here
    423: NotSent,  # somebody has the file open and locked
    429: Throttled,
    503: Throttled,
    507: Throttled,  # the disk is full: nothing but time and a person help (RFC 4918 §11.5)
}
"""Everything else is unclear: `Unknown` after a request that may create, `NotSent` after a read."""

MISSING = (404, 410)
_NONE: Mapping[str, str] = MappingProxyType({})
_NAME = '<?xml version="1.0"?><propfind xmlns="DAV:"><prop><displayname/></prop></propfind>'


class Dav:
    """One server as one user sees it. Raises the errors of `loa.api`, nothing else."""

    def __init__(self, http: Http, user: str, password: str, now: Callable[[], datetime]) -> None:
        self._http = http
        self._now = now
        basic = base64.b64encode(f"{user}:{password}".encode()).decode()  # UTF-8, as RFC 7617 §2.1 allows
        self._login = {"Authorization": f"Basic {basic}"}
        self._secrets = (password, basic)

    def get(self, address: str) -> Answer | None:
        """The file, or None when the server says in so many words that there is none."""
        answer = self._send(
            "GET", address, creates=False, good=(200, *MISSING), headers={"Cache-Control": "no-cache"}
        )
        return answer if answer.status == 200 else None

    def put(self, address: str, page: bytes) -> None:
        """Write a file, over an older one if there is one."""
        headers = {"Content-Type": "text/html; charset=utf-8"}
        self._send("PUT", address, creates=True, good=(200, 201, 204), headers=headers, data=page)

    def move(self, source: str, target: str, etag: str) -> bool:
        """Move a file in one step, never over another, and only if it is still the one with that ETag.

        False when the file is not there or not the same any more, or when the new name is taken: then
        nothing was moved.
        """
        headers = {"Destination": target, "Overwrite": "F"}
        if etag and not etag.startswith("W/"):
            headers["If"] = f"<{urlsplit(source).path}> ([{etag}])"  # RFC 4918 §10.4.2
        answer = self._send("MOVE", source, creates=True, good=(201, 204, 404, 412), headers=headers)
        return answer.status < 300

    def delete(self, address: str) -> bool:
        """False when it was gone already."""
        answer = self._send("DELETE", address, creates=True, good=(200, 204, *MISSING))
        return answer.status < 300

    def name_of(self, folder: str) -> str | None:
        """What the server calls a folder; None when there is no such folder."""
        headers = {"Depth": "0", "Content-Type": "application/xml; charset=utf-8"}
        answer = self._send(
            "PROPFIND", folder, creates=False, good=(207, *MISSING), headers=headers, data=_NAME.encode()
        )
        if answer.status in MISSING:
            return None
        try:
            told = ElementTree.fromstring(answer.body)  # noqa: S314 expat itself stops entity bombs since 2.4.1
        except ElementTree.ParseError:
            raise NotSent("webdav:unreadable", "not XML") from None
        if told.tag != "{DAV:}multistatus":
            raise NotSent("webdav:unreadable", told.tag)
        return (told.findtext(".//{DAV:}displayname") or "").strip()

    def is_open(self, address: str) -> bool:
        """Whether anybody may read there, without a password."""
        return self._http.call("GET", address, creates=False).status == 200

    def _send(
        self,
        method: str,
        address: str,
        *,
        creates: bool,
        good: Collection[int],
        headers: Mapping[str, str] = _NONE,
        data: bytes = b"",
    ) -> Answer:
        headers = {**self._login, **headers}
        answer = self._http.call(method, address, creates=creates, headers=headers, data=data)
        if answer.status in good:
            return answer
        code, detail = f"webdav:{answer.status}", redact(answer.excerpt(), self._secrets)
        kind = DECISIONS.get(answer.status, Unknown if creates else NotSent)
        if kind is Throttled:
            raise Throttled(code, detail, retry_at=self._retry_at(answer))
        raise kind(code, detail)

    def _retry_at(self, answer: Answer) -> datetime | None:
        """`Retry-After` in seconds; in any other form the lane's own rest is as good."""
        seconds = answer.headers.get("Retry-After", "").strip()
        return self._now() + timedelta(seconds=int(seconds[:5])) if seconds.isdecimal() else None
