"""The OA OpenAPI as one channel sees it: one call, one answer, `error` 0 or one of the five errors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from connectors.contract import Context
from connectors.errors import AuthLost, ConnectorError, NotSent, Unknown
from connectors.redact import redact
from connectors.zalo.endpoint import sendable
from connectors.zalo.errors import classify, is_being_processed, is_token_refused
from connectors.zalo.settings import Settings
from connectors.zalo.signing import app_secret_proof
from connectors.zalo.tokens import Tokens

TURN = timedelta(seconds=40)
"""All calls and waits of one step together; shorter than a lane's lease (scheduler.policy.LEASE)."""
WRITE_TIMEOUT_S = 20.0
READ_TIMEOUT_S = 8.0
VERIFY_WAITS_S = (1.0, 2.0, 4.0, 6.0, 8.0)
"""Between questions for an article's id; production needed up to 32 s in all (facts §2.3)."""

Body = dict[str, Any]


class OaApi:
    """Calls `https://openapi.zalo.me` with the OA's token, renewing it once when it is refused."""

    def __init__(self, context: Context, settings: Settings, wait: Callable[[float], None]) -> None:
        self._context = context
        self._settings = settings
        self._wait = wait
        self.tokens = Tokens(context, settings, testify=self._takes, wait=wait)
        self.begin()

    def begin(self) -> None:
        """A step starts, or its lease was renewed."""
        self._until = self._context.now() + TURN

    def left_s(self) -> float:
        """Seconds this step still has."""
        return (self._until - self._context.now()).total_seconds()

    def pause(self, seconds: float) -> bool:
        """Wait, if the step has that time and a read's besides; tells whether it did."""
        if self.left_s() < seconds + READ_TIMEOUT_S:
            return False
        self._wait(seconds)
        return True

    def create(self, article: Body) -> str:
        """`POST /article/create`; the token that leads to the id."""
        return self._token_of(self._post("/v2.0/article/create", article))

    def update(self, article: Body) -> str:
        """`POST /article/update`, the whole article with its `id`; a token to verify."""
        return self._token_of(self._post("/v2.0/article/update", article))

    def verify(self, token: str) -> str:
        """`POST /article/verify`: the article's id. -214, not yet, is asked again within this step.

        Raises NotSent with -214 when Zalo needs longer.
        """
        for pause in (*VERIFY_WAITS_S, None):
            try:
                answer = self._post("/v2.0/article/verify", {"token": token}, creates=False)
            except NotSent as error:
                if not is_being_processed(error) or pause is None or not self.pause(pause):
                    raise
            else:
                name = _data(answer).get("id")
                if not isinstance(name, str) or not name:
                    raise NotSent("zalo:unreadable", "a verified article without an id")
                return name
        raise AssertionError("the last pass raises or returns")

    def remove(self, article: str) -> None:
        """`POST /article/remove`. Raises Refused, as for any bad value, when there is no such article."""
        self._post("/v2.0/article/remove", {"id": article})

    def upload(self, body: Iterable[bytes], content_type: str, *, longest_s: float) -> str:
        """`POST /article/upload_video/preparevideo`; the token that leads to the video's id.

        It may take longer than a step: whoever hands in `body` renews the lease while it is read.
        """
        longest_s += WRITE_TIMEOUT_S
        answer = self._call(
            "POST",
            "/v2.0/article/upload_video/preparevideo",
            creates=True,
            longest_s=longest_s,
            headers={"Content-Type": content_type},
            data=body,
        )
        return self._token_of(answer)

    def video(self, token: str) -> Body:
        """`GET /article/upload_video/verify`: `status`, `video_id` and more.

        Zalo's SDK sends the token as a header, newer readers in the address (facts §2.5): both are sent.
        """
        answer = self._call(
            "GET",
            "/v2.0/article/upload_video/verify",
            creates=False,
            headers={"token": token},
            params={"token": token},
        )
        if not _data(answer):
            raise NotSent("zalo:unreadable", "a video without data")
        return _data(answer)

    def broadcast(self, article: str) -> str:
        """`POST /oa/message` to all followers, once; Zalo's id of the message. Never to be repeated."""
        element = {"media_type": "article", "attachment_id": article}
        payload = {"template_type": "media", "elements": [element]}
        message = {"attachment": {"type": "template", "payload": payload}}
        body = {"recipient": {"target": {"gender": "0"}}, "message": message}  # 0: everybody (facts §3.1)
        return str(_data(self._post("/v2.0/oa/message", body)).get("message_id") or "")

    def get(self, path: str, params: Mapping[str, str | int] | None = None) -> Body:
        """A read. Parameters are flat: inside `data={json}`, Zalo's other style, they are refused."""
        return self._call("GET", path, creates=False, params=dict(params or {}))

    def peek(self, path: str, params: Mapping[str, str | int] | None = None) -> Body:
        """A read with the token as it stands; one that Zalo refuses is not renewed."""
        return self._send(self.tokens.grant().access, "GET", path, creates=False, params=dict(params or {}))

    def _post(self, path: str, body: Body, *, creates: bool = True) -> Body:
        return self._call("POST", path, creates=creates, json=body)

    def _call(self, method: str, path: str, *, creates: bool, **request: Any) -> Body:
        token = self.tokens.access()
        try:
            return self._send(token, method, path, creates=creates, **request)
        except AuthLost as error:
            if not is_token_refused(error):
                raise
        # refused for its token, so nothing was done: the same request may go once more
        return self._send(self.tokens.instead_of(token), method, path, creates=creates, **request)

    def _send(
        self,
        token: str,
        method: str,
        path: str,
        *,
        creates: bool,
        longest_s: float | None = None,
        headers: Mapping[str, str] | None = None,
        **request: Any,
    ) -> Body:
        if not self._settings.base_url.startswith(("https://", "http://")):
            raise NotSent("zalo:base-url", self._settings.base_url)
        if not sendable(token):
            raise AuthLost("zalo:malformed-secret")
        headers = {**(headers or {}), "access_token": token}
        hidden = [*self.tokens.all(), token]
        if self._settings.appsecret_proof:
            headers["appsecret_proof"] = app_secret_proof(self.tokens.app()[1], token)
            hidden.append(headers["appsecret_proof"])
        longest = min(WRITE_TIMEOUT_S if creates else READ_TIMEOUT_S, self._settings.timeout_s)
        left = self.left_s()
        if left < min(longest, READ_TIMEOUT_S):
            raise NotSent("zalo:no-time", "the step's time is used up; it goes on next time")
        try:
            answer = self._context.http.call(
                method,
                self._settings.base_url + path,
                creates=creates,
                total_timeout_s=longest_s or min(longest, left),
                headers=headers,
                **request,
            )
        except (NotSent, Unknown) as error:
            raise type(error)(error.code, redact(error.detail, hidden)) from None
        body = answer.json()
        trouble = classify(answer, body, creates=creates, now=self._context.now(), secrets=hidden)
        if trouble:
            raise trouble
        return dict(body)

    def _takes(self, token: str) -> bool:
        try:
            self._send(token, "GET", "/v2.0/oa/getoa", creates=False)
        except AuthLost as error:
            if is_token_refused(error):
                return False
            raise
        return True

    def _token_of(self, answer: Body) -> str:
        token = _data(answer).get("token")
        if not isinstance(token, str) or not token:
            raise Unknown("zalo:no-token", "Zalo took the article and gave no token for it")
        return token


def as_doubt(error: ConnectorError) -> Unknown:
    """After a write was taken, whatever goes wrong next leaves open what is public."""
    return Unknown(error.code, error.detail)


def _data(answer: Body) -> Body:
    data = answer.get("data")
    return data if isinstance(data, dict) else {}
