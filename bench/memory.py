"""A large video on its way to YouTube: `python -m bench.memory [MEGABYTES]`.

The publisher's peak memory with a large video against the same with a small one, in chunks of the upload.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.kept import keep
from bench.office import LOOK_EVERY_S, Office, memory_mb, publisher, told
from connectors.practice.youtube import PracticeYouTube
from connectors.youtube.upload import CHUNK_BYTES
from loa.services import approving, channels, people
from loa.services.importing import import_files

SMALL_MB, LARGE_MB = 10, 300
HEAD = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"
WITHIN_S = 600.0


@dataclass(frozen=True)
class Memory:
    """Peaks of the publisher in megabytes, each in a process of its own."""

    small_mb: int
    large_mb: int
    small_peak_mb: float
    large_peak_mb: float

    @property
    def chunks(self) -> float:
        return (self.large_peak_mb - self.small_peak_mb) * 1024 * 1024 / CHUNK_BYTES


def run(large_mb: int = LARGE_MB) -> Memory:
    return Memory(SMALL_MB, large_mb, *(_peak_mb(size) for size in (SMALL_MB, large_mb)))


def _peak_mb(size_mb: int) -> float:
    with tempfile.TemporaryDirectory() as name, PracticeYouTube(processing_s=0) as youtube:
        office = Office(Path(name) / "ws", 0, "")
        workspace = office.workspace
        try:
            known = youtube.add_channel("UCkenh-0123456789012345", "Kênh")
            login = {"client_id": known.client_id, "client_secret": known.client_secret}
            channels.add(
                workspace,
                people.find(workspace, "ky"),
                "kenh",
                platform="youtube",
                account=known.id,
                settings={"base_url": youtube.url},
                secrets={**login, "refresh_token": known.refresh_token},
            )
            chance = random.Random(size_mb)
            with (workspace.folder / "posts" / "phim.mp4").open("wb") as film:
                film.write(HEAD)
                for _ in range(size_mb):
                    film.write(chance.randbytes(1 << 20))
            due = (datetime.now(UTC) + timedelta(minutes=1)).replace(microsecond=0)
            front = "title: Phim\nkind: hoi_dap\nchannels: [kenh]\n"
            front += f"due: {due.isoformat()}\nmedia: [{{file: phim.mp4, alt: Phim về đất đai}}]"
            file = workspace.folder / "posts" / "phim.md"
            file.write_text(f"---\n{front}\n---\n\nNội dung.\n", "utf-8")
            [imported] = import_files(workspace, office.author, [file])
            approving.submit(workspace, office.author, imported.post)
            approving.approve(workspace, office.chief, imported.post)
            told(f"a video of {size_mb} MB is approved")
            peak, until = 0.0, time.monotonic() + WITHIN_S
            with publisher(workspace.folder) as process:
                while not office.count().get("published"):
                    assert time.monotonic() < until, office.troubles()
                    peak = max(peak, memory_mb(process.pid)[1])
                    time.sleep(LOOK_EVERY_S)  # a benchmark waits for real time
            told(f"published; at most {peak:.1f} MB")
            return peak
        finally:
            office.close()


def table(found: Memory) -> list[str]:
    return [
        "| video | publisher at most | more than with the small one |",
        "|---|---|---|",
        f"| {found.small_mb} MB | {found.small_peak_mb:.1f} MB | – |",
        f"| {found.large_mb} MB | {found.large_peak_mb:.1f} MB | {found.chunks:.2f} chunks of "
        f"{CHUNK_BYTES >> 20} MiB |",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.memory", description=__doc__)
    parser.add_argument("megabytes", nargs="?", type=int, default=LARGE_MB)
    found = run(parser.parse_args().megabytes)
    keep("memory", found, chunks=found.chunks)
    print("\n".join(table(found)))


if __name__ == "__main__":
    main()
