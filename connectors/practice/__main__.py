"""`python -m connectors.practice`: the practice platform in its own process; it prints its address first."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from connectors.practice.server import serve
from connectors.practice.world import Page


def main() -> None:
    parser = argparse.ArgumentParser(prog="connectors.practice", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: a free one")
    parser.add_argument("--page", action="append", default=[], metavar="ID:TOKEN:NAME")
    parser.add_argument("--static", action="append", default=[], metavar="PREFIX=FOLDER")
    given = parser.parse_args()
    pages = []
    for text in given.page:
        name_id, token, name = text.split(":", 2)
        pages.append(Page(name_id, name, token))
    static = {prefix: Path(folder) for prefix, folder in (item.split("=", 1) for item in given.static)}
    serve(given.host, given.port, pages=pages, static=static, ready=_tell)


def _tell(address: str) -> None:
    sys.stdout.write(address + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
