"""Which store the tests run on: a file in each workspace, or a real PostgreSQL."""

import os
import sqlite3
from typing import Any

ENGINE = os.environ.get("LOA_CRASH_ENGINE", "run")
"""Who publishes in the crash tests: `loa run`, or `loa worker` (on a server only)."""
ON_SERVER = os.environ.get("LOA_TEST_STORE") == "postgresql"


def not_waiting_for_the_disk(connection: sqlite3.Connection, _record: Any) -> None:
    """Processes die in tests, the machine does not: nobody has to wait until bytes are on the disk."""
    connection.execute("PRAGMA synchronous=OFF")
