"""Tags, made when missing, and categories, which only an editor may make and so are only looked up."""

from __future__ import annotations

from collections.abc import Iterable
from html import unescape
from typing import Any

from connectors.errors import AuthLost, NotSent, Unknown
from connectors.wordpress.errors import is_role
from connectors.wordpress.rest import Rest
from content.text import fold

TAGS, CATEGORIES = "wp/v2/tags", "wp/v2/categories"
_LIST = 100


def tag(rest: Rest, name: str) -> int | None:
    """The tag's id; None when the role may not make it. A tag that is there already says which it is."""
    answer = rest.post(TAGS, {"name": name})
    body = answer.json()
    if isinstance(body, dict) and body.get("code") == "term_exists":
        data = body.get("data")
        number = data.get("term_id") if isinstance(data, dict) else None
    else:
        try:
            made = rest.check(answer, TAGS)
        except AuthLost as error:
            if is_role(error):
                return None
            raise
        number = made.get("id") if isinstance(made, dict) else None
    if type(number) is not int:
        raise Unknown("wp:unreadable", "a tag without an id")
    return number


def categories(rest: Rest, names: Iterable[str]) -> tuple[list[int], list[str]]:
    """Ids of the categories that the site has by that name or slug, and the names it does not have."""
    ids, missing = [], []
    for name in names:
        number = _by_slug(rest, name) if name.isascii() and " " not in name else None
        number = number or _by_name(rest, name)
        if number is None:
            missing.append(name)
        elif number not in ids:
            ids.append(number)
    return ids, missing


def _by_slug(rest: Rest, name: str) -> int | None:
    return next((entry["id"] for entry in _listed(rest, slug=name.lower())), None)


def _by_name(rest: Rest, name: str) -> int | None:
    """Names come with HTML entities in them; capitals and tone marks are no reason to miss one."""
    for same in (lambda text: text, fold):
        for entry in _listed(rest, search=name):
            if same(unescape(str(entry.get("name"))).strip()) == same(name):
                return int(entry["id"])
    return None


def _listed(rest: Rest, **query: Any) -> list[dict[str, Any]]:
    listed = rest.read(CATEGORIES, per_page=_LIST, _fields="id,name,slug", **query)
    if not isinstance(listed, list) or not all(
        isinstance(entry, dict) and type(entry.get("id")) is int for entry in listed
    ):
        raise NotSent("wp:unreadable", "a listing of categories that is none")
    return listed
