"""Something to be read before going on: a result, or what went wrong."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence

from textual.widget import Widget
from textual.widgets import Static

from content.errors import LoaError
from content.wording import say
from loa.speech import one_line
from tui.dialogs.dialog import Dialog


class Told(Dialog[None]):
    """Lines to be read; `shouted` are those that did not come off: first, marked, and in bold."""

    CONFIRM = ""
    DEFAULT_CSS = """
    Told .shout { color: $text-error; text-style: bold; height: auto; }
    Told .line { height: auto; }
    """

    def __init__(self, title: str, lines: Sequence[str] = (), shouted: Sequence[str] = ()) -> None:
        super().__init__(title)
        self._lines, self._shouted = lines, shouted

    def compose_fields(self) -> Iterator[Widget]:
        for line in self._shouted:
            yield Static(f"‼ {line}", classes="shout", markup=False)
        for line in self._lines:
            yield Static(line, classes="line", markup=False)


class Trouble(Told):
    """What went wrong, in the words the command line has for it."""

    def __init__(self, error: Exception) -> None:
        sentence, *more = in_words(error)
        super().__init__(say("tui.went_wrong"), more, [sentence])


def in_words(error: Exception) -> list[str]:
    """A sentence about an error, and findings line by line where it brings any."""
    if isinstance(error, LoaError):
        findings = getattr(error, "findings", None) or ()
        remarks = [f"{say(f'cli.severity.{one.weight}')} {one.line()}" for one in findings]
        return [one_line(line) for line in (*str(error).splitlines(), *remarks)]
    from connectors.errors import ConnectorError
    from connectors.redact import redact

    if isinstance(error, ConnectorError):
        from loa.services.channels import trouble

        return [one_line(trouble(error))]
    logging.getLogger("loa").debug("fault", exc_info=error)
    told = say("cli.fault", kind=type(error).__name__, detail=redact(str(error))[:400])
    return [one_line(line) for line in told.splitlines()]
