"""What click writes around the words of a command's help, in the officer's language."""

from __future__ import annotations

from collections.abc import Iterable

import click

from content.wording import say

_IN_USAGE = {"[OPTIONS]": "options", "COMMAND [ARGS]...": "command", "[COMMAND] [ARGS]...": "command"}
_HEADINGS = {"Options": "options_heading", "Commands": "commands_heading"}
_IN_ROWS = {
    "Show this message and exit.": "this_help",
    "Show the version and exit.": "version",
    "[required]": "required",
    "[default: ": "default",
}


class Frames(click.HelpFormatter):
    """For `click.Context.formatter_class`."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, _told(args, _IN_USAGE), prefix or f"{say('cli.frames.usage')} ")

    def write_heading(self, heading: str) -> None:
        super().write_heading(say(f"cli.frames.{_HEADINGS[heading]}") if heading in _HEADINGS else heading)

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        super().write_dl([(term, _told(text, _IN_ROWS)) for term, text in rows], col_max, col_spacing)


def _told(text: str, known: dict[str, str]) -> str:
    for english, key in known.items():
        text = text.replace(english, say(f"cli.frames.{key}"))
    return text
