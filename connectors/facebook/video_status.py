"""What Facebook says of a video: still coming, being processed, hidden, public, or of no use.

Spellings differ between the guide and the spec (`bytes_transfered`, `complete`), so both are read. What is
neither is trouble (NotSent), never "not public".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from connectors.contract import Job, Pending, Published
from connectors.errors import NotPrepared, NotSent, Refused
from connectors.facebook import readback
from connectors.facebook.errors import is_missing
from connectors.facebook.graph import PageGraph
from connectors.facebook.message import message_of, same_words

FIELDS = (
    "id,status,published,title,description,custom_labels,created_time,permalink_url,scheduled_publish_time"
)
SHOWS_WITHIN = readback.SETTLES
"""Right after a start or a finish a video "does not exist" for some seconds (post-for-me PR #355)."""
WAIT = timedelta(seconds=10)
_DONE = ("complete", "completed")
_LOST = ("expired", "upload_failed")


@dataclass(frozen=True)
class Seen:
    """One video as it was read."""

    id: str
    stage: str
    """`uploading`, `processing`, `ready`, `error` (it cannot be used), `lost` (another upload helps)."""
    out: bool
    """Told to be public; the public sees it once it is ready too."""
    scheduled: bool
    due: int | None
    """Epoch seconds, when the time is told."""
    received: int
    title: str
    description: str
    labels: tuple[str, ...]
    url: str
    created_at: datetime | None
    trouble: str

    @property
    def public(self) -> bool:
        return self.out and self.stage == "ready"

    def published(self, job: Job) -> Published:
        """As the contract tells it; the time of a hidden birth is not that of publication.

        The evidence says when it reads otherwise than what was approved.
        """
        at = self.created_at
        if at is not None and at < job.due_at - readback.CLOCK_SLACK:
            at = None
        as_approved = same_words(self.description, message_of(job.variant))
        evidence = f"published=True status={self.stage}" + ("" if as_approved else readback.CHANGED)
        return Published(self.id, self.url, at, evidence)

    def pending(self) -> Pending:
        return Pending(self.id, WAIT, evidence=f"published={self.out} status={self.stage}")

    def check_usable(self) -> None:
        """Raises Refused when Facebook cannot use the file, NotPrepared when it lost the upload."""
        if self.stage == "error":
            raise Refused("fb:video-error", self.trouble)
        if self.stage == "lost":
            raise NotPrepared("fb:video-lost", self.trouble)


def look(graph: PageGraph, video: str) -> Seen | None:
    """None for a video that is gone, or not there yet."""
    try:
        answer = graph.get_object(video, fields=FIELDS)
    except Refused as error:
        if is_missing(error):
            return None
        raise
    return seen_of({**answer, "id": video})


def seen_of(video: dict[str, Any]) -> Seen:
    """One video out of an answer; NotSent for what says neither how far it is nor whether it is out."""
    status = video.get("status")
    stage = status.get("video_status") if isinstance(status, dict) else None
    if not isinstance(status, dict) or not isinstance(stage, str) or not isinstance(video.get("id"), str):
        raise NotSent("fb:unreadable", "a video that does not tell its status")
    uploading, processing, publishing = (
        part if isinstance(part := status.get(f"{name}_phase"), dict) else {}
        for name in ("uploading", "processing", "publishing")
    )
    told_out = publishing.get("publish_status") == "published" and publishing.get("status") in _DONE
    published = video.get("published")
    if not isinstance(published, bool) and not publishing:
        raise NotSent("fb:unreadable", "a video that does not tell whether it is published")
    received = uploading.get("bytes_transfered", uploading.get("bytes_transferred"))
    labels = video.get("custom_labels")
    return Seen(
        id=video["id"],
        stage=_stage(stage, processing, publishing),
        out=published if isinstance(published, bool) else told_out,
        scheduled=bool(video.get("scheduled_publish_time"))
        or publishing.get("publish_status") == "scheduled",
        due=readback.due_of(video),
        received=received if isinstance(received, int) and not isinstance(received, bool) else 0,
        title=_text(video.get("title")),
        description=_text(video.get("description")),
        labels=tuple(str(label) for label in labels) if isinstance(labels, list) else (),
        url=_address(video),
        created_at=readback.created_at(video),
        trouble=_trouble(uploading, processing, publishing),
    )


def of_post(video: str, post: dict[str, Any]) -> Seen:
    """A public video as the post that it is in tells it."""
    url, said = str(post.get("permalink_url") or readback.address_of(video)), readback.text_of(post)
    return Seen(video, "ready", True, False, None, 0, "", said, (), url, readback.created_at(post), "")


def _stage(stage: str, processing: dict[str, Any], publishing: dict[str, Any]) -> str:
    if stage == "error" or "error" in (processing.get("status"), publishing.get("status")):
        return "error"
    if stage in _LOST:
        return "lost"
    if stage in ("uploading", "upload_complete"):
        return "uploading" if processing.get("status") in (None, "not_started") else "processing"
    return "ready" if stage == "ready" else "processing"


def _address(video: dict[str, Any]) -> str:
    """`permalink_url` of a video comes without a host."""
    link = video.get("permalink_url")
    if isinstance(link, str) and link.startswith("https://"):
        return link
    if isinstance(link, str) and link.startswith("/"):
        return f"https://www.facebook.com{link}"
    return link if isinstance(link, str) and link.startswith("http://") else readback.address_of(video["id"])


def _trouble(*phases: dict[str, Any]) -> str:
    """The words of the first error; `error` in the guide, `errors` in the spec."""
    for phase in phases:
        listed = phase.get("errors")
        for error in [phase.get("error"), *(listed if isinstance(listed, list) else [])]:
            if isinstance(error, dict) and error.get("message"):
                return str(error["message"])[:200]
    return ""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
