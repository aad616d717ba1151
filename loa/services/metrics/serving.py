"""Answering Prometheus: over HTTP beside a publisher, or as one text for a file."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from content.errors import UsageError
from loa.services.workspace import Workspace

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

    from loa.services.metrics.ledger import Ledger

STOP_WAIT_S = 5.0


@dataclass(frozen=True)
class Address:
    """Where to listen."""

    host: str
    port: int

    @property
    def is_loopback(self) -> bool:
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:  # a name may lead anywhere
            return False

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse(written: str) -> Address:
    """`host:port`, `[::1]:port`, or a port alone, which is loopback's. Raises UsageError."""
    host, _, port = written.strip().rpartition(":")
    if not (port.isascii() and port.isdigit() and int(port) <= 65_535):
        raise UsageError("logs.metrics_address", value=written)
    bare = host.removeprefix("[").removesuffix("]") if host.startswith("[") else host
    if (":" in bare) != host.startswith("["):
        raise UsageError("logs.metrics_address", value=written)
    return Address(bare or "127.0.0.1", int(port))


@contextmanager
def serve(workspace: Workspace, address: Address) -> Iterator[str]:
    """Answer scrapes in threads until the block is left; yields the page's address.

    Raises UsageError when nobody can listen there.
    """
    from prometheus_client import start_http_server

    ledger = _ledger(workspace)
    registry = _registry(workspace, ledger, of_the_process=True)
    try:
        server, thread = start_http_server(address.port, address.host, registry)
    except OSError as error:
        trouble = error.strerror or type(error).__name__
        raise UsageError("logs.metrics_taken", address=address, trouble=trouble) from None
    try:
        yield f"http://{Address(address.host, server.server_port)}/metrics"
    finally:
        stop = threading.Thread(target=server.shutdown, daemon=True)  # a hanging reader holds up nobody
        stop.start()
        stop.join(STOP_WAIT_S)
        server.server_close()
        thread.join(STOP_WAIT_S)
        ledger.keep()


def text(workspace: Workspace) -> str:
    """All figures once, in Prometheus' text format, however many attempts are still to be counted."""
    from prometheus_client import generate_latest

    ledger = _ledger(workspace)
    told = generate_latest(_registry(workspace, ledger, of_the_process=False)).decode()
    ledger.keep()
    return told


def write(opened: Callable[[], Workspace], file: Path) -> None:
    """`text` of the workspace into a file; raises what opening and reading it raise.

    Of a database that does not answer the file says so before: yesterday's good news must not stay there.
    """
    from sqlalchemy.exc import DBAPIError

    try:
        told = text(opened())
    except DBAPIError:
        _replace(file, _down())
        raise
    _replace(file, told)


def _down() -> str:
    from loa.services.metrics.figures import METRICS

    name = "loa_database_up"
    about = METRICS[name]
    return f"# HELP {name} {about.text}\n# TYPE {name} {about.kind}\n{name} 0.0\n"


def _replace(file: Path, told: str) -> None:
    """All or nothing: whoever collects it must not read half of it."""
    draft = file.with_name(f".{file.name}.{os.getpid()}")  # node_exporter reads `*.prom` alone
    try:
        draft.write_text(told, "utf-8")
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


def _ledger(workspace: Workspace) -> Ledger:
    from loa.services.metrics.ledger import FILE, Ledger

    return Ledger(workspace.database, workspace.folder / FILE)


def _registry(workspace: Workspace, ledger: Ledger, *, of_the_process: bool) -> CollectorRegistry:
    """One of our own: the library's holds what others put there. `of_the_process`: with its memory and CPU,
    which tell nothing of a process that only asks."""
    from prometheus_client import CollectorRegistry, ProcessCollector

    from loa.services.metrics.figures import BUDGET_S, Figures

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Figures(workspace, ledger, budget_s=BUDGET_S if of_the_process else None))
    if of_the_process:
        ProcessCollector(registry=registry)
    return registry
