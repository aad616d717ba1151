"""The index beside the notes is never believed blindly: what it answers is what the whole file says."""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.errors import LoaError
from scheduler import facts, witness_index
from scheduler.travelled import Travelled, allowed
from scheduler.witness import BEGUN, SENT, VOID, Witness

WHERE_KILLED = ("while learning", "before the place", "before the commit", "before the name")


@pytest.fixture(autouse=True)
def _long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file is long enough for an index."""
    monkeypatch.setattr(witness_index, "FROM_BYTES", 0)


def naive(file: Path) -> dict[str, dict[str, str]]:
    """All lines from the first on, into dictionaries."""
    known: dict[str, dict[str, str]] = {}
    travelled = Travelled()

    def take(kind: str, name: str, value: str) -> None:
        told = known.setdefault(kind, {})
        if kind != "approval" or told.get(name) != VOID:
            told[name] = "" if (kind, value) == ("approval", "again") else value

    data = file.read_bytes() if file.exists() else b""
    for line in data[: data.rfind(b"\n") + 1].splitlines():
        with suppress(ValueError, TypeError, IndexError):
            told = json.loads(line)
            if told[0] not in ("base", "note"):
                kind, name, value = map(str, told)
                f"{kind}{name}{value}".encode()  # half a letter is no machine's
                take(kind, name, value)
                if travelled.machine:
                    travelled.waiting.append(tuple(told))
                continue
            heard, begins = travelled.learn(told)
            if begins:
                known.pop("trust", None)
            for fact, signed in heard:
                if signed or allowed(fact, known):
                    take(*fact)
            for fact in travelled.waiting if heard else []:
                take(*fact)
    return known


def indexes(folder: Path) -> list[Path]:
    return sorted(folder.glob("witness.*.index"))


# ---- the law

_names = st.sampled_from(["1", "2", "3"])
_values = {
    "approval": ["void", "begun", "sent", "again"],
    "given": ["bai@a", "bai@b"],
    "freeze": ['["all", ""]', '["channel", "a"]', ""],
    "trust": ["[]", ""],
}
_facts = st.sampled_from(sorted(_values)).flatmap(
    lambda kind: st.tuples(st.just(kind), _names, st.sampled_from(_values[kind]))
)
_lines = st.one_of(
    _facts.map(list),
    st.tuples(st.integers(0, 2), st.lists(_facts, max_size=3), st.booleans()).map(lambda t: ["others", *t]),
    st.just(["ours", 2]),
    st.just(["base", "m", 0, ""]),
    st.sampled_from([["approval", "1"], "x", 3, ["note", 1], ["approval", "\ud800", "void"]]),
)
_steps = st.one_of(
    st.tuples(st.just("line"), _lines),
    st.tuples(st.just("ask"), st.integers(0, 2)),
    st.tuples(st.just("start anew"), st.integers(0, 2)),
    st.tuples(st.just("killed"), st.integers(0, 2)),
    st.tuples(st.just("file"), st.sampled_from(["cut short", "shorter", "copied", "restored", "taken away"])),
    st.tuples(st.just("index"), st.sampled_from(["zeros", "noise", "older", "taken away"])),
)


class Killed(Exception):
    pass


class Folder:
    """One folder, three processes that ask, anybody who writes, and what happens to files."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.file = Witness(place).file
        self.asking = [Witness(place) for _ in range(3)]
        self.kept = b""
        self.n = 0

    def line(self, told: Any) -> None:
        first = told[0] if isinstance(told, list) else ""
        if first == "others":
            _, gap, said, signed = told
            told = ["note", self.n + 1 + (gap == 2), f"mac{self.n}", "other", said, signed]
            self.n += gap != 2
        elif first == "ours":
            self.n += 1
            told = ["note", self.n, f"mac{self.n}", told[1]]
        elif first == "base":
            self.n = 0
        with self.file.open("a") as file:
            file.write("\n" + json.dumps(told) + "\n")

    def ask(self, one: int) -> None:
        witness = self.asking[one]
        assert {kind: told for kind, told in witness.everything().items() if told} == naive(self.file)
        for delivery in _values["given"]:
            of = naive(self.file).get("given", {})
            assert sorted(witness.given_to(delivery)) == sorted(n for n, to in of.items() if to == delivery)

    def killed(self, one: int) -> None:
        """While it takes lines in."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(facts._Learner, "_learn", _die)
            with suppress(Killed):
                self.asking[one].everything()
        self.asking[one] = Witness(self.place)

    def happens(self, what: str) -> None:
        data = self.file.read_bytes() if self.file.exists() else b""
        if what == "cut short":
            with self.file.open("ab") as file:
                file.write(b'\n["approval", "1", "vo')
        elif what == "shorter":
            self.file.write_bytes(data[: len(data) // 2])
        elif what == "copied":
            self.kept = data
        elif what == "restored":
            self.file.unlink(missing_ok=True)
            self.file.write_bytes(self.kept)
        else:
            self.file.unlink(missing_ok=True)

    def index(self, what: str) -> None:
        """Nobody asks meanwhile: whoever has the file open would find it changed under their hands."""
        self.asking = [Witness(self.place) for _ in range(3)]
        for file in indexes(self.place):
            size = file.stat().st_size
            if what == "older":
                connection = sqlite3.connect(file)
                with suppress(sqlite3.DatabaseError):  # damaged before
                    connection.execute("PRAGMA user_version = 99")
                connection.close()
            elif what == "taken away":
                file.unlink()
            else:
                file.write_bytes(bytes(size) if what == "zeros" else random.Random(size).randbytes(size))


def _die(*_: object) -> None:
    raise Killed


@settings(max_examples=120, deadline=None)
@given(story=st.lists(_steps, max_size=25))
def test_whatever_happens_the_index_says_what_the_whole_file_says(story: list[tuple[str, Any]]):
    with tempfile.TemporaryDirectory() as place:
        folder = Folder(Path(place))
        for step, what in story:
            if step == "start anew":
                folder.asking[what] = Witness(folder.place)
            elif step == "file":
                folder.happens(what)
            else:
                {"line": folder.line, "ask": folder.ask, "killed": folder.killed, "index": folder.index}[
                    step
                ](what)
        for one in range(3):
            folder.ask(one)


# ---- killed for good


def _kill_there(where: str) -> None:
    """This process ends at that point of its next reading."""
    if where == "while learning":
        facts._Learner._learn = lambda *_: os._exit(9)  # type: ignore[method-assign]
    elif where == "before the place":
        real = facts._tail
        left = [1]

        def tail(file: Any, offset: int) -> str:
            left[0] -= 1
            return real(file, offset) if left[0] >= 0 else os._exit(9)

        facts._tail = tail
    elif where == "before the commit":
        facts._tail = lambda *_: os._exit(9)  # type: ignore[assignment]
    else:
        witness_index._sync = lambda _: os._exit(9)  # type: ignore[assignment]


@pytest.mark.parametrize("made", [True, False], ids=["there is an index", "there is none yet"])
@pytest.mark.parametrize("where", WHERE_KILLED)
def test_whoever_is_killed_leaves_an_index_that_goes_on(tmp_path: Path, where: str, made: bool):
    writer = Witness(tmp_path)
    writer.approvals(SENT, ["a", "b"])
    if made:
        writer.state("a")
    writer.approvals(VOID, ["b", "c"])
    writer.close()
    child = os.fork()
    if not child:
        with suppress(BaseException):
            _kill_there(where)
            Witness(tmp_path).state("a")
        os._exit(0)
    os.waitpid(child, 0)
    assert [Witness(tmp_path).state(name) for name in "abcd"] == [SENT, VOID, VOID, ""]
    assert len(indexes(tmp_path)) == 1
    assert not (tmp_path / witness_index._DRAFT).exists(), "a draft that nobody goes on with was left"


# ---- several at once


def _write_and_ask(folder: Path, who: str) -> None:
    witness = Witness(folder)
    for n in range(30):
        witness.approvals(BEGUN, [f"{who}{n}"])
        witness.approvals(SENT if n % 3 else VOID, [f"{who}{n}"])
        assert witness.state(f"{who}{n}") == (SENT if n % 3 else VOID)


def test_threads_and_processes_may_write_and_ask_at_once(tmp_path: Path):
    children = []
    for who in "ab":
        if not (child := os.fork()):
            code = 1
            with suppress(BaseException):
                _write_and_ask(tmp_path, who)
                code = 0
            os._exit(code)
        children.append(child)
    threads = [threading.Thread(target=_write_and_ask, args=(tmp_path, who)) for who in "cd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0]
    witness = Witness(tmp_path)
    assert witness.everything() == naive(witness.file)
    assert len(witness.everything()["approval"]) == 120


# ---- an index that is not believed


def _other_inode(file: Path, _: Path) -> None:
    shutil.copyfile(file, file.with_suffix(".new"))
    file.with_suffix(".new").replace(file)


def _another_tail(file: Path, _: Path) -> None:
    data = file.read_bytes()
    with file.open("r+b") as same:
        same.write(data.replace(b"sent", b"void"))


def _may_be_written_by_others(_: Path, index: Path) -> None:
    index.chmod(0o666)


def _is_a_link(_: Path, index: Path) -> None:
    index.rename(index.with_name("another"))
    index.symlink_to(index.with_name("another"))


def _tables_gone(_: Path, index: Path) -> None:
    connection = sqlite3.connect(index)
    connection.execute("DROP TABLE fact")
    connection.close()


def _place_gone(_: Path, index: Path) -> None:
    with sqlite3.connect(index) as connection:
        connection.execute("DELETE FROM place")
    connection.close()


@pytest.mark.parametrize(
    "change",
    [_other_inode, _another_tail, _may_be_written_by_others, _is_a_link, _tables_gone, _place_gone],
)
def test_an_index_that_may_not_be_the_files_is_made_anew(
    tmp_path: Path, change: Callable[[Path, Path], None]
):
    witness = Witness(tmp_path)
    witness.approvals(SENT, ["a"])
    assert witness.state("a") == SENT
    [index] = indexes(tmp_path)
    witness.close()
    change(witness.file, index)
    later = Witness(tmp_path)
    assert later.everything() == naive(witness.file)
    assert later.given_to("x") == []
    assert index.name not in [file.name for file in indexes(tmp_path)]
    assert len(indexes(tmp_path)) == 1


def test_a_page_that_is_damaged_while_it_is_asked_costs_no_answer(tmp_path: Path):
    witness = Witness(tmp_path)
    witness.approvals(SENT, [f"{n:032}" for n in range(2000)])
    assert witness.state("x") == ""
    [index] = indexes(tmp_path)
    witness.close()
    with index.open("r+b") as file:  # all but the first pages, which are read on opening
        file.seek(5 * 4096)
        file.write(b"\xff" * (index.stat().st_size - 5 * 4096))
    later = Witness(tmp_path)
    assert {later.state(f"{n:032}") for n in range(2000)} == {SENT}


def test_nobody_may_read_or_write_it_who_may_not_read_or_write_the_notes(tmp_path: Path):
    witness = Witness(tmp_path)
    witness.approvals(SENT, ["a"])
    witness.state("a")
    witness.approvals(SENT, ["b"])
    witness.state("b")
    parts = [file for file in tmp_path.iterdir() if ".index" in file.name and file.name[0] != "."]
    assert len(parts) == 3
    assert {file.stat().st_mode & 0o777 for file in parts} == {0o600}


# ---- no index can be kept


@contextmanager
def _nothing_can_be_written() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_on_a_full_disk_the_notes_are_read_into_memory(tmp_path: Path):
    witness = Witness(tmp_path)
    witness.approvals(SENT, ["a"])
    with _nothing_can_be_written():
        assert Witness(tmp_path).state("a") == SENT
    assert indexes(tmp_path) == []
    assert not (tmp_path / witness_index._DRAFT).exists()
    assert witness.state("a") == SENT
    assert len(indexes(tmp_path)) == 1
    witness.approvals(VOID, ["a"])
    with _nothing_can_be_written():  # the notes went on before it was full, the index cannot
        assert Witness(tmp_path).state("a") == VOID
        assert witness.state("a") == VOID
    assert Witness(tmp_path).state("a") == VOID


def test_with_room_again_a_long_run_goes_back_to_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(witness_index, "AGAIN_AFTER", 3)
    witness = Witness(tmp_path)
    witness.approvals(SENT, ["a"])
    with _nothing_can_be_written():
        assert witness.state("a") == SENT
    for n in range(4):
        witness.approvals(SENT, [f"b{n}"])
        assert witness.state(f"b{n}") == SENT
    assert len(indexes(tmp_path)) == 1


def test_an_index_does_not_stand_in_for_notes_that_cannot_be_read(tmp_path: Path):
    witness = Witness(tmp_path)
    witness.approvals(SENT, ["a"])
    assert witness.state("a") == SENT
    witness.file.unlink()
    witness.file.mkdir()
    with pytest.raises(LoaError, match=witness.file.name):
        witness.state("a")
