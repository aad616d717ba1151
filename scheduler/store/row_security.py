"""Which rows a unit's login sees and may write, decided by the server itself (PostgreSQL's row security).

So no statement of ours can forget it: services, window and commands ask as they always did. The database's
owner, and roles that are members of it, are not subject to it: they are who publishes, moves, backs up and
adds units. Everybody else is the unit that `unit_login` names for the role they signed in as (`session_user`,
which nothing they can say changes), or nobody.

Only what people *see* rests on this. What may leave rests on signatures and pinned units (`scheduler.trust`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import Connection, Integer, text
from sqlalchemy.exc import ProgrammingError

from scheduler.store import tally, triggers, word_index
from scheduler.store.tables import METADATA
from scheduler.store.triggers import Trigger

UNIT = "unit:"
"""What a note of a unit's PC bears as its machine begins with, then the unit's code."""
_ASKED_FOR = (
    "media_part.sha256 = ANY ((SELECT string_to_array(current_setting('loa.media', true), ','))::text[])"
)
_OWN = "(SELECT loa_unit())"
_SEEN = "ANY ((SELECT loa_units('see'))::text[])"
_APPROVES = "ANY ((SELECT loa_units('approve'))::text[])"
_ABOVE = "ANY ((SELECT loa_above())::text[])"
# Each in a SELECT of its own: asked once per statement, not once per row, and an index can be used.
GAP = 100
"""How far behind a restored database's numbers may be behind those that a unit's own PC remembers."""
MOST_STANDING, LONGEST_STOP = 1_000, 20_000
"""Freezes (or days on which posts stay back) of one unit that are in force, and bytes of what one covers."""
LARGEST_ROW = 16_000_000
"""Bytes: the publisher reads it into memory."""
LARGEST_PIECE, MOST_PIECES = 1024 * 1024, 100_000


@dataclass(frozen=True)
class Rule:
    """Conditions in SQL on a row; an empty one allows nobody. `kept`: of every row as it is written."""

    see: str
    insert: str = ""
    update: str = ""
    delete: str = ""
    kept: str = "true"


def _of_unit(
    table: str,
    see: str = _SEEN,
    add: str = _OWN,
    change: str = _OWN,
    drop: str = _OWN,
    more: str = "",
    kept: str = "true",
) -> Rule:
    unit = f"{table}.unit"
    return Rule(f"{unit} = {see}", f"{unit} = {add}{more}", f"{unit} = {change}", f"{unit} = {drop}", kept)


def _through(table: str, column: str, parent: str, key: str, see: str = _SEEN, write: str = _OWN) -> Rule:
    def there(whose: str) -> str:
        return f"EXISTS (SELECT FROM {parent} p WHERE p.{key} = {table}.{column} AND p.unit = {whose})"

    return Rule(there(see), there(write), there(write), there(write))


_OF_OWN_POST = f" AND EXISTS (SELECT FROM post p WHERE p.id = delivery.post_id AND p.unit = {_OWN})"
# Looked for as text: what is no JSON in a row of somebody else must not break everybody's list.
_NAMED = f"""strpos(offer.to_units, '"' || {_OWN} || '"') > 0"""
_FOR_ME = f"offer.unit = {_OWN} OR (offer.unit = {_ABOVE} AND (offer.to_units = '[]' OR {_NAMED}))"
_MY_OFFER = f"EXISTS (SELECT FROM offer o WHERE o.id = offer_answer.offer_id AND o.unit = {_OWN})"


_IN_OWN_LANE = (
    "delivery.id = delivery.post_id || '@' || delivery.channel_id"  # else it bears the name of another's
    " AND EXISTS (SELECT FROM channel c WHERE c.id = delivery.channel_id AND c.unit = delivery.unit)"
)


def _numbered(table: str, column: str) -> str:
    """A number near those that are used: after the largest that there is nobody could give one any more, and
    an emergency stop needs one."""
    return f"{table}.{column} BETWEEN 1 AND loa_highest('{table}') + {GAP}"


def _stops(table: str, ended: str, said: str) -> Rule:
    """What stops posts is seen by all whom it may stop, and ended by whose it is. Every claim reads those
    that stand, so there is an end to how many, and how long, a unit's may be."""
    own = f"{table}.unit = {_OWN}"
    few = f"({table}.{ended} IS NOT NULL OR loa_standing('{table}') < {MOST_STANDING})"
    short = f"octet_length({table}.{said}) <= {LONGEST_STOP}"
    kept = f"{_numbered(table, 'id')} AND {short} AND {few}"
    return Rule(f"{table}.unit = {_SEEN} OR {table}.unit = {_ABOVE}", own, own, kept=kept)


RULES: Mapping[str, Rule] = {
    "officer": _of_unit("officer", see=_OWN),
    "channel": _of_unit("channel"),
    "secret": _through("secret", "channel_id", "channel", "id", see=_OWN),
    "standing": _through("standing", "channel_id", "channel", "id"),
    "lane": _through("lane", "channel_id", "channel", "id"),
    "channel_zone": _through("channel_zone", "channel_id", "channel", "id"),
    "post": _of_unit("post"),
    "post_print": _through("post_print", "post_id", "post", "id"),
    "delivery": _of_unit("delivery", change=_APPROVES, more=_OF_OWN_POST, kept=_IN_OWN_LANE),
    "delivery_tally": _of_unit("delivery_tally", add=_APPROVES, change=_APPROVES),
    word_index.TABLE: _through(word_index.TABLE, "rowid", "delivery", "seq"),
    "attempt": _through("attempt", "delivery_seq", "delivery", "seq"),
    "approval": _through("approval", "delivery_seq", "delivery", "seq", write=_APPROVES),
    "sealed": _of_unit("sealed", add=_APPROVES, change=_APPROVES),
    "waiver": _through("waiver", "post_id", "post", "id"),
    "correction": _through("correction", "original", "post", "id"),
    "freeze_order": _stops("freeze_order", "lifted_at", "target"),
    "blackout": _stops("blackout", "removed_at", "scopes"),
    "reading": _through("reading", "delivery_seq", "delivery", "seq"),
    "view_day": _through("view_day", "channel_id", "channel", "id"),
    "view_count": _through("view_count", "channel_id", "channel", "id"),
    "follower_day": _through("follower_day", "channel_id", "channel", "id"),
    "comment": _through("comment", "channel_id", "channel", "id"),
    "comment_look": _through("comment_look", "delivery_seq", "delivery", "seq"),
    "activity": _of_unit("activity", see=_OWN, kept=_numbered("activity", "number")),
    "own_report": _of_unit("own_report", see=_OWN),
    "child_report": _of_unit("child_report", see=_OWN),
    "report_choice": _of_unit("report_choice", see=_OWN),
    "alert_target": _of_unit("alert_target", see=_OWN),
    "alert_told": _through("alert_told", "target", "alert_target", "name", see=_OWN),
    # Only ever added to: a unit can neither change nor delete what was written down.
    "audit_event": Rule(f"audit_event.unit = {_APPROVES}", f"audit_event.unit = {_APPROVES}"),
    "delegation": Rule(
        f"delegation.unit = {_OWN} OR delegation.to_unit = {_OWN}",
        f"delegation.unit = {_OWN}",
        f"delegation.unit = {_OWN}",
    ),
    "offer": Rule(_FOR_ME, f"offer.unit = {_OWN}", f"offer.unit = {_OWN}"),
    "offer_answer": Rule(
        f"offer_answer.unit = {_OWN} OR {_MY_OFFER}",
        f"offer_answer.unit = {_OWN}",
        f"offer_answer.unit = {_OWN}",
    ),
    # Who knows a digest may have the file, or bring it; what is there they cannot spoil for others.
    "media_part": Rule(
        _ASKED_FOR,
        f"{_ASKED_FOR} AND media_part.number >= 0 AND media_part.number < media_part.of"
        f" AND media_part.of <= {MOST_PIECES} AND octet_length(media_part.body) <= {LARGEST_PIECE}",
    ),
    # What the machines with the key say is for those to read; a unit may add what stops its own.
    "note": Rule(
        "true",
        f"note.machine = '{UNIT}' || {_OWN} AND loa_follows(note.n, note.machine, note.body, note.mac)",
    ),
    "unit": Rule("true"),
    "heartbeat": Rule("true"),
    "machine": Rule("true"),  # those that publish say that they are there; for people to read
    "checked": Rule("true"),
}
"""Every table that a unit's login may touch at all. One that is not here is the owner's alone."""

LOOKED_AT = {"alembic_version": "the schema's revision: asked at every start, and nobody's secret"}
"""Without row security, for reading only; each with the reason."""

COLUMNS = {"note": "n, mac"}
"""All that a unit's login may read of a table: names of others' channels, officers and approvals are not."""

OWNERS = {
    "unit_login": "who signs in as which unit: asked through functions alone",
    "duty": "which worker does a periodic job: workers see every unit",
}
"""No unit's login may touch them; each with the reason."""

KEPT = Trigger(
    "unit_of_delivery",
    "BEFORE INSERT OR UPDATE OF channel_id, unit",
    "delivery",
    "new.unit := coalesce((SELECT unit FROM channel WHERE id = new.channel_id), new.unit);",
)
"""A delivery is its channel's unit's, whoever writes it: the publisher has no unit of its own to give."""

INDEXES = {
    "delivery_unit": "delivery (unit, due_at NULLS FIRST, seq)",
    "post_unit": "post (unit, updated_at)",
    "audit_unit": "audit_event (unit, id)",
}
_DEFAULTS = [
    name
    for name, rule in RULES.items()
    if f"{name}.unit = " in rule.insert and name not in ("delivery_tally", "delivery", "sealed")
]


def _functions(schema: str) -> list[str]:
    """Asked as the owner (SECURITY DEFINER), so that a session learns its own unit and nobody else's."""

    def function(head: str, returns: str, body: str, kind: str = "STABLE") -> str:
        # pg_temp last: a session's own temporary table must not stand for one of ours
        return (  # of names that stand in this file
            f"CREATE OR REPLACE FUNCTION {head} RETURNS {returns} LANGUAGE sql {kind} SECURITY DEFINER"
            f" SET search_path = {schema}, pg_temp AS $$ {body} $$"
        )

    taken = " ".join(
        f"WHEN '{table}' THEN EXISTS (SELECT FROM {table} WHERE {key} = wanted)"
        for table, key in TAKEN.items()
    )
    newest = "(SELECT max({key}) FROM {table})"
    highest = " ".join(
        f"WHEN '{table}' THEN {newest.format(key=key, table=table)}" for table, key in NUMBERED.items()
    )
    standing = " ".join(
        f"WHEN '{table}' THEN (SELECT count(*) FROM {table}"  # noqa: S608 - names that stand in this file
        f" WHERE unit = loa_unit() AND {ended} IS NULL)"
        for table, ended in (("freeze_order", "lifted_at"), ("blackout", "removed_at"))
    )
    return [
        function(
            "loa_unit()",
            "text",
            "SELECT CASE WHEN EXISTS (SELECT FROM unit_login WHERE login = session_user) THEN"
            " (SELECT l.unit FROM unit_login l LEFT JOIN unit u ON u.code = l.unit"
            "  WHERE l.login = session_user AND (l.unit = '' OR u.code IS NOT NULL AND u.ended_at IS NULL))"
            " WHEN pg_has_role(session_user, current_user, 'USAGE') THEN '' END",
        ),
        function(
            "loa_units(for_what text)",
            "text[]",
            "SELECT array_agg(code) FROM (SELECT loa_unit() AS code UNION SELECT unit FROM delegation"
            " WHERE to_unit = loa_unit() AND ended_at IS NULL AND until > now()"
            " AND (for_what = 'see' OR what = 'approve')) AS mine WHERE code IS NOT NULL",
        ),
        function(
            "loa_above()",
            "text[]",
            "WITH RECURSIVE up(code) AS (SELECT loa_unit() UNION SELECT unit.parent FROM unit"
            " JOIN up ON up.code = unit.code) SELECT array_agg(code) FROM up WHERE code IS NOT NULL",
        ),
        function(
            "loa_below()",
            "text[]",
            "WITH RECURSIVE down(code) AS (SELECT loa_unit() UNION SELECT unit.code FROM unit"
            " JOIN down ON down.code = unit.parent) SELECT array_agg(code) FROM down WHERE code IS NOT NULL",
        ),
        function(
            "loa_figures(first text, last text)",
            "TABLE (unit text, status text, number bigint)",
            "SELECT t.unit, t.status, sum(t.number) FROM delivery_tally t"
            " WHERE t.unit = ANY (loa_below()) AND t.day BETWEEN first AND last GROUP BY 1, 2",
        ),
        # the mac of a note without a key (scheduler.travelled.chained): what does not follow stops everybody
        function(
            "loa_follows(n integer, machine text, body text, mac text)",
            "boolean",
            "SELECT $4 = '-' || encode(sha256(convert_to('[' || to_json(before.mac) || ', ' || $1 || ', '"
            " || to_json($2) || ', ' || to_json($3) || ']', 'UTF8')), 'hex') AND length($3) <= 100000"
            " FROM note before WHERE before.n = $1 - 1",
        ),
        function("loa_taken(kind text, wanted text)", "boolean", f"SELECT CASE kind {taken} END"),
        # VOLATILE: the rows that the same statement has written count too
        function("loa_standing(kind text)", "bigint", f"SELECT CASE kind {standing} END", "VOLATILE"),
        function("loa_highest(kind text)", "integer", f"SELECT coalesce(CASE kind {highest} END, 0)"),
        function(
            "loa_offer_published(wanted integer)",
            "text[]",
            "SELECT coalesce(array_agg(a.unit), '{}') FROM offer_answer a JOIN offer o ON o.id = a.offer_id"
            " WHERE o.id = wanted AND o.unit = loa_unit() AND EXISTS (SELECT FROM delivery d"
            " WHERE d.post_id = a.post_id AND d.unit = a.unit AND d.published_at IS NOT NULL)",
        ),
    ]


TAKEN = {"post": "id", "channel": "id", "officer": "name", "alert_target": "name"}
"""Names that people choose: one in the whole installation, though others' are not seen."""
NUMBERED = {"freeze_order": "id", "blackout": "id", "activity": "number"}
"""Numbers that people say: one row of them in the whole installation."""


def install(connection: Connection) -> None:
    """Make functions, policies and grants as they stand here; again and again it comes to the same.

    After every migration, when they are others than those that are there (`must_be_renewed`), and whatever
    makes a table anew. Nothing on SQLite: who can read the file reads it all.
    """
    if connection.dialect.name != "postgresql" or not _there(connection, "unit_login"):
        return
    run = connection.exec_driver_sql
    schema = str(connection.execute(text("SELECT quote_ident(current_schema())")).scalar())
    triggers.remove(connection, KEPT)
    triggers.make(connection, KEPT)
    for statement in (*_functions(schema), *_statements()):
        run(statement)
    if _version(connection) >= OLDEST:  # the view asks as whoever looks at it, else as its owner
        run(f"ALTER VIEW {word_index.VIEW} SET (security_invoker = true)")
    for login in connection.execute(
        text("SELECT login FROM unit_login JOIN pg_roles ON rolname = login")
    ).all():
        grant(connection, login[0])
    run(f"COMMENT ON FUNCTION loa_unit() IS '{edition()}'")


def _statements() -> list[str]:
    """Indexes, defaults and policies."""
    told = [f"CREATE INDEX IF NOT EXISTS {name} ON {columns}" for name, columns in INDEXES.items()]
    told += [f"ALTER TABLE {name} ALTER COLUMN unit SET DEFAULT loa_unit()" for name in _DEFAULTS]
    for name, rule in RULES.items():
        told.append(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
        for policy, statement in _policies(name, rule).items():
            told += [f"DROP POLICY IF EXISTS {policy} ON {name}", *([statement] if statement else [])]
    return told


EDITION = 1
"""Raised with every change of what `install` makes (a test holds it to that), so that of two machines with
different versions of Loa the older one does not put its own rules back."""
_STAMP = text("SELECT obj_description(to_regprocedure('loa_unit()'), 'pg_proc')")
_MINE = text("SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = to_regclass('unit_login')")


def digest() -> str:
    """Of all that `install` makes and that hangs on it."""
    kept = tally.triggers_of("postgresql")
    told = [*_functions(""), *_statements(), repr([KEPT, *kept]), repr(_columns())]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]


def edition() -> str:
    """How a database is marked, beside a function that only its owner can change."""
    return f"loa {EDITION} {digest()}"


def must_be_renewed(connection: Connection) -> bool:
    """Whether older rules than ours are there, and this session may put that right."""
    if connection.dialect.name != "postgresql" or not connection.execute(_MINE).scalar():
        return False
    there = str(connection.execute(_STAMP).scalar() or "").split()
    number = int(there[1]) if len(there) == 3 and there[1].isdigit() else 0
    return number < EDITION or (number == EDITION and there[2] != digest())


OLDEST = 150000
"""The first version of PostgreSQL whose views can be asked as whoever looks at them."""


def _version(connection: Connection) -> int:
    return int(connection.execute(text("SELECT current_setting('server_version_num')")).scalar_one())


def too_old(connection: Connection) -> bool:
    """Whether this server cannot keep units apart."""
    return _version(connection) < OLDEST


def _policies(table: str, rule: Rule) -> dict[str, str]:
    def policy(kind: str, told: str) -> str:
        return f"CREATE POLICY loa_{kind} ON {table} FOR {told}"

    kept = f"{rule.kept} AND pg_column_size({table}.*) <= {LARGEST_ROW}"
    return {
        "loa_see": policy("see", f"SELECT USING ({rule.see})"),
        "loa_add": rule.insert and policy("add", f"INSERT WITH CHECK (({rule.insert}) AND {kept})"),
        "loa_change": rule.update
        and policy("change", f"UPDATE USING ({rule.update}) WITH CHECK (({rule.update}) AND {kept})"),
        "loa_drop": rule.delete and policy("drop", f"DELETE USING ({rule.delete})"),
    }


def grant(connection: Connection, login: str) -> None:
    """What a unit's login may do at all; row security says with which rows. What it had before is taken."""
    run = connection.exec_driver_sql
    role = quoted(connection, login)
    schema = str(connection.execute(text("SELECT quote_ident(current_schema())")).scalar())
    run(f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {role}")  # of columns too
    run(f"GRANT USAGE ON SCHEMA {schema} TO {role}")
    run(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {role}")
    for name, rule in RULES.items():
        rights = [f"SELECT ({COLUMNS[name]})" if name in COLUMNS else "SELECT"]
        insert, update = _columns().get(name, ("", ""))
        rights += [f"INSERT {insert}"] if rule.insert else []
        rights += [f"UPDATE {update}"] if rule.update else []
        rights += ["DELETE"] if rule.delete else []
        run(f"GRANT {', '.join(rights)} ON {name} TO {role}")
    run(f"GRANT SELECT ON {', '.join([*LOOKED_AT, word_index.VIEW])} TO {role}")
    with suppress(ProgrammingError), connection.begin_nested():  # to end its sessions (`store.evicting`)
        run(f"GRANT {role} TO CURRENT_USER")


def _columns() -> dict[str, tuple[str, str]]:
    """Which columns of each table a unit's login may give, and may change.

    Not the numbers that the server gives: one ahead of it would make everybody's next row fail. And no row
    becomes another's: neither its key, nor what it belongs to, nor whose it is.
    """
    told = {}
    for table in METADATA.sorted_tables:
        keys = list(table.primary_key)
        counted = len(keys) == 1 and isinstance(keys[0].type, Integer) and not keys[0].foreign_keys
        given = keys if counted and table.name not in (*NUMBERED, "note") else []
        fixed = {*keys, *(one for one in table.columns if one.foreign_keys or one.name == "unit")}
        told[table.name] = (
            f"({', '.join(quote(one.name) for one in table.columns if one not in given)})",
            f"({', '.join(quote(one.name) for one in table.columns if one not in fixed)})",
        )
    return told


def quote(column: str) -> str:
    """Of a column's name; of ours none has a quotation mark in it."""
    return f'"{column}"'


def quoted(connection: Connection, name: str) -> str:
    """A name as SQL has it."""
    return str(connection.execute(text("SELECT quote_ident(:name)"), {"name": name}).scalar())


def _there(connection: Connection, table: str) -> bool:
    return connection.execute(text("SELECT to_regclass(:table)"), {"table": table}).scalar() is not None
