"""The connector of a channel that a person posts to: a pack before, a reminder at the minute, a look after.

Nothing here makes anything public, so everything may be repeated. The address comes from a person: through
`loa queue posted` into the handle, or into the pack's `dia-chi.txt`, which is read at every poll.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from connectors.assisted import rules
from connectors.assisted.layout import Layout
from connectors.assisted.pack import ROOM, Packs, disk_trouble
from connectors.assisted.page import look
from connectors.assisted.portal import Portal
from connectors.assisted.settings import CAPABILITIES, Settings
from connectors.contract import Capabilities, Context, Figure, Handle, Health, Job, Pending, Published, Save
from connectors.errors import ConnectorError, NotPrepared, NotSent
from connectors.extras import BY_HAND
from content.events import about
from content.finding import Finding
from content.variant import Variant, seal
from content.wording import say

FIRST_REMINDER = timedelta(minutes=5)
LAST_REMINDER = timedelta(hours=1)

log = logging.getLogger("loa.byhand")


class Assisted:
    """Handle: `folder`, `seal`, and `address` once a person has given it."""

    capabilities: Capabilities = CAPABILITIES

    def __init__(self, context: Context) -> None:
        self._context = context
        self._settings = Settings.of(context.account)
        self._portal = Portal(context.http, self._settings)
        layout = Layout(self._settings, context.unit, context.account.channel)
        self._packs = Packs(context.workspace / ROOM / context.account.channel, layout, context.media)

    def check(self, variant: Variant) -> list[Finding]:
        """Remarks that need no network and no disk."""
        return rules.check(variant)

    def prepare(self, job: Job, handle: Handle, save: Save) -> Handle:
        """Write the pack, or leave it when it is whole and right."""
        folder = self._packs.ensure(job)
        ready = {**handle, "folder": folder.name, "seal": seal(job.variant.canonical())}
        if ready != handle:
            save(dict(ready))
        return ready

    def reveal(self, job: Job, handle: Handle) -> Published | Pending:
        """Tell people that it is time. With an address that shows the post already, it is published.

        The pack is made anew here when it is not the approved one (a changed minute, a changed file).
        """
        folder = self._packs.ensure(job)
        return self._seen_or_waiting(job, self._address(job, handle), folder)

    def poll(self, job: Job, pending: Pending) -> Published | Pending:
        """Whether the pack's address file holds the post's address by now; reminds again when not.

        Past the deadline it is waited for no longer: NotPrepared leads through a read-back to `missed`.
        """
        del pending
        outcome = self._seen_or_waiting(job, self._packs.address(job), self._packs.of(job))
        if isinstance(outcome, Pending) and self._context.now() > job.variant.deadline:
            raise NotPrepared("hand:overdue", outcome.evidence)
        return outcome

    def call_off(self, marker: str) -> None:
        """Whoever opens the pack sees first that it is not to be used."""
        self._packs.call_off(marker, say("assisted.called_off"))

    def find(self, job: Job, handle: Handle) -> list[Published]:
        """The post at the address that a person gave; without one, or where the page is gone, nothing.

        Raises NotSent for a page that does not show it: a log-in form or an error page says nothing.
        """
        address = self._address(job, handle)
        if not address:
            return []
        try:
            return [self.look(job, address)]
        except NotSent as error:
            if error.code == "hand:gone":
                return []
            raise

    def look(self, job: Job, address: str) -> Published:
        """Read-only: the post as the page at `address` shows it; raises NotSent saying why it does not."""
        fetched = self._portal.fetch(address)
        if fetched is None:
            raise NotSent("hand:gone", address)
        sight = look(fetched.body, fetched.content_type, job.variant, job.marker)
        if not sight.shown:
            detail = f"{sight.share:.0%}" if sight.titled else fetched.address
            raise NotSent("hand:text-missing" if sight.titled else "hand:title-missing", detail)
        moment = sight.published_at
        if moment and not job.variant.not_before <= moment <= self._context.now():
            moment = None  # a portal's clock or an editor's slip: no proof of when
        return Published(fetched.address, fetched.address, moment, sight.evidence)

    def address(self, written: str) -> str:
        """A pasted address trimmed; raises NotSent when it is none or lies outside the portal."""
        return self._portal.whole(written)

    def health(self) -> Health:
        """Whether packs can be written and, where the unit has named its portal, whether it answers."""
        problem, values = self._trouble()
        return Health(not problem, problem, values, name=self._settings.host or self._context.account.name)

    def measure(self, published: Published) -> list[Figure]:
        """Nothing can be asked of a portal: figures are typed in (`loa reach add`), and none hides those."""
        del published
        return []

    def _seen_or_waiting(self, job: Job, address: str, folder: Path) -> Published | Pending:
        why, told = "", about("by_hand.waits", delivery=job.delivery)
        if address:
            try:
                return self.look(job, address)
            except ConnectorError as error:  # the delivery keeps waiting: a page may come up late
                why = f"{error.code}: {error.detail}"
                room, _, name = error.code.partition(":")
                key = f"assisted.codes.{name}" if room == "hand" else "assisted.codes.unread"
                values = {"channel": self._context.account.channel, "detail": error.detail}
                log.warning("%s: %s", job.delivery, say(key, **values), extra=told)
        said = say("assisted.reminder", title=job.variant.title, folder=folder)
        log.warning("%s: %s", job.delivery, said, extra=told)
        return Pending(BY_HAND, self._wait(job), why or folder.name)

    def _wait(self, job: Job) -> timedelta:
        """Twice as long each time, so that an evergreen post does not shout; not beyond the deadline."""
        now = self._context.now()
        wait = min(max(now - job.due_at, FIRST_REMINDER), LAST_REMINDER)
        left = job.variant.deadline - now + timedelta(seconds=1)
        return max(min(wait, left), timedelta(seconds=1))

    def _address(self, job: Job, handle: Handle) -> str:
        given = handle.get("address")
        return given if isinstance(given, str) and given else self._packs.address(job)

    def _trouble(self) -> tuple[str, Mapping[str, object]]:
        if not self._settings.valid:
            return "assisted.problems.portal", {"portal": self._settings.portal}
        folder = self._context.workspace / ROOM
        try:
            with disk_trouble():
                folder.mkdir(exist_ok=True)
                probe = folder / ".probe.tmp"
                probe.write_bytes(b"")
                probe.unlink()
        except NotSent as error:
            return "assisted.problems.not_writable", {"folder": str(folder), "why": error.detail}
        try:
            reached = not self._settings.portal or self._portal.reached()
        except NotSent as error:
            return "assisted.problems.unreachable", {"portal": self._settings.portal, "why": error.detail}
        return ("", {}) if reached else ("assisted.problems.down", {"portal": self._settings.portal})
