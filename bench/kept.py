"""What the benchmarks of Loa alone found, kept beside the comparison's for `python -m bench.table`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.peers.session import Record, commit, read

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

FILE = Path(__file__).with_name("results") / "alone.jsonl"
"""A JSON object a line; of runs of one kind and size the last one counts."""


def keep(kind: str, found: DataclassInstance, *, file: Path = FILE, **more: float) -> None:
    """`kind`: the module. `more`: what is reckoned from the figures."""
    when = datetime.now(UTC).isoformat(timespec="minutes")
    Record(file).add({"alone": kind, "commit": commit(), "date": when, **asdict(found), **more})


def kept(file: Path = FILE) -> list[dict[str, Any]]:
    """Everything so far, the oldest first."""
    return read(file) if file.exists() else []
