"""A Facebook Page as a channel: photos and a hidden post first, then one small call at the due minute.

two_step  prepare uploads the photos and makes an unpublished post; reveal sets `is_published=true` on
          its id, which may be repeated. Not yet tried on a live Page (facts §8.1), hence the other mode.
direct    prepare uploads the photos; reveal makes the post. Facebook has no idempotency key, so reveal
          reads the Page before it writes, every time.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from connectors.contract import Capabilities, Context, Figure, Handle, Health, Job, Pending, Published, Save
from connectors.errors import AuthLost, NotPrepared, NotSent, Refused, Unknown
from connectors.facebook import insights, readback
from connectors.facebook.errors import is_duplicate, is_missing, is_permission
from connectors.facebook.graph import BASE_URL, PageGraph
from connectors.facebook.message import CAPABILITIES, DEFAULT_METRICS, findings, message_of
from connectors.facebook.standing import standing
from connectors.http import TOTAL_TIMEOUT_S
from connectors.redact import redact
from content.finding import Finding
from content.variant import MediaRef, Variant, seal

PHOTO_KEEPS = timedelta(hours=20)
"""Unpublished photos are deleted "after about 24 hours" (Meta, Page /photos, 2026-09-11)."""


SETTLE_BY_ID = (timedelta(0), timedelta(seconds=2), timedelta(seconds=10))
NOT_PREPARED = "fb:not-prepared"


class FacebookPage:
    """Connector for one Page. Handle: `photos` (sha256, id, at), `post`, `url`. Also `Measures`."""

    capabilities: Capabilities = CAPABILITIES

    def __init__(self, context: Context) -> None:
        self._context = context
        account = context.account
        self._page = account.account
        self._direct = account.settings.get("reveal_mode") == "direct"
        if not self._direct:  # the hidden post's own id answers a read-back for certain
            self.capabilities = replace(CAPABILITIES, settle_after=SETTLE_BY_ID)
        self._metrics = account.settings.get("metrics") or DEFAULT_METRICS
        # `timeout_s` is undeclared: only tests shorten it, and a lease never outlives a longer one
        timeout_s = min(float(account.settings.get("timeout_s") or TOTAL_TIMEOUT_S), TOTAL_TIMEOUT_S)
        self._graph = PageGraph(
            account.secrets.get("page_token", ""),
            http=context.http,
            now=context.now,
            base_url=account.settings.get("base_url") or BASE_URL,
            app_secret=account.secrets.get("app_secret", ""),
            timeout_s=timeout_s,
        )

    def check(self, variant: Variant) -> list[Finding]:
        """Facebook's own demands on a variant."""
        return findings(variant)

    def prepare(self, job: Job, handle: Handle, save: Save) -> Handle:
        """Photos, then (two_step) the hidden post. Going on from a handle asks Facebook what still stands."""
        sealed = seal(job.variant.canonical())
        handle = dict(handle) if handle.get("seal") == sealed else {"seal": sealed}
        if "post" in handle and self._still_stands(job, handle):
            return handle
        self._upload_photos(job, handle, save)
        if self._direct:
            return handle
        draft = self._earlier_draft(job, handle) if "creating" in handle else None
        if draft is None:
            handle.setdefault("creating", self._context.now().isoformat())
            save(dict(handle))
            draft = self._create_post(job, handle, published=False)
        handle["post"] = str(draft["id"])
        handle["url"] = str(draft.get("permalink_url") or readback.address_of(handle["post"]))
        save(dict(handle))
        return handle

    def reveal(self, job: Job, handle: Handle) -> Published | Pending:
        """Public from here on. By the hidden post's id; without one (direct) after reading the Page first.

        `NotPrepared` means that only another `prepare` helps.
        """
        if handle and handle.get("seal") != seal(job.variant.canonical()):
            raise NotPrepared(NOT_PREPARED, "what is prepared is of another text")
        post = handle.get("post")
        if post:
            return self._publish(str(post), str(handle.get("url") or ""))
        if not self._direct:
            raise NotPrepared(NOT_PREPARED, "no hidden post in the handle")
        standing_already = self._listed(job, handle)
        if standing_already:
            return standing_already[0]
        if not self._has_fresh_photos(job, handle):
            raise NotPrepared(NOT_PREPARED, "a photo is missing or too old to be used")
        created = self._create_post(job, handle, published=True)
        remote_id = str(created["id"])
        url = str(created.get("permalink_url") or readback.address_of(remote_id))
        return Published(remote_id, url, evidence="created")

    def poll(self, job: Job, pending: Pending) -> Published | Pending:
        """A Page post is never pending; asked all the same, it tells what the id is now."""
        post = self._read_post(pending.remote_id)
        if post.get("is_published") is True:
            return readback.published(post, due_at=job.due_at)
        return pending

    def find(self, job: Job, handle: Handle) -> list[Published]:
        """By the id when there is one, else every published post that is ours by photo or exact text."""
        if not handle.get("post"):
            return self._listed(job, handle)
        try:
            post = self._read_post(str(handle["post"]))
        except Refused as error:
            if is_missing(error):
                return []
            raise
        return [readback.published(post, due_at=job.due_at)] if post.get("is_published") is True else []

    def health(self) -> Health:
        """Identity, token and rights. A lost token is an answer here, not an error."""
        return standing(self._graph, self._page, wants_insights=bool(self._metrics))

    def measure(self, published: Published) -> list[Figure]:
        """One figure per metric of the channel's settings."""
        return insights.figures(self._graph, published.remote_id, self._metrics)

    def _upload_photos(self, job: Job, handle: Handle, save: Save) -> None:
        done = {photo["sha256"]: photo for photo in handle.get("photos", []) if self._is_fresh(photo["at"])}
        handle["photos"] = list(done.values())
        for ref in job.variant.media:
            if ref.sha256 in done:
                continue
            photo = {"sha256": ref.sha256, "id": self._upload(ref), "at": self._context.now().isoformat()}
            done[ref.sha256] = photo
            handle["photos"] = [*handle["photos"], photo]
            save(dict(handle))

    def _upload(self, ref: MediaRef) -> str:
        try:
            image = self._context.media(ref).read_bytes()  # at most 4 MB, by the limits
        except OSError as error:
            raise NotSent("fb:media-unreadable", type(error).__name__) from None
        fields: dict[str, Any] = {"published": False}
        if ref.alt:
            fields["alt_text_custom"] = ref.alt
        name = ref.sha256[:16] + (".png" if ref.mime == "image/png" else ".jpg")
        answer = self._graph.request(
            f"{self._graph.version}/{self._page}/photos",
            post_args=fields,
            files={"source": (name, image, ref.mime)},
        )
        return _id_of(answer)

    def _create_post(self, job: Job, handle: Handle, *, published: bool) -> dict[str, Any]:
        variant = job.variant
        fields: dict[str, Any] = {"published": published, "fields": "id,permalink_url"}  # read-after-write
        message = message_of(variant)
        if message:
            fields["message"] = message
        photos = self._photo_ids(job, handle)
        if photos:
            fields["attached_media"] = [{"media_fbid": photo} for photo in photos]
        elif variant.link:
            fields["link"] = variant.link
        try:
            answer = self._graph.put_object(self._page, "feed", **fields)
        except Refused as error:
            if is_duplicate(error) and job.first_try_at:
                raise Unknown(error.code, error.detail) from None  # probably our own: read back
            raise
        _id_of(answer)
        return dict(answer)

    def _publish(self, post: str, url: str) -> Published:
        try:
            answer = self._graph.update_object(post, is_published=True)
        except Refused as error:
            if is_missing(error):  # not yet visible to this server of theirs, or gone: prepare looks again
                raise NotPrepared(NOT_PREPARED, str(error)) from None
            raise
        if answer.get("success") is not True:
            raise Unknown("fb:no-success", self._graph.clean(str(answer)))
        return Published(post, url or readback.address_of(post), evidence="is_published=true accepted")

    def _still_stands(self, job: Job, handle: Handle) -> bool:
        """Whether the hidden post of the handle can be revealed, or already is; forgets it when not."""
        try:
            post = self._read_post(str(handle["post"]))
        except Refused as error:
            if not is_missing(error):
                raise
        else:
            if post.get("is_published") is True or self._has_fresh_photos(job, handle):
                return True
        del handle["post"]
        handle.pop("url", None)
        handle["photos"] = []  # a photo is taken for one post only
        return False

    def _earlier_draft(self, job: Job, handle: Handle) -> dict[str, Any] | None:
        """The hidden post an interrupted try may have left; a missed one is an orphan that nobody sees."""
        message, photos = message_of(job.variant), self._photo_ids(job, handle)
        for post in self._unless_forbidden(datetime.fromisoformat(handle["creating"])):
            if readback.is_our_draft(post, message, photos) and isinstance(post.get("id"), str):
                return post
        return None

    def _unless_forbidden(self, since: datetime) -> list[dict[str, Any]]:
        """The Page's feed, published or not; this edge alone wants `pages_read_user_content` as well."""
        try:
            return list(readback.posts_since(self._graph, self._page, "feed", since))
        except AuthLost as error:
            if is_permission(error):
                return []
            raise

    def _listed(self, job: Job, handle: Handle) -> list[Published]:
        message, photos = message_of(job.variant), self._photo_ids(job, handle)
        posts = readback.posts_since(self._graph, self._page, "published_posts", self._since(job))
        return [
            readback.published(post, due_at=job.due_at)
            for post in posts
            if readback.is_ours(post, message, photos) and post.get("is_published") is not False
        ]

    def _since(self, job: Job) -> datetime:
        """No try on record may mean a store restored from a backup: then from when it could have begun."""
        return job.first_try_at or min(job.due_at, self._context.now()) - CAPABILITIES.lead

    def _read_post(self, post: str) -> dict[str, Any]:
        answer = self._graph.get_object(post, fields="is_published,permalink_url,created_time,message")
        if not isinstance(answer.get("is_published"), bool):  # anything else must not pass for "not public"
            raise NotSent("fb:unreadable", "a post that does not say whether it is published")
        return {**answer, "id": post}

    def _photo_ids(self, job: Job, handle: Handle) -> list[str]:
        """In the variant's order; a picture shown twice is one photo, which a post takes once."""
        by_file = {photo["sha256"]: str(photo["id"]) for photo in handle.get("photos", [])}
        return [by_file[sha] for sha in dict.fromkeys(r.sha256 for r in job.variant.media) if sha in by_file]

    def _has_fresh_photos(self, job: Job, handle: Handle) -> bool:
        fresh = {photo["sha256"] for photo in handle.get("photos", []) if self._is_fresh(photo["at"])}
        return fresh.issuperset(ref.sha256 for ref in job.variant.media)

    def _is_fresh(self, uploaded_at: str) -> bool:
        return self._context.now() - datetime.fromisoformat(uploaded_at) < PHOTO_KEEPS


def _id_of(answer: dict[str, Any]) -> str:
    """A write that succeeded names what it made; an answer without a name says neither yes nor no."""
    name = answer.get("id")
    if not isinstance(name, str) or not name:
        raise Unknown("fb:no-id", redact(str(answer), longest=200))
    return name
