"""What the steps of a reading share: the short forms that count, and what an approver has to be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass
class Notes:
    """One reading's own. `own`: a unit's short forms. `spelled` and `unsure` keep the order of the text."""

    own: Mapping[str, str]
    spelled: dict[str, None] = field(default_factory=dict)
    unsure: dict[str, None] = field(default_factory=dict)

    def doubt(self, written: str) -> None:
        """Remember a piece that may be read in more than one way."""
        self.unsure[" ".join(written.split())] = None
