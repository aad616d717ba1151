"""Laws of the notes of several machines, over many orders of writing, reading, killing and tampering."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from scheduler.notes import Notes
from scheduler.store.database import Database
from scheduler.store.tables import note
from scheduler.travelled import Fact, base
from scheduler.witness import KEY_FILE, Witness
from tests.support.examples import some

NAMES = ("a", "b", "c")
VALUES = {
    "approval": ("void", "begun", "sent", "again"),
    "channel": ("d1", "d2"),
    "freeze": ('["all", ""]', ""),
}
facts = st.sampled_from(sorted(VALUES)).flatmap(
    lambda kind: st.tuples(st.just(kind), st.sampled_from(["1", "2"]), st.sampled_from(VALUES[kind]))
)
deeds = st.sampled_from(["commit", "roll back", "restart", "killed before the commit", "killed after it"])
steps = st.tuples(st.sampled_from(NAMES), st.one_of(facts, deeds))


class Killed(Exception):
    pass


class Machine:
    """One folder and the process that works in it now."""

    def __init__(self, folder: Path, database: Database) -> None:
        self.folder, self._database = folder, database
        self.restart()

    def restart(self) -> None:
        self.witness = Witness(self.folder)
        self.notes = Notes(self.witness, self.folder)

    def note(self, *told: Fact) -> None:
        self.witness._note(told, durable=False)

    def commit(self, end: Callable[[], None] = lambda: None) -> None:
        def work(connection: Connection) -> None:
            self.notes.before(connection)
            self.notes.after(connection)
            end()

        self._database.run(work)

    def do(self, what: Fact | str) -> None:
        if isinstance(what, tuple):
            self.note(what)
        elif what == "restart":
            self.restart()
        else:
            with suppress(Killed):
                self.commit(_die if "before" in what or what == "roll back" else lambda: None)
            if what.startswith("killed"):
                self.restart()

    @property
    def trouble(self) -> str:
        return self.witness.hindrance.key if self.witness.hindrance else ""

    def knows(self) -> dict[str, dict[str, str]]:
        return {kind: named for kind, named in self.witness.everything().items() if kind in VALUES}


def _die() -> None:
    raise Killed


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file stands for the server here: rows and transactions are the same, and many are made at once."""
    file = tmp_path_factory.mktemp("notes") / "loa.db"
    database = Database(f"sqlite:///{file}")
    database.migrate()
    database.close()
    return file


@contextmanager
def three(empty: Path) -> Iterator[tuple[Database, dict[str, Machine]]]:
    with tempfile.TemporaryDirectory() as place:
        shutil.copyfile(empty, Path(place, "loa.db"))
        database = Database(f"sqlite:///{place}/loa.db")
        try:
            yield database, dict(_machines(Path(place), database))
        finally:
            database.close()


def _machines(place: Path, database: Database) -> Iterator[tuple[str, Machine]]:
    """The first opens the notes, the others join it as a pack would have it."""
    for name in NAMES:
        folder = place / name
        folder.mkdir()
        (folder / KEY_FILE).write_text("5a" * 32)
        if name == "a":
            first = Machine(folder, database)
            first.commit()
            first.commit()
            yield name, first
            continue
        shutil.copyfile(first.witness.file, folder / first.witness.file.name)
        other = Machine(folder, database)
        known = other.witness.travelled()
        other.witness.write_travelled([base(name, known.n, known.mac)])
        yield name, other


@settings(max_examples=some(150), deadline=None)
@given(story=st.lists(steps, max_size=25))
def test_whatever_the_order_and_whoever_is_killed_all_machines_end_with_the_same_notes(
    empty: Path, story: list[tuple[str, Any]]
):
    with three(empty) as (_, machines):
        for name, what in story:
            machines[name].do(what)
        for _ in range(2):
            for machine in machines.values():
                machine.commit()
        assert [machine.trouble for machine in machines.values()] == ["", "", ""]
        first, second, third = (machine.knows() for machine in machines.values())
        assert first == second == third
        for _, what in story:
            if isinstance(what, tuple) and what[0] == "approval" and what[2] == "void":
                assert first["approval"][what[1]] == "void", "what was taken back stays so everywhere"
        for machine in machines.values():  # and so does whoever reads the file anew
            machine.restart()
            assert machine.knows() == first


@settings(max_examples=some(60), deadline=None)
@given(
    told=st.lists(facts, min_size=1, max_size=8),
    twice=st.integers(0, 20),
    cut=st.integers(0, 20),
    length=st.integers(0, 30),
)
def test_a_line_that_two_processes_wrote_or_that_a_crash_cut_short_changes_nothing(
    empty: Path, told: list[Fact], twice: int, cut: int, length: int
):
    with three(empty) as (_, machines):
        writer, reader = machines["a"], machines["b"]
        for one in told:
            writer.note(one)
            writer.commit()
        before = reader.witness.file.read_bytes()
        reader.commit()
        known = reader.knows()
        lines = reader.witness.file.read_bytes().removeprefix(before).splitlines(keepends=True)
        heard = [at for at, line in enumerate(lines) if line.strip()]
        doubled = [
            line for at, line in enumerate(lines) for _ in range(1 + (at == heard[twice % len(heard)]))
        ]
        short = list(lines)
        at = heard[cut % len(heard)]
        short[at] = short[at][: min(length, len(short[at]) - 2)] + b"\n"
        for found in (doubled, short):
            reader.witness.file.write_bytes(before + b"".join(found))
            reader.restart()
            reader.commit()
            assert reader.knows() == known
            assert reader.trouble == ""


def test_what_a_machine_noted_itself_stands_for_it_until_the_others_have_heard_it(empty: Path):
    with three(empty) as (database, machines):
        here, other = machines["a"], machines["b"]
        other.note(("approval", "1", "again"))
        other.commit()
        here.note(("approval", "1", "begun"))
        with database.read() as connection:
            here.notes.before(connection)
        assert here.witness.state("1") == "begun"


def _delete(rows: list[Any], one: int, _other: int) -> list[Any]:
    return [row for at, row in enumerate(rows) if at != one]


def _cut(rows: list[Any], one: int, _other: int) -> list[Any]:
    return rows[:one]


def _swap(rows: list[Any], one: int, other: int) -> list[Any]:
    mine, its = rows[one], rows[other]
    rows[one], rows[other] = {**its, "n": mine["n"]}, {**mine, "n": its["n"]}
    return rows


def _change(field: str, value: str) -> Callable[[list[Any], int, int], list[Any]]:
    def change(rows: list[Any], one: int, _other: int) -> list[Any]:
        rows[one] = {**rows[one], field: value}
        return rows

    return change


def _repeat(rows: list[Any], one: int, _other: int) -> list[Any]:
    return [*rows, {**rows[one], "n": rows[-1]["n"] + 1}]


def _say_unsigned(rows: list[Any], one: int, _other: int) -> list[Any]:
    from scheduler.travelled import chained

    last, body = rows[-1], '[["freeze", "1", ""], ["approval", "1", "again"], ["channel", "1", "d9"]]'
    n = last["n"] + 1
    return [*rows, {"n": n, "machine": "b", "body": body, "mac": chained(b"", last["mac"], n, "b", body)}]


hands = st.sampled_from(
    [
        _delete,
        _cut,
        _swap,
        _repeat,
        _say_unsigned,
        _change("body", "[]"),
        _change("body", "no list"),
        _change("machine", "c"),
        _change("mac", "0" * 64),
        _change("mac", "-" + "0" * 64),
    ]
)


@settings(max_examples=some(150), deadline=None)
@given(
    heard=st.lists(facts, max_size=4),
    unheard=st.lists(facts, max_size=4),
    hand=hands,
    one=st.integers(0, 20),
    other=st.integers(0, 20),
)
@example(heard=[], unheard=[("approval", "1", "void")], hand=_cut, one=1, other=0)
def test_any_change_of_the_rows_is_noticed_or_changes_nothing_of_what_is_known(
    empty: Path, heard: list[Fact], unheard: list[Fact], hand: Any, one: int, other: int
):
    with three(empty) as (database, machines):
        writer, reader = machines["a"], machines["b"]
        for told in heard:
            writer.note(told)
            writer.commit()
        reader.commit()
        for told in unheard:
            writer.note(told)
            writer.commit()
        right = writer.knows()
        with database.read() as connection:
            rows = [dict(row) for row in connection.execute(select(note).order_by(note.c.n)).mappings()]
        put = hand(list(rows), one % len(rows), other % len(rows))
        with database.engine.begin() as connection:
            connection.execute(note.delete())
            if put:
                connection.execute(note.insert(), put)
        for machine in (reader, writer, reader):
            machine.commit()
        noticed = reader.trouble or writer.trouble
        assert noticed or reader.knows() == writer.knows() == right
        for kind, name, value in [*heard, *unheard]:  # what the writer itself noted nobody takes from it
            if (kind, value) == ("approval", "void"):
                assert writer.knows()["approval"][name] == "void"


@settings(max_examples=some(60), deadline=None)
@given(told=st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8), st.text(max_size=40)), max_size=5))
def test_an_unsigned_note_of_any_words_lets_nothing_go(empty: Path, told: list[Fact]):
    from scheduler import blackouts
    from scheduler.travelled import allowed

    for fact in [*told, ("blackout", "1", '["x", "y", []]'), ("freeze", "²", '["all", ""]')]:
        if allowed(fact, {}):
            kind, name, value = fact
            assert kind in ("approval", "override", "freeze", "blackout")
            if kind == "blackout":
                assert blackouts.of_order(value).ends_at
                assert int(name)
