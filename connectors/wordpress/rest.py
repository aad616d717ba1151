"""One site's REST API as one author sees it: where it is, how to log in, what an answer means.

`/wp-json/` is a guess: with plain permalinks it answers the home page as HTML with 200 (facts §1.3). So
the home page's `Link` header decides, else `?rest_route=`, which every WordPress knows.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from connectors.errors import AuthLost, NotSent, Unknown
from connectors.http import Answer, Http
from connectors.redact import redact
from connectors.wordpress.errors import classify, is_json
from connectors.wordpress.settings import Settings

READ_TIMEOUT_S = 8.0
WRITE_TIMEOUT_S = 24.0
UPLOAD_TIMEOUT_S = 36.0
"""Discovery, a read and a write, or a read and an upload, stay within a lane's lease of 50 s."""
REDIRECTS_MOST = 3

_LINK = re.compile(r'<([^>]+)>\s*;[^,]*\brel="?https://api\.w\.org/"?')
_REDIRECTS = (301, 302, 303, 307, 308)


class Rest:
    """Every method raises the five errors of `connectors.errors` and nothing else.

    `site_time` is the site's clock at its latest answer, None when it has not said.
    """

    def __init__(self, http: Http, settings: Settings, now: Callable[[], datetime]) -> None:
        self._http = http
        self._settings = settings
        self._now = now
        self._root = ""
        self._link_is_wrong = False
        self.site_time: datetime | None = None
        basic = base64.b64encode(f"{settings.user}:{settings.app_password}".encode()).decode()
        self._authorization = f"Basic {basic}"
        compact = settings.app_password.replace(" ", "")  # WordPress takes it with and without its spaces
        secrets = (basic, settings.app_password, compact, settings.user)
        self._secrets = tuple(filter(None, secrets))

    def read(self, path: str, *, anonymous: bool = False, **query: str | int) -> Any:
        """`GET`: decoded JSON."""
        answer = self._send("GET", path, creates=False, query=query, anonymous=anonymous)
        return self._judged(answer, path, creates=False)

    def write(self, path: str, fields: Mapping[str, Any], **query: str) -> Any:
        """`POST` of JSON: decoded JSON. Sent once."""
        return self._judged(self.post(path, fields, **query), path, creates=True)

    def post(self, path: str, fields: Mapping[str, Any], **query: str) -> Answer:
        """`POST` of JSON: the answer as it came, for callers that read an error's data; see `check`."""
        return self._send(
            "POST", path, creates=True, timeout_s=WRITE_TIMEOUT_S, query=query, json=dict(fields)
        )

    def upload(self, path: str, content: bytes, headers: Mapping[str, str], **query: str) -> Any:
        """`POST` of a file as the raw body, which no form limit of PHP applies to."""
        answer = self._send(
            "POST", path, creates=True, timeout_s=UPLOAD_TIMEOUT_S, data=content, headers=headers, query=query
        )
        return self._judged(answer, path, creates=True)

    def delete(self, path: str, *, for_good: bool) -> Any:
        """`DELETE`: into the bin, or past it."""
        query = {"force": "true"} if for_good else {}
        answer = self._send("DELETE", path, creates=True, query=query)
        return self._judged(answer, path, creates=True)

    def page(self, address: str) -> Answer:
        """A public page as anybody gets it, redirects within the site followed."""
        for _ in range(REDIRECTS_MOST):
            answer = self._call("GET", address, creates=False, headers={"Cache-Control": "no-cache"})
            target = urljoin(address, answer.headers.get("Location", ""))
            if answer.status not in _REDIRECTS or not same_site(address, target):
                return answer
            address = target
        return answer

    def check(self, answer: Answer, path: str) -> Any:
        """The decoded JSON of a `post`; raises what the answer stands for."""
        return self._judged(answer, path, creates=True)

    def clean(self, text: str) -> str:
        """Without this site's user and password."""
        return redact(text, self._secrets)

    def _judged(self, answer: Answer, path: str, *, creates: bool) -> Any:
        body = answer.json()
        trouble = classify(
            answer,
            body,
            creates=creates,
            now=self._now(),
            about_one=path.rsplit("/", 1)[-1].isdigit(),
            secrets=self._secrets,
        )
        if trouble:
            if trouble.code == "wp:not-json":  # perhaps the API has moved: ask anew, past the Link header
                self._link_is_wrong = bool(self._root) and "rest_route=" not in self._root
                self._root = ""
            raise trouble
        return body

    def _send(
        self,
        method: str,
        path: str,
        *,
        creates: bool,
        anonymous: bool = False,
        timeout_s: float = READ_TIMEOUT_S,
        query: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        **body: Any,
    ) -> Answer:
        if not anonymous and not (self._settings.user and self._settings.app_password):
            raise AuthLost("wp:no-password")
        root = self._root or self._discover()
        given = {} if anonymous else {"Authorization": self._authorization}
        return self._call(
            method,
            root + path,
            creates=creates,
            timeout_s=timeout_s,
            params=dict(query or {}),
            headers={"Accept": "application/json", **given, **(headers or {})},
            **body,
        )

    def _discover(self) -> str:
        """The address every path is appended to."""
        if not self._settings.valid:
            raise NotSent("wp:base-url", self.clean(self._settings.site))
        address = self._settings.site + "/"
        for _ in range(REDIRECTS_MOST):
            home = self._call("HEAD", address, creates=False)
            if home.status not in _REDIRECTS:
                break
            target = urljoin(address, home.headers.get("Location", ""))
            if not same_site(address, target):
                raise NotSent("wp:moved", self.clean(target))
            address = target
        linked = _LINK.search(home.headers.get("Link", ""))
        if linked and not self._link_is_wrong and same_site(address, linked[1]):
            self._root = linked[1]
            return self._root
        root = f"{address.partition('?')[0]}?rest_route=/"
        answer = self._call("GET", root, creates=False, headers={"Accept": "application/json"})
        if not is_json(answer) and answer.status < 429 and answer.body.strip():
            raise NotSent("wp:no-api", self.clean(answer.excerpt()))
        index = self._judged(answer, "", creates=False)
        namespaces = index.get("namespaces") if isinstance(index, dict) else None
        if not isinstance(namespaces, list) or "wp/v2" not in namespaces:
            raise NotSent("wp:unreadable", "an index without namespaces")
        self._root = root
        return root

    def _call(self, method: str, url: str, *, timeout_s: float = READ_TIMEOUT_S, **request: Any) -> Answer:
        try:
            answer = self._http.call(method, url, total_timeout_s=timeout_s, **request)
        except (NotSent, Unknown) as error:
            raise type(error)(error.code, self.clean(error.detail)) from None
        self.site_time = _moment(answer.headers.get("Date", ""))
        return answer


def same_site(one: str, other: str) -> bool:
    """Whether a password meant for `one` may be shown to `other`: the same host, `www.` aside, and no
    step down from https."""
    try:
        a, b = urlsplit(one), urlsplit(other)
        same_host = _host(a.hostname) == _host(b.hostname) and bool(b.hostname)
        if a.scheme == b.scheme:
            return same_host and a.port == b.port and b.scheme in ("http", "https")
    except ValueError:
        return False
    return same_host and (a.scheme, b.scheme) == ("http", "https")


def _host(name: str | None) -> str:
    return (name or "").removeprefix("www.")


def _moment(header: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(header)
    except (ValueError, TypeError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
