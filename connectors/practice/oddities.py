"""What a platform does to its own figures: names that end or change, silence, answers of a wrong kind."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import Any

ABSENT = object()
"""In place of a value: it is not told at all."""


@dataclass
class Oddities:
    """Set by a test or an exercise; a new one is a platform without any."""

    retired: set[str] = field(default_factory=set)
    """Names of metrics that are known no more: asking for one is an error where asking is by name."""
    renamed: dict[str, str] = field(default_factory=dict)
    """Old name to new; the old one is known no more."""
    told: dict[tuple[str, str], Any] = field(default_factory=dict)
    """By object and metric: what is told in place of the value, or ABSENT."""
    silent: bool = False
    """Every list comes back empty."""

    def known(self, names: Set[str]) -> set[str]:
        """The names that may be asked for now."""
        return names - self.retired - self.renamed.keys() | set(self.renamed.values())

    def once(self, name: str) -> str:
        """What a metric was called before it was renamed."""
        return next((old for old, new in self.renamed.items() if new == name), name)

    def of(self, object_id: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """An object's values as they are told."""
        told = {
            self.renamed.get(name, name): self.told.get((object_id, name), value)
            for name, value in values.items()
            if name not in self.retired
        }
        return {name: value for name, value in told.items() if value is not ABSENT}
