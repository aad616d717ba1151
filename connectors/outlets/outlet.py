"""What the outlets share: a pack before, a reminder at the minute, a person's word after.

Nothing here makes anything public, so everything may be repeated. The word comes through `loa queue done`,
which writes it into the handle; past the deadline without one a delivery is missed.
"""

from __future__ import annotations

import hashlib
import logging
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from connectors.contract import (
    Capabilities,
    Context,
    Field,
    Figure,
    Handle,
    Health,
    Job,
    Pending,
    Published,
    Save,
)
from connectors.errors import NotPrepared, NotSent, Refused
from connectors.extras import BY_WORD, Word
from connectors.outlets.paper import Unprintable
from connectors.packs import Packs, disk_trouble
from content.events import about
from content.finding import Finding
from content.limits import MIB, Limits
from content.moment import show
from content.plain import flatten
from content.richtext import without_title
from content.variant import Variant, seal
from content.wording import LANGUAGES, catalogue, say

ROOM = "kenh-co-so"
FIRST_REMINDER = timedelta(minutes=5)
LAST_REMINDER = timedelta(hours=1)
CONTACT = (Field("address", public=True), Field("phone", public=True), Field("email", public=True))
"""The unit's block; left out, it is what `config.toml` says of the unit."""
BESIDE_MOST = 4_000
"""Letters of a summary, a byline, or the legal basis."""
_PREFIX = "outlets"

log = logging.getLogger("loa.byhand")


def common(platform: str, *settings: Field, text_max: int = 20_000) -> Capabilities:
    """What outlets have in common; `settings` are the one outlet's own.

    `text_max` (letters): more than twenty minutes of speech, or than any sheet holds. Laying out takes time
    that grows with the square of a paragraph.
    """
    return Capabilities(
        platform=platform,
        limits=Limits(
            text_max=text_max,
            title_max=250,
            images_max=40,
            image_max_bytes=20 * MIB,
            image_types=("image/jpeg", "image/png"),
            markdown=True,
        ),
        lead=timedelta(hours=12),  # time to print, and to record a voice
        reveal="repeatable",
        settle_after=(timedelta(0), timedelta(seconds=30), timedelta(minutes=5)),
        settings=(*settings, *CONTACT),
    )


class Outlet(ABC):
    """Handle: `folder`, `seal`, and `word` once a person has given it."""

    capabilities: Capabilities
    metric: str
    """What a word's count is."""
    version = 1
    """To be raised when the same post makes another pack than before."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._zone = ZoneInfo(context.unit.timezone)

    # -- what one outlet has of its own ------------------------------------------------------------

    @abstractmethod
    def files(self, job: Job) -> Iterator[tuple[str, bytes]]:
        """Names and bytes of a pack, the same for the same job and settings."""

    @abstractmethod
    def remarks(self, variant: Variant) -> Iterator[Finding]:
        """What the outlet has to say of a variant, beside what all have."""

    def extras(self, job: Job, folder: Path) -> None:  # noqa: B027
        """Files that may be made or not (a voice, where a program for it is installed)."""

    # -- the contract ------------------------------------------------------------------------------

    def check(self, variant: Variant) -> list[Finding]:
        """Remarks that need no network and no disk."""
        where = variant.channel
        found = []
        if not variant.title.strip():
            found.append(Finding("outlets.title_missing", "block", where))
        if not variant.text.strip():
            found.append(Finding("outlets.text_missing", "block", where))
        if self._too_much(variant):
            return found  # the common check stops it; nothing more can be said of it in time
        try:
            return [*found, *self.remarks(variant)]
        except Unprintable:
            return [*found, Finding("outlets.unprintable", "block", where)]

    def prepare(self, job: Job, handle: Handle, save: Save) -> Handle:
        """Write the pack, or leave it when it is whole and right."""
        if self._too_much(job.variant):
            raise Refused("outlets:too-long", job.variant.title)
        try:
            folder = self._packs.ensure(job)
        except Unprintable:
            raise Refused("outlets:unprintable", job.variant.title) from None
        ready = {**handle, "folder": folder.name, "seal": seal(job.variant.canonical())}
        if ready != handle:
            save(dict(ready))
        return ready

    def reveal(self, job: Job, handle: Handle) -> Published | Pending:
        """Tell people that it is time; with their word it is done.

        The pack is made anew here when it is not the approved one (a changed minute, a changed file).
        """
        folder = self._packs.ensure(job)
        word = Word.of(handle)
        return self.told(job, word) if word else self._remind(job, folder)

    def poll(self, job: Job, pending: Pending) -> Published | Pending:
        """Reminds again. Past the deadline nothing is waited for: NotPrepared leads through a read-back to
        `missed`."""
        del pending
        if self._context.now() > job.variant.deadline:
            raise NotPrepared("outlets:overdue", job.delivery)
        return self._remind(job, self._packs.of(job))

    def find(self, job: Job, handle: Handle) -> list[Published]:
        """What a person has said of it; nobody but people can know."""
        word = Word.of(handle)
        return [self.told(job, word)] if word else []

    def told(self, job: Job, word: Word) -> Published:
        """The delivery as made, on that word."""
        count = "" if word.count is None else f", {word.count} {self.metric}"
        return Published(f"word:{job.marker}", "", word.at, f"the word of {word.by}{count}")

    def call_off(self, marker: str) -> None:
        """Whoever opens the pack sees first that it is not to be used."""
        self._packs.call_off(marker, self.word("called_off"))

    def counts(self) -> str:
        """The metric of a word's count."""
        return self.metric

    def health(self) -> Health:
        """Whether packs can be written."""
        problem, values = self._trouble()
        return Health(not problem, problem, values, name=self._context.account.name)

    def measure(self, published: Published) -> list[Figure]:
        """Nothing can be asked of an outlet: figures are typed in."""
        del published
        return []

    # -- for the outlets ---------------------------------------------------------------------------

    def setting(self, name: str) -> str:
        """A setting trimmed, or its default."""
        default = next(field.default for field in self.capabilities.settings if field.name == name)
        return self._context.account.settings.get(name, "").strip() or default

    def word(self, key: str, **values: object) -> str:
        """A published label, in the unit's language."""
        return self._labels[f"{_PREFIX}.pack.{key}"].format(**values)

    def due(self, job: Job) -> str:
        """The due minute as people write it."""
        return show(job.due_at, self._zone).rsplit(" (", 1)[0]

    def day(self, job: Job) -> str:
        return f"{job.due_at.astimezone(self._zone):%d/%m/%Y}"

    def unit_block(self) -> list[str]:
        """The lines that say who speaks and where people can ask."""
        contact = [self.setting(name) for name in ("address", "phone", "email")]
        labels = ("address", "phone", "email")
        told = [self.word(label, value=value) for label, value in zip(labels, contact, strict=True) if value]
        return [self._context.unit.name, *told]

    def plain(self, variant: Variant) -> str:
        """The text without formatting and without a heading that only repeats the title."""
        return flatten(without_title(variant.text, variant.title))

    def cited(self, variant: Variant) -> str:
        """The line with the legal basis; empty where none is given."""
        citations = "; ".join(" ".join(one.split()) for one in variant.citations)
        return self.word("citations", citations=citations) if citations else ""

    def _too_much(self, variant: Variant) -> bool:
        most = self.capabilities.limits
        lengths = (len(variant.summary), len(variant.author), len(self.cited(variant)))
        return len(variant.text) > most.text_max or len(variant.title) > 250 or max(lengths) > BESIDE_MOST

    # -- inside ------------------------------------------------------------------------------------

    @cached_property
    def _labels(self) -> Mapping[str, str]:
        language = self._context.unit.language
        return catalogue("vi") | catalogue(language if language in LANGUAGES else "vi")

    @cached_property
    def _packs(self) -> Packs:
        context = self._context
        labels = {key: text for key, text in self._labels.items() if key.startswith(f"{_PREFIX}.pack.")}
        facts = [self.version, dict(context.account.settings), asdict(context.unit), context.account.channel]
        digest = hashlib.sha256(repr([*facts, labels]).encode()).hexdigest()[:16]
        return Packs(
            context.workspace / ROOM / context.account.channel, self._zone, digest, self._make, _PREFIX
        )

    def _make(self, job: Job, folder: Path) -> None:
        for name, data in self.files(job):
            (folder / name).write_bytes(data)
        (folder / "viec-can-lam.txt").write_text(self._task(job), "utf-8", newline="\n")
        self.extras(job, folder)

    def _task(self, job: Job) -> str:
        platform = self.capabilities.platform
        values = {
            "title": " ".join(job.variant.title.split()),
            "due": self.due(job),
            "delivery": job.delivery,
        }
        return "\n\n".join(
            [self.word("task", **values), self.word(f"task_{platform}"), self.word("task_done", **values)]
        ) + "\n"  # fmt: skip

    def _remind(self, job: Job, folder: Path) -> Pending:
        said = say("outlets.reminder", title=job.variant.title, folder=folder)
        log.warning("%s: %s", job.delivery, said, extra=about("by_hand.waits", delivery=job.delivery))
        return Pending(BY_WORD, self._wait(job), folder.name)

    def _wait(self, job: Job) -> timedelta:
        """Twice as long each time, so that an evergreen post does not shout; not beyond the deadline."""
        now = self._context.now()
        wait = min(max(now - job.due_at, FIRST_REMINDER), LAST_REMINDER)
        left = job.variant.deadline - now + timedelta(seconds=1)
        return max(min(wait, left), timedelta(seconds=1))

    def _trouble(self) -> tuple[str, Mapping[str, object]]:
        folder = self._context.workspace / ROOM
        try:
            with disk_trouble(_PREFIX):
                folder.mkdir(exist_ok=True)
                probe = folder / ".probe.tmp"
                probe.write_bytes(b"")
                probe.unlink()
        except NotSent as error:
            return "outlets.problems.not_writable", {"folder": str(folder), "why": error.detail}
        return "", {}
