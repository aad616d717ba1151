"""A WordPress site as a channel: pictures and a draft first, one small call at the due minute, then a
look at the page that readers get."""

from __future__ import annotations

import re
from contextlib import suppress
from html import unescape
from typing import Any

from connectors.contract import Capabilities, Context, Figure, Handle, Health, Job, Pending, Published, Save
from connectors.errors import AuthLost, NotPrepared, NotSent, Refused, Unknown
from connectors.extras import CommentPage, Conversation, Orphan
from connectors.wordpress import comments, hiding, rules
from connectors.wordpress.body import Picture, content_of, excerpt_of, title_of
from connectors.wordpress.library import Library
from connectors.wordpress.login import converse
from connectors.wordpress.posts import DRAFT, FUTURE, POSTS, PUBLISH, Post, Posts, comment_of, slug_of
from connectors.wordpress.rest import Rest
from connectors.wordpress.settings import CAPABILITIES, Settings
from connectors.wordpress.standing import standing
from connectors.wordpress.terms import categories, tag
from connectors.wordpress.views import figures
from content.finding import Finding
from content.variant import Variant, seal

NOT_PREPARED = "wp:not-prepared"
BINNED = "wp:binned"


class WordPress:
    """Connector for one site. Handle: `media`, `tags`, `categories`, `missing`, `post`, `seal`."""

    capabilities: Capabilities = CAPABILITIES

    def __init__(self, context: Context) -> None:
        self._context = context
        self._settings = Settings.of(context.account)
        self._rest = Rest(context.http, self._settings, context.now)
        self._posts = Posts(self._rest)
        self._library = Library(self._rest, context.media)

    def check(self, variant: Variant) -> list[Finding]:
        """Remarks that need no network."""
        return rules.check(variant)

    def prepare(self, job: Job, handle: Handle, save: Save) -> Handle:
        """Pictures, tags, then the draft. The site is read before anything is made, every time.

        Raises Refused (`wp:binned`) when a person has put the post into the bin.
        """
        handle = dict(handle)
        standing_already = self._standing(job, handle)
        if standing_already is None:
            handle.pop("post", None)
            handle.pop("seal", None)
        else:
            handle["post"] = standing_already.id
        save(dict(handle))  # also renews the lease, before uploads that take their time
        if standing_already and (standing_already.status == PUBLISH or self._is_made(job, handle)):
            return handle
        self._put_pictures(job, handle, save)
        self._put_terms(job, handle, save)
        fields = self._fields(job, handle)
        if standing_already:
            made = self._posts.update(standing_already.id, fields)
        else:
            made = self._posts.create({**fields, "slug": slug_of(job), "status": DRAFT})
            handle["post"] = made.id
            save(dict(handle))
            made = self._oldest(job, made, fields)
        handle["post"], handle["seal"] = made.id, seal(job.variant.canonical())
        save(dict(handle))
        return handle

    def reveal(self, job: Job, handle: Handle) -> Published | Pending:
        """Publish the draft by its id, with the approved words: whatever was typed into it since is not sent.

        Read first, so that a published post is left as it is and a binned one stays in the bin: writing
        `status` would take it out again (facts §1.4).
        """
        number = handle.get("post")
        if type(number) is not int:
            raise NotPrepared(NOT_PREPARED, "no draft in the handle")
        post = self._posts.get(number)
        if post is None:
            raise NotPrepared(NOT_PREPARED, "the draft is gone")
        if post.status == PUBLISH:
            return self._published(post, handle, "published already")
        self._refuse_binned(post)
        if not self._is_made(job, handle):
            raise NotPrepared(NOT_PREPARED, "the draft is of another revision")
        fields = {"status": PUBLISH, **self._words(job, handle)}
        post = self._posts.update(number, fields | self._dated(post))
        if post.status == PUBLISH:
            return self._published(post, handle, "status=publish accepted")
        if post.status == "pending":
            raise AuthLost("wp:held-for-review", "the site holds this account's posts back for review")
        raise Unknown("wp:not-published", f"status={post.status}")

    def poll(self, job: Job, pending: Pending) -> Published | Pending:
        """Never needed, for a reveal is never pending; answers from a read-back."""
        found = self.find(job, {})
        return found[0] if found else pending

    def find(self, job: Job, handle: Handle) -> list[Published]:
        """Every post of this delivery that is published and that anybody can open."""
        number = handle.get("post")
        known = self._posts.get(number) if type(number) is int else None
        others = self._posts.by_slug(job) if known else self._posts.ours(job)
        posts = {post.id: post for post in [*([known] if known else []), *others]}
        return [
            self._published(post, handle, how)
            for post in sorted(posts.values(), key=lambda post: post.id)
            if post.status == PUBLISH and (how := self._seen(job, post))
        ]

    def health(self) -> Health:
        """API, login, rights, clock. A lost login is an answer here, not an error."""
        return standing(self._rest, self._settings, self._context.now())

    def measure(self, published: Published) -> list[Figure]:
        """Views, where the site has a plug-in that counts them."""
        return figures(self._rest, published.remote_id)

    def comments(self, published: Published, after: str = "") -> CommentPage:
        """What people wrote under it, once it stands on the site."""
        return comments.read(self._rest, published, after)

    def remove(self, published: Published) -> None:
        """Into the site's bin: gone for readers, and still there for people who must answer for it."""
        hiding.remove(self._posts, published)

    def orphans(self, job: Job, handle: Handle) -> list[Orphan]:
        """Drafts of this delivery that the handle does not name."""
        return hiding.orphans(self._posts, job, handle)

    def discard(self, orphan: Orphan) -> None:
        """Delete a draft for good, after reading that it still is one."""
        hiding.discard(self._posts, orphan)

    def login(self) -> Conversation:
        """The site's address, the user's name and an application password, tried before they are kept."""
        return converse(self._context)

    def _standing(self, job: Job, handle: Handle) -> Post | None:
        """The post of this delivery: the handle's own, else a public one, else the oldest."""
        number = handle.get("post")
        if type(number) is int and (post := self._posts.get(number)):
            self._refuse_binned(post)
            return post
        ours = self._posts.ours(job)
        if not ours:
            return None
        alive = [post for post in ours if not post.binned]
        if not alive:
            self._refuse_binned(ours[0])
        return next((post for post in alive if post.status == PUBLISH), alive[0])

    def _refuse_binned(self, post: Post) -> None:
        if post.binned:
            raise Refused(BINNED, f"post {post.id} was put into the bin on the site")

    def _is_made(self, job: Job, handle: Handle) -> bool:
        return bool(handle.get("post")) and handle.get("seal") == seal(job.variant.canonical())

    def _put_pictures(self, job: Job, handle: Handle, save: Save) -> None:
        wanted = {ref.sha256: ref for ref in job.variant.media}
        kept = {entry["sha256"]: entry for entry in handle.get("media", []) if entry["sha256"] in wanted}
        handle["media"] = list(kept.values())
        for sha256, ref in wanted.items():
            entry = kept.get(sha256) or self._library.put(job, ref)
            if sha256 not in kept:
                kept[sha256] = entry
                handle["media"] = list(kept.values())
                save(dict(handle))
            if entry.get("alt") != ref.alt:
                self._library.describe(entry["id"], ref.alt)
                kept[sha256] = {**entry, "alt": ref.alt}
                handle["media"] = list(kept.values())
                save(dict(handle))

    def _put_terms(self, job: Job, handle: Handle, save: Save) -> None:
        tags: dict[str, int | None] = dict(handle.get("tags", {}))
        for name in job.variant.tags:
            if name.strip() and name not in tags:
                tags[name] = tag(self._rest, name.strip())
                handle["tags"] = dict(tags)
                save(dict(handle))
        if self._settings.categories:
            handle["categories"], handle["missing"] = categories(self._rest, self._settings.categories)
            save(dict(handle))

    def _oldest(self, job: Job, made: Post, fields: dict[str, Any]) -> Post:
        """The draft just made, or an older one of the same delivery, which then is the only one.

        Where an address is taken WordPress says nothing and appends -2 (facts §1.5): a request that was
        given up for lost has arrived after all, or somebody else's post or picture bears that name.
        """
        if made.slug == slug_of(job):
            return made
        older = [post for post in self._posts.by_marker(job) if post.id < made.id and not post.binned]
        if not older:
            return made
        with suppress(Refused, NotSent, Unknown):  # a hidden draft left behind does no harm
            self._posts.discard(made.id)
        return older[0] if older[0].status == PUBLISH else self._posts.update(older[0].id, fields)

    def _fields(self, job: Job, handle: Handle) -> dict[str, Any]:
        """Everything of the draft; what a newer revision dropped is emptied."""
        made: dict[str, int | None] = handle.get("tags", {})
        fields: dict[str, Any] = {
            **self._words(job, handle),
            "tags": [number for name in job.variant.tags if (number := made.get(name))],
            "comment_status": "open" if self._settings.takes_comments else "closed",
            "ping_status": "closed",
        }
        if handle.get("categories"):
            fields["categories"] = handle["categories"]
        if self._settings.featured:
            pictures = self._pictures(job, handle)
            fields["featured_media"] = pictures[0].id if pictures else 0
        return fields

    def _words(self, job: Job, handle: Handle) -> dict[str, str]:
        """What is approved, as the post's title, text and summary."""
        language = self._context.unit.language
        return {
            "title": title_of(job.variant),
            "content": content_of(job.variant, self._pictures(job, handle), comment_of(job), language),
            "excerpt": excerpt_of(job.variant),
        }

    def _pictures(self, job: Job, handle: Handle) -> list[Picture]:
        """In the variant's order; a picture named twice is one."""
        entries = {entry["sha256"]: entry for entry in handle.get("media", [])}
        refs = {ref.sha256: ref for ref in job.variant.media}
        if not refs.keys() <= entries.keys():
            raise NotPrepared(NOT_PREPARED, "a picture is missing")
        return [
            Picture(
                ref.name,
                entries[sha256]["id"],
                entries[sha256]["url"],
                ref.alt,
                (ref.width, ref.height) if ref.width and ref.height else None,
            )
            for sha256, ref in refs.items()
        ]

    def _dated(self, post: Post) -> dict[str, str]:
        """Now by the site's own clock, for a post that would wait for its date (facts §1.4)."""
        now = self._rest.site_time or self._context.now()
        waits = post.status == FUTURE or (post.at is not None and post.at > now)
        return {"date_gmt": f"{now:%Y-%m-%dT%H:%M:%S}"} if waits else {}

    def _seen(self, job: Job, post: Post) -> str:
        """What proves that anybody can open the post; empty when nobody can.

        Plug-ins that shrink pages drop comments, so a page without the mark is settled by the API's
        anonymous answer, and where that is shut to strangers by the title.
        """
        answer = self._rest.page(post.link)
        if answer.status in (404, 410):
            return ""
        if answer.status != 200:
            raise NotSent(f"wp:page/{answer.status}", self._rest.clean(answer.excerpt()))
        page = answer.body.decode("utf-8", "replace")
        if comment_of(job) in page:
            return "the page bears the marker"
        try:
            told = self._rest.read(f"{POSTS}/{post.id}", anonymous=True, _fields="id,status")
        except (AuthLost, Refused):
            told = {}
        if isinstance(told, dict) and told.get("id") == post.id and told.get("status") == PUBLISH:
            return "public by the API, the page bears no marker"
        if _plain(job.variant.title) in _plain(page):
            return "the page bears the title"
        raise NotSent("wp:other-page", f"{self._rest.clean(post.link)} does not show this post")

    def _published(self, post: Post, handle: Handle, how: str) -> Published:
        missing = handle.get("missing")
        more = f"; no such category: {', '.join(missing)}" if missing else ""
        return Published(str(post.id), post.link, post.at, f"post {post.id}: {how}{more}")


def _plain(text: str) -> str:
    """Letters and digits only: themes change quotes, dashes and blanks."""
    return re.sub(r"[\W_]+", "", unescape(text)).casefold()
