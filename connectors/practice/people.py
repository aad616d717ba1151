"""Who signs in to the practice platform, and the app they sign in with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

LONG_TOKEN_S = 5_184_000
"""About 60 days (Meta, "Long-Lived Access Tokens", 2026-11)."""
TASKS = ("ADVERTISE", "ANALYZE", "CREATE_CONTENT", "MODERATE", "MANAGE")


@dataclass
class App:
    """A Meta app. Its token is `{id}|{secret}`."""

    id: str = "999000111222333"
    name: str = "Loa tập huấn"
    secret: str = "3c0ffee5practice"  # noqa: S105  # of nothing real

    @property
    def token(self) -> str:
        return f"{self.id}|{self.secret}"


@dataclass
class Person:
    """Somebody with a role on Pages; `tasks` by Page id, empty for every Page with every task."""

    token: str = "practice-user-token"  # noqa: S105  # of nothing real
    long_token: str = "practice-user-token-60-days"  # noqa: S105  # of nothing real
    id: str = "10000000000000001"
    name: str = "Cán bộ tập huấn"
    expired: bool = False
    tasks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
