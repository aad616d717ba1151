"""Asking for an activity on a terminal, one thing after another, each looked at as soon as it is said."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date
from typing import Any

import click

from content.activity.entry import Activity, check
from content.activity.kinds import Catalogue
from content.activity.numbers import parse_count, parse_day, show_count
from content.finding import Finding
from content.wording import say
from loa.cli.output import speak

_OPTIONAL = ("place", "subject", "lead", "partners", "campaign", "note")


def fill_in(begun: Activity, kinds: Catalogue, today: date, given: Collection[str] = ()) -> Activity:
    """The activity with every answer; what is among `given` was told with the command and is not asked."""
    speak(say("activity.ask.about"))
    one = begun
    if "kind" not in given:
        for place, kind in enumerate(kinds.kinds.values(), 1):
            speak(f"  {place}. {kind.label}")
        one = _ask(one, kinds, today, "kind", kinds.label(one.kind))
    for name in ("title", "first", "last"):
        before = one
        if name not in given:
            shown = getattr(one, name)
            one = _ask(one, kinds, today, name, shown if name == "title" else f"{shown:%d/%m/%Y}")
        if (
            name == "first" and one != before and "last" not in given
        ):  # as long as it was, which at first is one day
            one = replace(one, last=one.first + (before.last - before.first))
    if one.last > today and one.done and not one.counts:
        one = replace(one, done=False)
        speak(say("activity.ask.is_planned"))
    elif one.last <= today and not one.done and "planned" not in given:
        one = replace(one, done=True)
    for code in kinds.kinds[one.kind].measures if one.kind in kinds.kinds and one.done else ():
        if code not in one.counts or "counts" not in given:
            one = _ask(one, kinds, today, code, show_count(one.counts.get(code)))
    for name in _OPTIONAL:
        if name not in given:
            one = _ask(one, kinds, today, name, getattr(one, name))
    return one


def _ask(one: Activity, kinds: Catalogue, today: date, name: str, default: str) -> Activity:
    """Until the answer will do. Enter keeps what is shown, `-` empties it."""
    if name in kinds.measures:
        words = say("activity.ask.count", label=kinds.measures[name].label)
    else:
        words = say(f"activity.ask.{name}")
    while True:
        written = str(click.prompt(words, default=default, show_default=bool(default), err=True)).strip()
        answered = _with(one, kinds, name, "" if written == "-" else written)
        wrong = answered if isinstance(answered, Finding) else _wrong(answered, kinds, today, name)
        if wrong is None and isinstance(answered, Activity):
            return answered
        if isinstance(wrong, Finding):
            speak(f"  {replace(wrong, place='').line()}")


def _with(one: Activity, kinds: Catalogue, name: str, written: str) -> Activity | Finding:
    told: dict[str, Any] = {name: written}
    try:
        if name == "kind":
            listed = list(kinds.kinds)
            chosen = int(written) if written.isascii() and written.isdigit() else 0
            code = listed[chosen - 1] if 0 < chosen <= len(listed) else kinds.code(written)
            taken = kinds.kinds[code].measures if code in kinds.kinds else ()
            told = {"kind": code, "counts": {key: value for key, value in one.counts.items() if key in taken}}
        elif name in ("first", "last"):
            told = {name: parse_day(written)}
        elif name in kinds.measures:
            counts = {key: value for key, value in one.counts.items() if key != name}
            value = parse_count(written)
            told = {"counts": counts if value is None else {**counts, name: value}}
    except ValueError:
        rule = "day_form" if name in ("first", "last") else "count_form"
        return Finding(f"activity.{rule}", "block", name, {"written": written[:40]})
    return replace(one, **told)


def _wrong(one: Activity, kinds: Catalogue, today: date, name: str) -> Finding | None:
    """What is wrong with this answer. One that is not over becomes a planned one, which is no mistake."""
    found = [one for one in check(one.tidy, kinds, today) if one.place == name and one.severity == "block"]
    return next((one for one in found if one.rule != "activity.not_over"), None)
