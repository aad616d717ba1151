"""`python renewer.py BASE_URL STORE WHEN`: a publisher's process that renews, and dies WHEN told to.

WHEN is `before-call`, `before-commit`, `after-commit` or `never`. It prints what its health check tells an
officer.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from connectors.contract import Account, Context, Unit
from connectors.http import Http
from connectors.zalo import ZaloOA
from content.wording import say
from tests.connectors.zalo.store import FileStore

base_url, file, when, oa = sys.argv[1:5]


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


store = FileStore(Path(file), on_pair=die if when == "before-commit" else None)
if when == "after-commit":
    commit = store.replace

    def replace(secrets):
        commit(secrets)
        if "access_token" in secrets:
            die()

    store.replace = replace
http = Http(proxies={})
if when == "before-call":
    ask = http.call

    def call(method, url, **more):
        if url.endswith("/oa/access_token"):
            die()
        return ask(method, url, **more)

    http.call = call
settings = {"base_url": base_url, "token_url": base_url + "/v4/oa/access_token"}
context = Context(
    Account("zalo", oa, "OA", settings, store.read()),
    Unit("Xã A"),
    http,
    lambda ref: Path(ref.name),
    lambda: datetime.now(UTC),
    Path(),
    store,
)
health = ZaloOA(context).health()
sys.stdout.write("ok" if health.ok else say(health.problem, **health.values))
