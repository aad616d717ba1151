"""A delivery's life (DESIGN §4), and a post's status derived from its deliveries."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Status(StrEnum):
    """Where a delivery stands. The holder of status is the delivery row and nothing else."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    QUEUED = "queued"
    PREPARING = "preparing"
    READY = "ready"
    HANDED_OVER = "handed_over"
    REVEALING = "revealing"
    PUBLISHED = "published"
    RECALLING = "recalling"
    UNKNOWN = "unknown"
    HELD = "held"
    FAILED = "failed"
    MISSED = "missed"
    CANCELLED = "cancelled"
    REMOVING = "removing"
    REMOVED = "removed"


EDITABLE = frozenset(
    {
        Status.DRAFT,
        Status.IN_REVIEW,
        Status.QUEUED,
        Status.READY,
        Status.HELD,
        Status.FAILED,
        Status.MISSED,
        Status.CANCELLED,
    }
)
"""Nothing of it is public and no worker holds it: its text and time may change."""

DONE = frozenset({Status.PUBLISHED, Status.REMOVING, Status.REMOVED})
"""Went public under a text of its own; a later edit of the post does not touch it."""

SENDABLE = frozenset({Status.QUEUED, Status.PREPARING, Status.READY})
"""Waiting for its minute; these need a valid approval to move on."""

AT_PLATFORM = frozenset({Status.HANDED_OVER, Status.RECALLING})
"""The platform holds it, or may, and publishes it by itself at its time: it changes only after a recall."""

IN_DOUBT = frozenset({Status.REVEALING, Status.UNKNOWN})
"""May be public: never sent again before a read-back or a person says that it is not."""

# The most pressing state of any delivery names the whole post.
_PRESSING = (
    Status.UNKNOWN,
    Status.RECALLING,
    Status.REMOVING,
    Status.FAILED,
    Status.MISSED,
    Status.HELD,
    Status.REVEALING,
    Status.PREPARING,
    Status.HANDED_OVER,
    Status.READY,
    Status.QUEUED,
    Status.IN_REVIEW,
    Status.DRAFT,
    Status.PUBLISHED,
    Status.REMOVED,
)


def post_status(deliveries: Iterable[Status]) -> Status:
    """Status of a post: that of its most pressing delivery; cancelled ones do not count.

    A post without deliveries is a draft; one whose deliveries were all cancelled is cancelled.
    """
    states = set(deliveries)
    if not states:
        return Status.DRAFT
    return next((status for status in _PRESSING if status in states), Status.CANCELLED)
