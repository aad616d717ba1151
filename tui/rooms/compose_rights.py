"""Whose a picture of a draft is, and who is in it: a choice each, words only where they are needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from content import consent
from content.clips import CAPTION_SUFFIXES
from content.consent import PEOPLE, People, people
from content.post import MediaItem
from content.wording import say
from loa.speech import one_line
from tui.dialogs.pick import Pick
from tui.dialogs.questions import Field, Form
from tui.frame.room import Room
from tui.rooms.compose_desk import Desk

Option = tuple[str, str, str]
AGREED: tuple[People, ...] = ("consent", "guardian")
"""Who agreed, and on which paper, is worth writing down."""


async def ask_rights(room: Room, desk: Desk, name: str) -> bool:
    """Whose it is: the unit's own, one Enter away, or whose and by what permission; False: put off."""
    item, before = _found(desk, name)
    own = consent.own()
    options = [_option("rights", "own")]
    if before.rights not in ("", own, item.rights):
        options.append(_as_before(before.rights))
    options += [_option("rights", "other"), _later()]
    at = "own" if item.rights == own else "other" if item.rights else "before"
    chosen = await _pick(room, "rights", name, options, at)
    written: str | None = {"own": own, "before": before.rights, "later": ""}.get(chosen)
    if chosen == "other":
        value = "" if item.rights == own else item.rights
        written = await _words(room, "rights", name, value, required=True)
    if written is not None:
        _write(desk, name, rights=written)
    return written is not None


async def ask_people(room: Room, desk: Desk, name: str) -> bool:
    """Who is in it; False: put off. The cursor stands at nothing said: Enter must not vouch for anybody."""
    item, before = _found(desk, name)
    meant = people(item.people)
    options = [_later()]
    if before.people not in ("", item.people):
        options.append(_as_before(before.people))
    options += [_option("people", meaning) for meaning in PEOPLE]
    chosen = await _pick(room, "people", name, options, meant or "later")
    written: str | None = {"before": before.people, "later": ""}.get(chosen)
    for meaning in PEOPLE:
        if meaning == chosen:
            known = item.people if meant == meaning else ""
            written = await _who(room, name, meaning, known) if meaning in AGREED else known
            written = consent.said(meaning) if written == "" else written
    if written is not None:
        _write(desk, name, people=written)
    return written is not None


def whole(meaning: People, words: str) -> str:
    """What is written for a choice and the words to it; words that say it themselves stand alone."""
    words = " ".join(words.split())
    said = consent.said(meaning)
    return words if people(words) == meaning else f"{said}: {words}" if words else said


async def _who(room: Room, name: str, meaning: People, known: str) -> str | None:
    def check(words: str) -> str:
        understood = people(whole(meaning, words))
        if understood in (meaning, None):
            return ""
        told = say(f"tui_rights.people.{understood}").rstrip("…")
        return say("tui_rights.people.misread", meaning=told)

    value = known.removeprefix(consent.said(meaning)).removeprefix(": ")
    words = await _words(room, meaning, name, value, check=check)
    return None if words is None else whole(meaning, words)


async def _words(
    room: Room,
    about: str,
    name: str,
    value: str,
    *,
    required: bool = False,
    check: Callable[[str], str] = lambda _words: "",
) -> str | None:
    key = f"tui_rights.words.{about}"
    label, hint = say(f"{key}.label"), say(f"{key}.hint")
    field = Field("words", label, value=value, hint=hint, required=required, check=check)
    told = await room.ask(Form(say(f"{key}.title", file=one_line(name)), say(f"{key}.body"), [field]))
    return " ".join(told["words"].split()) if told else None


async def _pick(room: Room, about: str, name: str, options: list[Option], at: str) -> str:
    title = say(f"tui_rights.{about}.title", file=one_line(name))
    return await room.ask(Pick(title, options, say(f"tui_rights.{about}.body"), at=at)) or ""


def _option(about: str, choice: str) -> Option:
    return choice, say(f"tui_rights.{about}.{choice}"), ""


def _as_before(words: str) -> Option:
    return "before", say("tui_rights.before"), one_line(words)


def _later() -> Option:
    return "later", say("tui_rights.later"), ""


def _found(desk: Desk, name: str) -> tuple[MediaItem, MediaItem]:
    """The picture of this name and the one before it, of which the same may be true; blank where none is."""
    before = MediaItem("")
    for item in desk.media:
        if item.file == name:
            return item, before
        if not item.file.lower().endswith(tuple(CAPTION_SUFFIXES)):
            before = item
    return MediaItem(name), MediaItem("")


def _write(desk: Desk, name: str, **words: str) -> None:
    desk.use_media([replace(item, **words) if item.file == name else item for item in desk.media])
