"""Finding deliveries by words, tone marks and đ aside, in an index that the database keeps in step itself.

Links are looked up as they begin. How the index is made is told in `scheduler.store.word_index`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, column, literal, or_, table, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from content.text import fold
from scheduler.store import row_security, triggers, word_index
from scheduler.store.tables import delivery
from scheduler.store.word_index import BY_DIALECT, TABLE, VIEW

_LINK = re.compile(r"(?:https?://)?(?=\S)[\w-]+(?:\.[\w-]+)+(?::\d+)?/\S*|https?://\S+", re.IGNORECASE)
_LAST = "\U0010ffff"
_WORD = re.compile(r"[^\W_]+")


def install(connection: Connection) -> None:
    """Make index and triggers anew from what there is (some 15 s for a million deliveries on SQLite).

    To be called by every migration that makes `delivery`, `post` or `channel` anew.
    """
    remove(connection)
    index = word_index.of(connection)
    for statement in index.make:
        connection.exec_driver_sql(statement)
    for trigger in index.triggers:
        triggers.make(connection, trigger)
    connection.exec_driver_sql(index.fill)
    row_security.install(connection)


def remove(connection: Connection) -> None:
    for trigger in word_index.of(connection).triggers:
        triggers.remove(connection, trigger)
    connection.exec_driver_sql(f"DROP TABLE IF EXISTS {TABLE}")
    connection.exec_driver_sql(f"DROP VIEW IF EXISTS {VIEW}")


def is_right(connection: Connection, sample: int = 100) -> bool:
    """Whether the triggers are there and the deliveries made last are found by all their words."""
    index = word_index.of(connection)
    if not triggers.are_there(connection, index.triggers):
        return False
    last = "SELECT seq FROM delivery ORDER BY seq DESC LIMIT :sample"
    newest = text(f"SELECT seq, words FROM {VIEW} WHERE seq IN ({last})")
    found = text(f"SELECT 1 FROM {TABLE} WHERE {index.has.format(match=':words')} AND rowid = :seq")
    for seq, words in connection.execute(newest, {"sample": sample}).all():
        match = index.match(_WORD.findall(fold(words)), whole=True)
        if match and not connection.execute(found, {"words": match, "seq": seq}).first():
            return False
    return True


def is_ours(table_name: str | None) -> bool:
    """Whether a table is the index or a part of it, which `tables` does not tell of."""
    return table_name is not None and table_name.startswith(TABLE)


def parts(text: str) -> tuple[list[str], list[str]]:
    """The words and the beginnings of links that somebody looks for."""
    links = _LINK.findall(text)
    return _WORD.findall(fold(_LINK.sub(" ", text))), links


def means_something(text: str) -> bool:
    """Whether there is a word or a link in it at all."""
    return any(parts(text))


class _HasWords(ColumnElement[bool]):
    """That a row of the index has them all; each database has its own way to ask."""

    inherit_cache = False

    def __init__(self, words: Sequence[str], *, whole: bool) -> None:
        self.asked = {name: literal(one.match(words, whole=whole)) for name, one in BY_DIALECT.items()}


@compiles(_HasWords)
def _has_words(element: _HasWords, compiler: SQLCompiler, **more: Any) -> str:
    dialect = compiler.dialect.name
    return BY_DIALECT[dialect].has.format(match=compiler.process(element.asked[dialect], **more))


def newest(query: Select[Any], text: str, *, whole: bool = False) -> Select[Any]:
    """Of a query over `delivery` the rows that have every word (or, unless `whole`, one that begins so) and
    every link.

    The rows made last come first, as the index has them: a limit is reached without reading the rest.
    """
    words, links = parts(text)
    by: ColumnElement[Any] = delivery.c.seq
    if words:
        index = table(TABLE, column("rowid"))
        query = query.join(index, index.c.rowid == delivery.c.seq)
        query = query.where(_HasWords(words, whole=whole))
        by = index.c.rowid
    for link in links:
        known = link.partition("://")[2] if "://" in link else link
        query = query.where(or_(*(_begins(f"{scheme}://{known}") for scheme in ("https", "http"))))
    return query.order_by(by.desc())


def _begins(link: str) -> ColumnElement[bool]:
    url = delivery.c.url
    return and_(url != "", url >= link, url < link + _LAST)
