"""Planning past one machine: `python -m bench.simulate`, Law Day 08:00 for a commune up to the country.

Without an argument every table of `bench/simulation.md` (two minutes); `--write` puts them there. With
`--communes`, `--workers` and so on one scenario. The same question gives the same answer. The machine's own
figures: `bench.simulation.measure`; how true it all is: `bench.simulation.compare`.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Literal

from bench.simulation import page, plan
from bench.simulation.figures import Row, as_json, row_group, table
from bench.simulation.world import PLATFORMS, Scenario

PAGE = Path(__file__).with_name("simulation.md")
MOST_UNITS, MOST_WORKERS = 20_000, 1_000


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bench.simulate", description=__doc__)
    parser.add_argument(
        "--communes", type=_whole(MOST_UNITS), help="how many units, each with every platform"
    )
    parser.add_argument("--workers", type=_whole(MOST_WORKERS), default=1)
    parser.add_argument("--platforms", nargs="+", choices=PLATFORMS, default=PLATFORMS)
    parser.add_argument("--posts", type=_whole(1000), default=1, help="of each channel for the same minute")
    parser.add_argument(
        "--sharing", choices=("one", "province", "unit"), default="unit", help="of API projects"
    )
    parser.add_argument(
        "--database", choices=("sqlite", "postgresql"), help="a file for one worker, else a server"
    )
    parser.add_argument("--server-cores", type=_whole(1000), default=4)
    parser.add_argument("--video-mb", type=_amount, default=20.0)
    parser.add_argument("--uplink-mbit", type=_amount, default=100.0, help="of each worker")
    parser.add_argument("--spread", type=float, default=0.0, metavar="SECONDS")
    parser.add_argument("--captions", action="store_true")
    parser.add_argument("--hand-over", action="store_true", help="platforms that can hold a post do")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--write", action="store_true", help=f"the whole plan into {PAGE.name} and its picture"
    )
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    if given.communes is None:
        rows = list(plan.everything())
        if given.write:
            page.write(PAGE, rows)
    else:
        rows = row_group("asked", "as asked", _scenario(parser, given))
    _tell(rows, as_data=given.json)
    return 0


def _scenario(parser: argparse.ArgumentParser, given: argparse.Namespace) -> Scenario:
    database: Literal["sqlite", "postgresql"] = given.database or (
        "sqlite" if given.workers == 1 else "postgresql"
    )
    if database == "sqlite" and given.workers > 1:
        parser.error("a file has one publisher; several workers need --database postgresql")
    if given.spread < 0:
        parser.error("--spread cannot be negative")
    return Scenario(
        given.communes,
        given.workers,
        tuple(given.platforms),
        posts_each=given.posts,
        sharing=given.sharing,
        video_mb=given.video_mb,
        uplink_mbit=given.uplink_mbit,
        captions=given.captions,
        hand_over=given.hand_over,
        spread_s=given.spread,
        database=database,
        server_cores=given.server_cores,
        seed=given.seed,
    )


def _tell(rows: list[Row], *, as_data: bool) -> None:
    if as_data:
        print(json.dumps([as_json(row) for row in rows], ensure_ascii=False, indent=1))
        return
    for group in dict.fromkeys(row.group for row in rows):
        print("\n".join(["", *table([row for row in rows if row.group == group])]))


def _whole(most: int):  # type: ignore[no-untyped-def]
    def read(text: str) -> int:
        value = int(text)
        if not 1 <= value <= most:
            raise argparse.ArgumentTypeError(f"between 1 and {most:,}")
        return value

    return read


def _amount(text: str) -> float:
    value = float(text)
    if not 0 < value < 1e6:
        raise argparse.ArgumentTypeError("more than 0")
    return value


if __name__ == "__main__":
    sys.exit(main())
