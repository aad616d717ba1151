"""What the screen shows, read in one go and away from the event loop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from content.text import fold
from loa.services import deliveries
from loa.services.deliveries import DeliveryView
from loa.services.overview import Overview, overview
from loa.services.workspace import Workspace
from loa.speech import reason, status_word
from tui.filters import GROUPS, Filter

PAGE = 500
"""Deliveries read at first and with every “more”: the rest is counted, not loaded."""


@dataclass(frozen=True)
class Line:
    """One delivery and what the search box compares with."""

    view: DeliveryView
    folded: str


@dataclass(frozen=True)
class Snapshot:
    """`lines` are the first deliveries of `chosen` in due order; `total` is how many it has."""

    overview: Overview
    chosen: Filter
    lines: Sequence[Line]
    total: int


def read(workspace: Workspace, chosen: Filter | None, limit: int) -> Snapshot:
    """Counts, heartbeat and the first `limit` deliveries.

    Without a choice: everything when that fits a page, else what is still to be done, because due
    order begins with the oldest.
    """
    seen = overview(workspace)
    everything = GROUPS["all"]
    chosen = chosen or (everything if everything.count(seen.counts) <= PAGE else GROUPS["open"])
    views = deliveries.listing(workspace, status=chosen.statuses, limit=limit)
    lines = [Line(view, _folded(view)) for view in views]
    return Snapshot(seen, chosen, lines, max(chosen.count(seen.counts), len(lines)))


def matching(lines: Sequence[Line], sought: str) -> Sequence[Line]:
    """The lines that hold every word of `sought`, tone marks and đ aside."""
    words = fold(sought).split()
    return [line for line in lines if all(word in line.folded for word in words)] if words else lines


def _folded(view: DeliveryView) -> str:
    status = status_word(view.status, view.remote_id)
    parts = (view.id, view.id.replace("-", " "), view.platform, status, view.url)
    return fold(" ".join((*parts, reason(view.last_error, view.channel))))
