"""Khách: somebody from outside who wrote for the unit. A name on the post, never a login.

Among a post's contributors a guest is `guest:<name>`; no officer can be called so, so a guest's name
neither lets anybody approve nor keeps anybody from it. What keeps the officer who brought the text in from
approving it is that they are a contributor themselves.
"""

from __future__ import annotations

import re

from content.errors import UsageError
from content.text import normalise
from content.wording import say

_MARK = "guest:"
LONGEST = 100


def guest_name(written: str) -> str:
    """The name in one line; raises UsageError for none, too long a one, or one that would be two."""
    name = " ".join(normalise(written).split())
    if (
        not name
        or len(name) > LONGEST
        or re.search(r'[,:;<>{}"\\|]', name)
        or not re.search(r"[^\W\d_]", name)
    ):
        raise UsageError("guests.bad_name", written=written[:LONGEST], most=LONGEST)
    return name


def as_contributor(name: str) -> str:
    """How a guest stands among contributors."""
    return _MARK + guest_name(name)


def in_words(contributor: str) -> str:
    """A contributor as people read it: an officer's login name, or `… (khách)`."""
    name = contributor.removeprefix(_MARK)
    return say("guests.shown", name=name) if contributor.startswith(_MARK) else contributor
