"""Pictures, videos and captions in the keeping of a server, in pieces, for machines that lack the file.

A file is still what is published: a machine that has it reads nothing here, one that lacks it fetches the
pieces and believes them only by the SHA-256 that was approved. Killed anywhere, the next try does the rest.
"""

from __future__ import annotations

import errno
import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from sqlalchemy import Connection, delete, func, select, text
from sqlalchemy.exc import SQLAlchemyError

from content.clips import LARGEST_VIDEO_BYTES
from content.errors import MediaError
from content.media import MediaStore
from content.variant import MediaRef
from scheduler.clock import Clock
from scheduler.store.database import Database
from scheduler.store.tables import media_part
from scheduler.store.units import is_kept_apart

_ASKED = text("SELECT set_config('loa.media', :digests, false)")
PIECE = 1024 * 1024
"""Bytes; of one piece at a time is held in memory."""


class SharedMedia(MediaStore):
    """The media store of a machine whose database is on a server."""

    def __init__(self, root: Path, database: Database, clock: Clock) -> None:
        super().__init__(root)
        self._database = database
        self._clock = clock

    def verify(self, ref: MediaRef) -> Path:
        """As everywhere; what is missing or damaged here is fetched first.

        Raises OSError where the server cannot be asked: that says nothing about the file.
        """
        try:
            return super().verify(ref)
        except MediaError:
            try:
                fetched = self.fetch(ref)
            except SQLAlchemyError as error:
                raise OSError(errno.EIO, type(error).__name__) from error
            if not fetched:
                raise
            return super().verify(ref)

    def fetch(self, ref: MediaRef) -> bool:
        """Make the file out of the server's pieces; False where they are not there, or not what they say."""
        self.root.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=".new-", dir=self.root)
        draft = Path(temporary)
        try:
            digest = hashlib.sha256()
            with os.fdopen(handle, "wb") as file, self._database.read() as connection:
                about(connection, [ref.sha256])
                for piece in _pieces(connection, ref.sha256):
                    digest.update(piece)
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            if digest.hexdigest() != ref.sha256:
                return False
            target = self.path(ref)
            target.parent.mkdir(parents=True, exist_ok=True)
            draft.chmod(0o644)  # mkstemp made it private; a web server may have to read it
            draft.replace(target)
            return True
        finally:
            draft.unlink(missing_ok=True)

    def bring(self, ref: MediaRef) -> int:
        """Hand a file of ours to the server; returns how many pieces it lacked. Raises MediaError.

        One transaction a piece, so that nobody waits for a whole video.
        """
        path, now, brought = super().verify(ref), self._clock.now(), 0
        of = max(1, -(-ref.size_bytes // PIECE))
        with self._database.read() as connection:
            about(connection, [ref.sha256])
            there = _digests(connection, ref.sha256)
        with path.open("rb") as file:
            for number in range(of):
                body = file.read(PIECE)
                if there.get(number) == (of, hashlib.sha256(body).digest()):
                    continue
                values = {"sha256": ref.sha256, "number": number, "of": of, "added_at": now, "body": body}
                self._database.run(lambda c, values=values: _put(c, values))  # type: ignore[misc]
                brought += 1
        return brought


def about(connection: Connection, digests: Iterable[str]) -> None:
    """Say which files this session asks for: a unit's login sees the pieces of those alone.

    So who knows a digest, from a post that it may see, gets the file, and nobody can list the others'.
    """
    connection.execute(_ASKED, {"digests": ",".join(digests)})


def known(connection: Connection, wanted: Iterable[str] = ()) -> set[str]:
    """SHA-256 of those of which every piece is there; the database's owner need not say which."""
    about(connection, wanted)
    first = media_part.alias()  # says how many there are: what lies beyond them is nobody's
    mine = (media_part.c.sha256 == first.c.sha256) & (media_part.c.number < first.c.of)
    whole = (
        select(first.c.sha256)
        .join(media_part, mine)
        .where(first.c.number == 0)
        .group_by(first.c.sha256, first.c.of)
        .having(func.count() == first.c.of)
    )
    return set(connection.execute(whole).scalars())


def _put(connection: Connection, values: dict[str, object]) -> None:
    from sqlalchemy.dialects.postgresql import insert  # a file's workspace does not need it

    about(connection, [str(values["sha256"])])
    new = insert(media_part).values(values)
    same = [media_part.c.sha256, media_part.c.number]
    if is_kept_apart(connection):  # what is there a unit's login leaves to the publisher's machines to mend
        connection.execute(new.on_conflict_do_nothing(index_elements=same))
        return
    mended = {name: new.excluded[name] for name in ("of", "added_at", "body")}
    connection.execute(new.on_conflict_do_update(index_elements=same, set_=mended))


def _digests(connection: Connection, sha256: str) -> dict[int, tuple[int, bytes]]:
    """Of each piece: how many there should be, and the digest of its bytes, reckoned by the server."""
    asked = select(media_part.c.number, media_part.c.of, func.sha256(media_part.c.body))
    rows = connection.execute(asked.where(media_part.c.sha256 == sha256))
    return {number: (of, bytes(digest)) for number, of, digest in rows}


def _pieces(connection: Connection, sha256: str) -> Iterator[bytes]:
    """In order, none larger than one that we make and no more than the first says there are, nor than a video
    has: whoever wrote them."""
    first = (media_part.c.sha256 == sha256) & (media_part.c.number == 0)
    of = connection.execute(select(media_part.c.of).where(first)).scalar() or 0
    number = 0
    while number < of and number * PIECE < LARGEST_VIDEO_BYTES:
        mine = (media_part.c.sha256 == sha256) & (media_part.c.number == number)
        small = func.octet_length(media_part.c.body) <= PIECE
        body = connection.execute(select(media_part.c.body).where(mine & small)).scalar()
        if body is None:
            return
        yield bytes(body)
        number += 1


def forget(connection: Connection, sha256: str) -> None:
    connection.execute(delete(media_part).where(media_part.c.sha256 == sha256))
