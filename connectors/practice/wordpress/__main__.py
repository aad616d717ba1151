"""`python -m connectors.practice.wordpress`: the practice site in its own process; address first."""

from __future__ import annotations

import argparse
import sys

from connectors.practice.wordpress.server import SITE, PracticeWordPress, serve


def main() -> None:
    parser = argparse.ArgumentParser(prog="connectors.practice.wordpress", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: a free one")
    parser.add_argument("--name", default=SITE)
    parser.add_argument("--user", action="append", default=[], metavar="LOGIN:PASSWORD[:ROLE]")
    given = parser.parse_args()
    site = PracticeWordPress(host=given.host, port=given.port, name=given.name)
    for text in given.user or ["loa:practice-password"]:
        site.add_user(*text.split(":"))
    serve(site, ready=_tell)


def _tell(address: str) -> None:
    sys.stdout.write(address + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
