"""What a check has to say about a post, with the place and the remedy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

from content.wording import say

Severity = Literal["block", "warn", "hint"]


@dataclass(frozen=True)
class Finding:
    """One remark. The sentences of rule `facebook.too_long` are `facebook.rules.too_long.says` and `.remedy`.

    `place` is where a person looks: `tin.md:7` for a line, `media[2]`, or a channel's id.
    """

    rule: str
    severity: Severity
    place: str = ""
    values: dict[str, object] = field(default_factory=dict, hash=False)
    about: str = ""
    """What it is about, where one thing is meant (a document): with the rule it is the remark's identity."""
    overridden: str = ""
    """Who let it pass, when and why, in a sentence: it is said all the same, as a warning (`let_pass`)."""

    @property
    def weight(self) -> str:
        """The word it is shown with (`cli.severity.…`)."""
        return "overridden" if self.overridden else self.severity

    @property
    def _key(self) -> str:
        room, _, name = self.rule.partition(".")
        return f"{room}.rules.{name}"

    @property
    def message(self) -> str:
        return say(f"{self._key}.says", **self.values)

    @property
    def remedy(self) -> str:
        return say(f"{self._key}.remedy", **self.values)

    def let_pass(self, told: str) -> Finding:
        """The same remark, still said, which stops nothing."""
        return replace(self, severity="warn", overridden=told)

    def line(self) -> str:
        """`place: message → remedy`, for one line of speech."""
        head = f"{self.place}: " if self.place else ""
        return f"{head}{self.message} → {self.overridden or self.remedy}"


def blocking(findings: Iterable[Finding]) -> list[Finding]:
    """Those that stop a post from being submitted, approved or sent."""
    return [finding for finding in findings if finding.severity == "block"]
