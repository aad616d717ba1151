"""What the database may not take back: noted in files beside it, as the trust file is.

Whoever can write to the database can write any status into it, let a withdrawn approval stand again, delete
a freeze, point a channel at another page or a handle at another video. A signature shows none of that. So a
few facts are noted here as well, each by one appended line, and the publisher obeys the stricter of the two:

approval  `void` (taken back), `begun` (may be public), `sent` (is public): one yes is for one publication;
          `again` is a person's or the platform's word that what was begun or sent is not public
marker    under which a yes was given
override  given, for which post; taken back: it lets nothing pass any more
freeze    in force until it is lifted here too
blackout  entered until it is removed here too
go        a person let a delivery go that might have stayed back: when they said so, and for which minute
channel   digest of platform, account, settings and unit: what was approved for one page goes to no other,
          and no other unit's people can approve for it
unit      whose channel it is, where it is not the installation's own
called    that unit's name, which its website bears

What a connector keeps in `delivery.handle` bears a MAC by a key that is not in the database. Lines are for
this machine; where several share a PostgreSQL server, the key counts only where it was put beside the trust
file on each of them.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol, TypeVar

from filelock import FileLock
from sqlalchemy import Connection, select, update

from connectors.contract import Handle
from content.approval import Approval
from content.errors import LoaError, UsageError
from scheduler.facts import AGAIN as _AGAIN
from scheduler.facts import VOID as _VOID
from scheduler.facts import Facts
from scheduler.status import DONE, Status
from scheduler.store.database import Transactions
from scheduler.store.tables import approval, blackout, channel, delivery, freeze, unit, waiver
from scheduler.travelled import Fact, Travelled
from scheduler.trouble import trouble
from scheduler.witness_index import Index

T = TypeVar("T")

FILE = "witness.txt"
KEY_FILE = "witness.key"
MAC, OBJECT = "loa", "loa_object"
"""Keys of a stored handle that connectors never see: its MAC, and the `remote_id` it was published as."""
VOID, BEGUN, SENT, AGAIN = _VOID, "begun", "sent", _AGAIN


TRIES = 3
"""An index that fails is made anew, then done without."""


class Stated(Protocol):
    """What a person signs: an approval, an override."""

    def statement(self) -> bytes: ...


@lru_cache(maxsize=4096)  # one claim asks for the same yes several times
def name_of(yes: Stated) -> str:
    """One approval in the notes; by its statement, since base64 writes one signature in several ways."""
    return hashlib.sha256(yes.statement()).hexdigest()[:32]


def digest_of_channel(platform: str, account: str, settings: str, unit: str = "") -> str:
    """What a channel is: `settings` as the JSON text of its row; whose it is, unless the installation's
    own."""
    whose = [unit] if unit else []
    told = json.dumps([platform, account, json.loads(settings), *whose], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


def handle_of(text: str) -> Handle:
    """A stored handle as connectors know it."""
    handle: Handle = json.loads(text)
    for ours in (MAC, OBJECT):
        handle.pop(ours, None)
    return handle


class Witness:
    """The notes of one workspace; read on whenever another process has written.

    Only what is asked for is held in memory where they are many (`scheduler.witness_index`).
    """

    def __init__(self, folder: Path) -> None:
        self.file = folder / FILE
        self._key_file = folder / KEY_FILE
        self._key: bytes | None = None
        self._lock = threading.Lock()
        self._index = Index(self.file)
        self.said: list[Fact] | None = None
        """What this process has noted, for machines whose notes nobody can check (`scheduler.notes`)."""
        self.hears: Callable[[], bool] = lambda: True
        """Whether others' notes ever come to this machine. A unit's own PC only says what it stopped: that it
        was let go later, where the publisher runs, it sees by the rows."""
        self.hindrance: LoaError | None = None
        """Why nothing may be published from here: other machines' notes are not known, or not believed."""

    # ---- approvals

    def state(self, name: str) -> str:
        """`void`, `begun`, `sent`, or empty."""
        return self._look("approval", name)

    def approvals(self, state: str, names: Iterable[str], *, durable: bool = False) -> None:
        """Note what became of these. What is void stays void.

        `durable`: on the disk before this returns, for what a person decided; a publication need not wait.
        """
        self._note([("approval", name, state) for name in names], durable=durable)

    # ---- overrides

    def pin_override(self, name: str, post: str, rule: str, about: str) -> None:
        """Given for this post: so that it can be taken back whether or not the database shows it then."""
        self._note([("waiver", name, json.dumps([post, rule, about], ensure_ascii=False))])

    def overrides_of(self, post: str) -> dict[str, tuple[str, str]]:
        """(rule, about) by name of all that were given for a post and not taken back."""
        given = {name: json.loads(told) for name, told in self._all("waiver").items()}
        mine = {name: (str(rule), str(about)) for name, (of, rule, about) in given.items() if of == post}
        return {name: what for name, what in mine.items() if not self.is_taken_back(name)}

    def take_back(self, names: Iterable[str]) -> None:
        """These overrides, delegations (by `name_of`) count no more, whatever the database says."""
        self._note([("override", name, VOID) for name in names])

    def is_taken_back(self, name: str) -> bool:
        return self._look("override", name) == VOID

    # ---- freezes, blackouts and channels

    def freeze(self, number: int, scope: str, target: str, unit: str = "") -> None:
        self._note([("freeze", str(number), json.dumps([scope, target, *([unit] if unit else [])]))])

    def lift(self, number: int) -> None:
        self._note([("freeze", str(number), "")])

    def freezes(self) -> dict[int, tuple[str, ...]]:
        """(scope, target) by number, and the unit where it is not the own one, of those that were not
        lifted."""
        if not self.hears():
            return {}
        told = {int(number): json.loads(value) for number, value in self._all("freeze").items() if value}
        return {number: tuple(map(str, one)) for number, one in told.items()}

    def last_freeze(self) -> int:
        """Highest number that any freeze ever bore here, lifted ones too; 0 for none."""
        return max((int(number) for number in self._all("freeze")), default=0)

    def blackout(self, number: int, order: str) -> None:
        """`order`: all that decides what it covers, as the text of its row (`scheduler.blackouts`)."""
        self._note([("blackout", str(number), order)])

    def remove_blackout(self, number: int) -> None:
        self._note([("blackout", str(number), "")])

    def blackouts(self) -> dict[int, str]:
        """Orders by number, of those that were not removed."""
        if not self.hears():
            return {}
        return {int(number): order for number, order in self._all("blackout").items() if order}

    def last_blackout(self) -> int:
        """Highest number that any ever bore here, removed ones too; 0 for none."""
        return max((int(number) for number in self._all("blackout")), default=0)

    def let_go(self, delivery_id: str, at: datetime, due_at: datetime) -> None:
        """A person who may says (aware times) that it goes out, at that minute."""
        told = json.dumps([one.astimezone(UTC).isoformat() for one in (at, due_at)])
        self._note([("go", delivery_id, told)])

    def let_go_of(self, delivery_id: str) -> tuple[datetime, datetime] | None:
        """When a person last said so, and for which minute; None for never."""
        if not (told := self._look("go", delivery_id)):
            return None
        at, due_at = map(datetime.fromisoformat, json.loads(told))
        return at, due_at

    def pin_channel(self, channel_id: str, digest: str, unit: str = "", called: str = "") -> None:
        """`unit` is among what the digest is of; noted by itself, so that a claim need not take one.
        `called`: that unit's name, where a person has read it."""
        whose = [("unit", channel_id, unit)] if unit or self.unit_of(channel_id, "") else []
        name = [("called", channel_id, called)] if called else []
        self._note([*whose, *name, ("channel", channel_id, digest)])

    def pin_name(self, channel_id: str, called: str) -> None:
        """The name alone: what else is noted of the channel may be noted anew at this moment."""
        self._note([("called", channel_id, called)])

    def called(self, channel_id: str) -> str:
        """The name in which a channel of another unit speaks; empty where nobody has confirmed one."""
        return self._look("called", channel_id)

    def unit_of(self, channel_id: str, stored: str) -> str:
        """Whose channel it is by these notes; `stored`, as its row says, where nobody has noted it."""
        pinned = self._look("channel", channel_id)  # first: with it the unit was noted
        return self._look("unit", channel_id) if pinned else stored

    def channel(self, channel_id: str) -> str:
        """The digest that was noted last; empty for a channel that nobody has noted."""
        return self._look("channel", channel_id)

    def channels(self) -> dict[str, str]:
        """Every digest that was noted, by channel."""
        return self._all("channel")

    # ---- handles

    def stored(self, delivery_id: str, marker: str, channel_id: str, handle: Mapping[str, Any]) -> str:
        """A handle as it is stored for this delivery."""
        bare = {name: value for name, value in handle.items() if name != MAC}
        mac = self._mac(delivery_id, marker, channel_id, bare) if bare else ""
        return json.dumps({**bare, MAC: mac} if mac else bare, ensure_ascii=False, sort_keys=True)

    def pin_marker(self, approval_name: str, marker: str, delivery_id: str) -> None:
        """Under which marker a yes was given: it is in what the public gets, and no officer reads it."""
        self._note([("marker", approval_name, marker), ("given", approval_name, delivery_id)])

    def given_to(self, delivery_id: str) -> list[str]:
        """Names of all that were ever given to a delivery, whatever the database knows of them."""
        return self._ask(lambda facts: facts.given_to(delivery_id), [])

    def is_ours(self, row: Any, approvals: Iterable[str] = ()) -> bool:
        """Whether the row's handle was stored by us, for this delivery and under this marker.

        `approvals`: names of those it rests on; they were given under the row's marker too.
        """
        if any(self._look("marker", name) not in ("", row.marker) for name in approvals):
            return False
        stored = json.loads(row.handle)
        bare = {name: value for name, value in stored.items() if name != MAC}
        mac = self._mac(row.id, row.marker, row.channel_id, bare) if bare else ""
        return not mac or hmac.compare_digest(
            str(stored.get(MAC, "")).encode("utf-8", "replace"), mac.encode()
        )

    def _mac(self, *about: object) -> str:
        if self._key is None:
            try:
                self._key = bytes.fromhex(self._key_file.read_text("ascii"))
            except FileNotFoundError:
                return ""
            except (OSError, ValueError) as error:
                raise UsageError("trust.witness_unreadable", file=self._key_file, why=error) from None
        told = json.dumps(about, ensure_ascii=False, sort_keys=True).encode("utf-8", "surrogatepass")
        return hmac.new(self._key, told, "sha256").hexdigest()

    # ---- other machines (`scheduler.notes`)

    @property
    def key(self) -> bytes:
        """Empty where there is none, or none yet that outlives this process."""
        if not self._key_file.exists():
            return b""
        self._mac()
        return self._key or b""

    def follow_others(self) -> None:
        """From now on what has not travelled yet is kept in mind."""
        self.said = []

    def everything(self) -> dict[str, dict[str, str]]:
        """A copy of all that is known, by kind and name."""
        return self._ask(Facts.everything, {})

    def must_be_whole(self) -> None:
        """Raises LoaError when nothing may be published from here until a person has looked."""
        if self.hindrance is not None:
            raise self.hindrance

    def travelled(self) -> Travelled:
        """How far this machine's notes and the others' are known to each other; a copy."""
        follows = self.said is not None
        return self._ask(lambda facts: facts.travelled(waiting=follows), Travelled())

    def write_travelled(self, lines: Iterable[object]) -> None:
        """Lines of `scheduler.travelled`, all of them or none."""
        told = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        self._write(told, durable=False)

    def pin_officer(self, name: str, told: str) -> None:
        """Whom the publisher believes, as JSON; empty: no more (`scheduler.trust`)."""
        self._note([("trust", name, told)])

    def officers(self) -> dict[str, str]:
        """Of those whose pins have travelled."""
        return self._all("trust")

    def pin_vault(self, fingerprint: str) -> None:
        self._note([("vault", "key", fingerprint)])

    def vault(self) -> str:
        """Fingerprint of the key that every machine must have to read the channels' secrets; empty: any."""
        return self._look("vault", "key")

    # ---- the beginning

    def begin(self, transactions: Transactions) -> None:
        """Take a workspace as it stands under witness, once; a workspace that is under it is left alone.

        The key is written last: killed before that, the next start does all of it anew.
        """
        if self._key_file.exists():
            return
        with FileLock(self._key_file.with_name(f".{KEY_FILE}.lock")):
            if self._key_file.exists():
                return
            self._key = secrets.token_bytes(32)
            try:
                transactions.run(self._adopt)
                draft = self._key_file.with_suffix(".new")
                draft.unlink(missing_ok=True)
                _append(draft, self._key.hex(), durable=True)
                draft.replace(self._key_file)
            except BaseException:
                self._key = None  # nobody else will ever know it
                raise

    def _adopt(self, connection: Connection) -> None:
        from scheduler import blackouts, waivers  # which read what is noted here

        for row in connection.execute(select(delivery).where(delivery.c.handle != "{}")):
            try:
                signed = self.stored(row.id, row.marker, row.channel_id, handle_of(row.handle))
            except (ValueError, AttributeError):
                continue  # damaged: the claim says so
            connection.execute(update(delivery).where(delivery.c.seq == row.seq).values(handle=signed))
        states = connection.execute(
            select(approval, delivery.c.status, delivery.c.marker, delivery.c.id.label("delivery")).join(
                delivery, delivery.c.seq == approval.c.delivery_seq
            )
        ).all()
        gone = [row for row in states if row.voided_at is not None or row.status == Status.CANCELLED]
        # Cancelling voided nothing then; void in the notes alone it would be taken for a forged one.
        cancelled = select(delivery.c.seq).where(delivery.c.status == Status.CANCELLED)
        connection.execute(
            update(approval)
            .where(approval.c.voided_at.is_(None), approval.c.delivery_seq.in_(cancelled))
            .values(voided_at=approval.c.at, void_reason="cancelled")
        )
        named = [(name_of(given(row)), row) for row in states]
        self._note([("marker", name, row.marker) for name, row in named])
        self._note([("given", name, row.delivery) for name, row in named])
        self.approvals(VOID, [name_of(given(row)) for row in gone])
        self.approvals(SENT, [name_of(given(row)) for row in states if row.status in DONE])
        for row in connection.execute(select(freeze).where(freeze.c.lifted_at.is_(None))):
            self.freeze(row.id, row.scope, row.target, row.unit)
        for row in connection.execute(select(blackout).where(blackout.c.removed_at.is_(None))):
            self.blackout(row.id, blackouts.of_row(row).order)
        for row in connection.execute(select(waiver)):
            word = waivers.given(row)
            self.pin_override(name_of(word), word.post, word.rule, word.about)
            if word.taken_back:
                self.take_back([name_of(word)])
        names = dict(connection.execute(select(unit.c.code, unit.c.name)).all())
        for row in connection.execute(select(channel)):
            digest = digest_of_channel(row.platform, row.account, row.settings, row.unit)
            self.pin_channel(row.id, digest, row.unit, names.get(row.unit, ""))

    # ---- the file

    def close(self) -> None:
        """Let go of the index; who asks again opens it again."""
        with self._lock:
            self._index.close()

    def _look(self, kind: str, name: str) -> str:
        return self._ask(lambda facts: facts.look(kind, name), "")

    def _all(self, kind: str) -> dict[str, str]:
        return self._ask(lambda facts: facts.all(kind), {})

    def _ask(self, question: Callable[[Facts], T], nothing: T) -> T:
        """Raises UsageError where the file cannot be read; then nothing is guessed."""
        with self._lock:
            try:
                for _ in range(TRIES):
                    try:
                        facts = self._index.facts()
                        return nothing if facts is None else question(facts)
                    except sqlite3.Error as error:
                        self._index.doubt()
                        met = error
            except OSError as error:
                raise UsageError("trust.witness_unreadable", file=self.file, why=error.strerror) from None
            raise UsageError("trust.witness_unreadable", file=self.file, why=met)

    def _note(self, facts: Iterable[tuple[str, str, str]], *, durable: bool = True) -> None:
        told = list(facts)
        self._write("".join(json.dumps(fact, ensure_ascii=False) + "\n" for fact in told), durable=durable)
        if self.said is not None:
            self.said += told

    def _write(self, lines: str, *, durable: bool) -> None:
        if lines:
            try:
                _append(self.file, "\n" + lines, durable=durable)  # a line cut short by a crash ends here
            except OSError as error:
                # A full disk passes: whoever waits for the database's waits for this one as well.
                met = trouble(error, self.file)
                raise met or UsageError(
                    "trust.witness_unwritable", file=self.file, why=error.strerror
                ) from None


def given(row: Any) -> Approval:
    """An approval row as the rules know it, its signature not looked at yet."""
    return Approval(
        row.officer, row.role, row.seal, row.at, row.expires_at, row.signature, row.voided_at is not None
    )


def _append(file: Path, text: str, *, durable: bool) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        data = text.encode("utf-8")
        while data:  # a disk that is nearly full takes a part, and says that it is full only then
            data = data[os.write(descriptor, data) :]
        if durable:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
