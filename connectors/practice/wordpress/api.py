"""Core's REST API as far as publishing needs it; what it does was seen on 6.1.9 (facts/website.md §1)."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any

from connectors.practice.comments import Comment
from connectors.practice.wire import Reply
from connectors.practice.wordpress.wire import Request, RestError, fields_of, only
from connectors.practice.wordpress.world import ROLES, Media, Post, Term, User, World, compact
from content.text import slug

STATUSES = {"publish", "future", "draft", "pending", "private"}
TAXONOMIES = {"tags": "post_tag", "categories": "category"}
_FILE_NAME = re.compile(r'^attachment;\s*filename="([\x20-\x7e]+)"$')
_KINDS = ((b"\x89PNG", "png"), (b"\xff\xd8\xff", "jpeg"), (b"GIF8", "gif"), (b"RIFF", "webp"))
_SOON = timedelta(seconds=60)


class Api:
    """Answers REST calls out of the world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._work: dict[tuple[str, str], Callable[[Request], tuple[int, Any]]] = {
            ("GET", ""): self._index,
            ("GET", "posts"): self._list_posts,
            ("POST", "posts"): self._create_post,
            ("GET", "posts/id"): self._get_post,
            ("POST", "posts/id"): self._update_post,
            ("DELETE", "posts/id"): self._delete_post,
            ("GET", "comments"): self._list_comments,
            ("GET", "media"): self._list_media,
            ("POST", "media"): self._upload,
            ("POST", "media/id"): self._describe,
            ("GET", "tags"): self._list_terms,
            ("POST", "tags"): self._create_term,
            ("GET", "categories"): self._list_terms,
            ("POST", "categories"): self._create_term,
            ("GET", "users/me"): self._me,
            ("GET", "users/me/application-passwords/introspect"): self._introspect,
            ("GET", "post-views-counter/get-post-views/id"): self._views,
        }

    def user_of(self, headers: Mapping[str, str]) -> User | None:
        """A wrong password makes a stranger, not an error (facts §1.3)."""
        scheme, _, basic = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic" or not self._world.passwords:
            return None
        try:
            login, _, password = base64.b64decode(basic, validate=True).decode().partition(":")
        except ValueError:
            return None
        user = self._world.users.get(login)
        same = user and compact(user.password) and compact(password) == compact(user.password)
        return user if same else None

    def answer(self, request: Request) -> Reply:
        try:
            if request.user is None and not self._world.strangers:
                raise RestError(
                    "rest_cannot_access", 401, "Only authenticated users can access the REST API."
                )
            if request.method == "DELETE" and request.route.startswith(
                "wp/v2/users/me/application-passwords/"
            ):
                status, body = self._revoke(request)
            else:
                work = self._work.get((request.method_name, request.edge))
                if work is None:
                    raise RestError("rest_no_route", 404, "No route was found matching the URL and method.")
                request.fields = fields_of(request)
                status, body = work(request)
        except RestError as error:
            return error.reply
        wanted = request.query.get("_fields", "")
        body = [only(one, wanted) for one in body] if isinstance(body, list) else only(body, wanted)
        return Reply(status, json.dumps(body).encode())

    def _index(self, _: Request) -> tuple[int, Any]:
        world = self._world
        authorize = f"{world.home}/wp-admin/authorize-application.php"
        offered: Any = {"application-passwords": {"endpoints": {"authorization": authorize}}}
        return 200, {
            "name": escape(world.name),
            "description": "",
            "url": world.home,
            "home": world.home,
            "gmt_offset": 7,
            "timezone_string": "Asia/Ho_Chi_Minh",
            "namespaces": [
                "oembed/1.0",
                "wp/v2",
                *(["post-views-counter"] if world.views is not None else []),
            ],
            "authentication": offered if world.passwords else [],
        }

    def _me(self, request: Request) -> tuple[int, Any]:
        user = _somebody(request)
        rights = dict.fromkeys(sorted(ROLES[user.role]), True)
        return 200, {"id": user.id, "name": user.login, "roles": [user.role], "capabilities": rights}

    def _introspect(self, request: Request) -> tuple[int, Any]:
        return 200, {"uuid": _somebody(request).uuid, "name": "Loa"}

    def _revoke(self, request: Request) -> tuple[int, Any]:
        user = _somebody(request)
        if request.route.rsplit("/", 1)[-1] != user.uuid:
            raise RestError("rest_application_password_not_found", 404)
        user.password = ""
        return 200, {"deleted": True}

    def _list_posts(self, request: Request) -> tuple[int, Any]:
        query, user = request.query, request.user
        wanted = set(query.get("status", "publish").split(","))
        editing = user is not None and user.may("edit_posts")
        if wanted != {"publish"} and not editing:
            detail = {
                "code": "rest_forbidden_status",
                "message": "Status is forbidden.",
                "data": {"status": 401},
            }
            raise RestError(
                "rest_invalid_param",
                400,
                "Invalid parameter(s): status",
                params={"status": "Status is forbidden."},
                details={"status": detail},
            )
        if query.get("context") == "edit" and not editing:
            raise RestError("rest_forbidden_context", 403 if user else 401)
        if "any" in wanted:
            wanted |= STATUSES
        found = [post for post in self._world.posts.values() if post.status in wanted]
        if "slug" in query:
            found = [post for post in found if post.slug in query["slug"].split(",")]
        if "search" in query:
            words = query["search"].casefold().split()
            text = {post.id: f"{post.title} {post.excerpt} {post.content}".casefold() for post in found}
            found = [post for post in found if all(word in text[post.id] for word in words)]
        if (query.get("orderby"), query.get("order")) != ("id", "asc"):
            found.reverse()
        return 200, [self._told(post, query) for post in found[: int(query.get("per_page", "10"))]]

    def _get_post(self, request: Request) -> tuple[int, Any]:
        post = self._post(request)
        if request.query.get("context") == "edit" and not _may_edit(request.user, post):
            raise RestError("rest_forbidden_context", 403 if request.user else 401)
        if post.status != "publish" and not _may_edit(request.user, post):
            raise RestError("rest_forbidden", 403 if request.user else 401)
        return 200, self._told(post, request.query)

    def _create_post(self, request: Request) -> tuple[int, Any]:
        user = request.user
        if user is None or not user.may("edit_posts"):
            raise RestError("rest_cannot_create", 403 if user else 401)
        self._may_publish(user, request.fields)
        if not any(str(request.fields.get(name) or "").strip() for name in ("title", "content", "excerpt")):
            raise RestError("empty_content", 400, "Content, title, and excerpt are empty.")
        self._world.counts["creates"] += 1
        post = self._world.add_post(user.id)
        self._write(post, request.fields)
        return 201, self._told(post, {"context": "edit"})

    def _update_post(self, request: Request) -> tuple[int, Any]:
        post = self._post(request)
        if not _may_edit(request.user, post):
            raise RestError("rest_cannot_edit", 403 if request.user else 401)
        if request.user:
            self._may_publish(request.user, request.fields)
        self._write(post, request.fields)
        return 200, self._told(post, {"context": "edit"})

    def _delete_post(self, request: Request) -> tuple[int, Any]:
        post = self._post(request)
        if not _may_edit(request.user, post):
            raise RestError("rest_cannot_delete", 403 if request.user else 401)
        if request.query.get("force") in ("true", "1"):
            del self._world.posts[post.id]
            return 200, {"deleted": True, "previous": self._told(post, {"context": "edit"})}
        if not self._world.has_bin:
            raise RestError("rest_trash_not_supported", 501, "The post does not support trashing.")
        if post.status == "trash":
            raise RestError("rest_already_trashed", 410)
        self._world.bin(post)
        return 200, self._told(post, {"context": "edit"})

    def _write(self, post: Post, fields: dict[str, Any]) -> None:
        for name in ("title", "content", "excerpt", "comment_status", "ping_status"):
            if name in fields:
                value = fields[name]
                setattr(post, name, str(value.get("raw", "") if isinstance(value, dict) else value))
        for name in ("tags", "categories"):
            if name in fields:
                setattr(post, name, [int(number) for number in fields[name]])
        if "featured_media" in fields:
            post.featured_media = int(fields["featured_media"])
        if fields.get("slug"):
            post.slug = self._world.free_slug(slug(str(fields["slug"]), longest=200), post)
        if fields.get("date_gmt"):
            post.date = datetime.fromisoformat(str(fields["date_gmt"])).replace(tzinfo=UTC)
        if "status" in fields:
            self._turn(post, str(fields["status"]))

    def _turn(self, post: Post, status: str) -> None:
        """A new status. Out of the bin comes the old address; a date to come makes `publish` a `future`."""
        if status not in STATUSES:
            raise RestError("rest_invalid_param", 400, "Invalid parameter(s): status")
        if post.status == "trash":
            post.slug = self._world.free_slug(post.slug.removesuffix("__trashed"), post)
        if status == "publish":
            now = self._world.now()
            if not post.slug:
                post.slug = self._world.free_slug(slug(post.title), post)
            if post.date and post.date >= now + _SOON:
                status = "future"
            elif post.status != "publish":
                post.date = post.date or now
                self._world.counts["reveals"] += 1
        post.status = status

    def _may_publish(self, user: User, fields: dict[str, Any]) -> None:
        if fields.get("status") in ("publish", "future", "private") and not user.may("publish_posts"):
            raise RestError("rest_cannot_publish", 403)

    def _post(self, request: Request) -> Post:
        post = self._world.posts.get(int(request.object))
        if post is None:
            raise RestError("rest_post_invalid_id", 404, "Invalid post ID.")
        return post

    def _told(self, post: Post, query: Mapping[str, str]) -> dict[str, Any]:
        edit = query.get("context") == "edit"
        date = post.date or post.begun or self._world.now()

        def text(value: str) -> dict[str, str]:
            return {**({"raw": value} if edit else {}), "rendered": value}

        return {
            "id": post.id,
            "date_gmt": f"{date.astimezone(UTC):%Y-%m-%dT%H:%M:%S}",
            "slug": post.slug,
            "status": post.status,
            "type": "post",
            "link": self._world.link(post),
            "title": text(post.title),
            "content": text(post.content),
            "excerpt": text(post.excerpt),
            "author": post.author,
            "featured_media": post.featured_media,
            "comment_status": post.comment_status,
            "ping_status": post.ping_status,
            "tags": post.tags,
            "categories": post.categories,
            "meta": [],
        }

    def _list_comments(self, request: Request) -> tuple[int, Any]:
        """Published ones of a post that may be read; the text is HTML. Held-back ones take a moderator."""
        query, user = request.query, request.user
        post = self._world.posts.get(int(query["post"])) if query.get("post", "").isdigit() else None
        if post and post.status != "publish" and not _may_edit(user, post):
            raise RestError("rest_cannot_read_post", 403 if user else 401)
        if query.get("status", "approve") != "approve":
            raise RestError("rest_forbidden_param", 403 if user else 401)
        found = self._world.comments.visible(query["post"]) if post else []
        if query.get("order", "desc") == "desc":
            found.reverse()
        most, offset = int(query.get("per_page", "10")), int(query.get("offset", "0"))
        if not 1 <= most <= 100 or query.get("orderby", "date_gmt") not in ("date_gmt", "date", "id"):
            raise RestError("rest_invalid_param", 400, "Invalid parameter(s): per_page, orderby")
        told = [self._comment(post, one) for one in found[offset : offset + most] if post]
        if "content" not in query.get("_fields", "content").split(","):
            told = [{**one, "content": {}} for one in told]  # `content.rendered` brings none (6.1.9)
        return 200, told

    def _comment(self, post: Post, one: Comment) -> dict[str, Any]:
        text = "".join(f"<p>{escape(part)}</p>\n" for part in one.text.splitlines() if part.strip())
        return {
            "id": one.number,
            "post": post.id,
            "parent": int(one.parent) if one.parent else 0,
            "author": post.author if one.author == 0 else 0,
            "author_name": self._world.name if one.author == 0 else f"Người đọc {one.author}",
            "date_gmt": f"{one.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}",
            "content": {"rendered": text},
            "link": f"{self._world.link(post)}#comment-{one.number}",
            "status": "approved",
            "type": "comment",
        }

    def _list_media(self, request: Request) -> tuple[int, Any]:
        names = request.query.get("slug", "").split(",")
        found = [m for m in self._world.media.values() if "slug" not in request.query or m.slug in names]
        return 200, [self._medium(media) for media in found]

    def _upload(self, request: Request) -> tuple[int, Any]:
        """The raw body only; order of the checks as in core."""
        user, headers, content = request.user, request.headers, request.body
        if user is None or not user.may("upload_files"):
            raise RestError("rest_cannot_create", 403 if user else 401)
        if not content:
            raise RestError("rest_upload_no_data", 400)
        if not headers.get("content-type"):
            raise RestError("rest_upload_no_content_type", 400)
        if not headers.get("content-disposition"):
            raise RestError("rest_upload_no_content_disposition", 400)
        named = _FILE_NAME.match(headers["content-disposition"])
        if not named:
            raise RestError("rest_upload_invalid_disposition", 400)
        said = headers.get("content-md5", "")
        if said and said != hashlib.md5(content, usedforsecurity=False).hexdigest():
            raise RestError("rest_upload_hash_mismatch", 412)
        if not any(content.startswith(head) for head, _ in _KINDS):
            raise RestError("rest_upload_sideload_error", 500, "Not allowed to upload this file type.")
        self._world.counts["uploads"] += 1
        media = self._world.add_media(user.id, named[1], headers["content-type"], content)
        return 201, self._medium(media)

    def _describe(self, request: Request) -> tuple[int, Any]:
        media = self._world.media.get(int(request.object))
        if media is None:
            raise RestError("rest_post_invalid_id", 404)
        if request.user is None or (
            media.author != request.user.id and not request.user.may("edit_others_posts")
        ):
            raise RestError("rest_cannot_edit", 403 if request.user else 401)
        media.alt_text = str(request.fields.get("alt_text", media.alt_text))
        return 200, self._medium(media)

    def _medium(self, media: Media) -> dict[str, Any]:
        return {
            "id": media.id,
            "slug": media.slug,
            "status": "inherit",
            "mime_type": media.mime,
            "alt_text": media.alt_text,
            "source_url": f"{self._world.home}/wp-content/uploads/{media.file}",
        }

    def _list_terms(self, request: Request) -> tuple[int, Any]:
        query, taxonomy = request.query, TAXONOMIES[request.edge]
        found = [term for term in self._world.terms.values() if term.taxonomy == taxonomy]
        if "slug" in query:
            found = [term for term in found if term.slug in query["slug"].split(",")]
        if "search" in query:
            found = [term for term in found if query["search"].casefold() in term.name.casefold()]
        return 200, [_term(term) for term in found]

    def _create_term(self, request: Request) -> tuple[int, Any]:
        taxonomy, name = TAXONOMIES[request.edge], str(request.fields.get("name") or "").strip()
        right = "manage_categories" if taxonomy == "category" else "edit_posts"
        if request.user is None or not request.user.may(right):
            raise RestError("rest_cannot_create", 403 if request.user else 401)
        if not name:
            raise RestError("rest_missing_callback_param", 400)
        for term in self._world.terms.values():
            if term.taxonomy == taxonomy and term.name == name:
                raise RestError(
                    "term_exists", 400, "A term with the name provided already exists.", term_id=term.id
                )
        return 201, _term(self._world.add_term(taxonomy, name))

    def _views(self, request: Request) -> tuple[int, Any]:
        if self._world.views is None:
            raise RestError("rest_no_route", 404)
        return 200, self._world.views.get(int(request.object), 0)


def _somebody(request: Request) -> User:
    if request.user is None:
        raise RestError("rest_not_logged_in", 401, "You are not currently logged in.")
    return request.user


def _may_edit(user: User | None, post: Post) -> bool:
    if user is None or not user.may("edit_posts"):
        return False
    if post.author != user.id:
        return user.may("edit_others_posts")
    return post.status != "publish" or user.may("edit_published_posts")


def _term(term: Term) -> dict[str, Any]:
    return {
        "id": term.id,
        "name": escape(term.name, quote=False),
        "slug": term.slug,
        "taxonomy": term.taxonomy,
    }
