"""`loa channel login`: a sign-in as a person in a terminal has it, one numbered step after the other."""

from __future__ import annotations

import sys
import textwrap
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from content.errors import UsageError
from content.wording import say
from loa.cli.browser import opened
from loa.cli.output import speak
from loa.speech import one_line

if TYPE_CHECKING:
    from loa.services.landing import Landing
    from loa.services.login import Step

COLUMNS = 78
INDENT = "    "
LATE_S = 2.0
"""How long after Enter the browser may still be on its way."""


class Terminal:
    """`loa.services.login.Skin` on a terminal. What is said goes to stderr; a secret is not echoed."""

    def __init__(self) -> None:
        if not sys.stdin.isatty():
            raise UsageError("login.no_terminal")
        self._waiting = ""

    def tell(self, step: Step) -> None:
        self._show(step)
        _prompt(say("login.ask.enter"))

    def ask(self, step: Step, *, secret: bool, default: str) -> str:
        self._show(step)
        if secret:
            return _prompt(say("login.ask.hidden"), hidden=True)
        return _prompt(say("login.ask.answer"), default)

    def choose(self, step: Step, options: Sequence[tuple[str, str]]) -> str:
        self._show(step)
        for number, (_, label) in enumerate(options, 1):
            speak(wrapped(label, f"{INDENT}{number}) "))
        while True:
            typed = _prompt(say("login.ask.choose"))
            if typed.isascii() and typed.isdigit() and 1 <= int(typed) <= len(options):
                return options[int(typed) - 1][0]
            speak(INDENT + say("login.ask.choose_again", most=len(options)))

    def visit(self, step: Step, address: str, landing: Landing | None) -> str:
        self._show(step)
        speak(f"\n{one_line(address)}\n")  # on a line of its own and never broken, so that it can be copied
        speak(wrapped(say("login.visit.opened" if opened(address) else "login.visit.copy"), INDENT))
        pasted = _prompt(say("login.visit.listen" if landing else "login.visit.paste"))
        return pasted or (landing.wait(LATE_S) if landing else "")

    def pause(self, step: Step, seconds: float) -> None:
        if step.words != self._waiting:  # a platform that is asked again and again is told of once
            speak(wrapped(step.words, INDENT))
            self._waiting = step.words
        threading.Event().wait(seconds)

    def _show(self, step: Step) -> None:
        self._waiting = ""
        speak("\n" + wrapped(step.words, f"{step.number:2d}. "))


def _prompt(text: str, default: str = "", *, hidden: bool = False) -> str:
    *above, last = textwrap.wrap(text, COLUMNS - len(INDENT) - 2, break_on_hyphens=False)
    for line in above:  # what asks for a line keeps one line only
        speak(INDENT + line)
    typed = click.prompt(
        INDENT + last, default=default, show_default=bool(default), hide_input=hidden, err=True
    )
    return str(typed).strip()


def wrapped(words: str, head: str = "") -> str:
    """Lines of at most 80 columns that stand under each other; each harmless to a terminal."""
    lines = [line for line in map(one_line, words.splitlines()) if line]
    indent = " " * len(head)
    return "\n".join(
        textwrap.fill(
            line,
            COLUMNS,
            initial_indent=indent if number else head,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for number, line in enumerate(lines)
    )
