"""Who is let in: tries that are limited, and tokens that end with the last window of their officer."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

TRIES = 5
"""Wrong passphrases for one name, or from one address, before the next has to wait."""
PAUSE_S = 30.0
"""The first wait; each further wrong one doubles it, up to `LONGEST_PAUSE_S`."""
LONGEST_PAUSE_S = 900.0
FORGOTTEN_AFTER_S = 3600.0
MOST_KNOWN = 1000
"""Names and addresses whose tries are remembered; then the oldest are forgotten."""
GRACE_S = 60.0
"""So long after its last window closed (a page that is loaded again, a line that dropped) a login holds."""
IDLE_S = 12 * 3600.0
"""No login holds longer, whatever is open: a screen that was left alone is not for the night watchman."""


@dataclass
class _Tries:
    wrong: int = 0
    last: float = 0.0


class Tries:
    """How long somebody has to wait for the next try. Right ones are forgiven, time forgives the rest."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._known: dict[str, _Tries] = {}

    def wait_s(self, *who: str) -> float:
        """Seconds until the next try is heard, for the strictest of names and addresses; 0: now."""
        return max((self._one(name) for name in who), default=0.0)

    def wrong(self, *who: str) -> None:
        for name in who:
            known = self._known.pop(name, _Tries())
            if self._clock() - known.last > FORGOTTEN_AFTER_S:
                known = _Tries()
            self._known[name] = _Tries(known.wrong + 1, self._clock())
        while len(self._known) > MOST_KNOWN:
            del self._known[next(iter(self._known))]

    def right(self, *who: str) -> None:
        for name in who:
            self._known.pop(name, None)

    def _one(self, name: str) -> float:
        known = self._known.get(name)
        if known is None or known.wrong < TRIES:
            return 0.0
        pause = min(PAUSE_S * 2.0 ** (known.wrong - TRIES), LONGEST_PAUSE_S)
        return max(0.0, known.last + pause - self._clock())


@dataclass
class Login:
    """One browser of one officer. The passphrase is not kept: the window asks for it when it signs."""

    officer: str
    began: float
    windows: int = 0
    left: float = field(default=0.0)
    """When its last window closed; the login itself counts as one."""


class Logins:
    """Tokens by which browsers are known again, until their windows are closed or the day is over."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._known: dict[str, Login] = {}

    def begin(self, officer: str) -> str:
        """A token: 256 random bits."""
        self._forget_old()
        token, now = secrets.token_urlsafe(32), self._clock()
        self._known[token] = Login(officer, now, left=now)
        return token

    def of(self, token: str) -> Login | None:
        """Whose token it is; None when it was never given out or has ended."""
        login = self._known.get(token)
        if login is None or self._is_over(login):
            self._known.pop(token, None)
            return None
        return login

    def end(self, token: str) -> None:
        self._known.pop(token, None)

    def entered(self, login: Login) -> None:
        login.windows += 1

    def left(self, login: Login) -> None:
        login.windows -= 1
        login.left = self._clock()

    @property
    def windows(self) -> int:
        return sum(login.windows for login in self._known.values())

    def _is_over(self, login: Login) -> bool:
        now = self._clock()
        return now - login.began > IDLE_S or (not login.windows and now - login.left > GRACE_S)

    def _forget_old(self) -> None:
        for token in [token for token, login in self._known.items() if self._is_over(login)]:
            del self._known[token]
