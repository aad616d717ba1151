"""A WebDAV folder as a channel: the page is written into a closed folder, and at its minute moved, in one
step, into the folder that people read."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote, urlsplit

from loa.api import (
    MIB,
    AuthLost,
    Capabilities,
    Context,
    Field,
    Finding,
    Handle,
    Health,
    Job,
    Limits,
    NotPrepared,
    NotSent,
    Orphan,
    Pending,
    Published,
    Refused,
    Save,
    Variant,
    seal,
)
from loa_webdav.dav import Dav
from loa_webdav.page import mark_of, pictures_elsewhere, render


class WebDav:
    """Connector for one folder. Handle: `draft` (file name), `seal` (of what is in it), `etag`."""

    capabilities = Capabilities(
        platform="webdav",
        limits=Limits(
            text_max=100_000,
            title_max=200,
            images_max=4,  # they lie inside the page, and Loa's HTTP layer reads answers of up to 8 MiB back
            image_max_bytes=MIB,
            image_types=("image/jpeg", "image/png"),
            markdown=True,
        ),
        lead=timedelta(minutes=5),
        reveal="repeatable",
        settle_after=(timedelta(0), timedelta(seconds=2), timedelta(seconds=10)),
        settings=(Field("folder", required=True), Field("drafts", required=True), Field("public")),
        secrets=(Field("user", required=True), Field("password", required=True)),
        identity="folder",
    )

    def __init__(self, context: Context) -> None:
        settings, secrets = context.account.settings, context.account.secrets
        self._context = context
        self._folder = _address(settings.get("folder", ""))
        self._drafts = _address(settings.get("drafts", ""))
        self._public = _address(settings.get("public", "")) or self._folder
        self._dav = Dav(context.http, secrets.get("user", ""), secrets.get("password", ""), context.now)

    def check(self, variant: Variant) -> list[Finding]:
        """Remarks that need no network. Lengths and pictures are checked by Loa, by `capabilities.limits`."""
        return [
            Finding("webdav.picture_elsewhere", "warn", variant.channel, {"address": address})
            for address in pictures_elsewhere(variant)
        ]

    def prepare(self, job: Job, handle: Handle, save: Save) -> Handle:
        """Write the page where nobody reads it, and read it back: only what is there whole is prepared."""
        name, page = _name(job), self._page(job)
        there = self._dav.get(self._drafts + name)
        if there is None or there.body != page:
            self._dav.put(self._drafts + name, page)
            there = self._dav.get(self._drafts + name)
        if there is None or there.body != page:
            raise NotSent("webdav:not-stored", "the draft is not what was sent")
        if self._dav.is_open(self._drafts + name):
            self._dav.delete(self._drafts + name)
            raise AuthLost("webdav:open-drafts", self._drafts)
        handle = {"draft": name, "seal": seal(job.variant.canonical()), "etag": there.headers.get("ETag", "")}
        save(handle)
        return handle

    def reveal(self, job: Job, handle: Handle) -> Published | Pending:
        """Move the draft. A second call finds no draft, and the page where the first one put it."""
        if handle.get("seal") != seal(job.variant.canonical()):
            raise NotPrepared("webdav:not-prepared", "no draft of this revision")
        name = _name(job)
        if self._dav.move(self._drafts + name, self._folder + name, handle["etag"]):
            return self._published(name, "MOVE accepted")
        if found := self.find(job, handle):
            return found[0]
        raise NotPrepared("webdav:draft-changed", "the draft is gone, or somebody has changed it")

    def poll(self, job: Job, pending: Pending) -> Published | Pending:
        """Never needed, for a reveal is never pending; answers from a read-back."""
        return next(iter(self.find(job, {})), pending)

    def find(self, job: Job, handle: Handle) -> list[Published]:  # noqa: ARG002 the name tells all here
        """The page in the public folder. Only the server's own "not found" counts as no."""
        name = _name(job)
        page = self._dav.get(self._folder + name)
        if page is None:
            return []
        if mark_of(job) not in page.body:
            raise NotSent("webdav:other-page", "an answer without our mark: a login page, or half a file")
        return [self._published(name, "the page bears the mark")]

    def health(self) -> Health:
        """Both folders are there and the drafts are closed. Whether we may write, only a post can tell."""
        if urlsplit(self._folder).netloc != urlsplit(self._drafts).netloc:
            return Health(False, "webdav.problems.two_servers")
        try:
            name, drafts = self._dav.name_of(self._folder), self._dav.name_of(self._drafts)
        except AuthLost as error:
            return Health(False, "webdav.problems.login", {"code": error.code})
        if name is None or drafts is None:
            missing = self._folder if name is None else self._drafts
            return Health(False, "webdav.problems.missing", {"folder": missing})
        if self._dav.is_open(self._drafts):
            return Health(False, "webdav.problems.open_drafts", {"folder": self._drafts})
        return Health(True, name=f"{name} ({urlsplit(self._folder).netloc})")

    # Extras: a class that has these methods has the extra (`Removes`, `ListsOrphans` of loa.api).

    def remove(self, published: Published) -> None:
        """Take the page down. Gone already is success."""
        self._dav.delete(self._folder + published.remote_id)

    def orphans(self, job: Job, handle: Handle) -> list[Orphan]:
        """The draft of a delivery that no handle names: written right before a crash, or given up."""
        name = _name(job)
        if handle.get("draft") == name or self._dav.get(self._drafts + name) is None:
            return []
        return [Orphan(name, "file")]

    def discard(self, orphan: Orphan) -> None:
        """Only ever deletes in the drafts folder, so nothing public can be hit; Refused once it was moved."""
        if self._dav.delete(self._drafts + orphan.remote_id):
            return
        if self._dav.get(self._folder + orphan.remote_id):
            raise Refused("webdav:public", orphan.remote_id)

    def _page(self, job: Job) -> bytes:
        pictures = {ref: self._context.media(ref).read_bytes() for ref in job.variant.media}
        return render(job, pictures, self._context.unit)

    def _published(self, name: str, evidence: str) -> Published:
        return Published(name, self._public + name, evidence=evidence)


def _name(job: Job) -> str:
    """From the marker alone: a title may be edited after a crash, the marker never changes."""
    return f"{job.marker}.html"


def _address(folder: str) -> str:
    """As it is sent: one slash at the end, everything but ASCII escaped (it also goes into a header)."""
    return quote(folder.strip().rstrip("/"), safe=":/%") + "/" if folder.strip() else ""
