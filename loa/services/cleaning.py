"""Removing hidden leftovers at the platforms: the publisher's hourly round, and a person's."""

from __future__ import annotations

import logging

from content.approval import Role
from content.events import about
from content.variant import Variant
from loa.services.connecting import Connectors
from loa.services.people import Person
from loa.services.posts import adapted, delivery_rows, parsed, post_row
from loa.services.workspace import Workspace
from loa.speech import reason
from scheduler.audit import MACHINE
from scheduler.janitor import Janitor, Swept
from scheduler.leftovers import AnyRow
from scheduler.store.database import Transactions
from scheduler.zones import Serves

log = logging.getLogger("loa.janitor")


def clean(workspace: Workspace, actor: Person, *, dry_run: bool, everything: bool) -> list[Swept]:
    """One round now, for a person; the publisher need not run."""
    actor.must_be(Role.OPERATOR)
    connectors = Connectors(workspace)
    try:
        return janitor(workspace, workspace.database, connectors, actor.name, actor.name).sweep(
            dry_run=dry_run, everything=everything
        )
    finally:
        connectors.close()


def round_of_the_publisher(
    workspace: Workspace,
    transactions: Transactions,
    connectors: Connectors,
    worker: str,
    serves: Serves | None = None,
) -> None:
    """The same for everything that the ledger says may be there; what could not be asked goes to the log.

    `serves`: the channels of one worker among several; None: all.
    """
    for swept in janitor(workspace, transactions, connectors, worker, MACHINE, serves).sweep():
        if swept.outcome == "not_asked":
            told = about("janitor.trouble", delivery=swept.delivery, channel=swept.channel)
            log.warning("%s: %s", swept.delivery, reason(swept.trouble, swept.channel), extra=told)


def janitor(
    workspace: Workspace,
    transactions: Transactions,
    connectors: Connectors,
    worker: str,
    actor: str,
    serves: Serves | None = None,
) -> Janitor:
    def text_of(row: AnyRow) -> Variant:
        """What was sealed; of a draft what would be sealed now, which is the same unless it was edited."""
        if row.payload:
            return Variant.parse(row.payload)
        with workspace.database.read() as connection:
            post = post_row(connection, row.post_id)
            [whole] = [d for d in delivery_rows(connection, row.post_id) if d.seq == row.seq]
        return adapted(parsed(workspace, post)[0], post, whole)

    return Janitor(
        workspace.database, transactions, connectors.connect, workspace.clock, worker, text_of, actor, serves
    )
