"""What happened, as a line of the log says it to a program: an event's name and fields from one list.

The sentence is for people and may change; what stands here is what a log search or an alarm relies on.
`log.info("…", extra=about("step.done", delivery=…))` is how every line is written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

EVENTS: Final = frozenset(
    {
        # a delivery
        "step.done",
        "step.waits",
        "step.trouble",
        "step.fault",
        "step.unwritten",
        "lane.lost",
        "lane.broke_off",
        "use.unnoted",
        "by_hand.waits",
        "by_hand.not_called_off",
        "voice.failed",
        # the publisher
        "publisher.started",
        "publisher.ended",
        "publisher.recovered",
        "publisher.paused",
        "publisher.resumed",
        "publisher.clock_moved",
        "publisher.no_beat",
        "publisher.job_failed",
        "publisher.no_goodbye",
        "publisher.older_copy",
        "publisher.broke_off",
        # what it does beside publishing
        "channel.trouble",
        "channel.remark",
        "channel.expires",
        "channel.unplaced",
        "zone.empty",
        "clock.off",
        "reach.unread",
        "comments.unread",
        "comments.none",
        "janitor.removed",
        "janitor.left",
        "janitor.trouble",
        "backup.made",
        "backup.failed",
        "alert.sent",
        "alert.not_sent",
        "alert.unnoted",
        "health.failed",
        "audit.unnoted",
        "media.not_shared",
        "notes.not_told",
        "store.session_ended",
        "counter.one_address",
        "counter.not_stored",
        "metrics.open",
        "metrics.failed",
        # what names none
        "note",
        "library",
    }
)
"""Every name that a line may bear; docs/guide/theo-doi.md says of each what it means."""
NOTE: Final = "note"
"""Of a line of Loa, or of a connector that somebody added, that names no event."""
LIBRARY: Final = "library"
"""Of a line that another program's part wrote."""

FIELDS: Final = (
    "delivery",
    "channel",
    "platform",
    "step",
    "outcome",
    "attempt",
    "lateness_s",
    "request_id",
    "error",
    "count",
    "seconds",
    "target",
)
"""What a line may tell besides; a field that is not known is left out."""
_ABOUT: Final = "loa_about"
_REQUEST_ID = re.compile(r"\[([\w+/=-]{8,64})\]\s*$", re.ASCII)


def about(event: str, **known: str | int | float | None) -> dict[str, Any]:
    """`extra` of a log call. Raises nothing: a test holds every call to EVENTS and FIELDS."""
    return {_ABOUT: {"event": event, **{name: value for name, value in known.items() if value is not None}}}


def told(record: Any, *, ours: bool) -> Mapping[str, Any]:
    """Event and fields of a `logging.LogRecord`; `ours`: a logger of Loa wrote it."""
    found = getattr(record, _ABOUT, None)
    return found if isinstance(found, Mapping) else {"event": NOTE if ours else LIBRARY}


def request_id(evidence: str) -> str | None:
    """The platform's own name for a call, where its answer ended with one; its support asks for it."""
    found = _REQUEST_ID.search(evidence)
    return found[1] if found else None
