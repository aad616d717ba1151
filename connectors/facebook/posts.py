"""A Page's posts: photos and a hidden post first, then one small call at the due minute.

two_step  prepare uploads the photos and makes an unpublished post; reveal sets `is_published=true` on
          its id, which may be repeated. Not yet tried on a live Page (facts §8.1), hence the other mode.
direct    prepare uploads the photos; reveal makes the post. Facebook has no idempotency key, so reveal
          reads the Page before it writes, every time.

Anybody with a role on the Page can edit a hidden post, so it is read once more before it comes out; a
changed one is deleted and made again. A post that Facebook is to publish by itself is made anew as one
(`temporary=true` photos, `unpublished_content_type=SCHEDULED`) and deleted to call it back: whether a hidden
post can be given a time, or a scheduled one lose it, is not documented (facts §1.3).
Handle: `seal`, `text` (digest), `photos` (sha256, id, at), `creating`, `scheduling` and `due` (epoch s),
`post`, `url`, `scheduled` (epoch s).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from connectors.contract import Context, Handle, Job, Published, Save
from connectors.errors import AuthLost, NotPrepared, NotSent, Refused, Throttled, Unknown
from connectors.extras import Orphan
from connectors.facebook import readback
from connectors.facebook.errors import is_duplicate, is_missing, is_permission
from connectors.facebook.graph import PageGraph
from connectors.facebook.held import HeldPost, demand_window
from connectors.facebook.message import message_of, same_text
from connectors.redact import redact
from content.variant import MediaRef, seal

PHOTO_KEEPS = timedelta(hours=20)
"""Unpublished photos are deleted "after about 24 hours" (Meta, Page /photos, 2026-09-11)."""
NOT_PREPARED = "fb:not-prepared"


class PagePosts:
    """The text and picture part of one Page for one delivery."""

    def __init__(self, context: Context, graph: PageGraph, page: str, job: Job, *, direct: bool) -> None:
        self._context, self._graph, self._page, self._job = context, graph, page, job
        self._direct = direct
        self._message = message_of(job.variant)
        self._seal = seal(job.variant.canonical())

    # what can be done unseen

    def prepare(self, handle: Handle, save: Save) -> Handle:
        """Photos, then (two_step) the hidden post. Going on from a handle asks Facebook what still stands."""
        handle = dict(handle)
        held = self._held(handle)
        if handle and handle.get("seal") != self._seal:
            held.give_up()  # another text was approved
        handle |= {"seal": self._seal, "text": readback.digest_of(self._message)}
        if held.is_unclear:
            self._settle(held, handle, save)
        if "post" in handle and self._still_stands(handle, save):
            return handle
        self._upload_photos(handle, save)
        if self._direct:
            return handle
        draft = self._earlier_draft(handle) if "creating" in handle else None
        if draft is None:
            handle.setdefault("creating", self._now())
            save(dict(handle))
            draft = self._create_draft(handle)
        self._keep_post(handle, save, draft)
        return handle

    def _still_stands(self, handle: Handle, save: Save) -> bool:
        """Whether the hidden post of the handle can be revealed, or already is.

        Forgets it when not, deleted: one that only could not be seen must not come out beside the next.
        """
        held = self._held(handle)
        post = held.look()
        if post is not None:
            fresh = readback.is_scheduled(post) or self._has_fresh_photos(handle)
            if post["is_published"] or (self._is_as_approved(post, handle) and fresh):
                return True
        held.remove(handle["post"])
        held.forget()
        save(dict(handle))
        return False

    def _keep_post(self, handle: Handle, save: Save, post: dict[str, Any], **news: Any) -> None:
        handle["post"] = str(post["id"])
        handle["url"] = str(post.get("permalink_url") or readback.address_of(handle["post"]))
        handle.update(news)
        save(dict(handle))

    def _upload_photos(self, handle: Handle, save: Save, *, temporary: bool = False) -> None:
        done = {
            photo["sha256"]: photo
            for photo in handle.get("photos", [])
            if self._is_fresh(photo["at"]) and bool(photo.get("temporary")) is temporary
        }
        handle["photos"] = list(done.values())
        for ref in self._pictures():
            if ref.sha256 in done:
                continue
            name, at = self._upload(ref, temporary=temporary), self._now()
            kind = {"temporary": True} if temporary else {}
            done[ref.sha256] = {"sha256": ref.sha256, "id": name, "at": at, **kind}
            handle["photos"] = list(done.values())
            save(dict(handle))

    def _upload(self, ref: MediaRef, *, temporary: bool) -> str:
        try:
            image = self._context.media(ref).read_bytes()  # at most 4 MB, by the limits
        except OSError as error:
            raise NotSent("fb:media-unreadable", type(error).__name__) from None
        fields: dict[str, Any] = {"published": False}
        if temporary:
            fields["temporary"] = True
        if ref.alt:
            fields["alt_text_custom"] = ref.alt
        name = ref.sha256[:16] + (".png" if ref.mime == "image/png" else ".jpg")
        answer = self._graph.request(
            f"{self._graph.version}/{self._page}/photos",
            post_args=fields,
            files={"source": (name, image, ref.mime)},
        )
        return _id_of(answer)

    def _create_draft(self, handle: Handle) -> dict[str, Any]:
        try:
            return self._create_post(handle, published=False)
        except (Refused, Unknown) as error:
            # A gateway that sends a request twice passes on the second answer: the photos are taken, by us.
            if is_duplicate(error) and (draft := self._earlier_draft(handle)):
                return draft
            raise

    def _create_post(self, handle: Handle, *, published: bool, due: int = 0) -> dict[str, Any]:
        fields: dict[str, Any] = {"published": published, "fields": "id,permalink_url"}  # read-after-write
        if due:
            fields |= {"scheduled_publish_time": due, "unpublished_content_type": "SCHEDULED"}
        if self._message:
            fields["message"] = self._message
        photos = self._photo_ids(handle)
        if photos:
            fields["attached_media"] = [{"media_fbid": photo} for photo in photos]
        elif self._job.variant.link:
            fields["link"] = self._job.variant.link
        try:
            answer = self._graph.put_object(self._page, "feed", **fields)
        except Refused as error:
            if is_duplicate(error) and self._job.first_try_at:
                raise Unknown(error.code, error.detail) from None  # probably our own: read back
            raise
        _id_of(answer)
        return dict(answer)

    def _earlier_draft(self, handle: Handle) -> dict[str, Any] | None:
        """The hidden post an interrupted try may have left; a missed one is an orphan that nobody sees.

        Two that could be it are nobody's: without a photo only words and time tell them.
        """
        photos = self._photo_ids(handle)
        try:
            listed = self._listing("feed", datetime.fromisoformat(handle["creating"]))
            drafts = [post for post in listed if readback.is_our_draft(post, self._message, photos)]
        except AuthLost as error:
            if not is_permission(error):  # this edge alone wants `pages_read_user_content` as well
                raise
            return None
        return drafts[0] if len(drafts) == 1 and isinstance(drafts[0].get("id"), str) else None

    # what the public sees

    def reveal(self, handle: Handle) -> Published:
        """By the hidden post's id; without one (direct) after reading the Page first.

        `NotPrepared` means that only another `prepare` helps.
        """
        if handle and handle.get("seal") != self._seal:
            raise NotPrepared(NOT_PREPARED, "what is prepared is of another text")
        if handle.get("post"):
            return self._publish(handle)
        if "scheduling" in handle:
            raise NotPrepared(NOT_PREPARED, "what came of a hand-over is not known yet")
        if not self._direct:
            raise NotPrepared(NOT_PREPARED, "no hidden post in the handle")
        standing_already = self.listed(handle)
        if standing_already:
            return standing_already[0]
        if not self._has_fresh_photos(handle):
            raise NotPrepared(NOT_PREPARED, "a photo is missing or too old to be used")
        created = self._create_post(handle, published=True)
        remote_id = str(created["id"])
        url = str(created.get("permalink_url") or readback.address_of(remote_id))
        return Published(remote_id, url, evidence="created")

    def _publish(self, handle: Handle) -> Published:
        post = self._held(handle).look()
        if post is None:  # not yet visible to this server of theirs, or gone: prepare looks again
            raise NotPrepared(NOT_PREPARED, "fb:100/33: the hidden post is gone")
        if post["is_published"]:
            return readback.published(post, due_at=self._job.due_at, said=self._message)
        if not self._is_as_approved(post, handle):
            raise NotPrepared("fb:edited-elsewhere", "the hidden post says something else than was approved")
        try:
            self._graph.update_object(post["id"], is_published=True)
        except Refused as error:
            if is_missing(error):
                raise NotPrepared(NOT_PREPARED, str(error)) from None
            raise
        url = str(handle.get("url") or readback.address_of(post["id"]))
        return Published(post["id"], url, evidence="is_published=true accepted")

    def find(self, handle: Handle) -> list[Published]:
        """By the id when there is one, else every published post that is ours by photo or exact text."""
        held = self._held(handle)
        if not handle.get("post") and not held.is_unclear:
            return self.listed(handle)
        post = held.look() if handle.get("post") else held.came_out()
        if post is None or not post["is_published"]:
            return []
        return [readback.published(post, due_at=self._job.due_at, said=self._message)]

    def listed(self, handle: Handle) -> list[Published]:
        photos = self._photo_ids(handle)
        since = readback.begin_of(self._job, self._context.now())
        return [
            readback.published(post, due_at=self._job.due_at, said=self._message)
            for post in self._listing("published_posts", since)
            if readback.is_ours(post, self._message, photos) and post.get("is_published") is not False
        ]

    # hand-over and leftovers

    def hand_over(self, handle: Handle, save: Save) -> Handle:
        """A scheduled post in place of the hidden one; one that is scheduled already is moved."""
        handle, due = dict(handle), int(self._job.due_at.timestamp())
        held = self._held(handle)
        if handle.get("seal") != self._seal:
            raise NotPrepared(NOT_PREPARED, "what is prepared is of another text")
        if held.is_unclear:
            self._settle(held, handle, save)
        post = held.look() if handle.get("post") else None
        if post is not None and post["is_published"]:
            return handle
        if post is not None and readback.is_scheduled(post) and self._is_as_approved(post, handle):
            if readback.due_of(post) != due:
                demand_window(self._job, self._context.now())
                self._graph.update_object(post["id"], scheduled_publish_time=due)
            self._keep_post(handle, save, post, scheduled=due)
            return handle
        demand_window(self._job, self._context.now())
        if handle.get("post"):
            held.remove(handle["post"])
            held.forget()
        self._upload_photos(handle, save, temporary=True)
        # saved before the post exists: what comes out by itself must never be forgotten
        handle |= {"scheduling": self._now(), "due": due}
        save(dict(handle))
        try:
            post = self._create_post(handle, published=False, due=due)
        except (Refused, Throttled, AuthLost, NotSent) as error:
            if not is_duplicate(error):  # a clear no: nothing will come out
                del handle["scheduling"], handle["due"]
                save(dict(handle))
            raise
        self._keep_post(handle, save, post, scheduled=due)
        return handle

    def _settle(self, held: HeldPost, handle: Handle, save: Save) -> None:
        """Take over what an unclear hand-over left: a post that comes out by itself, or is out by now."""
        post = held.settled()
        if post is not None:
            self._keep_post(handle, save, post, scheduled=handle.get("due"))
        else:
            held.forget()
            save(dict(handle))

    def orphans(self, handle: Handle) -> list[Orphan]:
        """Hidden posts with a photo of ours, and those that only say the same: a person knows whose they are.

        What is to come out at a time that this delivery did not set is somebody else's. Loose photos are not
        listed: Facebook deletes them in a day.
        """
        photos = {str(photo["id"]) for photo in handle.get("photos", [])}
        found = []
        for post in self._listing("feed", readback.begin_of(self._job, self._context.now())):
            if post.get("is_published") is not False or post.get("id") == handle.get("post"):
                continue
            if readback.is_scheduled(post) and readback.due_of(post) != handle.get("due"):
                continue
            shown = readback.shown_media(post)
            if shown & photos:
                evidence = f"{readback.PROVEN}photo {min(shown & photos)}"
            elif self._says_this(post) and bool(shown) <= any(self._pictures()):
                evidence = readback.MAYBE
            else:
                continue
            found.append(Orphan(str(post["id"]), "post", readback.created_at(post), evidence))
        return found

    # small things

    def _listing(self, edge: str, since: datetime) -> Iterator[dict[str, Any]]:
        return readback.posts_since(self._graph, self._page, edge, since)

    def _held(self, handle: Handle) -> HeldPost:
        now = self._context.now()
        return HeldPost(self._graph, self._page, handle, since=readback.begin_of(self._job, now), now=now)

    def _is_as_approved(self, post: dict[str, Any], handle: Handle) -> bool:
        return readback.is_as_approved(post, self._message, self._photo_ids(handle))

    def _says_this(self, post: dict[str, Any]) -> bool:
        return bool(self._message.strip()) and same_text(readback.text_of(post), self._message)

    def _pictures(self) -> Iterator[MediaRef]:
        return (ref for ref in self._job.variant.media if ref.mime.startswith("image/"))

    def _photo_ids(self, handle: Handle) -> list[str]:
        """In the variant's order; a picture shown twice is one photo, which a post takes once."""
        by_file = {photo["sha256"]: str(photo["id"]) for photo in handle.get("photos", [])}
        return [by_file[sha] for sha in dict.fromkeys(r.sha256 for r in self._pictures()) if sha in by_file]

    def _has_fresh_photos(self, handle: Handle) -> bool:
        fresh = {photo["sha256"] for photo in handle.get("photos", []) if self._is_fresh(photo["at"])}
        return fresh.issuperset(ref.sha256 for ref in self._pictures())

    def _now(self) -> str:
        return self._context.now().isoformat()

    def _is_fresh(self, uploaded_at: str) -> bool:
        return self._context.now() - datetime.fromisoformat(uploaded_at) < PHOTO_KEEPS


def _id_of(answer: dict[str, Any]) -> str:
    """A write that succeeded names what it made; an answer without a name says neither yes nor no."""
    name = answer.get("id")
    if not isinstance(name, str) or not name:
        raise Unknown("fb:no-id", redact(str(answer), longest=200))
    return name
