"""Trouble on request: what a real platform does on a bad day, once or a few times, on chosen calls."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from connectors.practice.wire import GraphError, Reply

AFTER = "_after_accept"
_PLAIN = ("500", "cut", "html_502", "empty_200", "truncated_200", "list_200", "wrong_types_200", "error_200")
IN_THE_WORK = ("processing_failed", "offset_invalid")
"""The answer is good, or wrong for a reason that the work itself finds."""
STORING = (*IN_THE_WORK, "slow", "slow_before", "twice", "text_javascript")
"""Besides all `_after_accept`: those under which the bytes of a Reel are kept."""
KINDS = (
    *_PLAIN,
    *(kind + AFTER for kind in _PLAIN),
    *("cut_before", "cut_mid", "slow", "slow_before", "twice", "text_javascript"),
    *IN_THE_WORK,
)
"""Besides `code_N` and `code_N_SUBCODE`, with or without `_after_accept`.

`cut_mid` ends the connection after 100,000 bytes of a body; what of a Reel has come by then is kept.
`twice` does what a proxy does that sends a request again: the second answer goes back.
"""
MIDWAY = "cut_mid"
MIDWAY_BYTES = 100_000

_SUBCODES = {190: 460, 368: 1390008}
_SAID = {
    1: "An unknown error occurred",
    2: "Service temporarily unavailable. Please retry your request later.",
    4: "(#4) Application request limit reached",
    32: "(#32) Page request limit reached",
    190: "Error validating access token: The user has changed their password.",
    200: "(#200) Requires pages_manage_posts permission to manage the object",
    368: "The action attempted has been deemed abusive or is otherwise disallowed",
    80001: "There have been too many calls to this Page account. Wait a bit and try again.",
}
_HTML = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
_REGAIN_MINUTES = 7


@dataclass
class Fault:
    """What to do on matching calls, and how many times yet. None matches everything."""

    kind: str
    times: int = 1
    seconds: float = 0.0
    method: str | None = None
    edge: str | None = None
    object: str | None = None
    phase: str | None = None
    """`upload_phase` of a video call."""
    skip: int = 0
    """So many matching calls pass first."""

    def matches(self, method: str, edge: str, name: str | None, phase: str | None) -> bool:
        return (
            self.times > 0
            and self.method in (None, method)
            and self.edge in (None, edge)
            and (name is None or self.object in (None, name))
            and (phase is None or self.phase in (None, phase))
        )


class Faults:
    """The faults that are armed; the oldest match is used up first."""

    def __init__(self) -> None:
        self._armed: list[Fault] = []

    def arm(self, fault: Fault) -> None:
        """Raises ValueError for a kind nobody knows."""
        if fault.kind not in KINDS and not _code(fault.kind):
            raise ValueError(f"unknown kind of fault {fault.kind!r}; known: {', '.join(KINDS)}, code_N")
        self._armed.append(fault)

    def clear(self) -> None:
        self._armed.clear()

    def cuts_midway(self, method: str, edge: str) -> bool:
        """Asked once a body is half there; its phase and object are not known yet."""
        return self._take(method, edge, None, None, midway=True) is not None

    def take(self, method: str, edge: str, name: str, phase: str = "") -> Fault | None:
        return self._take(method, edge, name, phase, midway=False) if self._armed else None

    def _take(
        self, method: str, edge: str, name: str | None, phase: str | None, *, midway: bool
    ) -> Fault | None:
        for fault in self._armed:
            if (fault.kind == MIDWAY) is midway and fault.matches(method, edge, name, phase):
                if fault.skip:
                    fault.skip -= 1
                    continue
                fault.times -= 1
                if not fault.times:
                    self._armed.remove(fault)
                return fault
        return None


def spoil(fault: Fault, work: Callable[[], Reply], trace: str) -> Reply:
    """The answer under a fault; `work` is done first, not at all, or too late, as the kind says."""
    kind = fault.kind
    if kind in IN_THE_WORK:
        return work()
    if kind in ("slow", "text_javascript"):  # slow: the work is done, the answer is late
        reply = work()
        reply.delay_s = fault.seconds
        if kind == "text_javascript":
            reply.content_type = "text/javascript; charset=UTF-8"
        return reply
    if kind == "slow_before":
        return Reply(delay_s=fault.seconds, late=work)
    if kind == "twice":
        work()
        return work()
    good = work() if kind.endswith(AFTER) else None
    return _bad_answer(kind.removesuffix(AFTER), good, trace)


def _bad_answer(kind: str, good: Reply | None, trace: str) -> Reply:
    if kind in ("cut", "cut_before"):
        return Reply(cut=True)
    if kind == "500":
        return GraphError(2, _SAID[2], status=500, transient=True).reply(trace)
    if kind == "html_502":
        return Reply(502, _HTML, "text/html; charset=utf-8")
    if kind == "empty_200":
        return Reply(200, b"", None)
    if kind == "truncated_200":
        return Reply(200, (good.body if good else b'{"id":"1234')[:-2])
    if kind == "list_200":
        return Reply(200, b'["ok"]')
    if kind == "wrong_types_200":
        return Reply(200, json.dumps(_WRONG_TYPES).encode())
    if kind == "error_200":
        reply = GraphError(2, _SAID[2], transient=True).reply(trace)
        reply.status = 200
        return reply
    code, subcode = _code(kind) or (1, None)
    status = 500 if code in (1, 2) else 403 if code in (10, 200) else 400
    said = _SAID.get(code, f"(#{code}) Practice error")
    told = GraphError(code, said, subcode=subcode, status=status, transient=code in (1, 2, 4, 17, 32))
    reply = told.reply(trace)
    if code == 80001:
        usage = {"practice": [{"type": "pages", "call_count": 100, "total_cputime": 20, "total_time": 20}]}
        usage["practice"][0]["estimated_time_to_regain_access"] = _REGAIN_MINUTES
        reply.headers["X-Business-Use-Case-Usage"] = json.dumps(usage)
    return reply


_WRONG_TYPES: dict[str, Any] = {
    "id": 17,
    "success": "yes",
    "data": {"not": "a list"},
    "paging": [],
    "is_published": "true",
    "created_time": 0,
    "message": {"text": "?"},
    "name": ["?"],
    "published": "true",
    "status": "ready",
    "video_id": 5,
    "upload_session_id": 6,
    "start_offset": [],
}


def _code(kind: str) -> tuple[int, int | None] | None:
    found = re.fullmatch(r"code_(\d+)(?:_(\d+))?", kind.removesuffix(AFTER))
    if not found:
        return None
    code = int(found[1])
    return code, int(found[2]) if found[2] else _SUBCODES.get(code)
