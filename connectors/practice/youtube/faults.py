"""Trouble on request: what a real platform does on a bad day, once or a few times, on chosen calls."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from connectors.practice.wire import Reply
from connectors.practice.youtube.wire import JSON, REASONS, ApiError

AFTER = "_after_accept"
_PLAIN = ("500", "503", "cut", "html_502", "empty_200", "truncated_200", "list_200", "wrong_types_200")
KINDS = (
    *_PLAIN,
    *(kind + AFTER for kind in _PLAIN),
    "cut_before",  # nothing is done, no answer comes
    "cut_mid",  # in a chunk: `keep` bytes of it stay (half of it when not said), then the line is cut
    "slow",  # done at once, answered after `seconds`
    "slow_before",  # done and answered after `seconds`
    "twice",  # as by a proxy that sends a request again: the second answer goes back; bytes come once
    "expired",  # 401 once; a new access token helps
    "revoked",  # the login is taken back: 401, and invalid_grant from then on
    "session_gone",  # 404, and the session is forgotten
)
"""Besides `reason_X` (any reason of YouTube's), `failed_X` and `rejected_X` (on `videos.insert`: what
processing will make of that video)."""

STORING = ("cut_mid", "slow", "slow_before", "twice")
"""Besides all `_after_accept`: those under which a chunk's bytes are kept."""

_HTML = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
_WRONG_TYPES: dict[str, Any] = {
    "id": 17,
    "items": {"not": "a list"},
    "status": "public",
    "snippet": ["?"],
    "statistics": 3,
    "pageInfo": 0,
    "rows": {"0": 1},
    "columnHeaders": "views",
    "access_token": 5,
}


@dataclass
class Fault:
    """What to do on matching calls, after leaving out the first `skip` of them. None matches everything."""

    kind: str
    times: int = 1
    seconds: float = 0.0
    method: str | None = None
    operation: str | None = None
    skip: int = 0
    keep: int | None = None

    def matches(self, method: str, operation: str) -> bool:
        if self.method not in (None, method) or self.operation not in (None, operation):
            return False
        if self.operation is None and operation in ("token", "device"):
            return False  # the login is spoilt only when it is named
        if self.skip:
            self.skip -= 1
            return False
        return self.times > 0


class Faults:
    """The faults that are armed; the oldest match is used up first."""

    def __init__(self) -> None:
        self._armed: list[Fault] = []

    def arm(self, fault: Fault) -> None:
        """Raises ValueError for a kind nobody knows."""
        if fault.kind not in KINDS and not fault.kind.startswith(("reason_", "failed_", "rejected_")):
            known = ", ".join((*KINDS, "reason_X", "failed_X", "rejected_X"))
            raise ValueError(f"unknown kind of fault {fault.kind!r}; known: {known}")
        self._armed.append(fault)

    def clear(self) -> None:
        self._armed.clear()

    def take(self, method: str, operation: str) -> Fault | None:
        for fault in self._armed:
            if fault.matches(method, operation):
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
    good = work() if kind.endswith(AFTER) else None
    return _bad_answer(kind.removesuffix(AFTER), good)


def _bad_answer(kind: str, good: Reply | None) -> Reply:
    if kind.startswith("cut"):
        return Reply(cut=True)
    if kind == "500":
        return ApiError(500, "backendError", "Backend Error").reply()
    if kind == "503":
        return ApiError(503, "backendError", "Service unavailable").reply()
    if kind == "html_502":
        return Reply(502, _HTML, "text/html; charset=utf-8")
    if kind == "empty_200":
        return Reply(200, b"", None)
    if kind == "truncated_200":
        return Reply(200, (good.body if good else b'{"id":"1234')[:-2], JSON)
    if kind == "list_200":
        return Reply(200, b'["ok"]', JSON)
    if kind == "wrong_types_200":
        return Reply(200, json.dumps(_WRONG_TYPES).encode(), JSON)
    if kind in ("expired", "revoked"):
        return ApiError(401, "authError", "Request had invalid authentication credentials.").reply()
    reason = kind.removeprefix("reason_")
    return ApiError(REASONS.get(reason, 400), reason, f"Practice: {reason}").reply()
