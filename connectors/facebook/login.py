"""Signing a Page in: from a Meta app and a person's token to the Page's own one, or with that one pasted.

The long way (facts §4): a short-lived user token from Meta's Graph API Explorer is exchanged for one of about
60 days, whose Page tokens have no end. What goes wrong is said in a sentence and asked for again;
the person's tokens are forgotten at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

from connectors.errors import AuthLost, NotSent, Refused
from connectors.extras import Ask, Choose, Conversation, Granted, Question, Tell
from connectors.facebook.graph import PageGraph
from connectors.facebook.standing import missing_rights
from content.wording import say

EXPLORER = "https://developers.facebook.com/tools/explorer/"
APPS = "https://developers.facebook.com/apps/"
SCOPES = (
    "pages_show_list",
    "pages_read_engagement",
    "pages_manage_posts",
    "read_insights",
    "pages_read_user_content",
    "pages_manage_engagement",
)
TASK = "CREATE_CONTENT"
_PAGES_MOST = 100

Open = Callable[[str, str], PageGraph]
"""A Graph for a token and the app secret that proves it (empty: none)."""
Answers = Generator[Question, str, str]


@dataclass(frozen=True)
class _Page:
    id: str
    name: str
    token: str
    tasks: tuple[str, ...] | None


class _Again(Exception):
    """This answer cannot be used: what to tell, and what to ask for again."""

    def __init__(self, key: str, back_to: str, **values: object) -> None:
        super().__init__(key)
        self.told = Tell(f"facebook.login.{key}", values)
        self.back_to = back_to


def converse(open_graph: Open, *, wanted: str) -> Conversation:
    """`wanted` is the Page the channel stands for, empty for a new channel.

    Raises NotSent, Throttled or Unknown when Facebook cannot be asked.
    """
    yield Tell("facebook.login.before")
    way = yield Choose(
        "facebook.login.way", tuple((w, say(f"facebook.login.ways.{w}")) for w in ("person", "page"))
    )
    talk = _by_person(open_graph, wanted) if way == "person" else _by_page_token(open_graph, wanted)
    return (yield from talk)


def _by_page_token(open_graph: Open, wanted: str) -> Conversation:
    while True:
        token = yield from _ask("page_token", secret=True)
        secret = yield Ask("app_secret", "facebook.login.ask_optional_secret", secret=True)
        try:
            graph = open_graph(token, secret)
            page = _who(graph)
            _check_wanted(page, wanted, "page_token")
            _check_rights(_told_of(graph), page)
            return _granted(page, secret)
        except _Again as again:
            yield again.told


def _by_person(open_graph: Open, wanted: str) -> Conversation:
    yield Tell("facebook.login.find_app", {"address": APPS})
    app, secret, token = "", "", ""
    while True:
        app = app or (yield from _ask("app_id"))
        secret = secret or (yield from _ask("app_secret", secret=True))
        if not token:
            yield Tell("facebook.login.find_token", {"address": EXPLORER, "scopes": ", ".join(SCOPES)})
            token = yield from _ask("user_token", secret=True)
        try:
            app_graph = open_graph(f"{app}|{secret}", "")
            lasting = _exchange(app_graph, app, secret, token)
            pages = _pages(open_graph(lasting, secret))
            page = yield from _choose(pages, wanted)
            _check_rights(_told_of(app_graph, page.token), page)
            return _granted(page, secret)
        except _Again as again:
            yield again.told
            if again.back_to == "app":
                app = secret = ""
            if again.back_to in ("app", "user_token"):
                token = ""


def _ask(name: str, *, secret: bool = False) -> Answers:
    """Asked until the answer can be what is asked for."""
    while True:
        answer = yield Ask(name, f"facebook.login.ask_{name}", secret=secret)
        if name == "app_id" and not (answer.isascii() and answer.isdigit()):
            yield Tell("facebook.login.not_an_app_id")
        elif not answer or not answer.isascii() or not answer.isprintable() or " " in answer:
            yield Tell("facebook.login.not_a_token")
        else:
            return answer


def _exchange(graph: PageGraph, app: str, secret: str, token: str) -> str:
    """A user token of about 60 days (Meta, "Long-Lived Access Tokens", 2026-11)."""
    try:
        answer = graph.exchange(app, secret, token)
    except AuthLost as error:
        raise _Again("token_refused", "user_token", said=error.detail) from None
    except (Refused, NotSent) as error:
        # a wrong secret is told as code 1, "Error validating client secret": only its words tell it
        if isinstance(error, Refused) or "client secret" in error.detail.lower():
            raise _Again("app_refused", "app", said=error.detail) from None
        raise
    lasting = answer.get("access_token")
    if not isinstance(lasting, str) or not lasting:
        raise NotSent("fb:unreadable", "an exchange without a token")
    return lasting


def _pages(graph: PageGraph) -> list[_Page]:
    """The Pages on which the person has a role, each with the token that has no end."""
    try:
        answer = graph.get_connections(
            "me", "accounts", fields="id,name,tasks,access_token", limit=_PAGES_MOST
        )
    except AuthLost as error:
        raise _Again("token_refused", "user_token", said=error.detail) from None
    listed = answer.get("data")
    if not isinstance(listed, list):
        raise NotSent("fb:unreadable", "a list of Pages without data")
    pages = [page for entry in listed if isinstance(entry, dict) and (page := _page_of(entry))]
    if not pages:
        raise _Again("no_page", "user_token")
    return pages


def _page_of(entry: dict[str, Any]) -> _Page | None:
    tasks = entry.get("tasks")
    if not isinstance(entry.get("id"), str) or not isinstance(entry.get("access_token"), str):
        return None
    return _Page(
        entry["id"],
        str(entry.get("name") or entry["id"]),
        entry["access_token"],
        tuple(str(task) for task in tasks) if isinstance(tasks, list) else None,
    )


def _choose(pages: list[_Page], wanted: str) -> Generator[Question, str, _Page]:
    by_id = {page.id: page for page in pages}
    if wanted:
        if wanted not in by_id:
            names = ", ".join(f"{page.name} ({page.id})" for page in pages)
            raise _Again("other_page", "user_token", page=wanted, found=names)
        page = by_id[wanted]
    else:
        chosen = yield Choose("facebook.login.which_page", tuple((p.id, f"{p.name} ({p.id})") for p in pages))
        page = by_id[chosen]
    if page.tasks is not None and TASK not in page.tasks:
        raise _Again("no_task", "user_token", name=page.name)
    return page


def _who(graph: PageGraph) -> _Page:
    """Whose a pasted token is."""
    try:
        seen = graph.get_object("me", fields="id,name")
    except AuthLost as error:
        raise _Again("token_refused", "page_token", said=error.detail) from None
    if not isinstance(seen.get("id"), str):
        raise NotSent("fb:unreadable", "an identity without an id")
    return _Page(seen["id"], str(seen.get("name") or seen["id"]), str(graph.access_token), None)


def _check_wanted(page: _Page, wanted: str, back_to: str) -> None:
    if wanted and page.id != wanted:
        raise _Again("other_page", back_to, page=wanted, found=f"{page.name} ({page.id})")


def _told_of(graph: PageGraph, token: str = "") -> dict[str, Any]:
    """Nothing where Facebook does not say: asking wants a role on the app, which a Page editor may lack."""
    try:
        return graph.debug_token(token)
    except (AuthLost, Refused):
        return {}


def _check_rights(token: dict[str, Any], page: _Page) -> None:
    """By what Facebook says of the token; where it says nothing, nothing is checked."""
    kind = token.get("type") or "PAGE"
    if kind != "PAGE":
        raise _Again("not_page_token", "user_token", kind=kind)
    if token.get("is_valid") is False:
        raise _Again("token_refused", "user_token", said="")
    missing = missing_rights(token, page.id)
    if missing.publishing:
        raise _Again("missing_scopes", "user_token", scopes=", ".join(missing.publishing))


def _granted(page: _Page, secret: str) -> Granted:
    secrets = {"page_token": page.token}
    if secret:
        secrets["app_secret"] = secret
    return Granted(account=page.id, name=page.name, secrets=secrets)
