"""The one HTTP layer: time-outs, proxies, size limits, redaction, and each request sent once.

`requests` never retries here (`max_retries=0`), follows no redirect and reads no environment per
call. A transport failure becomes `NotSent` where nothing can have been created, else `Unknown`.

Given a clock, it notes how far each host's `Date` is from it: a clock that is off posts early or late.
"""

from __future__ import annotations

import json
import logging
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, NewConnectionError

from connectors.errors import NotSent, Unknown
from connectors.redact import redact
from connectors.skew import least_skew_s

# urllib3 prints whole addresses at DEBUG, and some of Facebook's must carry a token in the query.
logging.getLogger("urllib3").setLevel(logging.INFO)

CONNECT_TIMEOUT_S = 5.0
TOTAL_TIMEOUT_S = 40.0
"""Longest a call may take in all; a lane's lease outlives it (scheduler.policy)."""
ANSWER_MAX_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True)
class Answer:
    """A platform's answer. Header names are case-insensitive (requests' own mapping)."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The decoded body whatever its content type, or None when it is not JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):  # UnicodeDecodeError is a ValueError
            return None

    def excerpt(self) -> str:
        """The head of the body as evidence, redacted."""
        return redact(self.body[:2000].decode("utf-8", "replace"), longest=300)


def _be_patient(connection: HTTPConnection) -> None:
    """urllib3 gives the sending of a body no longer than the connecting; an upload has the call's time."""
    if connection.sock is None:
        connection.connect()  # within CONNECT_TIMEOUT_S
    connection.sock.settimeout(TOTAL_TIMEOUT_S)


class _PlainConnection(HTTPConnection):
    def send(self, data: Any) -> None:
        _be_patient(self)
        super().send(data)


class _TlsConnection(HTTPSConnection):
    def send(self, data: Any) -> None:
        _be_patient(self)
        super().send(data)


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}


class Http:
    """Shared by all lanes: one pool of kept connections, safe to call from many threads."""

    def __init__(
        self,
        *,
        user_agent: str = "Loa/0.1",
        proxies: Mapping[str, str] | None = None,
        pool: int = 64,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        self._now = now
        self.skews: dict[str, float] = {}
        """By host, from its last answer: seconds by which our clock is ahead, negative for behind."""
        self._proxies = dict(urllib.request.getproxies() if proxies is None else proxies)
        self._bypass: dict[str, bool] = {}
        self.session = requests.Session()
        self.session.trust_env = False  # the environment was read once, above
        self.session.headers["User-Agent"] = user_agent
        self.session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = _Adapter(pool_connections=pool, pool_maxsize=pool, max_retries=0)
        self.session.mount("http://", adapter)
        self.session.mount("https://", adapter)

    def call(
        self,
        method: str,
        url: str,
        *,
        creates: bool,
        total_timeout_s: float = TOTAL_TIMEOUT_S,
        **request: Any,
    ) -> Answer:
        """Send once and read the whole answer.

        `creates` says whether the request may change anything at the far end: it decides between
        `Unknown` and `NotSent` when the answer is lost. Raises nothing else for transport trouble.
        """
        until = time.monotonic() + total_timeout_s
        sent_at = self._now() if self._now else None
        try:
            with self.session.request(
                method,
                url,
                timeout=(CONNECT_TIMEOUT_S, total_timeout_s),
                allow_redirects=False,
                stream=True,
                proxies=self._proxies_for(url),
                **request,
            ) as response:
                self._note_date(url, response, sent_at)
                body = self._read(response, until)
                return Answer(response.status_code, response.headers, body)
        except (requests.exceptions.RequestException, HTTPError, ValueError) as error:
            # ValueError: an address to be redirected to that is none (requests looks at it all the same)
            detail = redact(_brief(error))
            if not creates or _never_left(error):
                raise NotSent("net:unreachable", detail) from None  # the cause may carry a token
            raise Unknown("net:no-answer", detail) from None

    def skew_s(self) -> float | None:
        """Seconds by which our clock is ahead of what the hosts say; None when none has said anything.

        The host that agrees with us most is believed: others may have a wrong clock of their own. One on this
        machine has the same clock as we do.
        """
        told = [skew for host, skew in self.skews.copy().items() if not _is_here(host)]
        return min(told, key=abs, default=None)

    def close(self) -> None:
        self.session.close()

    def _note_date(self, url: str, response: requests.Response, sent_at: datetime | None) -> None:
        if self._now is None or sent_at is None:
            return
        skew = least_skew_s(response.headers, sent_at, self._now())
        if skew is not None:
            self.skews[urlsplit(url).hostname or ""] = skew

    def _read(self, response: requests.Response, until: float) -> bytes:
        body = bytearray()
        raw = response.raw
        while chunk := raw.read1(
            64 * 1024, decode_content=True
        ):  # what is there: a trickle must not fill 64 KiB
            body += chunk
            if len(body) > ANSWER_MAX_BYTES or time.monotonic() > until:
                raise requests.exceptions.ReadTimeout("answer too long or too slow")
        return bytes(body)

    def _proxies_for(self, url: str) -> dict[str, str]:
        if not self._proxies:
            return {}
        host = urlsplit(url).hostname or ""
        if host not in self._bypass:
            self._bypass[host] = _is_here(host) or bool(urllib.request.proxy_bypass(host))
        return {} if self._bypass[host] else self._proxies


def _is_here(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")


def _never_left(error: Exception) -> bool:
    """True when the connection was never made, so no byte of the request can have arrived."""
    never = (
        requests.exceptions.ConnectTimeout,
        requests.exceptions.InvalidURL,
        requests.exceptions.MissingSchema,
        requests.exceptions.InvalidSchema,
    )
    if isinstance(error, never):
        return True
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return True  # other TLS errors can also come while the answer is being read
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, NewConnectionError)


def _brief(error: Exception) -> str:
    """What went wrong at the bottom (`Connection refused`), not the whole chain of wrappers."""
    deepest: BaseException = error
    seen: list[BaseException] = []
    while deepest not in seen:
        seen.append(deepest)
        inner = [getattr(deepest, "reason", None), deepest.__cause__, deepest.__context__, *deepest.args]
        deepest = next((e for e in inner if isinstance(e, BaseException) and e not in seen), deepest)
    words = getattr(deepest, "strerror", None) or str(deepest)
    return f"{type(error).__name__}: {words}"
