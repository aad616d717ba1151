"""One seam to facebook-sdk: its argument plumbing, our transport, our reading of the answer.

facebook-sdk 3.1.0 (2018) is unmaintained: it refuses every current version number, sends booleans as
`True`, puts the token into the address, and loses HTTP status and headers (all tested, 2026-11-21).
So this class sets the version and owns `request()`; nothing else of the package does any work.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import facebook
from requests.structures import CaseInsensitiveDict

from connectors.errors import AuthLost, ConnectorError, NotSent, Unknown
from connectors.facebook.errors import classify
from connectors.facebook.streams import FilePart, multipart
from connectors.facebook.usage import highest_per_cent
from connectors.http import TOTAL_TIMEOUT_S, Answer, Http
from connectors.redact import redact

VERSION = "v26.0"
"""Released 2026-07-29. Read the changelog before changing it, and the insights names with it."""
BASE_URL = "https://graph.facebook.com"
READ_TIMEOUT_S = 10.0
"""Reads are small; a read before a write must leave the write its time within the lane's lease."""
SLOWEST_BYTES_S = 128 * 1024
"""A line slower than this is given up: what takes a piece of a video there is time that its call has more."""
BATCH_MOST = 50
LOCALE = "vi_VN"
"""Language of `error_user_msg`, which a person reads."""


class PageGraph(facebook.GraphAPI):  # type: ignore[misc]  # the package has no types
    """The Graph API as one token sees it: a Page's, while signing in also a person's or the app's.

    Every method raises the five errors of `connectors.errors` and nothing else. `served_version`,
    `used_per_cent` and `error_data` are of the latest answer.
    """

    def __init__(
        self,
        token: str,
        *,
        http: Http,
        now: Callable[[], datetime],
        base_url: str = BASE_URL,
        app_secret: str = "",
        timeout_s: float = TOTAL_TIMEOUT_S,
    ) -> None:
        super().__init__(access_token=token, session=http.session)  # version=: its list ends at 3.1
        self.version = VERSION
        self.served_version = ""
        self.used_per_cent: int | None = None
        self.error_data: dict[str, Any] = {}
        self.calls = 0
        """So many calls were made, as Facebook counts them: a batch is as many as its parts."""
        self._http = http
        self._now = now
        self._base_url = base_url.rstrip("/") + "/"
        self._timeout_s = timeout_s
        self._proof = _proof(app_secret, token) if app_secret else ""
        self._secrets = tuple(filter(None, (token, app_secret, self._proof)))

    @property
    def version_alarm(self) -> str:
        """The version that answered when it is not the one asked for, else empty.

        A dead version is silently served by the oldest living one (Meta, "Versioning", 2026-11).
        """
        return self.served_version if self.served_version not in ("", VERSION) else ""

    def clean(self, text: str) -> str:
        """Evidence without this Page's secrets, whatever the platform echoed."""
        return redact(text, self._secrets, longest=200)

    def request(
        self,
        path: str,
        args: Mapping[str, Any] | None = None,
        post_args: Mapping[str, Any] | None = None,
        files: Mapping[str, Any] | None = None,
        method: str | None = None,
    ) -> dict[str, Any]:
        """One call, one answer: a JSON object. What changes anything at Facebook is sent once."""
        method = "POST" if post_args is not None else (method or "GET")
        fields = self._fields({**(args or {}), **(post_args or {})})
        more: dict[str, Any] = {"data": fields, "files": files} if method == "POST" else {"params": fields}
        return self._call(method, self._base_url + path, "Bearer", **more)

    def read_many(self, questions: Sequence[str]) -> list[dict[str, Any] | ConnectorError]:
        """Several reads in one request, at most `BATCH_MOST`; each counts as a call (Meta, "Batch Requests").

        A question is a relative address; its answer stands at its place, or the error that asking it alone
        would have raised. Raises what concerns the request as a whole.
        """
        parts = [{"method": "GET", "relative_url": one} for one in questions]
        self.calls += len(parts) - 1
        url, fields = f"{self._base_url}{self.version}/", self._fields({"batch": parts})
        answer, body = self._send("POST", url, "Bearer", creates=False, data=fields)
        if not isinstance(body, list):
            trouble = self._trouble(answer, body)
            raise trouble or NotSent("fb:unreadable", "a batch that was not answered with a list")
        if len(body) != len(parts):  # an answer is known by its place only
            return [NotSent("fb:empty", "a batch with another number of parts was answered")] * len(parts)
        return [self._part_of(one) for one in body]

    def _part_of(self, told: Any) -> dict[str, Any] | ConnectorError:
        """One part's answer; null is what Facebook gives for one that took too long."""
        if not isinstance(told, dict):
            return NotSent("fb:empty", "a part of a batch was not answered")
        status, text, listed = told.get("code"), told.get("body"), told.get("headers")
        headers = CaseInsensitiveDict[str]()
        for one in listed if isinstance(listed, list) else []:
            if isinstance(one, dict):
                headers[str(one.get("name"))] = str(one.get("value"))
        content = text.encode() if isinstance(text, str) else b""
        answer = Answer(status if isinstance(status, int) else 0, headers, content)
        body = _decoded(answer)
        return self._trouble(answer, body) or dict(body)

    def _trouble(self, answer: Answer, body: Any) -> ConnectorError | None:
        return classify(answer, body, creates=False, now=self._now(), secrets=self._secrets)

    def send_part(self, path: str, fields: Mapping[str, Any], name: str, part: FilePart) -> dict[str, Any]:
        """`POST` a form with one piece of a file in it, read from the disk while it is sent.

        It may take longer than a step: whoever hands in `part` renews the lease while it is read.
        """
        body, content_type = multipart(self._fields(fields), name, part)
        headers, sending_s = {"Content-Type": content_type}, len(body) / SLOWEST_BYTES_S
        return self._call(
            "POST", self._base_url + path, "Bearer", sending_s=sending_s, data=body, headers=headers
        )

    def send_bytes(self, address: str, part: FilePart, *, size: int) -> dict[str, Any]:
        """The rest of a file to the address that the platform gave for it (Meta, "Reels Publishing API").

        As long as `send_part`.
        """
        self._check_upload_host(address)
        headers = {"offset": str(part.start), "file_size": str(size)}
        sending_s = len(part) / SLOWEST_BYTES_S
        return self._call("POST", address, "OAuth", sending_s=sending_s, data=part, headers=headers)

    def _fields(self, values: Mapping[str, Any]) -> dict[str, str]:
        fields = {name: _wire(value) for name, value in values.items()}
        fields["locale"] = LOCALE
        if self._proof:
            fields["appsecret_proof"] = self._proof
        return fields

    def _call(
        self,
        method: str,
        url: str,
        scheme: str,
        *,
        headers: Mapping[str, str] | None = None,
        sending_s: float = 0,
        **request: Any,
    ) -> dict[str, Any]:
        creates = method != "GET"
        answer, body = self._send(
            method, url, scheme, creates, headers=headers or {}, sending_s=sending_s, **request
        )
        trouble = classify(answer, body, creates=creates, now=self._now(), secrets=self._secrets)
        if trouble:
            data = body["error"].get("error_data") if _has_error(body) else None
            self.error_data = data if isinstance(data, dict) else {}
            raise trouble
        return dict(body)

    def _send(
        self,
        method: str,
        url: str,
        scheme: str,
        creates: bool,
        *,
        headers: Mapping[str, str] | None = None,
        sending_s: float = 0,
        **request: Any,
    ) -> tuple[Answer, Any]:
        """One call; the answer and what it says, not judged yet."""
        longest_s = self._timeout_s + sending_s if creates else min(self._timeout_s, READ_TIMEOUT_S)
        self.error_data = {}
        self.calls += 1
        try:
            answer = self._http.call(
                method,
                url,
                creates=creates,
                total_timeout_s=longest_s,
                headers={**(headers or {}), "Authorization": f"{scheme} {self._sendable_token()}"},
                **request,
            )
        except (NotSent, Unknown) as error:
            raise type(error)(error.code, redact(error.detail, self._secrets)) from None
        self.served_version = answer.headers.get("facebook-api-version", "")
        self.used_per_cent = highest_per_cent(answer.headers)
        return answer, _decoded(answer)

    def demand_success(
        self, path: str, fields: Mapping[str, Any] | None, files: Mapping[str, Any] | None = None
    ) -> None:
        """`POST` (`DELETE` without fields) what is answered with `success`; Unknown when it is not."""
        how: dict[str, Any] = (
            {"method": "DELETE"} if fields is None else {"post_args": fields, "files": files}
        )
        answer = self.request(f"{self.version}/{path}", **how)
        if answer.get("success") is not True:
            raise Unknown("fb:no-success", self.clean(str(answer)))

    def update_object(self, object_id: str, **fields: Any) -> None:
        """`POST /{object}`, which the package does not know."""
        self.demand_success(object_id, fields)

    def remove_object(self, object_id: str) -> None:
        """`DELETE /{object}`."""
        self.demand_success(object_id, None)

    def debug_token(self, token: str = "") -> dict[str, Any]:
        """What Facebook says about a token, by default this one.

        A call whose documented form puts a token into the query: keep it out of every log.
        """
        answer = self.request(f"{self.version}/debug_token", {"input_token": token or self.access_token})
        data = answer.get("data")
        return data if isinstance(data, dict) else {}

    def exchange(self, app: str, secret: str, token: str) -> dict[str, Any]:
        """A short-lived user token for a long-lived one; the secrets travel in the query, as documented."""
        self._secrets = (*self._secrets, secret, token)
        fields = {"grant_type": "fb_exchange_token", "client_id": app, "client_secret": secret}
        return self.request(f"{self.version}/oauth/access_token", {**fields, "fb_exchange_token": token})

    def _check_upload_host(self, address: str) -> None:
        """The token goes to Facebook's own hosts, or to the one host that the channel was pointed at."""
        to, own = urlsplit(address), urlsplit(self._base_url)
        facebooks = to.scheme == "https" and (to.hostname or "").endswith(".facebook.com")
        if not facebooks and (to.scheme, to.netloc) != (own.scheme, own.netloc):
            raise NotSent("fb:upload-host", redact(address, self._secrets, longest=200))

    def _sendable_token(self) -> str:
        """A pasted token with a stray letter cannot go into a header, and the error would print it."""
        token = str(self.access_token)
        if not token or not token.isascii() or not token.isprintable() or " " in token:
            raise AuthLost("fb:malformed-token")
        if not self._base_url.startswith(("https://", "http://")):
            raise NotSent("fb:base-url", self._base_url)
        return token


def _proof(app_secret: str, token: str) -> str:
    """Meta, "Secure Graph API calls": hex HMAC-SHA256, key the app secret, message the token."""
    return hmac.new(app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()


def _decoded(answer: Answer) -> Any:
    try:
        return answer.json()
    except RecursionError:  # brackets nested by the thousand: not Facebook
        return None


def _has_error(body: Any) -> bool:
    return isinstance(body, dict) and isinstance(body.get("error"), dict)


def _wire(value: Any) -> str:
    if isinstance(value, bool):  # "False" is read as true by some edges
        return "true" if value else "false"
    if isinstance(value, dict | list | tuple):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return str(value)
