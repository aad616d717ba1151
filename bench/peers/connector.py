"""A connector of the least kind, as a stranger would write it: revealing a post is one POST to the sink.

The same call that every peer makes. Only `loa.api` is imported; `installed` is what pip would do.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from loa.api import (
    Capabilities,
    Context,
    Field,
    Finding,
    Handle,
    Health,
    Job,
    Limits,
    NotSent,
    Pending,
    Published,
    Save,
    Unknown,
    Variant,
)

PLATFORM = "benchsink"


class SinkChannel:
    """One channel of the sink. Nothing is prepared there; the delivery's name is the key of its post."""

    capabilities = Capabilities(
        platform=PLATFORM,
        limits=Limits(text_max=10_000, title_max=200),
        lead=timedelta(minutes=30),
        reveal="repeatable",  # read-back sees a post from the instant it arrives
        settle_after=(timedelta(0), timedelta(seconds=2)),
        settings=(Field("url", required=True),),
    )

    def __init__(self, context: Context) -> None:
        self._http, self._lane = context.http, context.account.channel
        self._url = f"{context.account.settings['url']}/posts"

    def check(self, variant: Variant) -> list[Finding]:  # noqa: ARG002 the sink takes everything
        return []

    def prepare(self, job: Job, handle: Handle, save: Save) -> Handle:  # noqa: ARG002 nothing to keep
        return {}

    def reveal(self, job: Job, handle: Handle) -> Published | Pending:  # noqa: ARG002 nothing was prepared
        seq = int(job.delivery.partition("@")[0].lstrip("ps"))
        body = {"key": job.delivery, "lane": self._lane, "seq": seq, "text": job.variant.text}
        answer = self._http.call("POST", self._url, creates=True, json=body)
        if answer.status != 200:
            raise Unknown(f"{PLATFORM}:{answer.status}", answer.excerpt())
        return Published(str(answer.json()["id"]))

    def poll(self, job: Job, pending: Pending) -> Published | Pending:
        return next(iter(self.find(job, {})), pending)

    def find(self, job: Job, handle: Handle) -> list[Published]:  # noqa: ARG002 the key says all
        answer = self._http.call("GET", f"{self._url}/{job.delivery}", creates=False)
        if answer.status != 200:
            raise NotSent(f"{PLATFORM}:{answer.status}", answer.excerpt())
        return [Published(f"{job.delivery}#{n + 1}") for n in range(answer.json()["times"])]

    def health(self) -> Health:
        return Health(True, name=self._lane)


def installed(folder: Path) -> Path:
    """A folder for PYTHONPATH that tells of this connector, like site-packages after an installation."""
    told = folder / "site" / "loa_benchsink-0.dist-info"
    told.mkdir(parents=True, exist_ok=True)
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: loa-benchsink\nVersion: 0\n", "utf-8")
    point = f"[loa.connectors]\n{PLATFORM} = {__name__}:SinkChannel\n"
    (told / "entry_points.txt").write_text(point, "utf-8")
    return told.parent
