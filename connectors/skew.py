"""How far this machine's clock is off, as the `Date` header of a platform's answers tells it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_ONE_S = timedelta(seconds=1)
"""The header's resolution (RFC 9110 §5.6.7): the moment it names lasts this long."""


def least_skew_s(headers: Mapping[str, str], sent_at: datetime, got_at: datetime) -> float | None:
    """Seconds by which our clock is at least ahead (negative: behind); None where nothing can be told.

    The answer was stamped between our `sent_at` and `got_at`, so the whole of that time is benefit of the
    doubt, and a slow answer says little. One from a cache was stamped who knows when.
    """
    if headers.get("Age", "0").strip() != "0":
        return None
    try:
        stamped = parsedate_to_datetime(headers["Date"])
    except (KeyError, TypeError, ValueError, IndexError, OverflowError):
        return None
    stamped = stamped if stamped.tzinfo else stamped.replace(tzinfo=UTC)
    ahead = (sent_at - (stamped + _ONE_S)).total_seconds()
    behind = (got_at - stamped).total_seconds()
    return ahead if ahead > 0 else min(behind, 0.0)
