"""Google's client on our own transport: its knowledge of the API, our rules of sending.

Why not as it comes (facts §0, §6; measured 2026-11-21): httplib2 sends a POST twice when no answer
comes, and `num_retries` repeats chunks with empty bodies. So httplib2 is replaced by `Wire`, nothing is
ever retried by the library, and the service is built from the discovery document in the package.
"""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any, Protocol
from urllib.parse import urlsplit

import httplib2  # type: ignore[import-untyped]
from googleapiclient import discovery, discovery_cache  # type: ignore[import-untyped]
from googleapiclient.errors import HttpError  # type: ignore[import-untyped]
from googleapiclient.http import HttpRequest  # type: ignore[import-untyped]

from connectors.errors import ConnectorError, NotSent, Throttled, Unknown
from connectors.http import Http
from connectors.redact import redact
from connectors.youtube.errors import classify, unreadable
from connectors.youtube.quota import QuotaBook
from connectors.youtube.settings import Settings, is_google

READ_TIMEOUT_S = 10.0
SEND_AT_MOST_S = 20.0
"""A body that is not away by then is cut by ourselves: the lane's lease must outlive every call, and what
the server kept of a cut chunk counts all the same."""


class Tokens(Protocol):
    """Where the access token comes from: a channel's login, or one that is being made."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """Everything that must never be read in an error."""
        ...

    def bearer(self) -> str: ...

    def renew(self) -> None: ...


class Wire:
    """Looks like `httplib2.Http` to Google's client; every request goes out once through `Http`.

    Only a 401 is answered by a second sending, with a new token: it means that nothing was accepted.
    Raises the errors of `connectors.errors`.
    """

    def __init__(self, http: Http, tokens: Tokens, settings: Settings) -> None:
        self._http = http
        self._tokens = tokens
        self._roots = (settings.base_url, settings.upload_url, settings.analytics_url)
        self._timeout_s = settings.timeout_s

    def request(
        self,
        uri: str,
        method: str = "GET",
        body: bytes | str | None = None,
        headers: dict[str, str] | None = None,
        redirections: int = 0,  # noqa: ARG002 part of httplib2's shape; no redirect is ever followed
        connection_type: object = None,  # noqa: ARG002 the same
    ) -> tuple[httplib2.Response, bytes]:
        if not self._is_trusted(uri):  # a session address comes from an answer; our token goes to it
            raise Unknown("yt:strange-address", _origin(uri)[1][:80])
        response, content = self._send(method, uri, body, headers or {})
        if response.status == 401:
            self._tokens.renew()
            response, content = self._send(method, uri, body, headers or {})
        return response, content

    def close(self) -> None:
        """The connections belong to all channels."""

    def _send(
        self, method: str, uri: str, body: bytes | str | None, headers: dict[str, str]
    ) -> tuple[httplib2.Response, bytes]:
        asks = _header(headers, "content-range").startswith("bytes */")
        creates = method != "GET" and not asks
        data = body.encode() if isinstance(body, str) else body
        sent = _Paced(data, min(self._timeout_s, SEND_AT_MOST_S)) if data else None
        try:
            answer = self._http.call(
                method,
                uri,
                creates=creates,
                total_timeout_s=self._timeout_s if creates else min(self._timeout_s, READ_TIMEOUT_S),
                headers={**headers, "Authorization": f"Bearer {self._tokens.bearer()}"},
                data=sent,
            )
        except (NotSent, Unknown) as error:
            raise type(error)(error.code, redact(error.detail, self._tokens.secrets)) from None
        finally:
            if sent:
                sent.close()  # `requests` keeps its request for a while, and with it a whole chunk
        fields = {name.lower(): value for name, value in answer.headers.items()}
        return httplib2.Response({**fields, "status": str(answer.status)}), answer.body

    def _is_trusted(self, uri: str) -> bool:
        origin = _origin(uri)
        if any(origin == _origin(root) for root in self._roots):
            return True
        return is_google(uri) and any(is_google(root) for root in self._roots)


class _Paced(io.BytesIO):
    """A body that stops after its time, in pieces: one large piece would have to leave within 5 seconds."""

    def __init__(self, data: bytes, seconds: float) -> None:
        super().__init__(data)  # shares the bytes, copies nothing
        self._until = time.monotonic() + seconds

    def read(self, size: int | None = -1, /) -> bytes:
        if time.monotonic() > self._until:
            raise TimeoutError("sending took too long")
        return super().read(size)


class Api:
    """The three faces of the API for one channel, built on first use, and the one way to call them."""

    def __init__(
        self,
        settings: Settings,
        wire: Wire,
        tokens: Tokens,
        quota: QuotaBook,
        now: Callable[[], datetime],
    ) -> None:
        self.settings, self.wire, self.quota, self.now = settings, wire, quota, now
        self._tokens = tokens
        self._built: dict[tuple[str, str], Any] = {}

    @property
    def data(self) -> Any:
        return self._service("youtube", "v3", self.settings.base_url)

    @property
    def upload(self) -> Any:
        """The same API on the host that takes files."""
        return self._service("youtube", "v3", self.settings.upload_url)

    @property
    def analytics(self) -> Any:
        return self._service("youtubeAnalytics", "v2", self.settings.analytics_url)

    def run(self, request: HttpRequest) -> dict[str, Any]:
        """One call, one answer: a JSON object without an error in it."""
        self.quota.count(request.methodId or "")
        creates = request.method != "GET"
        answer = self.guard(lambda: request.execute(num_retries=0), request.methodId or "", creates=creates)
        if not isinstance(answer, dict) or "error" in answer:
            raise unreadable("yt:unreadable", f"{request.methodId}: {type(answer).__name__}", creates=creates)
        return answer

    def erase(self, request: HttpRequest) -> None:
        """One call whose answer is that there is none (204)."""
        self.quota.count(request.methodId or "")
        answer = self.guard(lambda: request.execute(num_retries=0), request.methodId or "", creates=True)
        if answer:
            raise Unknown("yt:unreadable", f"{request.methodId}: an answer where none belongs")

    def guard(self, act: Callable[[], Any], method: str, *, creates: bool) -> Any:
        """What the library raises, as one of the five errors."""
        try:
            return act()
        except HttpError as error:
            raise self.trouble(error.resp, error.content, method, creates=creates) from None
        except ConnectorError:
            raise
        except (ValueError, RecursionError, LookupError, TypeError, AttributeError) as error:
            # the library reads an answer before we do: no JSON, no Range where one belongs
            raise unreadable("yt:unreadable", f"{method}: {type(error).__name__}", creates=creates) from None

    def trouble(
        self, response: httplib2.Response, content: bytes, method: str, *, creates: bool
    ) -> ConnectorError:
        error = classify(
            response.status,
            response,
            content,
            creates=creates,
            now=self.now(),
            secrets=self._tokens.secrets,
            call=method,
        )
        if isinstance(error, Throttled) and error.code in ("yt:quotaExceeded", "yt:dailyLimitExceeded"):
            self.quota.exhausted(method)
        return error

    def _service(self, name: str, version: str, root: str) -> Any:
        key = (name, root)
        if key not in self._built:
            # `client_options.api_endpoint` would send uploads to https:// on that host (facts §0)
            document = {**_document(name, version), "rootUrl": f"{root}/"}
            document.pop("mtlsRootUrl", None)
            self._built[key] = discovery.build_from_document(document, http=self.wire)
        return self._built[key]


@cache
def _document(name: str, version: str) -> dict[str, Any]:
    """The description of the API that comes inside google-api-python-client."""
    text = discovery_cache.get_static_doc(name, version)
    if text is None:
        raise LookupError(f"google-api-python-client has no document for {name} {version}")
    return dict(json.loads(text))


def _header(headers: dict[str, str], name: str) -> str:
    return next((value for key, value in headers.items() if key.lower() == name), "")


def _origin(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:  # brackets that are no address: nobody's origin
        return "", url
    return parts.scheme, parts.netloc.lower()
