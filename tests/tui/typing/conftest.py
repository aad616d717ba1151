"""The table of what arrived, at the end of the run."""

from __future__ import annotations

import os

import pytest

from tests.tui.typing.streams import STYLES
from tests.tui.typing.table import Row, plain, write


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    rows = [
        Row.from_json(str(told))
        for outcome in ("passed", "failed")
        for report in terminalreporter.getreports(outcome)
        for name, told in report.user_properties
        if name == "typing"
    ]
    if rows:
        terminalreporter.section("Vietnamese input methods")
        terminalreporter.write(plain(rows))
    if len(rows) == len(STYLES) and os.environ.get("LOA_WRITE_TABLE"):
        write(rows)
