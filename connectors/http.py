"""The one HTTP layer: time-outs, proxies, size limits, redaction, and each request sent once.

`requests` never retries here (`max_retries=0`), follows no redirect and reads no environment per
call. A transport failure becomes `NotSent` where nothing can have been created, else `Unknown`.

Given a clock, it notes how far each host's `Date` is from it: a clock that is off posts early or late.
"""

from __future__ import annotations

import json
import logging
import socket
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
from connectors.outside import NotOutside, connect, must_be_outside
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


class _OutsidePlainConnection(_PlainConnection):
    def _new_conn(self) -> socket.socket:
        return connect(self)


class _OutsideTlsConnection(_TlsConnection):
    def _new_conn(self) -> socket.socket:
        return connect(self)


class _OutsidePlainPool(HTTPConnectionPool):
    ConnectionCls = _OutsidePlainConnection


class _OutsideTlsPool(HTTPSConnectionPool):
    ConnectionCls = _OutsideTlsConnection


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}


class _OutsideAdapter(HTTPAdapter):
    """Its proxies are reached as everybody's: they stand inside."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _OutsidePlainPool, "https": _OutsideTlsPool}


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
        self._bad_proxy = next((way for way in _WAYS if not _is_proxy(self._proxies.get(way, ""))), "")
        self._bypass: dict[str, bool] = {}
        self.session = _session(user_agent, _Adapter(pool_connections=pool, pool_maxsize=pool, max_retries=0))
        self._outside = _session(user_agent, _OutsideAdapter(max_retries=0))

    def call(
        self,
        method: str,
        url: str,
        *,
        creates: bool,
        total_timeout_s: float = TOTAL_TIMEOUT_S,
        most_bytes: int = 0,
        outside: bool = False,
        **request: Any,
    ) -> Answer:
        """Send once and read the whole answer.

        `creates` says whether the request may change anything at the far end: it decides between
        `Unknown` and `NotSent` when the answer is lost. Raises nothing else for transport trouble.
        `outside`: the address is a stranger's, so only a machine on the public net is connected to
        (`connectors.outside`); NotSent `net:inside` otherwise.
        With `most_bytes` an answer to a mere question that is longer is NotSent `net:too-long`.
        """
        until = time.monotonic() + total_timeout_s
        sent_at = self._now() if self._now else None
        session = self._outside if outside else self.session
        try:
            proxies = self._proxies_for(url)
            if outside and proxies:
                must_be_outside(url)
            with session.request(
                method,
                url,
                timeout=(CONNECT_TIMEOUT_S, total_timeout_s),
                allow_redirects=False,
                stream=True,
                proxies=proxies,
                **request,
            ) as response:
                self._note_date(url, response, sent_at)
                body = self._read(response, until, most_bytes or ANSWER_MAX_BYTES)
                return Answer(response.status_code, response.headers, body)
        except (requests.exceptions.RequestException, HTTPError, ValueError) as error:
            # ValueError: an address to be redirected to that is none (requests looks at it all the same)
            if _is_inside(error):
                raise NotSent("net:inside", urlsplit(url).hostname or "") from None
            if isinstance(error, _TooLong) and most_bytes and not creates:
                raise NotSent("net:too-long", str(most_bytes // 1024)) from None
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
        self._outside.close()

    def _note_date(self, url: str, response: requests.Response, sent_at: datetime | None) -> None:
        if self._now is None or sent_at is None:
            return
        skew = least_skew_s(response.headers, sent_at, self._now())
        if skew is not None:
            self.skews[urlsplit(url).hostname or ""] = skew

    def _read(self, response: requests.Response, until: float, most_bytes: int) -> bytes:
        body = bytearray()
        raw = response.raw
        while chunk := raw.read1(
            64 * 1024, decode_content=True
        ):  # what is there: a trickle must not fill 64 KiB
            body += chunk
            if len(body) > most_bytes:
                raise _TooLong("answer too long")
            if time.monotonic() > until:
                raise requests.exceptions.ReadTimeout("answer too slow")
        return bytes(body)

    def _proxies_for(self, url: str) -> dict[str, str]:
        if not self._proxies:
            return {}
        if self._bad_proxy:
            raise ValueError(
                f"the proxy set for {self._bad_proxy} is no address"
            )  # which may hold a password
        host = urlsplit(url).hostname or ""
        if host not in self._bypass:
            self._bypass[host] = _is_here(host) or bool(urllib.request.proxy_bypass(host))
        return {} if self._bypass[host] else self._proxies


class _TooLong(requests.exceptions.ReadTimeout):
    """More bytes than anybody asked for."""


def _session(user_agent: str, adapter: HTTPAdapter) -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # the environment was read once
    session.headers["User-Agent"] = user_agent
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


def _is_inside(error: Exception) -> bool:
    """Whether the host was refused, however deep requests has put that away."""
    inner = error.args[0] if error.args else None
    return any(isinstance(one, NotOutside) for one in (error, inner, getattr(inner, "reason", None)))


_WAYS = ("http", "https", "all")


def _is_proxy(address: str) -> bool:
    """Whether requests will understand it: with anything else it breaks off in the middle of a call."""
    try:
        if address:
            requests.utils.prepend_scheme_if_needed(address, "http")  # type: ignore[no-untyped-call]
    except (TypeError, ValueError):
        return False
    return True


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
