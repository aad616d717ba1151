"""Taking posts off a site again: published ones into the bin, forgotten drafts for good.

Pictures stay in the library: other posts may show them, and each delivery finds its own again by name.
"""

from __future__ import annotations

from connectors.contract import Handle, Job, Published
from connectors.errors import Refused
from connectors.extras import Orphan
from connectors.wordpress.posts import DRAFT, PUBLISH, Posts

_NO_BIN = "wp:rest_trash_not_supported/"
_BINNED_ALREADY = "wp:rest_already_trashed/"


def remove(posts: Posts, published: Published) -> None:
    """The public sees it no more. The bin keeps it (30 days by default), so a person can bring it back; Loa
    never does (`wp:binned`). Where the site has no bin it becomes a draft."""
    if not published.remote_id.isdigit():
        raise Refused("wp:no-number", published.url)  # settled by a person, with an address alone
    number = int(published.remote_id)
    post = posts.get(number)
    if post is None or post.status != PUBLISH:
        return
    try:
        posts.bin(number)
    except Refused as error:
        if error.code.startswith(_NO_BIN):
            posts.update(number, {"status": DRAFT})
        elif not error.code.startswith(_BINNED_ALREADY):  # by a person, since it was read
            raise


def orphans(posts: Posts, job: Job, handle: Handle) -> list[Orphan]:
    """By address and by mark: a person may have changed the one, a cleaner the other.

    Drafts alone: what a person has set to pending, private or into the bin is that person's.
    """
    found = {post.id: post for post in [*posts.by_slug(job), *posts.by_marker(job)]}
    return [
        Orphan(str(post.id), "post", post.at, post.slug)
        for post in sorted(found.values(), key=lambda post: post.id)
        if post.status == DRAFT and post.id != handle.get("post")
    ]


def discard(posts: Posts, orphan: Orphan) -> None:
    """Gone already is success. Raises Refused (`wp:no-draft`) for anything that is no draft any more."""
    post = posts.get(int(orphan.remote_id))
    if post is None:
        return
    if post.status != DRAFT:
        raise Refused("wp:no-draft", f"post {post.id}: status={post.status}")
    posts.discard(post.id)
