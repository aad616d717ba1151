"""stdout is data, stderr is speech. Tables for people, JSON for programs, one exit code per kind of error."""

from __future__ import annotations

import json
import logging
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import asdict, is_dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from content.errors import LoaError
from content.wording import say
from loa.speech import one_line

if TYPE_CHECKING:
    from content.finding import Finding

EXIT_PLATFORM = 5
EXIT_FAULT = 1

json_option = click.option("--json", "as_json", is_flag=True, help="JSON")


def emit(value: Any) -> None:
    """One JSON document on stdout: times in ISO 8601 UTC, letters as they are."""
    click.echo(json.dumps(plain(value), ensure_ascii=False, indent=2))


def plain(value: Any) -> Any:
    """Dataclasses and times as JSON knows them."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds").replace("+00:00", "Z")
    return value


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Columns on stdout, cut to the terminal with an ellipsis; never cut when piped."""
    cells = [[one_line(str(cell)) for cell in row] for row in rows]
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
    click.echo(text, err=True)


def tell(findings: Iterable[Finding]) -> None:
    """Remarks as speech, the forbidding ones marked in words."""
    for finding in findings:
        click.echo(f"  {say(f'cli.severity.{finding.severity}')} {finding.line()}", err=True)


def remarks(findings: Iterable[Finding]) -> list[dict[str, str]]:
    """Findings as JSON."""
    return [
        {"rule": f.rule, "severity": f.severity, "place": f.place, "message": f.message, "remedy": f.remedy}
        for f in findings
    ]


def complain(error: Exception) -> int:
    """Say what went wrong and how to repair it; returns the exit code."""
    findings = getattr(error, "findings", None)
    if isinstance(error, LoaError):
        click.echo(str(error), err=True)
        if findings:
            tell(findings)
        return error.exit_code
    from connectors.errors import ConnectorError

    if isinstance(error, ConnectorError):
        from loa.services.channels import trouble

        click.echo(trouble(error), err=True)
        return EXIT_PLATFORM
    from connectors.redact import redact

    logging.getLogger("loa").debug("fault", exc_info=error)
    click.echo(say("cli.fault", kind=type(error).__name__, detail=redact(str(error))), err=True)
    return EXIT_FAULT
