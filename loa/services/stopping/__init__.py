"""Stopping and taking back: what a person does so that something is not public, or is not any more.

freezes     nothing that they cover leaves; what platforms hold is called back
outlook     how many go out once a freeze is lifted
holding     platforms hold posts and publish them by themselves; calling back
taking_down what is public is taken down; corrections
"""

from loa.services.stopping.freezes import FreezeView, Frozen, Lifted, lift, listing, start
from loa.services.stopping.holding import hand_over, recall
from loa.services.stopping.outlook import Outlook
from loa.services.stopping.taking_down import correct, corrections, take_down, taken_down_by_hand

__all__ = [
    "FreezeView",
    "Frozen",
    "Lifted",
    "Outlook",
    "correct",
    "corrections",
    "hand_over",
    "lift",
    "listing",
    "recall",
    "start",
    "take_down",
    "taken_down_by_hand",
]
