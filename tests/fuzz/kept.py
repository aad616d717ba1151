"""Targets: files of a workspace and its backups, after somebody else may have had them in hand."""

from __future__ import annotations

import io
import json
import tarfile
import tempfile
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from connectors.contract import Job
from connectors.website.article import Article
from connectors.website.manifest import Entry, Manifest, identified
from content.errors import RefusedByRule
from loa import agefile, agekeys
from loa.services import archive
from scheduler.anchors import FILE as ANCHORS
from scheduler.anchors import Anchors
from scheduler.leftovers import named_by
from tests.fuzz.engine import Target
from tests.fuzz.inputs import NASTY, json_texts, mutated, text
from tests.fuzz.records import DUE, VARIANT

_ARTICLE = Article.of(Job("bai-1@website", "7f3a", VARIANT, DUE, DUE)).dated(None, DUE, DUE)
_RELEASE = Manifest.of(
    {"7f3a": "ab" * 32}, {"index.html": Entry("cd" * 32, 5), "bai/a.html": Entry("ef" * 32, 7)}
)
_PASSPHRASE = "cụm mật khẩu sao lưu"
_MADE_AT = datetime(2026, 11, 22, tzinfo=UTC)
_HELD = {"config.toml": (1, sha256(b"x").hexdigest())}
_ABOUT = archive.Manifest(_MADE_AT, "Xã", "0.1.0", "0005", 3, "ab" * 32, _HELD)


def article(data: bytes) -> None:
    """Whatever is taken for an article can be shown, and stored and read again."""
    parsed = Article.parse(data)
    assert Article.parse(parsed.to_json()) == parsed
    for ref in parsed.variant.media:
        parsed.size(ref)


def release(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        parsed = Manifest.parse(data)
        parsed.to_json()
        for name, entry in parsed.files.items():
            entry.sound(Path(folder) / str(name).replace("/", "_").replace("\0", "_")[:50])


def identity(data: bytes) -> None:
    assert isinstance(identified(data), str)


def handle(data: bytes) -> None:
    assert all(isinstance(name, str) for name in named_by(data.decode("utf-8", "replace")))


def anchors(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / ANCHORS).write_bytes(data)
        assert all(isinstance(number, int) for number in Anchors(Path(folder)).read())


def pair(data: bytes) -> None:
    public, _ = agekeys.read_pair(data.decode("utf-8", "replace"))
    assert len(public) == 32


def _quick(made: Any) -> Any:
    """With the least work there is: opening thousands must not take a night."""
    usual, agefile.WORK = agefile.WORK, 1
    try:
        return made()
    finally:
        agefile.WORK = usual


def _locked(data: bytes, lock: str | agefile.Owner) -> bytes:
    file = io.BytesIO()
    locker = agefile.Locker(file, lock)
    locker.write(data)
    locker.close()
    return file.getvalue()


_OWNER = _quick(lambda: agefile.Owner.new(_PASSPHRASE))
_FILES = tuple(_quick(lambda lock=lock: _locked(b"x" * 100, lock)) for lock in (_PASSPHRASE, _OWNER))


def locked_file(data: bytes) -> None:
    """Either exactly what was locked, or none of it."""
    usual, agefile.MOST_WORK = agefile.MOST_WORK, 4
    try:
        assert agefile.Opener(io.BytesIO(data), _PASSPHRASE).read() == b"x" * 100
    finally:
        agefile.MOST_WORK = usual


def backup(data: bytes) -> None:
    """A tar that the owner of the passphrase was talked into: nothing of it leaves the folder."""
    with tempfile.TemporaryDirectory() as outer:
        inside = Path(outer) / "in"
        inside.mkdir()
        file = Path(outer) / "a.age"
        file.write_bytes(_quick(lambda: _locked(data, _PASSPHRASE)))

        def sink(name: str) -> Any:
            target = inside / name
            target.parent.mkdir(parents=True, exist_ok=True)
            return target.open("wb")

        try:
            archive.unpack(file, _PASSPHRASE, sink, archive.quiet)
        finally:
            assert {path.name for path in Path(outer).iterdir()} == {"in", "a.age"}


@st.composite
def tars(draw: DrawFn) -> bytes:
    """Members by the tar format's grammar: names, kinds and sizes as nobody should have written them."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for _ in range(draw(st.integers(0, 5))):
            usual = st.sampled_from((*archive.SINGLE_FILES, "posts/a.md", "media/ab/x.png", "posts/../../x"))
            info = tarfile.TarInfo(draw(usual | text).replace("\0", "")[:300] or "x")
            info.type = draw(st.sampled_from((b"0", b"0", b"0", b"1", b"2", b"3", b"5", b"6", b"S", b"L")))
            info.linkname = draw(text).replace("\0", "")[:90]
            data = draw(st.binary(max_size=50) | _manifests)
            info.size = len(data) if info.type == b"0" else 0
            try:
                tar.addfile(info, io.BytesIO(data) if info.size else None)
            except (UnicodeEncodeError, ValueError):  # half a letter: no tar can hold it
                continue
    return buffer.getvalue()


_manifests = json_texts(
    [
        json.loads(_ABOUT.to_json()),
        {**json.loads(_ABOUT.to_json()), "files": {"loa.db": {"size": 1, "sha256": "a"}}},
    ],
    (
        "format",
        "made_at",
        "unit",
        "version",
        "revision",
        "audit_events",
        "audit_head",
        "files",
        "size",
        "sha256",
    ),
    1,
    "2026-11-22T00:00:00+00:00",
)


def backup_manifest(data: bytes) -> None:
    archive.Manifest.parse(data).to_json()


def _whole_tar() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, data in (("config.toml", b"x"), (archive.MANIFEST, _ABOUT.to_json())):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


_LINES = f"1 {'ab' * 32}\n2 {'cd' * 32}\n".encode()
_HANDLE = {"seal": "x", "photos": [{"sha256": "ab", "id": "77"}], "video": 5}
_RECORD = json.loads(_ARTICLE.to_json())

TARGETS = (
    Target("article record", json_texts([_RECORD], tuple(_RECORD), 1, None), article, (ValueError,)),
    Target(
        "release manifest",
        json_texts(
            [json.loads(_RELEASE.to_json())], ("digest", "articles", "files", "sha256", "size", "key")
        ),
        release,
        (ValueError,),
    ),
    Target(
        "release identity",
        json_texts([{"articles": 1, "release": "ab"}], ("release", "articles")),
        identity,
        (ValueError,),
    ),
    Target("stored handle", json_texts([_HANDLE], tuple(_HANDLE), "77"), handle),
    Target("audit anchors", mutated([_LINES], (*NASTY, " ", "\n")), anchors),
    Target(
        "key of backups",
        mutated([agekeys.written_pair(_OWNER.public, _OWNER.secret).encode()], (*NASTY, "age1", "\n")),
        pair,
        (ValueError,),
    ),
    Target(
        "locked file",
        mutated(_FILES, (*NASTY, f"-> scrypt {'A' * 22} 2\n", f"-> X25519 {'A' * 43}\n", "--- ")),
        locked_file,
        (agefile.Damaged, agefile.WrongPassphrase),
    ),
    Target("backup", st.one_of(tars(), mutated([_whole_tar()])), backup, (RefusedByRule,)),
    Target("backup manifest", _manifests, backup_manifest, (ValueError,)),
)  # fmt: skip
