"""Which keys sign for which unit below: pinned by a person who compared the fingerprint."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from content.approval import Role
from content.errors import NotFound, RefusedByRule, UsageError
from content.units.unit import Key
from loa.services import rollup_units, trusting
from loa.services.people import Person
from loa.services.trusting import fingerprint
from loa.services.workspace import Workspace
from scheduler import audit
from scheduler.childtrust import ChildKey, ChildTrust

MOST_KEYS = 20_000


@dataclass(frozen=True)
class ChildKeyView:
    """One pinned key as lists show it."""

    unit: str
    name: str
    fingerprint: str
    added_at: datetime
    added_by: str
    until: datetime | None
    void: bool


def trust_of(workspace: Workspace) -> ChildTrust:
    return ChildTrust(workspace.folder)


def listing(workspace: Workspace) -> list[ChildKeyView]:
    """Every key, by unit."""
    return [
        ChildKeyView(
            ":".join(one.unit),
            one.name,
            fingerprint(one.key),
            one.added_at,
            one.added_by,
            one.until,
            one.void,
        )
        for one in trust_of(workspace).pinned()
    ]


def add(workspace: Workspace, actor: Person, unit: Key, key: str, said: str) -> ChildKeyView:
    """Believe reports of a unit that this key signed. `said`: its fingerprint, told another way.

    Raises RefusedByRule when it is not the key's, or was withdrawn; NotFound for a unit that is not listed.
    """
    actor.must_be(Role.OPERATOR)
    trusting.must_be_pinned(workspace, actor)
    _must_be_key(key)
    named = next((one for one in rollup_units.register(workspace) if one.key == unit), None)
    if named is None:
        raise NotFound("rollup.unknown_unit", unit=":".join(unit))
    if _bare(said) != _bare(fingerprint(key)):
        raise RefusedByRule("rollup.other_fingerprint", unit=":".join(unit))
    now = workspace.now()
    fresh = ChildKey(unit, key, named.name, now, actor.name)

    def with_it(known: list[ChildKey]) -> list[ChildKey]:
        if any((one.unit, one.key) == (unit, key) and (one.void or one.until) for one in known):
            raise RefusedByRule("rollup.key_withdrawn", unit=":".join(unit))
        if len(known) >= MOST_KEYS:
            raise UsageError("rollup.many_keys", most=MOST_KEYS)
        return [*(one for one in known if (one.unit, one.key) != (unit, key)), fresh]

    with_it(trust_of(workspace).pinned())  # what is refused was not added: nothing to be recorded
    _audited(workspace, actor, "child_key_added", unit, key)
    _rewrite(workspace, with_it)
    return ChildKeyView(":".join(unit), named.name, fingerprint(key), now, actor.name, None, False)


def withdraw(workspace: Workspace, actor: Person, unit: Key, said: str, *, void: bool) -> list[ChildKeyView]:
    """Believe a unit's key no more: from now on, or with `void` nothing that it ever signed.

    `said`: its fingerprint; empty for every key of the unit.
    """
    actor.must_be(Role.OPERATOR)
    trusting.must_be_pinned(workspace, actor)
    now = workspace.now()
    meant: list[ChildKey] = []

    def without(known: list[ChildKey]) -> list[ChildKey]:
        meant[:] = [
            one
            for one in known
            if one.unit == unit and (not said or _bare(fingerprint(one.key)) == _bare(said))
        ]
        if not meant:
            raise NotFound("rollup.no_such_key", unit=":".join(unit))
        ended = [replace(one, until=one.until or now, void=one.void or void) for one in meant]
        return [*(one for one in known if one not in meant), *ended]

    _rewrite(workspace, without)  # first: killed here, it ended already
    for one in meant:
        _audited(workspace, actor, "child_key_withdrawn", unit, one.key, void=void)
    shown = {fingerprint(one.key) for one in meant}
    return [view for view in listing(workspace) if view.unit == ":".join(unit) and view.fingerprint in shown]


def _rewrite(workspace: Workspace, change: Callable[[list[ChildKey]], list[ChildKey]]) -> None:
    """Change the file while nobody else does: two at once, and a key just withdrawn would be back. Whoever
    writes to the database waits for the others who do, so that its lock serves the file as well."""
    trust = trust_of(workspace)
    workspace.database.run(lambda _: trust.write(change(trust.pinned())))


def _must_be_key(key: str) -> None:
    try:
        sound = len(base64.b64decode(key, validate=True)) == 32
    except (binascii.Error, ValueError):
        sound = False
    if not sound:
        raise UsageError("rollup.bad_key")


def _bare(written: str) -> str:
    return re.sub(r"[^0-9a-f]", "", written.lower())


def _audited(workspace: Workspace, actor: Person, action: str, unit: Key, key: str, **detail: object) -> None:
    now = workspace.now()
    told = {"key": fingerprint(key), **detail}
    workspace.database.run(
        lambda c: audit.record(c, at=now, actor=actor.name, action=action, subject=":".join(unit), **told)
    )
