"""Adding pictures, videos and captions to a draft, and what can be done with them; only in workers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from content import consent
from content.clips import CAPTION_SUFFIXES
from content.post import MediaItem
from content.wording import say
from loa.services import drafts
from loa.speech import one_line
from tui.dialogs.pick import Pick
from tui.dialogs.questions import Field, Form
from tui.dialogs.told import Trouble
from tui.frame.room import Room
from tui.rooms import compose_rights
from tui.rooms.compose_desk import Desk
from tui.rooms.compose_manuscript import dropped

CAPTIONS = tuple(CAPTION_SUFFIXES)


async def ask_and_add(room: Room, desk: Desk) -> None:
    """Ask for a path: typed, pasted, or dragged into the terminal."""

    def check(written: str) -> str:
        return (
            "" if dropped(written, any_file=True) else say("tui_compose.media.no_file", path=written.strip())
        )

    field = Field(
        "path",
        say("tui_compose.media.path"),
        hint=say("tui_compose.media.path_hint"),
        required=True,
        check=check,
    )
    told = await room.ask(
        Form(say("tui_compose.media.add_title"), say("tui_compose.media.add_body"), [field])
    )
    if told:
        await add(room, desk, dropped(told["path"], any_file=True))


async def add(room: Room, desk: Desk, paths: Sequence[Path]) -> None:
    """Copy files beside the draft; what each shows, whose it is and who is in it is asked at once."""
    for path in paths:
        draft = desk.draft
        if draft is None:
            return
        try:
            name = await asyncio.to_thread(drafts.attach, room.workspace, draft, path)
        except Exception as error:
            await room.ask(Trouble(error))
            continue
        desk.attached()
        if desk.is_raw:
            room.notify(say("drafts.attached", file=name), markup=False)
            continue
        if all(item.file != name for item in desk.media):
            desk.use_media([*desk.media, MediaItem(name)])  # before it is described: then it is kept already
        if path.suffix.lower() not in CAPTIONS:
            for question in (describe, compose_rights.ask_rights, compose_rights.ask_people):
                if not await question(room, desk, name):
                    break  # Esc puts off the rest, too: the remarks remind of it


async def describe(room: Room, desk: Desk, name: str) -> bool:
    """What it shows; False when that was put off."""
    before = next((item.alt for item in desk.media if item.file == name), "")
    field = Field("alt", say("tui_compose.media.alt"), value=before, hint=say("tui_compose.media.alt_hint"))
    told = await room.ask(
        Form(
            say("tui_compose.media.alt_title", file=one_line(name)),
            say("tui_compose.media.alt_body"),
            [field],
        )
    )
    if told:
        alt = " ".join(told["alt"].split())
        desk.use_media([replace(item, alt=alt) if item.file == name else item for item in desk.media])
    return told is not None


async def menu(room: Room, desk: Desk, place: int) -> None:
    """Words for it, whose it is, who is in it, its place, or out with it; the cursor at what is lacking."""
    if place >= len(desk.media):
        return
    item = desk.media[place]
    asked = {"alt": item.alt, "rights": item.rights, "people": item.people}
    names = [*asked] if not item.file.lower().endswith(CAPTIONS) else []
    names += ["up"] if place else []
    names += ["down"] if place < len(desk.media) - 1 else []
    options = [
        (name, say(f"tui_compose.media.do.{name}"), one_line(asked.get(name, "")))
        for name in (*names, "remove")
    ]
    chosen = await room.ask(Pick(one_line(item.file), options, at=_lacking(item)))
    if chosen == "alt":
        await describe(room, desk, item.file)
    elif chosen == "rights":
        await compose_rights.ask_rights(room, desk, item.file)
    elif chosen == "people":
        await compose_rights.ask_people(room, desk, item.file)
    elif chosen:
        media = [one for one in desk.media if one.file != item.file]
        if chosen != "remove":
            media.insert(place + (1 if chosen == "down" else -1), item)
        desk.use_media(media)


def _lacking(item: MediaItem) -> str:
    if not item.alt:
        return "alt"
    rules = {finding.rule.rpartition(".")[2] for finding in consent.remarks((item,), {})}
    if rules & {"consent_missing", "consent_child"}:
        return "people"
    return "rights" if rules else "alt"
