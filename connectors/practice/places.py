"""The accounts that stand ready on the practice platforms, and what a channel needs to publish on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

PLATFORMS: Final = ("facebook", "youtube", "zalo", "wordpress")
"""In the order of their ports."""

DEFAULT_PORT: Final = 8765
"""Of the start page; the platforms have the ports after it."""
PAGES = "/practice/pages"
"""The start page without its commands: what a saved copy begins with."""
PLACES = "/practice/places"
"""Where the start page tells programs what is open, as a JSON list of `Place`."""
UNITS = "/practice/units"
"""Where it tells of the Pages and OAs of made-up units (`PracticeHall(units=…)`), a JSON list of `Place`."""
MOST_UNITS = 3_400
"""As many communes as there are in the country, and a few more."""
COVER = "/practice/cover.png"
"""A picture for articles without one: Zalo wants a cover."""
SITE = "/site/"
"""Where it shows the workspace's website section."""

PAGE = "1001"
PAGE_TOKEN = "practice-token"  # noqa: S105  nothing real is behind any of these
YOUTUBE_CHANNEL = "UCpracticechannel000001"
YOUTUBE_LOGIN = "1//practice-login"
OA = "4001"
WORDPRESS_USER = "loa"
WORDPRESS_PASSWORD = "abcd efgh ijkl mnop qrst uvwx"  # noqa: S105


@dataclass(frozen=True)
class Place:
    """One practice platform that runs. `channel` is the channel id that the model posts use for it.

    `login` is what to type when `loa channel login` asks, empty where it does not.
    `faults` are the kinds it knows; `moments` names chosen calls by what they mean (`publish`, `prepare`),
    each as the fields by which that platform's faults match.
    """

    platform: str
    channel: str
    name: str
    url: str
    account: str
    settings: Mapping[str, str]
    secrets: Mapping[str, str]
    login: Mapping[str, str]
    faults: tuple[str, ...]
    moments: Mapping[str, Mapping[str, str]]


MOMENTS: Final[Mapping[str, Mapping[str, Mapping[str, str]]]] = {
    "facebook": {
        "publish": {"method": "POST", "edge": ""},
        "prepare": {"method": "POST", "edge": "feed"},
        "read": {"method": "GET"},
    },
    "youtube": {
        "publish": {"operation": "videos.update"},
        "prepare": {"operation": "videos.insert"},
        "read": {"operation": "videos.list"},
    },
    "zalo": {
        "publish": {"path": "article/update"},
        "prepare": {"path": "article/create"},
        "read": {"path": "article/getdetail"},
    },
    "wordpress": {
        "publish": {"method": "POST", "edge": "posts/id"},
        "prepare": {"method": "POST", "edge": "posts"},
        "read": {"method": "GET", "edge": "posts/id"},
    },
}
"""Which call makes a post public, which one first brings it there unseen, and which one reads it back."""

CALL_FIELD: Final = {"facebook": "edge", "youtube": "operation", "zalo": "path", "wordpress": "edge"}
"""What each platform's faults call the name of a call."""
