"""Finding deliveries by words, tone marks and đ aside, in an index that the database keeps in step itself.

SQLite's FTS5 over a view of title, post, channel and platform; triggers keep it in the transaction that
changes one of them, so no code can forget it. The tokenizer takes the marks off (`remove_diacritics 2`), đ is
taken care of in the view: for Vietnamese that is `content.text.fold` (a test holds them together). Links are
looked up as they begin. This module is the seam for a server's own search (issue 8).
"""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, column, literal_column, or_, table

from content.text import fold
from scheduler.store.tables import delivery

TABLE = "delivery_search"
_VIEW = "delivery_words"
_LINK = re.compile(r"(?:https?://)?(?=\S)[\w-]+(?:\.[\w-]+)+(?::\d+)?/\S*|https?://\S+", re.IGNORECASE)
_LAST = "\U0010ffff"
_WORD = re.compile(r"[^\W_]+")

_MAKE = (
    f"""CREATE VIEW {_VIEW} AS SELECT delivery.seq AS seq, delivery.post_id AS post_id,
    delivery.channel_id AS channel_id, replace(replace(post.title || ' ' || post.id || ' ' || channel.id
    || ' ' || channel.name || ' ' || channel.platform, 'đ', 'd'), 'Đ', 'd') AS words FROM delivery
    JOIN post ON post.id = delivery.post_id JOIN channel ON channel.id = delivery.channel_id""",
    # Prefixes of one and two letters have lists of their own: they are what is typed first, and match most.
    f"""CREATE VIRTUAL TABLE {TABLE} USING fts5(words, content='{_VIEW}', content_rowid='seq', detail=none,
    columnsize=0, prefix='1 2', tokenize='unicode61 remove_diacritics 2')""",
)


def _add(where: str) -> str:
    return f"INSERT INTO {TABLE} (rowid, words) SELECT seq, words FROM {_VIEW} WHERE {where};"


def _drop(where: str) -> str:
    return (
        f"INSERT INTO {TABLE} ({TABLE}, rowid, words) SELECT 'delete', seq, words FROM {_VIEW} WHERE {where};"
    )


def _around(name: str, kind: str, changed: str) -> dict[str, str]:
    """What was indexed is taken out before the change, what is to be is put in after it."""
    rows = f"{kind}_id = old.id"
    when = f"UPDATE OF {changed} ON {kind} WHEN old.{changed} IS NOT new.{changed}"
    return {
        f"{name}_before": f"BEFORE {when} BEGIN {_drop(rows)} END",
        f"{name}_after": f"AFTER {when} BEGIN {_add(rows)} END",
    }


TRIGGERS = {
    "search_new": f"AFTER INSERT ON delivery BEGIN {_add('seq = new.seq')} END",
    "search_gone": f"BEFORE DELETE ON delivery BEGIN {_drop('seq = old.seq')} END",
    **_around("search_post", "post", "title"),
    **_around("search_channel", "channel", "name"),
}


def install(connection: Connection) -> None:
    """Make index and triggers anew from what there is (some 15 s for a million deliveries).

    To be called by every migration that makes `delivery`, `post` or `channel` anew.
    """
    remove(connection)
    for statement in _MAKE:
        connection.exec_driver_sql(statement)
    for name, body in TRIGGERS.items():
        connection.exec_driver_sql(f"CREATE TRIGGER {name} {body}")
    connection.exec_driver_sql(f"INSERT INTO {TABLE} ({TABLE}) VALUES ('rebuild')")


def remove(connection: Connection) -> None:
    for name in TRIGGERS:
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
    connection.exec_driver_sql(f"DROP TABLE IF EXISTS {TABLE}")
    connection.exec_driver_sql(f"DROP VIEW IF EXISTS {_VIEW}")


def is_right(connection: Connection, sample: int = 100) -> bool:
    """Whether the triggers are there and the deliveries made last are found by all their words."""
    there = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars()
    if not set(TRIGGERS) <= set(there):
        return False
    newest = (
        f"SELECT seq, words FROM {_VIEW} WHERE seq IN (SELECT seq FROM delivery ORDER BY seq DESC LIMIT ?)"
    )
    for seq, words in connection.exec_driver_sql(newest, (sample,)).all():
        match = " ".join(f'"{word}"' for word in _WORD.findall(fold(words)))
        found = f"SELECT 1 FROM {TABLE} WHERE {TABLE} MATCH ? AND rowid = ?"
        if match and not connection.exec_driver_sql(found, (match, seq)).first():
            return False
    return True


def is_ours(table_name: str | None) -> bool:
    """Whether a table is the index or a part of it, which `tables.py` does not tell of."""
    return table_name is not None and table_name.startswith(TABLE)


def parts(text: str) -> tuple[list[str], list[str]]:
    """The words and the beginnings of links that somebody looks for."""
    links = _LINK.findall(text)
    return _WORD.findall(fold(_LINK.sub(" ", text))), links


def means_something(text: str) -> bool:
    """Whether there is a word or a link in it at all."""
    return any(parts(text))


def newest(query: Select[Any], text: str, *, whole: bool = False) -> Select[Any]:
    """Of a query over `delivery` the rows that have every word (or, unless `whole`, one that begins so) and
    every link.

    The rows made last come first, as the index has them: a limit is reached without reading the rest.
    """
    words, links = parts(text)
    by: ColumnElement[Any] = delivery.c.seq
    if words:
        index = table(TABLE, column("rowid"))
        match = " ".join(f'"{word}"' + "*" * (not whole) for word in words)
        query = query.join(index, index.c.rowid == delivery.c.seq)
        query = query.where(literal_column(TABLE).op("MATCH")(match))
        by = index.c.rowid
    for link in links:
        known = link.partition("://")[2] if "://" in link else link
        query = query.where(or_(*(_begins(f"{scheme}://{known}") for scheme in ("https", "http"))))
    return query.order_by(by.desc())


def _begins(link: str) -> ColumnElement[bool]:
    url = delivery.c.url
    return and_(url != "", url >= link, url < link + _LAST)
