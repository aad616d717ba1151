"""The witness's notes of several machines on one server: each hears in time what the others noted.

Every transaction that writes begins with the notes that were committed since, and ends with this machine's
own that no row bears yet: so a note stands in the database from the commit on of the change that it belongs
to, and a machine that was killed in between brings it with its next transaction. Rows are one chain of MACs
by a key that is not in the database: none can be changed, put in, taken out or moved unseen by whoever reads
it later, nor taken out after that by anybody. A database in a file has none of this.

Machines without the key (an officer's, who drafts and approves) may only say what stops something.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, text

from content.errors import LoaError
from scheduler.store.row_security import UNIT
from scheduler.store.tables import note
from scheduler.store.units import is_kept_apart, session_unit
from scheduler.travelled import (
    BEGIN,
    NOTE,
    UNSIGNED,
    Fact,
    Travelled,
    allowed,
    base,
    body_of,
    chained,
    facts_of,
    follows,
    is_about,
)
from scheduler.witness import Witness

AT_ONCE = 500
"""Rows that are read at a time."""
FACTS = 1_000
"""The most that one row bears."""
TRIES = 20
"""How often others may be faster at adding a row."""
NUMBERS_AHEAD = 1_000
"""How far ahead of the largest number that is noted a unit's note of a stop may be: after the largest number
of all there is none for the next emergency."""
LARGEST_BODY = 2_000_000
"""Of an unsigned row, in letters: what is longer nobody's machine wrote."""
VAULT_FILE = "vault.key"
_FROM = select(note).where(note.c.n >= bindparam("b_n")).order_by(note.c.n).limit(AT_ONCE)
_HEAD = select(note.c.n, note.c.mac).order_by(note.c.n.desc()).limit(1)
_FIRST = select(note).order_by(note.c.n).limit(1)
_ADD = text(
    "INSERT INTO note (n, machine, body, mac) VALUES (:n, :machine, :body, :mac) ON CONFLICT (n) DO NOTHING"
)


class Notes:
    """`scheduler.store.database.Shared` for one workspace. `follow` takes over pins that may have come."""

    def __init__(self, witness: Witness, folder: Path, follow: Callable[[], None] = lambda: None) -> None:
        self._witness = witness
        self._folder = folder
        self._follow = follow
        self._vault: tuple[object, bool] = (None, True)
        self._swallowed: LoaError | None = None
        witness.follow_others()

    # ---- around each transaction that writes

    def before(self, connection: Connection) -> None:
        """Hear the others. What is wrong keeps this machine from publishing, not from anything else."""
        try:
            self.take_in(connection)
            self._follow()
            self._must_read_secrets()
        except LoaError as error:
            self._witness.hindrance = error
        else:
            self._witness.hindrance = self._swallowed

    def after(self, connection: Connection) -> None:
        """Say what this machine noted and no row bears, in the transaction that it belongs to."""
        said, self._witness.said = self._witness.said or [], []
        for _ in range(TRIES):
            if not self._is_sound():
                break
            known = self._witness.travelled()
            if not known.waiting or self._put(connection, self._witness.key, known, known.waiting):
                self._swallowed = None
                return
            try:
                self.take_in(connection)  # another machine was faster
            except LoaError as error:
                self._witness.hindrance = error
        else:  # a place that is free and takes no row: another hand is in between
            self._swallowed = self._witness.hindrance = LoaError("machines.damaged", n=known.n + 1)
        self._put_unsigned(connection, said)

    def has_more(self) -> bool:
        """Whether something was noted that no transaction has taken along yet."""
        return bool(self._witness.said) or bool(self._witness.travelled().waiting)

    # ---- hearing

    def take_in(self, connection: Connection) -> None:
        """Read what is newer than the last note that is known; raises LoaError for what is not believed."""
        known = self._witness.travelled()
        if not known.machine:
            self._begin(connection)
            return
        key = self._key()
        while rows := connection.execute(_FROM, {"b_n": known.n}).all():
            if known.n:
                if (rows[0].n, rows[0].mac) != (known.n, known.mac):
                    raise LoaError("machines.damaged", n=known.n)
                rows = rows[1:]
            lines: list[list[object]] = []
            try:
                for row in rows:
                    lines.append(self._line(row, known, key))
                    known.n, known.mac = row.n, row.mac
            finally:  # what stands before a damaged row counts
                self._witness.write_travelled(lines)
            if len(rows) < AT_ONCE - 1:
                return
        if known.n:  # the very row that was read is gone
            raise LoaError("machines.damaged", n=known.n)

    def _line(self, row: Row[Any], known: Travelled, key: bytes) -> list[object]:
        """How a new row stands in the file; `known` is what stands there before it."""
        if row.n != known.n + 1 or not follows(key, known.mac, row.n, row.machine, row.body, row.mac):
            raise LoaError("machines.damaged", n=known.n + 1)
        signed = not row.mac.startswith(UNSIGNED)
        facts = self._said_in(row, signed)
        if row.n == 1 and (BEGIN not in {kind for kind, _, _ in facts} or not _is_ours(row, facts, known)):
            raise LoaError("machines.not_joined")  # another's beginning, before anything of ours
        if signed and _is_ours(row, facts, known):
            del known.waiting[: len(facts)]
            return [NOTE, row.n, row.mac, len(facts)]
        return [NOTE, row.n, row.mac, row.machine, facts, signed]

    def _said_in(self, row: Row[Any], signed: bool) -> list[Fact]:
        facts = _facts(row, signed)
        if signed or not row.machine.startswith(UNIT):
            return facts
        most = {
            "freeze": self._witness.last_freeze() + NUMBERS_AHEAD,
            "blackout": self._witness.last_blackout() + NUMBERS_AHEAD,
        }
        return [fact for fact in facts if fact[0] not in most or _is_number(fact[1], most[fact[0]])]

    def _begin(self, connection: Connection) -> None:
        """The first machine on a new server opens the chain; a machine that was not joined is told so."""
        if connection.execute(select(note.c.n).limit(1)).first() is not None:
            raise LoaError("machines.not_joined")
        if self._witness.key:
            self._witness.write_travelled(opening(socket.gethostname()))

    def _key(self) -> bytes:
        key = self._witness.key
        if not key:
            raise LoaError("machines.not_joined")
        return key

    def _must_read_secrets(self) -> None:
        """Raises LoaError when the secrets were hidden with a key that another machine made since."""
        wanted = self._witness.vault()
        if not wanted:
            return
        file = self._folder / VAULT_FILE
        try:
            status = file.stat()
            seen = (wanted, status.st_mtime_ns, status.st_size, status.st_ino)
            if self._vault[0] != seen:
                prints = [fingerprint(self._witness.key, line) for line in file.read_bytes().split()]
                self._vault = (seen, wanted in prints)
        except OSError:
            self._vault = (None, False)
        if not self._vault[1]:
            raise LoaError("machines.other_vault", file=file)

    # ---- saying

    def _is_sound(self) -> bool:
        """Whether this machine's notes and the others' are known to each other; only a key may be wrong."""
        met = self._witness.hindrance
        return met is None or met is self._swallowed or met.key == "machines.other_vault"

    def _put_unsigned(self, connection: Connection, said: Sequence[Fact]) -> None:
        """As a machine does that nobody can believe: only what stops something."""
        stops = [fact for fact in dict.fromkeys(said) if allowed(fact, {})]
        for _ in range(TRIES if stops else 0):
            head = connection.execute(_HEAD).first()
            if head is None:
                return
            if self._put(connection, b"", Travelled(_speaker(connection), head.n, head.mac), stops):
                return

    def _put(self, connection: Connection, key: bytes, known: Travelled, facts: Sequence[Fact]) -> bool:
        """Add rows after the last known one; False when another machine's row has taken that place.

        Who adds a row keeps the others waiting until the commit, and does nothing but commit after it.
        """
        n, mac = known.n, known.mac
        for begin in range(0, len(facts), FACTS):
            body = body_of(facts[begin : begin + FACTS])
            n, mac = n + 1, chained(key, mac, n + 1, known.machine, body)
            row = {"n": n, "machine": known.machine, "body": body, "mac": mac}
            if connection.execute(_ADD, row).rowcount == 0:  # only ever the first: then the place is ours
                return False
        return True

    # ---- a person has looked

    def accept(self, connection: Connection) -> int:
        """Go on from the notes as they stand now, having taken in what they say; returns how many are new.

        Of rows that do not follow from the one before, only what stops something is taken in.
        """
        known = self._witness.travelled()
        if not known.machine:
            raise LoaError("machines.not_joined")
        key, head = self._key(), connection.execute(_HEAD).first()
        if head is None:
            self._witness.write_travelled([*opening(known.machine), *map(list, known.waiting)])
            return 0
        there = connection.execute(select(note.c.mac).where(note.c.n == known.n)).scalar()
        first = known.n + 1 if there == known.mac else 1
        facts: list[Fact] = []
        previous, count = known.mac if first > 1 else "", 0
        standing = self._witness.everything()
        for row in connection.execute(select(note).where(note.c.n >= first).order_by(note.c.n)):
            sound = follows(key, previous, row.n, row.machine, row.body, row.mac)
            signed = sound and not row.mac.startswith(UNSIGNED)
            said = self._said_in(row, signed)
            facts += [fact for fact in said if signed or allowed(fact, standing)]
            previous, count = row.mac, count + 1
        own = [list(fact) for fact in known.waiting if fact not in facts]
        self._witness.write_travelled([*map(list, facts), base(known.machine, head.n, head.mac), *own])
        return count


def opening(machine: str) -> list[list[object]]:
    """The lines with which a chain of notes begins: all above them is history that does not travel."""
    return [base(machine, 0, ""), [BEGIN, secrets.token_hex(16), machine]]


def fingerprint(key: bytes, secret: bytes) -> str:
    """Of a vault's key: comparable, and of no use to whoever reads the notes."""
    return hmac.new(key, b"loa-vault:" + hashlib.sha256(secret).digest(), "sha256").hexdigest()[:32]


def stranger(connection: Connection, key: bytes) -> bool:
    """Whether the notes there are those of machines with another key."""
    row = connection.execute(_FIRST).first()
    return row is not None and row.n == 1 and not follows(key, "", row.n, row.machine, row.body, row.mac)


def _facts(row: Row[Any], signed: bool) -> list[Fact]:
    """What a row says; one that anybody may have written is not read at any length, nor at any price; of a
    unit's login, what is about that unit alone."""
    try:
        if signed:
            return facts_of(row.body)
        if len(row.body) > LARGEST_BODY:
            return []
        unit = row.machine.removeprefix(UNIT) if row.machine.startswith(UNIT) else ""
        return [fact for fact in facts_of(row.body) if not unit or is_about(fact, unit)]
    except (ValueError, TypeError, RecursionError):
        return []


def _is_number(name: str, most: int) -> bool:
    return name.isascii() and name.isdigit() and len(name) < 10 and int(name) <= most


def _speaker(connection: Connection) -> str:
    """As whom a machine without the key speaks: a unit's login as that unit, which the server sees to."""
    if not is_kept_apart(connection):
        return socket.gethostname()
    return f"{UNIT}{session_unit(connection)}"


def _is_ours(row: Row[Any], facts: Sequence[Fact], known: Travelled) -> bool:
    return bool(facts) and row.machine == known.machine and known.waiting[: len(facts)] == list(facts)
