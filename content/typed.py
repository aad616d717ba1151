"""A command that people are told to type or to copy: what somebody named stays one word of it."""

from __future__ import annotations

import shlex

from content.text import normalise


def typed(*words: str) -> str:
    """The words with blanks between, on one line. Whatever another unit's login wrote into a name, the shell
    that it is copied into takes it for a name."""
    return " ".join(shlex.quote(" ".join(normalise(word).split())) for word in words)
