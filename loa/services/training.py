"""Telling a running practice platform to misbehave."""

from __future__ import annotations

import json

from connectors.errors import ConnectorError
from connectors.http import Http
from content.errors import PlatformTrouble, UsageError


def arm_fault(
    url: str, kind: str, *, method: str | None, edge: str | None, times: int, seconds: float
) -> None:
    """Arm one fault; raises UsageError with the platform's list of kinds for one that it does not know."""
    order = {"kind": kind, "times": times, "seconds": seconds, "match": {"method": method, "edge": edge}}
    http = Http()
    try:
        headers = {"Content-Type": "application/json"}
        answer = http.call(
            "POST", f"{url}/practice/faults", creates=False, data=json.dumps(order), headers=headers
        )
    except ConnectorError:
        raise PlatformTrouble("cli.practice.not_running", url=url) from None
    finally:
        http.close()
    if answer.status != 200:
        raise UsageError("cli.practice.bad_fault", detail=answer.excerpt())
