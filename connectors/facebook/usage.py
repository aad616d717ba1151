"""Facebook's rate-limit headers, read without trust: they are JSON in a header, and not always."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

_PER_CENT_HEADERS = ("X-App-Usage", "X-Page-Usage", "X-Business-Use-Case-Usage")
_PER_CENT_KEYS = ("call_count", "total_time", "total_cputime")
_LONGEST_WAIT_MINUTES = 24 * 60


def highest_per_cent(headers: Mapping[str, str]) -> int | None:
    """How much of the tightest allowance is used, or None when no header says."""
    found = [
        value
        for header in _PER_CENT_HEADERS
        for entry in _entries(headers.get(header))
        for key in _PER_CENT_KEYS
        if (value := _whole(entry.get(key))) is not None
    ]
    return max(found, default=None)


def minutes_until_access(headers: Mapping[str, str]) -> int:
    """`estimated_time_to_regain_access`, documented in minutes ("Rate Limits", 2026-11); 0 when not said."""
    found = [
        value
        for entry in _entries(headers.get("X-Business-Use-Case-Usage"))
        if (value := _whole(entry.get("estimated_time_to_regain_access"))) is not None
    ]
    return min(max(found, default=0), _LONGEST_WAIT_MINUTES)


def _entries(header: str | None) -> Iterator[dict[str, Any]]:
    """Every flat object in a usage header. restfb's tests know a bare `"17%"` (2026-11)."""
    if not header:
        return
    try:
        value = json.loads(header)
    except (ValueError, RecursionError):  # brackets nested by the thousand are no usage either
        value = header
    if isinstance(value, str):
        bare = re.fullmatch(r'"?(\d{1,4})\s*%"?', value.strip())
        if bare:
            yield {"call_count": int(bare[1])}
    elif isinstance(value, int) and not isinstance(value, bool):
        yield {"call_count": value}
    elif isinstance(value, dict):
        yield value
        for entries in value.values():
            if isinstance(entries, list):
                yield from (entry for entry in entries if isinstance(entry, dict))


def _whole(value: Any) -> int | None:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e9:
        return int(value)
    return None
