"""Who sits in front of the window, and for how long that is believed."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from loa.services.people import Person


class Session:
    """The officer who is signed in; without a key or a click for `locked_after` minutes nobody is any more.

    `hint` is the name that the sign-in dialog proposes: whoever was there last.
    """

    def __init__(self, hint: str = "", clock: Callable[[], float] = monotonic) -> None:
        self.person: Person | None = None
        self.hint = hint
        self.locked_after = 0
        """Minutes; 0 for never."""
        self._clock = clock
        self._touched = clock()

    def enter(self, person: Person) -> None:
        self.person, self.hint = person, person.name
        self.touch()

    def leave(self) -> None:
        """The key that signs is forgotten with the officer."""
        self.person = None

    def touch(self) -> None:
        """Somebody is there."""
        self._touched = self._clock()

    def lock_when_idle(self) -> bool:
        """Whether it has just been locked."""
        idle = self._clock() - self._touched
        if self.person is None or not self.locked_after or idle < self.locked_after * 60:
            return False
        self.leave()
        return True
