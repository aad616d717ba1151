"""`loa doctor`: the machine's checks, then the workspace's own, worst news not hidden by good."""

from __future__ import annotations

from pathlib import Path

from connectors.errors import ConnectorError
from loa import config, doctor
from loa.doctor import Check
from loa.services import channels
from loa.services.overview import overview
from loa.services.workspace import Workspace


def examine(folder: Path) -> list[Check]:
    """Every check; those of the workspace only where there is one."""
    checks = list(doctor.examine(folder))
    if not config.is_workspace(folder):
        return checks
    workspace = Workspace.open(folder)
    try:
        seen = overview(workspace)
        alive = seen.publisher is not None and seen.publisher.alive
        checks.append(Check("publisher", alive, seen.publisher.host if alive and seen.publisher else "–"))
        for view in channels.listing(workspace):
            checks.append(_channel(workspace, view.id))
    finally:
        workspace.close()
    return checks


def _channel(workspace: Workspace, channel_id: str) -> Check:
    try:
        health = channels.check(workspace, None, channel_id)
    except ConnectorError as error:
        return Check("channel", False, f"{channel_id}: {channels.trouble(error)}")
    return Check("channel", health.ok, f"{channel_id}: {channels.explain(health)}")
