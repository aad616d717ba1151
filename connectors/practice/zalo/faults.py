"""Trouble on request: what Zalo and its gateways do on a bad day, on chosen calls."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from connectors.practice.wire import Reply
from connectors.practice.zalo.oauth import invalid_refresh_token
from connectors.practice.zalo.wire import ZaloError

AFTER = "_after_accept"
_PLAIN = ("500", "cut", "html_504", "empty_200", "truncated_200", "list_200", "wrong_types_200")
KINDS = (*_PLAIN, *(kind + AFTER for kind in _PLAIN), "cut_before", "slow", "slow_before", "twice")
"""Besides `code_-N`, with or without `_after_accept`; Zalo's words may follow: `code_-223:reach quota`.

`twice` does what a proxy does that sends a request again: the second answer goes back.
"""

_SAID = {
    -32: "Your Official Account reached limit call api",
    -200: "Upload media failed: Too many failed attempts",
    -201: "title is invalid!",
    -209: "Not supported this api",
    -211: "Out of quota",
    -214: "Article is being processed",
    -216: "Access token is invalid",
    -219: "App is removed or disabled",
    -220: "access_token is expired or removed",
    -223: "Official Account has not authorized this API",
    -224: "The OA needs to upgrade OA Tier Package to use this feature",
    -234: "This request cannot be sent at night (10:00PM - 6:00AM)",
    -248: "Violates our platform standards",
}
_HTML = (
    b"<html><head><title>504 Gateway Time-out</title></head><body><h1>504 Gateway Time-out</h1></body></html>"
)
_WRONG_TYPES = {
    "error": "none",
    "message": ["?"],
    "data": {"not": "it"},
    "access_token": 17,
    "refresh_token": {},
}
_CODE = re.compile(r"code_(-\d+)(?::(.*))?", re.DOTALL)


@dataclass
class Fault:
    """What to do on matching calls, and how many times yet. `path` is the end of one; None matches all."""

    kind: str
    times: int = 1
    seconds: float = 0.0
    method: str | None = None
    path: str | None = None

    def matches(self, method: str, path: str) -> bool:
        return (
            self.times > 0
            and self.method in (None, method)
            and (self.path is None or path.endswith(self.path))
        )


class Faults:
    """The faults that are armed; the oldest match is used up first."""

    def __init__(self) -> None:
        self._armed: list[Fault] = []

    def arm(self, fault: Fault) -> None:
        """Raises ValueError for a kind nobody knows."""
        if fault.kind not in KINDS and not _CODE.fullmatch(fault.kind.replace(AFTER, "", 1)):
            raise ValueError(f"unknown kind of fault {fault.kind!r}; known: {', '.join(KINDS)}, code_-N")
        self._armed.append(fault)

    def clear(self) -> None:
        self._armed.clear()

    def take(self, method: str, path: str) -> Fault | None:
        for fault in self._armed:
            if fault.matches(method, path):
                fault.times -= 1
                if not fault.times:
                    self._armed.remove(fault)
                return fault
        return None


def spoil(fault: Fault, work: Callable[[], Reply]) -> Reply:
    """The answer under a fault; `work` is done first, not at all, or too late, as the kind says."""
    kind = fault.kind
    if kind == "slow":
        reply = work()
        reply.delay_s = fault.seconds
        return reply
    if kind == "slow_before":
        return Reply(delay_s=fault.seconds, late=work)
    if kind == "twice":
        work()
        return work()
    good = work() if AFTER in kind else None
    return _bad_answer(kind.replace(AFTER, "", 1), good)


def _bad_answer(kind: str, good: Reply | None) -> Reply:
    if kind in ("cut", "cut_before"):
        return Reply(cut=True)
    if kind == "500":
        return Reply(500, b'{"error":-1,"message":"Internal error"}')
    if kind == "html_504":
        return Reply(504, _HTML, "text/html; charset=utf-8")
    if kind == "empty_200":
        return Reply(200, b"", None)
    if kind == "truncated_200":
        return Reply(200, (good.body if good else b'{"data":{"id":"12')[:-2])
    if kind == "list_200":
        return Reply(200, b'["ok"]')
    if kind == "wrong_types_200":
        return Reply(200, json.dumps(_WRONG_TYPES).encode())
    found = _CODE.fullmatch(kind)
    code, said = (int(found[1]), found[2]) if found else (-1, None)
    if code == -14014:
        return invalid_refresh_token().reply()
    if code <= -14000:
        return ZaloError(code, "", error_name=said or "Practice error").reply()
    status = 404 if code == -209 else 200
    return ZaloError(code, said or _SAID.get(code, "Practice error"), status=status).reply()
