"""What every platform tells a crash test, and what those with a server have in common.

`public` gives one entry for every public object, telling all that readers get and nothing that differs from
run to run, so that one that lost its picture is not taken for whole. `hidden` gives the platform's own ids.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from tests.crash.lies import Liar

Seen = tuple[str, ...]


class Platform(Protocol):
    """One channel's platform."""

    liar: Liar | None
    """Tells its lies; None where nobody answers."""

    def reset(self) -> None:
        """As if nothing had ever been published, and honest again."""
        ...

    def public(self, folder: Path) -> list[Seen]: ...

    def hidden(self, folder: Path) -> set[str]: ...

    def loose(self) -> set[str]:
        """Those of the hidden that belong to no post: pictures alone, which no connector takes away."""
        ...

    def violations(self) -> list[str]:
        """Requests that the platform's own documents do not know."""
        ...


class Served:
    """One that answers over HTTP."""

    server: Any
    liar: Liar | None

    def loose(self) -> set[str]:
        return set()

    def violations(self) -> list[str]:
        return list(getattr(self.server, "violations", []))
