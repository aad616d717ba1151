"""`loa doctor`: the machine's checks, then the workspace's own, worst news not hidden by good."""

from __future__ import annotations

from pathlib import Path

from content.wording import say
from loa import config, doctor
from loa.doctor import Check
from loa.services import awaiting, channels, health, listing, machines
from loa.services.overview import overview
from loa.services.workspace import Workspace
from loa.speech import moment


def examine(folder: Path) -> list[Check]:
    """Every check; those of the workspace only where there is one."""
    checks = list(doctor.examine(folder))
    if not config.is_workspace(folder):
        return checks
    workspace = Workspace.open(folder)
    try:
        seen = overview(workspace)
        alive = seen.publisher is not None and seen.publisher.alive
        name = "publisher_elsewhere" if seen.elsewhere else "publisher"
        checks.append(Check(name, alive, seen.publisher.host if alive and seen.publisher else "–"))
        if workspace.database.is_sqlite:
            checks.append(Check("lists", not listing.mended(workspace), f"{sum(seen.counts.values())}"))
        else:
            wrong = machines.hindrance(workspace)
            heard = workspace.trust.witness.travelled().n
            checks.append(Check("machine", not wrong, wrong or say("machines.all_well", noted=heard)))
            if seen.unplaced:
                checks.append(Check("zone", ok=False, saw=", ".join(seen.unplaced)))
        checks.append(_backup(workspace))
        told = channels.check_in_words(workspace, None)
        waits = {one.id for one in awaiting.channels(workspace)}
        checks += [
            Check("channel_waits", False, one.message)
            if one.id in waits
            else Check("channel", one.ok, f"{one.id}: {one.message}")
            for one in told
        ]
        clock = next((one.clock for one in told if one.clock), "")
        checks.append(
            Check("clock", not clock, clock or f"{workspace.now().astimezone(workspace.config.zone):%H:%M}")
        )
    finally:
        workspace.close()
    return checks


def _backup(workspace: Workspace) -> Check:
    """The last good one, whoever made it; wrong where the publisher is to make them and does not."""
    seen = health.examine(workspace)
    late = next((alert.message for alert in seen.alerts if alert.key in ("backup", "backup_none")), "")
    last = moment(seen.backup_at, workspace.config.zone) if seen.backup_at else say("alerts.screen.no_backup")
    return Check("backup", not late, late or last)
