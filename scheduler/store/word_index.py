"""The index of words that deliveries are found by, as SQLite and as PostgreSQL have it.

Both are over a view of title, post, channel and platform, and triggers keep them in the transaction that
changes one of them, so no code can forget it. Marks and đ are taken off as `content.text.fold` does for
Vietnamese (a test holds them together): on SQLite by the view (đ) and FTS5's tokenizer, else by the view.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from scheduler.store.triggers import Trigger

TABLE = "delivery_search"
VIEW = "delivery_words"
_ALL = "post.title || ' ' || post.id || ' ' || channel.id || ' ' || channel.name || ' ' || channel.platform"


@dataclass(frozen=True)
class WordIndex:
    """`whole`, `begins` and `between` make a `match` of words; `has` asks for the rows that have one."""

    make: tuple[str, ...]
    fill: str
    triggers: tuple[Trigger, ...]
    whole: str
    begins: str
    between: str
    has: str

    def match(self, words: Sequence[str], *, whole: bool) -> str:
        """What finds rows with all of these words, or ones that begin so; words of letters and digits."""
        form = self.whole if whole else self.begins
        return self.between.join(form.format(word=word) for word in words)


def of(connection: Connection) -> WordIndex:
    return BY_DIALECT[connection.dialect.name]


def _view(words: str) -> str:
    return f"""CREATE VIEW {VIEW} AS SELECT delivery.seq AS seq, delivery.post_id AS post_id,
    delivery.channel_id AS channel_id, {words} AS words FROM delivery
    JOIN post ON post.id = delivery.post_id JOIN channel ON channel.id = delivery.channel_id"""


def _fts5() -> WordIndex:
    def add(where: str) -> str:
        return f"INSERT INTO {TABLE} (rowid, words) SELECT seq, words FROM {VIEW} WHERE {where};"

    def drop(where: str) -> str:
        columns = f"({TABLE}, rowid, words) SELECT 'delete', seq, words"
        return f"INSERT INTO {TABLE} {columns} FROM {VIEW} WHERE {where};"

    def around(name: str, table: str, changed: str) -> tuple[Trigger, Trigger]:
        """What was indexed is taken out before the change, what is to be is put in after it."""
        rows, event = f"{table}_id = old.id", f"UPDATE OF {changed}"
        return (
            Trigger(f"{name}_before", f"BEFORE {event}", table, drop(rows), (changed,)),
            Trigger(f"{name}_after", f"AFTER {event}", table, add(rows), (changed,)),
        )

    return WordIndex(
        make=(
            _view(f"replace(replace({_ALL}, 'đ', 'd'), 'Đ', 'd')"),
            # Prefixes of one and two letters have lists of their own: they are typed first, and match most.
            f"""CREATE VIRTUAL TABLE {TABLE} USING fts5(words, content='{VIEW}', content_rowid='seq',
            detail=none, columnsize=0, prefix='1 2', tokenize='unicode61 remove_diacritics 2')""",
        ),
        fill=f"INSERT INTO {TABLE} ({TABLE}) VALUES ('rebuild')",
        triggers=(
            Trigger("search_new", "AFTER INSERT", "delivery", add("seq = new.seq")),
            Trigger("search_gone", "BEFORE DELETE", "delivery", drop("seq = old.seq")),
            *around("search_post", "post", "title"),
            *around("search_channel", "channel", "name"),
        ),
        whole='"{word}"',
        begins='"{word}"*',
        between=" ",
        has=f"{TABLE} MATCH {{match}}",
    )


def _tsvector() -> WordIndex:
    folded = f"regexp_replace(normalize({_ALL}, NFD), '[\\u0300-\\u036f]', '', 'g')"
    # Of plain ASCII, whatever the server's locale calls a letter: Vietnamese is that without its marks.
    lexemes = "array_to_tsvector(array_remove(regexp_split_to_array(words, '[^a-z0-9\\u0080-\\uffff]+'), ''))"
    rows = f"SELECT seq, {lexemes} FROM {VIEW}"

    def again(name: str, table: str, changed: str) -> Trigger:
        words = f"SELECT seq, {lexemes} AS words FROM {VIEW} WHERE {table}_id = new.id"
        body = f"UPDATE {TABLE} SET words = now.words FROM ({words}) AS now WHERE rowid = now.seq;"
        return Trigger(name, f"AFTER UPDATE OF {changed}", table, body, (changed,))

    return WordIndex(
        make=(
            _view(f"lower(replace(replace({folded}, 'đ', 'd'), 'Đ', 'd'))"),
            f"CREATE TABLE {TABLE} (rowid bigint PRIMARY KEY, words tsvector NOT NULL)",
            f"CREATE INDEX {TABLE}_words ON {TABLE} USING gin (words) WITH (fastupdate = off)",
        ),
        fill=f"INSERT INTO {TABLE} (rowid, words) {rows}",
        triggers=(
            Trigger(
                "search_new", "AFTER INSERT", "delivery", f"INSERT INTO {TABLE} {rows} WHERE seq = new.seq;"
            ),
            Trigger("search_gone", "AFTER DELETE", "delivery", f"DELETE FROM {TABLE} WHERE rowid = old.seq;"),
            again("search_post", "post", "title"),
            again("search_channel", "channel", "name"),
        ),
        whole="'{word}'",
        begins="'{word}':*",
        between=" & ",
        has=f"{TABLE}.words @@ CAST({{match}} AS tsquery)",
    )


BY_DIALECT = {"sqlite": _fts5(), "postgresql": _tsvector()}
