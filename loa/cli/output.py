"""stdout is data, stderr is speech. Tables for people, JSON for programs, one exit code per kind of error."""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from content.errors import LoaError
from content.wording import say
from loa.speech import one_line

if TYPE_CHECKING:
    from content.finding import Finding

EXIT_PLATFORM = 5
LONGEST_LINE = 4000
"""Of a log, in characters."""
EXIT_FAULT = 1

_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

json_option = click.option("--json", "as_json", is_flag=True, help="JSON")


def emit(value: Any) -> None:
    """One JSON document on stdout: times in ISO 8601 UTC, letters as they are."""
    document = json.dumps(plain(value), ensure_ascii=False, indent=2)
    # a file's name may be no text at all; JSON's own escape for such halves is what this makes of them
    click.echo(document.encode("utf-8", "backslashreplace").decode())


def harmless(text: str) -> str:
    """Speech with the names and words of others in it: lines stay lines, nothing in it is obeyed.

    A terminal would obey control characters, direction marks would rearrange the line, and half a letter
    (a file's name in another encoding) cannot be written at all: each is shown as one replacement mark.
    """
    return _UNSAFE.sub("\ufffd", text)


def plain(value: Any) -> Any:
    """Dataclasses and times as JSON knows them."""
    if is_dataclass(value) and not isinstance(value, type):
        # a field that repr() hides (a secret, a key) is shown nowhere else either
        return {f.name: plain(getattr(value, f.name)) for f in fields(value) if f.repr}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds").replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Columns on stdout, cut to the terminal with an ellipsis; never cut when piped."""
    cells = [[harmless(one_line(str(cell))) for cell in row] for row in rows]
    widths = [max(map(width, column)) for column in zip(headings, *cells, strict=True)]
    room = shutil.get_terminal_size().columns if sys.stdout.isatty() else 10_000
    over = sum(widths) + 2 * (len(widths) - 1) - room
    if over > 0:  # the widest column gives way first; an address is worth more than a long title
        widest = widths.index(max(widths))
        widths[widest] = max(12, widths[widest] - over)
    for line in [list(headings), ["─" * w for w in widths], *cells]:
        click.echo("  ".join(fit(cell, w) for cell, w in zip(line, widths, strict=True)).rstrip())


def width(text: str) -> int:
    """Columns a text takes in a terminal: marks take none, wide letters two."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )


def fit(text: str, columns: int) -> str:
    """Padded, or cut with an ellipsis, to exactly `columns`."""
    if width(text) <= columns:
        return text + " " * (columns - width(text))
    while width(text) > columns - 1:
        text = text[:-1]
    return text + "…"


def speak(text: str) -> None:
    """A line of speech."""
    click.echo(harmless(text), err=True)


def tell(findings: Iterable[Finding]) -> None:
    """Remarks as speech, the forbidding ones marked in words."""
    for finding in findings:
        speak(f"  {say(f'cli.severity.{finding.weight}')} {finding.line()}")


def remarks(findings: Iterable[Finding]) -> list[dict[str, str]]:
    """Findings as JSON."""
    return [
        {
            **{name: getattr(f, name) for name in ("rule", "severity", "place", "message", "remedy")},
            **({"overridden": f.overridden} if f.overridden else {}),
        }
        for f in findings
    ]


class PlainLog(logging.Formatter):
    """What a log tells an officer: one line, where it can a sentence, never a traceback or a secret.

    Whoever mends Loa sets LOA_DEBUG=1 and sees all. A title with a line break in it makes no second line.
    """

    def format(self, record: logging.LogRecord) -> str:
        if os.environ.get("LOA_DEBUG"):
            return super().format(record)
        from connectors.redact import redact

        shown = logging.makeLogRecord(record.__dict__ | {"exc_info": None, "exc_text": None})
        told = trouble_of(record)
        line = f"{super().format(shown)}: {told}" if told else super().format(shown)
        return harmless(" ".join(redact(line, longest=LONGEST_LINE).splitlines()))


def trouble_of(record: logging.LogRecord) -> str:
    """What a log's record was raised by, in one line; empty where nothing was."""
    error = record.exc_info[1] if record.exc_info else None
    if error is None:
        return ""
    met = of_the_machine(error, Path.cwd())
    return str(met or f"{type(error).__name__}: {error}").partition("\n")[0]


def of_the_machine(error: BaseException, place: Path) -> LoaError | None:
    """A full disk, a lock, a lost file: the sentence for what befell `place`; None for other errors."""
    from scheduler.trouble import trouble

    return None if isinstance(error, LoaError) else trouble(error, place)


def complain(error: Exception) -> int:
    """Say what went wrong and how to repair it; returns the exit code."""
    findings = getattr(error, "findings", None)
    if isinstance(error, LoaError):
        speak(str(error))
        if findings:
            tell(findings)
        return error.exit_code
    from connectors.errors import ConnectorError

    if isinstance(error, ConnectorError):
        from loa.services.channels import trouble

        speak(trouble(error))
        return EXIT_PLATFORM
    from connectors.redact import redact

    logging.getLogger("loa").debug("fault", exc_info=error)
    speak(say("cli.fault", kind=type(error).__name__, detail=redact(str(error))))
    return EXIT_FAULT
