"""Taking back what a platform holds: by a person's command, or by a lane when nothing covers it any more."""

from __future__ import annotations

from connectors.contract import Connector, Handle, Job, Save
from connectors.errors import NotSent, Refused
from connectors.extras import HandsOver

NOT_TAKEN_BACK = "loa:not-taken-back"


def call_back(connector: Connector, job: Job, handle: Handle, save: Save) -> Handle:
    """Hidden at the platform from here on, by nobody's clock; returns the handle that is left of it.

    Raises Refused only for what the public sees already. Any other refusal leaves it with the platform, which
    may yet publish it: that is trouble to be tried again (NotSent), never "not public".
    """
    if not isinstance(connector, HandsOver):
        raise NotSent("loa:cannot-hold")
    try:
        return connector.recall(job, handle, save)
    except Refused as error:
        if connector.find(job, handle):
            raise
        raise NotSent(NOT_TAKEN_BACK, str(error)) from None
