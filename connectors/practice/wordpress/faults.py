"""Trouble on request, as WordPress and the servers around it make it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from connectors.practice.faults import Fault, Faults
from connectors.practice.wire import Reply

AFTER = "_after_accept"
_PLAIN = (
    *("500", "cut", "html_502", "html_200", "empty_200", "truncated_200", "list_200", "wrong_types_200"),
    *("429", "503", "html_403", "html_413"),
)
KINDS = (*_PLAIN, *(kind + AFTER for kind in _PLAIN), "cut_before", "slow", "slow_before", "twice")
"""Besides `code_NAME` for any of WordPress's codes, with or without `_after_accept`.

`twice` does what a proxy does that sends a request again: the second answer goes back.
"""

_STATUS = {
    "rest_not_logged_in": 401,
    "rest_cannot_create": 403,
    "rest_cannot_edit": 403,
    "rest_cannot_publish": 403,
    "rest_forbidden": 403,
    "rest_upload_sideload_error": 500,
    "rest_upload_unknown_error": 500,
    "internal_server_error": 500,
    "db_insert_error": 500,
    "rest_no_route": 404,
}
_HTML = "text/html; charset=UTF-8"
_WRONG_TYPES: dict[str, Any] = {
    "id": "17",
    "status": ["publish"],
    "link": 5,
    "slug": None,
    "date_gmt": 0,
    "content": "?",
    "namespaces": "wp/v2",
    "authentication": "yes",
    "capabilities": ["read"],
    "source_url": 3,
}


class WordPressFaults(Faults):
    """The faults that are armed; the oldest match is used up first."""

    def arm(self, fault: Fault) -> None:
        """Raises ValueError for a kind nobody knows."""
        if fault.kind not in KINDS and not fault.kind.startswith("code_"):
            raise ValueError(f"unknown kind of fault {fault.kind!r}; known: {', '.join(KINDS)}, code_NAME")
        self._armed.append(fault)


def spoil(fault: Fault, work: Callable[[], Reply]) -> Reply:
    """The answer under a fault; `work` is done first, not at all, or too late, as the kind says."""
    kind = fault.kind
    if kind == "slow":  # the work is done, the answer is late
        reply = work()
        reply.delay_s = fault.seconds
        return reply
    if kind == "slow_before":
        return Reply(delay_s=fault.seconds, late=work)
    if kind == "twice":
        work()
        return work()
    good = work() if kind.endswith(AFTER) else None
    return _bad_answer(kind.removesuffix(AFTER), good, fault.seconds)


def told(code: str, message: str, status: int, **data: Any) -> Reply:
    """An error as WordPress words it."""
    body = {"code": code, "message": message, "data": {"status": status, **data}}
    return Reply(status, json.dumps(body).encode())


def _bad_answer(kind: str, good: Reply | None, seconds: float) -> Reply:
    if kind in ("cut", "cut_before"):
        return Reply(cut=True)
    if kind.startswith("html_"):
        number = kind.removeprefix("html_")
        page = f"<html><head><title>{number}</title></head><body><h1>{number}</h1></body></html>"
        return Reply(int(number), page.encode(), _HTML)
    if kind in ("429", "503"):
        wait = {"Retry-After": str(int(seconds))} if seconds else {}
        return Reply(
            int(kind), b"<h1>Briefly unavailable for scheduled maintenance.</h1>", _HTML, headers=wait
        )
    if kind == "empty_200":
        return Reply(200, b"", None)
    if kind == "truncated_200":
        return Reply(200, (good.body if good else b'{"id":1234')[:-2])
    if kind == "list_200":
        return Reply(200, b'["ok"]')
    if kind == "wrong_types_200":
        return Reply(200, json.dumps(_WRONG_TYPES).encode())
    code = "internal_server_error" if kind == "500" else kind.removeprefix("code_")
    return told(code, "There has been a critical error on this website.", _STATUS.get(code, 400))
