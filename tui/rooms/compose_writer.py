"""Who may write: asked for before the first word, not when everything is written; only in workers."""

from __future__ import annotations

from content.approval import Role
from content.wording import say
from loa.services.people import Person
from loa.speech import one_line
from tui.dialogs.confirm import Confirm
from tui.frame.room import Room


async def writer(room: Room) -> Person | None:
    """A drafter who is signed in; None when there is none and nobody wants to sign in as one."""
    while (person := await room.window.sign_in()) is not None and Role.DRAFTER not in person.roles:
        if not await another(room, person):
            return None
    return person


async def another(room: Room, person: Person) -> bool:
    """Whether somebody else is to sit down, since this officer may not save what is written here."""
    roles = ", ".join(say(f"cli.role.{role}") for role in person.roles)
    body = say("tui_compose.not_drafter.body", name=one_line(person.full_name or person.name), roles=roles)
    if not await room.ask(Confirm(say("tui_compose.not_drafter.title"), body)):
        return False
    room.window.session.leave()
    return True
