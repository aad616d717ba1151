"""Readers that come by themselves: what Post Views Counter would say of a post of a certain age."""

from __future__ import annotations

import math
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.practice.wordpress.world import World

_GROWTH_HOURS = 30.0


class Growing(dict[int, int]):
    """The plug-in's figures by post, the same for the same post at the same age; 0 for one nobody can see.

    >>> world.views = Growing(world)
    """

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world

    def get(self, post: int, default: int = 0) -> int:  # type: ignore[override]  # a default is always a count
        found = self._world.posts.get(post)
        if found is None or found.status != "publish" or found.date is None:
            return default
        hours = max(0.0, (self._world.now() - found.date).total_seconds() / 3600)
        size = 20 + zlib.crc32(str(found.id).encode()) % 480
        return int(size * (1 - math.exp(-hours / _GROWTH_HOURS)))
