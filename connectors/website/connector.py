"""The website channel: stage unseen, swap a whole site into place, read the article back."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

from filelock import FileLock, Timeout

from connectors.contract import Capabilities, Context, Handle, Health, Job, Pending, Published, Save
from connectors.errors import NotSent, NotYet, Refused
from connectors.extras import Orphan
from connectors.website import rules
from connectors.website.article import Article
from connectors.website.files import beside, disk_trouble
from connectors.website.manifest import IDENTITY, Manifest
from connectors.website.release import Releases
from connectors.website.settings import CAPABILITIES, Settings
from connectors.website.shelf import Shelf
from connectors.website.site import plan
from content.finding import Finding
from content.limits import MIB
from content.variant import Variant, seal
from content.wording import say

SPACE_NEEDED = 64 * MIB
ELSEWHERE_WAIT = timedelta(seconds=30)  # then the right machine may get it, or somebody has named it
LOCK_WAIT_S = 20.0  # well within a lane's lease


class Website:
    """The unit's own static section; `folder/current` is what its web server serves.

    All trouble with files is NotSent: the swap is the last step, so before it nothing public has changed,
    and after it nothing is raised any more.
    """

    capabilities: Capabilities = CAPABILITIES

    def __init__(self, context: Context) -> None:
        self._context = context
        self._settings = Settings.of(context)
        self._releases = Releases(self._settings.folder)
        self._shelf = Shelf(self._settings.folder)

    def check(self, variant: Variant) -> list[Finding]:
        """Remarks that need no network and no disk."""
        return rules.check(variant)

    def prepare(self, job: Job, handle: Handle, save: Save) -> Handle:
        """Stage the approved text and its pictures; nothing that readers see changes."""
        self._require_base_url()
        with self._at_work():
            article = self._shelf.stage(job, self._context.media)
        ready: Handle = {"path": article.path, "seal": seal(job.variant.canonical())}
        if ready != handle:
            save(ready)
        return ready

    def reveal(self, job: Job, handle: Handle) -> Published:
        """Build the site with this article and swap it in. Repeating it leaves the one article.

        What is published is the job's own variant: a staged copy that is missing, damaged or of another
        revision is staged again.
        """
        del handle  # all it says follows from the job
        self._require_base_url()
        with self._at_work() as (live, served):
            public = next((article for article in live if article.marker == job.marker), None)
            staged = self._shelf.stage(job, self._context.media)
            article = staged.dated(public, job.due_at, self._context.now())
            others = [other for other in live if other.marker != job.marker]
            self._shelf.announce(article)
            manifest = self._build([*others, article], served)
            self._releases.swap(manifest)
            with suppress(
                OSError, NotSent
            ):  # it is public; the next call finishes what could not be done now
                self._shelf.settle(article)
                self._releases.prune()
        return self._published(
            article.path, job.marker, article.published_at, f"release {manifest.digest[:16]}"
        )

    def poll(self, job: Job, pending: Pending) -> Published | Pending:
        """Never needed, for a reveal is never pending; answers from a read-back."""
        found = self.find(job, {})
        return found[0] if found else pending

    def find(self, job: Job, handle: Handle) -> list[Published]:
        """The article as readers get it: over HTTP where the section has an address, else from the disk.

        Raises NotSent when the address answers with a page that is not the one in `current`: a portal's
        log-in or a cache says nothing about this article.
        """
        del handle
        if not self._settings.online:
            self._must_be_here()
        with disk_trouble():
            known = self._shelf.known(job.marker)
        path = (known or Article.of(job)).path
        ours = _marks(self._read(path))
        marks = _marks(self._fetch(path)) if self._settings.online else ours
        if marks is None or (ours is None and marks.get("loa:marker") != job.marker):
            return []
        if marks.get("loa:marker") != job.marker:
            raise NotSent("site:other-page", f"{self._settings.base_url}{path} does not bear the marker")
        return [
            self._published(path, job.marker, _moment(marks.get("article:published_time", "")), "read back")
        ]

    def remove(self, published: Published) -> None:
        """Take the article off pages, feeds and manifest in one swap; its address answers 404 from then on.

        404 and no page of its own: a static server would send it with 200, and search engines would keep
        the address. Older releases go as well, for what is taken down may not lie about on the disk.
        """
        self._require_base_url()
        with self._at_work() as (live, served):
            article = next((article for article in live if article.marker == published.remote_id), None)
            if article is not None:
                self._shelf.part(article)
                others = [other for other in live if other is not article]
                self._releases.swap(self._build(others, served))
                with suppress(OSError, NotSent):  # it is public no more; the next call finishes the rest
                    self._shelf.forget(article.marker)
            self._releases.prune(keep=1)

    def orphans(self, job: Job, handle: Handle) -> list[Orphan]:
        """The staged article of a delivery that was given up: its handle names none."""
        named = bool(handle.get("path")) or self._shelf.is_live(job.marker)
        return [Orphan(job.marker, "article")] if self._shelf.is_staged(job.marker) and not named else []

    def discard(self, orphan: Orphan) -> None:
        """Unstage it; raises Refused (`site:public`) where the article is public by now."""
        with self._at_work():
            if self._shelf.is_live(orphan.remote_id):
                raise Refused("site:public", orphan.remote_id)
            self._shelf.unstage(orphan.remote_id)

    def rebuild(self) -> str:
        """Make the public articles anew, after settings or Loa itself changed; the digest now served.

        Publishes nothing that is not public already.
        """
        self._require_base_url()
        with self._at_work() as (live, served):
            manifest = self._build(live, served)
            self._releases.swap(manifest)
            with suppress(OSError, NotSent):
                self._releases.prune()
        return manifest.digest

    def health(self) -> Health:
        """Whether the section can be written and is what the public address serves.

        Missing footer details do not stop publishing: they come as `warning` and `missing` in the values.
        """
        problem, values = self._trouble()
        if not problem and (missing := self._settings.missing):
            named = ", ".join(say(f"website.settings.{name}").lower() for name in missing)
            values = {"warning": "website.health.footer_incomplete", "missing": named}
        if not problem and not self._settings.counter_valid:
            values = {"warning": "website.health.counter", "counter": self._settings.counter}
        return Health(not problem, problem, values, name=self._settings.title or self._settings.unit)

    def _trouble(self) -> tuple[str, dict[str, object]]:
        folder = self._settings.folder
        if not self._settings.base_url_valid:
            return "website.health.base_url", {"base_url": self._settings.base_url}
        try:
            there = next(path for path in (folder, *folder.parents) if path.exists())
            probe = beside(there / "probe")
            probe.write_bytes(b"")
            probe.unlink(missing_ok=True)
            free = shutil.disk_usage(there).free
        except OSError as error:
            return "website.health.not_writable", {"folder": str(folder), "why": error.strerror or str(error)}
        if free < SPACE_NEEDED:
            needed = SPACE_NEEDED // MIB
            return "website.health.no_space", {"folder": str(folder), "free": free // MIB, "needed": needed}
        try:
            return self._served_elsewhere() if self._settings.online else ("", {})
        except NotSent as error:
            address = self._settings.base_url + IDENTITY
            return "website.health.unreachable", {"address": address, "why": error.detail or error.code}

    def _served_elsewhere(self) -> tuple[str, dict[str, object]]:
        with disk_trouble():
            ours = self._releases.served()
        if not ours:
            return "", {}  # nothing was published yet, so there is nothing to compare
        address = self._settings.base_url + IDENTITY
        answer = self._context.http.call("GET", address, creates=False)
        if 300 <= answer.status < 400:
            to = answer.headers.get("Location", "?")
            return "website.health.redirected", {"address": address, "to": to}
        said = answer.json() if answer.status == 200 else None
        if not isinstance(said, dict) or said.get("release") != ours:
            return "website.health.not_served", {"address": address, "status": answer.status}
        return "", {}

    @contextmanager
    def _at_work(self) -> Iterator[tuple[list[Article], Manifest | None]]:
        """Alone in the section, with what a crash left behind put right; the live set and its release."""
        folder = self._settings.folder
        self._must_be_here()
        with disk_trouble():
            folder.mkdir(parents=True, exist_ok=True)
            try:
                lock = FileLock(folder / ".lock", timeout=LOCK_WAIT_S)
                lock.acquire()
            except Timeout:
                raise NotSent("site:busy", f"another process works in {folder}") from None
            try:
                self._shelf.open()
                self._releases.open()
                served = self._releases.current()
                self._shelf.heal(served.articles if served else {})
                live = self._shelf.live()
                gone = (served.articles if served else {}).keys() - {article.marker for article in live}
                if gone:  # going on would take them off the web in silence
                    raise NotSent("site:damaged", f"data/live lacks {', '.join(sorted(gone)[:3])}")
                yield live, served
            finally:
                lock.release()

    def _must_be_here(self) -> None:
        """A section that was never begun on this machine may well stand on another one: begun here, it would
        be a second one that nobody reads, and looked into, it would know of nothing."""
        if not self._settings.folder.exists() and not self._context.is_the_place():
            later = self._context.now() + ELSEWHERE_WAIT
            raise NotYet("site:elsewhere", socket.gethostname(), retry_at=later)

    def _build(self, articles: Sequence[Article], served: Manifest | None) -> Manifest:
        parts = plan(articles, self._settings, self._shelf.picture)
        records = {article.marker: article.digest for article in articles}
        return self._releases.build(parts, records, served)

    def _fetch(self, path: str) -> bytes | None:
        answer = self._context.http.call("GET", self._settings.base_url + path, creates=False)
        if answer.status in (404, 410):
            return None
        if answer.status != 200:
            raise NotSent(f"site:http/{answer.status}", answer.excerpt())
        return answer.body

    def _read(self, path: str) -> bytes | None:
        with disk_trouble():
            try:
                return (self._releases.current_path / path).read_bytes()
            except (FileNotFoundError, NotADirectoryError):
                return None

    def _published(self, path: str, marker: str, moment: datetime | None, evidence: str) -> Published:
        local = Path(self._settings.folder.resolve(), "current", path).as_uri()
        url = self._settings.base_url + path if self._settings.base_url else local
        return Published(marker, url, moment, evidence)

    def _require_base_url(self) -> None:
        if not self._settings.base_url_valid:
            raise NotSent("site:base-url", f"{self._settings.base_url!r} is not a whole address")


class _Marks(HTMLParser):
    """The `<meta>` marks of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "meta":
            given = dict(attrs)
            name = given.get("name") or given.get("property") or ""
            self.found.setdefault(name, given.get("content") or "")


def _marks(page: bytes | None) -> dict[str, str] | None:
    if page is None:
        return None
    parser = _Marks()
    parser.feed(page.decode("utf-8", "replace"))
    return parser.found


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else None
