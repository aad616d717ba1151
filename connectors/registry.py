"""Connectors by platform name, found through the entry-point group `loa.connectors`, loaded on use."""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points
from typing import cast

from connectors.contract import Capabilities, Connector, Context
from connectors.extras import ReadsComments
from content.errors import LoaError, UsageError
from content.text import nearest

GROUP = "loa.connectors"


@cache
def platforms() -> tuple[str, ...]:
    """Names of every installed platform; loads none of them."""
    return tuple(sorted({point.name for point in entry_points(group=GROUP)}))


@cache
def connector_class(platform: str) -> type[Connector]:
    """The connector of one platform; raises UsageError for a name nobody provides."""
    for point in entry_points(group=GROUP, name=platform):
        return cast("type[Connector]", point.load())
    known = platforms()
    raise UsageError(
        "connectors.unknown_platform",
        platform=platform,
        nearest=nearest(platform, known) or known[0],
        known=", ".join(known),
    )


def capabilities(platform: str) -> Capabilities:
    """Limits and behaviour of one platform."""
    return connector_class(platform).capabilities


def tells_comments(platform: str) -> bool:
    """Whether comments can be read there at all; not where its connector was taken out."""
    try:
        return issubclass(connector_class(platform), ReadsComments)
    except (LoaError, ImportError, TypeError):
        return False


def is_a_folder(platform: str) -> bool:
    """Whether what the public reads there lies on the machine that publishes; not where its connector was
    taken out."""
    try:
        return capabilities(platform).is_a_folder
    except (LoaError, ImportError):
        return False


def connect(platform: str, context: Context) -> Connector:
    """A connector for one channel."""
    return connector_class(platform)(context)  # type: ignore[call-arg]  # Factory, see contract
