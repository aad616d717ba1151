"""The errors a person can cause and repair; each kind is one exit code of the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from content.wording import say

if TYPE_CHECKING:
    from content.finding import Finding


class LoaError(Exception):
    """Something a person can act on. `key` names a sentence of the catalogue."""

    exit_code = 1

    def __init__(self, key: str, /, **values: object) -> None:
        super().__init__(key)
        self.key = key
        self.values = values

    def __str__(self) -> str:
        return say(self.key, **self.values)


class UsageError(LoaError):
    """The words of the command or of a file are off; correct them and try again."""

    exit_code = 2


class MediaError(UsageError):
    """A file that cannot be published; `finding` says why and what to do."""

    def __init__(self, finding: Finding) -> None:
        super().__init__("content.refused", line=finding.line())
        self.finding = finding


class RefusedByRule(LoaError):
    """Understood, and not allowed: an approval rule, a check, a state that forbids it."""

    exit_code = 3


class NotFound(LoaError):
    """Nothing bears that name."""

    exit_code = 4


class PlatformTrouble(LoaError):
    """A platform refused, could not be reached, or left an answer that nobody can read."""

    exit_code = 5
