"""Which store the tests run on: a file in each workspace, or a real PostgreSQL."""

import os

ENGINE = os.environ.get("LOA_CRASH_ENGINE", "run")
"""Who publishes in the crash tests: `loa run`, or `loa worker` (on a server only)."""
ON_SERVER = os.environ.get("LOA_TEST_STORE") == "postgresql"
