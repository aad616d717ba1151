"""Targets: what Loa wrote once and reads again, after somebody else may have touched it."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import strategies as st

from content.checks import check_variant
from content.errors import UsageError
from content.limits import Limits
from content.variant import MediaRef, Variant, seal
from loa import config, keys
from loa.keys import WrongPassphrase, unlock
from scheduler.trust import Trust
from tests.fuzz.engine import Target
from tests.fuzz.inputs import NASTY, json_texts, mutated
from tests.fuzz.posts import TOML

DUE = datetime(2026, 11, 9, tzinfo=UTC)
VARIANT = Variant(
    post="bai-1",
    revision=3,
    source_sha256="0" * 64,
    channel="fanpage",
    platform="facebook",
    account="1001",
    kind="hoi_dap",
    title="Vì sao?",
    summary="",
    text="Một\n\nhai",
    link="https://vbpl.vn",
    media=(MediaRef("ab" * 32, "image/png", 5, "a.png", "Ảnh", 64, 36),),
    citations=("Luật số 14/2012/QH13",),
    tags=("phápluật",),
    author="",
    not_before=DUE,
    deadline=DUE,
    contributors=("soan",),
)
_VARIANT = json.loads(VARIANT.canonical())
_FIELDS = (*_VARIANT, *_VARIANT["media"][0])


def variant(data: bytes) -> None:
    """Whatever is taken for a variant is one: it has a canonical form, which is read back as the same."""
    parsed = Variant.parse(data.decode("utf-8", "replace"))
    canonical = parsed.canonical()
    assert Variant.parse(canonical) == parsed
    assert seal(canonical)
    check_variant(parsed, Limits(text_max=500))


def configuration(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / config.FILE).write_bytes(data)
        config.read(Path(folder))


def trust(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        believed = Trust(Path(folder))
        believed.file.write_bytes(data)
        assert all(person.added_at.tzinfo for person in believed.people().values())


_PASSPHRASE = "mot cum mat khau"


def _locked() -> dict[str, object]:
    """A lock made with the least work there is: opening thousands must not take a night."""
    usual = keys.PASSES, keys.MEMORY_KIB, keys.LANES
    keys.PASSES, keys.MEMORY_KIB, keys.LANES = 1, 8, 1
    try:
        return dict(json.loads(keys.lock(keys.new_signer(), _PASSPHRASE)))
    finally:
        keys.PASSES, keys.MEMORY_KIB, keys.LANES = usual


def locked_key(data: bytes) -> None:
    assert unlock(data.decode("utf-8", "replace"), _PASSPHRASE).public


_TRUST = """[officers."duyet"]
key = "qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqo="
roles = ["approver", "reviewer"]
added_at = 2026-11-22T01:00:00+00:00
added_by = "ky"
until = 2027-11-22T01:00:00+00:00
"""
_LOCK = _locked()

TARGETS = (
    Target("variant", json_texts([_VARIANT], _FIELDS, DUE.isoformat(), 1), variant, (ValueError,)),
    Target("config.toml", mutated([config.default_text().encode()], TOML), configuration, (UsageError,), 5.0),
    Target("trust.toml", mutated([_TRUST.encode()], TOML), trust, (UsageError,), 5.0),
    Target(
        "locked key",
        st.one_of(
            json_texts([_LOCK], tuple(_LOCK), "AAAA", 2**20, 20, 64, 7),
            st.fixed_dictionaries(
                {
                    **{name: st.just(value) for name, value in _LOCK.items()},
                    "passes": st.integers(-1, 21),
                    "memory_kib": st.integers(-1, 70_000),
                    "lanes": st.integers(-1, 65),
                }
            ).map(lambda fields: json.dumps(fields).encode()),
        ),
        locked_key,
        (WrongPassphrase,),
        10.0,
    ),
)
__all__ = ["NASTY", "TARGETS", "VARIANT"]
