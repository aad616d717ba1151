"""The rooms of the window, in the order of their tabs. A room is imported when it is first entered."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.frame.room import Room

ROOMS = {
    "calendar": "tui.rooms.calendar:CalendarRoom",
    "queue": "tui.rooms.queue:QueueRoom",
    "compose": "tui.rooms.compose:ComposeRoom",
    "approve": "tui.rooms.approve:ApproveRoom",
    "campaigns": "tui.rooms.campaigns:CampaignsRoom",
    "figures": "tui.rooms.figures:FiguresRoom",
    "accounts": "tui.rooms.accounts:AccountsRoom",
    "journal": "tui.rooms.journal:JournalRoom",
    "outage": "tui.rooms.outage:OutageRoom",
    "training": "tui.rooms.training:TrainingRoom",
}
FIRST = "queue"
AFTER_TROUBLE = "outage"
"""Opens by itself when something waits for a decision."""


@cache
def listed() -> tuple[str, ...]:
    """The rooms that there are in this build."""
    return tuple(name for name, target in ROOMS.items() if find_spec(target.partition(":")[0]))


def load(name: str) -> type[Room]:
    """The class of a room. Slow the first time: call it in a thread."""
    module, _, attribute = ROOMS[name].partition(":")
    room: type[Room] = getattr(import_module(module), attribute)
    return room
