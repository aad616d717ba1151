"""The lies that platforms tell: something else than the truth about one call, the n-th of its sort."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

PATIENCE_S = 0.5
"""A publisher's time-out for a platform that answers late: forty seconds would cost forty seconds."""
LATE_S = 4 * PATIENCE_S
_READS = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Lie:
    """One kind. `fault` is what the practice platforms call it; `_after_accept`: the call was obeyed."""

    name: str
    fault: str
    writing: bool = True
    seconds: float = 0.0

    @property
    def doubles(self) -> bool:
        """Whether what it is about is done twice, and not by Loa."""
        return self.fault == "twice"


AFTER = "_after_accept"
WRITING = (
    Lie("cut", f"cut{AFTER}"),
    Lie("500", f"500{AFTER}"),
    Lie("empty", f"empty_200{AFTER}"),
    Lie("page", f"html_502{AFTER}"),
    Lie("page, not done", "html_502"),
    Lie("too late", "slow", seconds=LATE_S),
    Lie("done twice", "twice"),
    Lie("list", f"list_200{AFTER}"),
    Lie("wrong types", f"wrong_types_200{AFTER}"),
)
"""About calls that may change something; all but one were obeyed. A page is a gateway's, in HTML."""
READING = tuple(
    Lie(f"read: {name}", fault, writing=False)
    for name, fault in (
        ("cut", "cut"),
        ("empty", "empty_200"),
        ("page", "html_502"),
        ("list", "list_200"),
        ("wrong types", "wrong_types_200"),
    )
)
LIES = (*WRITING, *READING)


class Liar:
    """Stands before a platform's own faults, so that no kind of call needs naming."""

    def __init__(self, server: Any, fault: Callable[..., Any], *, page: str = "html_502") -> None:
        """`fault` makes one of the platform's faults; `page` is its name for a gateway's page."""
        self.server, self._faults, self._fault, self._page = server, server.app.faults, fault, page
        self._take: Callable[..., Any] = self._faults.take
        self._planned: list[tuple[Lie, int]] = []
        self.told: Counter[str] = Counter()
        """How often each was told, since the platform was made."""
        self.heard: Counter[bool] = Counter()
        """Calls since it was last honest: True for those that may change something, False for reads."""
        self._faults.take = self._taken

    def be_honest(self) -> None:
        self._planned.clear()
        self.heard.clear()

    def lie(self, lie: Lie, number: int) -> None:
        """About the call of that number, counted from now on among those of its sort."""
        self._planned.append((lie, self.heard[lie.writing] + number))

    def _taken(self, method: str, *rest: str) -> Any:
        writing = method not in _READS
        self.heard[writing] += 1
        for lie, number in self._planned:
            if (lie.writing, number) == (writing, self.heard[writing]):
                self.told[lie.name] += 1
                kind = lie.fault.replace("html_502", self._page)
                return self._fault(kind, seconds=lie.seconds)
        return self._take(method, *rest)
