"""All of something, or with LOA_CRASH_EVERY=7 a seventh, drawn by the seed: a shorter look at everything."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
EVERY = int(os.environ.get("LOA_CRASH_EVERY", "1"))


def some(found: Sequence[T], rng: random.Random) -> list[T]:
    """In their order; never none of some."""
    drawn = rng.sample(range(len(found)), -(-len(found) // EVERY))
    return [found[place] for place in sorted(drawn)]
