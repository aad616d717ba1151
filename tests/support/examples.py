"""How many examples hypothesis tries where each is dear: a third of them, with LOA_EXAMPLES=all each one."""

from __future__ import annotations

import os


def some(number: int) -> int:
    """`make test` asks often and little, `make test-long` all that the test's author had in mind."""
    return number if os.environ.get("LOA_EXAMPLES") == "all" else max(1, number // 3)
