"""Media of a workspace whose database is on a server: handed on, fetched, forgotten."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, select, text
from sqlalchemy.exc import SQLAlchemyError

from content.errors import LoaError, MediaError
from content.events import about
from content.variant import MediaRef, Variant
from loa.services.workspace import Workspace
from scheduler import mediaparts
from scheduler.mediaparts import SharedMedia
from scheduler.status import DONE
from scheduler.store.tables import delivery, post

log = logging.getLogger("loa.media")

_PASSES = (LoaError, OSError, SQLAlchemyError)
_LATER = "media could not be handed on to the server"
KEPT_FOR = timedelta(days=7)
"""What nothing names yet may be a post that is being brought in."""
FORGET_EVERY = timedelta(days=1)
AHEAD = timedelta(days=2)
_WITH_MEDIA = delivery.c.payload.contains('"sha256"')
_SOME_AT_A_TIME = {"yield_per": 1_000}
MOST = 5_000
"""Deliveries that a look at what is missing reads."""
_UNNAMED = text(
    "WITH named AS ("
    " SELECT (regexp_matches(media, '[0-9a-f]{64}', 'g'))[1] AS sha256 FROM post"
    " UNION SELECT (regexp_matches(payload, '[0-9a-f]{64}', 'g'))[1] FROM delivery"
    " UNION SELECT (regexp_matches(payload, '[0-9a-f]{64}', 'g'))[1] FROM sealed)"
    " SELECT sha256 FROM media_part GROUP BY sha256"
    " HAVING max(added_at) < :before"
    " AND NOT EXISTS (SELECT 1 FROM named WHERE named.sha256 = media_part.sha256)"
)
_NAMED_NOW = text("SELECT EXISTS (SELECT 1 FROM post WHERE strpos(media, :sha256) > 0)")


@dataclass(frozen=True)
class Carried:
    """What a look at all media came to. `lacking`: names of those that neither machine nor server has."""

    brought: int
    fetched: int
    lacking: tuple[str, ...]


def hand_on(workspace: Workspace, refs: Iterable[MediaRef]) -> None:
    """Give the server what was just brought in. Without it the post stands; the publisher catches up."""
    store = workspace.media
    if not isinstance(store, SharedMedia):
        return
    try:
        for ref in refs:
            store.bring(ref)
    except _PASSES:
        log.warning(_LATER, exc_info=True, extra=about("media.not_shared"))


def hand_on_all(workspace: Workspace) -> None:
    """Likewise everything that this machine has and the server lacks."""
    try:
        carry(workspace, fetch=False)
    except _PASSES:
        log.warning(_LATER, exc_info=True, extra=about("media.not_shared"))


def carry(workspace: Workspace, *, fetch: bool = True) -> Carried:
    """Everything that posts and deliveries name, there and here: what the server lacks is brought, what this
    machine lacks is fetched."""
    store = workspace.media
    if not isinstance(store, SharedMedia):
        return Carried(0, 0, ())
    with workspace.database.instant() as connection:
        refs = list(named(connection))
        there = mediaparts.known(connection, [ref.sha256 for ref in refs])
    brought, fetched, lacking = 0, 0, []
    for ref in refs:
        here = store.path(ref).is_file()
        try:
            if here and ref.sha256 not in there:
                brought += bool(store.bring(ref))
            elif not here and fetch:
                store.verify(ref)
                fetched += 1
        except MediaError:
            lacking.append(ref.name)
    return Carried(brought, fetched, tuple(lacking))


def named(connection: Connection) -> Iterator[MediaRef]:
    """Every picture, video and captions file of all posts and of what was made of them, each once."""
    seen: set[str] = set()
    posts = select(post.c.media).where(post.c.media != "[]")
    for media in connection.execute(posts, execution_options=_SOME_AT_A_TIME).scalars():
        for entry in json.loads(media):
            ref = MediaRef(**entry["ref"])
            if ref.sha256 not in seen:
                seen.add(ref.sha256)
                yield ref
    sent = select(delivery.c.payload).where(_WITH_MEDIA)
    for payload in connection.execute(sent, execution_options=_SOME_AT_A_TIME).scalars():
        for ref in _of(payload):
            if ref.sha256 not in seen:
                seen.add(ref.sha256)
                yield ref


def missing(workspace: Workspace) -> int:
    """How many files this machine lacks for what comes out within two days; it fetches them by itself."""
    soon = (delivery.c.due_at < workspace.now() + AHEAD) & delivery.c.status.not_in(list(DONE))
    wanted = select(delivery.c.payload).where(soon & _WITH_MEDIA).limit(MOST)
    with workspace.database.read() as connection:
        payloads = connection.execute(wanted).scalars().all()
    refs = {ref.sha256: ref for payload in payloads for ref in _of(payload)}
    return sum(not workspace.media.path(ref).is_file() for ref in refs.values())


def tidy(workspace: Workspace) -> int:
    """Once a day, take from the server what no post and no delivery names any more; returns how many files.

    Posts are never deleted, so what was published keeps its pictures, archived or not.
    """
    if workspace.database.is_sqlite:
        return 0
    from loa.services import health

    now = workspace.now()
    with workspace.database.read() as connection:
        last = health.noted(connection, "media")
        if last is not None and timedelta(0) <= now - last[0] < FORGET_EVERY:
            return 0
        unnamed = connection.execute(_UNNAMED, {"before": now - KEPT_FOR}).scalars().all()

    def work(connection: Connection, sha256: str) -> bool:
        if connection.execute(_NAMED_NOW, {"sha256": sha256}).scalar():
            return False
        mediaparts.forget(connection, sha256)
        return True

    gone = sum(workspace.database.run(lambda c, one=one: work(c, one)) for one in unnamed)  # type: ignore[misc]
    health.note_checked(workspace, "media", {"forgotten": gone})
    return gone


def _of(payload: str) -> tuple[MediaRef, ...]:
    try:
        return tuple(Variant.parse(payload).media)
    except ValueError:
        return ()
