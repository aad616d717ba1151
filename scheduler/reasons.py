"""Why a delivery stays where it is, as the code that stands in its `last_error` and in the record.

Every code has its sentence in the catalogue (`scheduler.reasons.<code>`). `content.approval` adds those of an
approval that is lacking; what a platform or a read-back said stands in `last_error` in its own words.
"""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """What the scheduler itself has against it."""

    FROZEN = "frozen"
    BLACKOUT = "blackout"
    """Due on a day on which it stays back, and nobody has said go since that ended."""
    MISSED = "missed"
    GAVE_UP = "gave_up"
    CHANNEL_STOPPED = "channel.stopped"
    RESTORED = "restored"
    """Out of a backup, and nobody has said go since."""

    # the law it cites is not what it was; after the colon which document, and since when
    LAW_EXPIRED = "law.expired"
    LAW_SUSPENDED = "law.suspended"
    LAW_NOT_YET = "law.not_yet_effective"

    # another hand was in the database
    ROW_DAMAGED = "row.damaged"
    HANDLE_CHANGED = "handle.changed"

    # the approval is there, but for something else
    CHANGED = "approval.changed"
    POST_CHANGED = "approval.post_changed"
    OTHER_CHANNEL = "approval.other_channel"
    OTHER_WINDOW = "approval.other_window"
    SETTINGS_CHANGED = "approval.settings_changed"
    """A setting of the channel that shapes what the public gets (`connectors.contract.Field.public`)."""
    MEDIA_CHANGED = "approval.media_changed"
    USED = "approval.used"
    """One yes is for one publication, and that was made."""
    UNPINNED = "approval.unpinned"
    """Signed by a unit's officer whom this machine has not pinned; after the colon the command that does."""
    UNDELEGATED = "approval.undelegated"
    """Given by a delegation that the channel's unit has taken back since."""
    BEGUN = "approval.begun"
    """It was begun under this yes, may be public, and nothing is left by which that could be told."""
