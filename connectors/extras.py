"""What only some platforms can do, each a small protocol of its own.

`isinstance(connector, Removes)` answers whether the class has the methods. Where a channel's settings take
an extra away again, the method raises `Refused` with a sentence.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

from connectors.contract import Handle, Job, Published, Save

BY_HAND = "by-hand"
BY_WORD = "by-word"
"""`Pending.remote_id` while a person is waited for who posts it, or says that it was done: the sentences are
`cli.pending.by-hand` and `cli.next_step.by-hand`."""
BY_PEOPLE = (BY_HAND, BY_WORD)


@dataclass(frozen=True)
class Orphan:
    """Something hidden that an interrupted try left at the platform and that no handle names."""

    remote_id: str
    kind: str
    """What it is in the platform's own word: `post`, `video`, `article`, `file`."""
    created_at: datetime | None = None
    evidence: str = ""


@runtime_checkable
class ListsOrphans(Protocol):
    """A platform whose hidden leftovers can be told by marker or exact content."""

    def orphans(self, job: Job, handle: Handle) -> list[Orphan]:
        """Read-only: the hidden objects of this delivery but for those that `handle` names."""
        ...

    def discard(self, orphan: Orphan) -> None:
        """Remove one for good, after making sure that it is still hidden.

        Gone already is success. Raises `Refused` for anything that is public by now.
        """
        ...


@runtime_checkable
class Removes(Protocol):
    """A platform that takes a post down again."""

    def remove(self, published: Published) -> None:
        """The public sees it no more. Gone already is success, so it may be repeated."""
        ...


@runtime_checkable
class HandsOver(Protocol):
    """A platform that holds a finished post and makes it public by itself at a set time.

    `Capabilities.hold` tells how near and how far that time may be. A delivery that was handed over is still
    revealed by `reveal` when the platform did not do it, and found by `find` when it did.
    """

    def hand_over(self, job: Job, handle: Handle, save: Save) -> Handle:
        """Set the platform's clock to `job.due_at`. May be repeated; with another time it moves it."""
        ...

    def recall(self, job: Job, handle: Handle, save: Save) -> Handle:
        """Hidden again, with no time set; may be repeated. `Refused` when it is public already."""
        ...


@runtime_checkable
class TakesAddress(Protocol):
    """A platform that people post to themselves: its `reveal` waits (`Pending`) until the address is known.

    What `look` answers for an address is what `find` answers once the handle has it as `address`.
    """

    def address(self, written: str) -> str:
        """A pasted address as it is kept; raises NotSent when it cannot be the post's."""
        ...

    def look(self, job: Job, address: str) -> Published:
        """Read-only: the post at that address; raises a ConnectorError saying why it is not seen there."""
        ...


@dataclass(frozen=True)
class Word:
    """What a person says happened: whose word it is, when it was (aware UTC), how many if anybody counted."""

    by: str
    at: datetime
    count: int | None = None
    note: str = ""

    def stored(self) -> Handle:
        """As the handle of a delivery keeps it."""
        return {"by": self.by, "at": self.at.isoformat(), "count": self.count, "note": self.note}

    @staticmethod
    def of(handle: Handle) -> Word | None:
        """The word that a handle keeps; None when nobody has given one, or what is there is none."""
        try:
            kept = handle["word"]
            count = None if kept["count"] is None else int(kept["count"])
            word = Word(str(kept["by"]), datetime.fromisoformat(kept["at"]), count, str(kept["note"]))
        except (KeyError, TypeError, ValueError):
            return None
        return word if word.at.tzinfo else None


@runtime_checkable
class TakesWord(Protocol):
    """An outlet where nothing can be read back (a loudspeaker, a notice board): a person's word is the
    evidence. Its `reveal` waits (`Pending`) for it; `find` answers what the handle has as `word`."""

    def told(self, job: Job, word: Word) -> Published:
        """The delivery as made, on that word; it has no address."""
        ...

    def counts(self) -> str:
        """The metric that a word's `count` is: `airings`, `copies`, …"""
        ...


@runtime_checkable
class KeepsPacks(Protocol):
    """A platform whose deliveries lie as files in front of people, who must see that one was withdrawn."""

    def call_off(self, marker: str) -> None:
        """Mark what lies there of this delivery, if anything does; may be repeated. Raises NotSent."""
        ...


@dataclass(frozen=True)
class Comment:
    """What somebody wrote under a post. Who it was is not told: no name or account leaves the connector.

    `reply_to` is the comment it hangs under, `by_us` whether the channel itself wrote it, `hidden` whether
    the public does not see it although the platform still has it. `text` is plain, as it came.
    """

    remote_id: str
    text: str
    written_at: datetime | None = None
    reply_to: str = ""
    url: str = ""
    by_us: bool = False
    hidden: bool = False


@dataclass(frozen=True)
class CommentPage:
    """Some comments of a post, and how to ask for the next ones (`after` is empty on the last page).

    Not `whole`: something was left out, so that what is missing is not therefore gone.
    """

    comments: tuple[Comment, ...]
    after: str = ""
    whole: bool = True
    calls: int = 1
    """What it took of the platform's allowance."""


@runtime_checkable
class ReadsComments(Protocol):
    """A platform that tells what readers wrote under a post."""

    def comments(self, published: Published, after: str = "") -> CommentPage:
        """Read-only: one page, the newest comments first, replies among them.

        Raises `Refused` where they are not to be had (a right that was never given, comments switched off):
        that is an answer and stops no channel.
        """
        ...


# Signing in is a conversation: the connector asks, a skin answers; it is stored at the end or never.


@dataclass(frozen=True)
class Tell:
    """A sentence to read (a catalogue key); answered with an empty text once it was read."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Ask:
    """A question; the answer is what was typed, without blanks at its ends. `secret`: not to be shown."""

    name: str
    key: str
    values: Mapping[str, object] = field(default_factory=dict)
    secret: bool = False
    default: str = ""


@dataclass(frozen=True)
class Choose:
    """One of several; answered with the `value` of an option. Never an empty list."""

    key: str
    options: tuple[tuple[str, str], ...]
    """(value, what a person reads)."""
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Visit:
    """An address to open in a browser; the answer is the address at which the platform left the browser.

    `listen` is the loopback address to which the platform will send it, if it will: a skin may listen there
    and spare the person the pasting. Empty: it can only be pasted.
    """

    key: str
    address: str
    listen: str = ""
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Pause:
    """The platform waits for the person; answered with an empty text after so many seconds."""

    seconds: float
    key: str
    values: Mapping[str, object] = field(default_factory=dict)


Question = Tell | Ask | Choose | Visit | Pause


@dataclass(frozen=True)
class Granted:
    """What signing in brought: whose identity it is, and everything to be kept of it."""

    account: str
    name: str
    secrets: Mapping[str, str] = field(repr=False, default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)


Conversation = Generator[Question, str, Granted]


@runtime_checkable
class LogsIn(Protocol):
    """A platform at which a person signs in. The connector may be one without account and secrets yet."""

    def login(self) -> Conversation:
        """Lead a person through it. An answer that cannot be used is asked for again with the reason.

        Raises the five errors of `connectors.errors`; nothing needs undoing then.
        """
        ...
