"""Channels and officers at one look: health in words, days left, freezes, keys in trust. Asks no platform."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from connectors import registry
from connectors.contract import Field, Hold
from connectors.extras import LogsIn
from content.errors import LoaError
from content.wording import say
from loa.services import channels, people, standing, stopping, targets, trusting
from loa.services.channels import ChannelView
from loa.services.deliveries import DeliveryView
from loa.services.listing import Listing, Wanted
from loa.services.people import Person
from loa.services.standing import Standing
from loa.services.stopping import FreezeView
from loa.services.targets import TargetView
from loa.services.trusting import TrustView
from loa.services.workspace import Workspace
from loa.speech import reason
from scheduler.status import Status
from scheduler.store.tables import checked

MOST_AT_ONCE = 200
"""So many deliveries are handed over or called back in one go."""
MARGIN = timedelta(minutes=2)
"""To the nearest and the farthest time a platform takes: the publisher hands over a moment later."""


@dataclass(frozen=True)
class Account:
    """A channel with all that is known of it. `standing` None: its platform was never asked."""

    view: ChannelView
    standing: Standing | None
    freezes: tuple[FreezeView, ...]
    """Those that stop it: everything, or this channel."""
    hold: Hold | None
    logs_in: bool
    settings: tuple[Field, ...]
    """What may be changed; its identity may not."""
    secrets: tuple[Field, ...]

    @property
    def id(self) -> str:
        return self.view.id

    @property
    def stopped(self) -> bool:
        return self.view.state != "ok"

    @property
    def well(self) -> bool:
        return not self.stopped and (self.standing is None or self.standing.ok)

    def trouble(self) -> str:
        """Why it is not well and what to do, in one or two sentences; empty when it is."""
        if self.stopped:
            return reason(self.view.state_reason, self.id)
        if self.standing and not self.standing.ok and self.standing.problem:
            return say(self.standing.problem, **{"id": self.id, **self.standing.facts})
        return ""


@dataclass(frozen=True)
class Officer:
    """`trust` None: the publisher believes nothing that they sign."""

    person: Person
    trust: TrustView | None


@dataclass(frozen=True)
class Accounts:
    """`backup_at` None: no backup is known."""

    channels: list[Account]
    officers: list[Officer]
    targets: list[TargetView]
    backup_at: datetime | None


def read(workspace: Workspace) -> Accounts:
    """Everything that the room of accounts shows."""
    known = standing.by_channel(workspace)
    freezes = stopping.listing(workspace)
    trusted = {one.name: one for one in _trusted(workspace)}
    with workspace.database.read() as connection:
        backup_at = connection.execute(select(checked.c.at).where(checked.c.name == "backup")).scalar()
        told = targets.listing(connection)
    return Accounts(
        channels=[_account(view, known, freezes) for view in channels.listing(workspace)],
        officers=[Officer(person, trusted.get(person.name)) for person in people.listing(workspace)],
        targets=told,
        backup_at=backup_at,
    )


def platforms_with_sign_in() -> list[str]:
    """Platforms at which a person signs in step by step."""
    return [name for name in registry.platforms() if _offers_sign_in(name)]


def to_hand_over(workspace: Workspace, account: Account) -> list[DeliveryView]:
    """What the platform could hold from now on: approved, waiting, neither too near nor too far ahead."""
    if account.hold is None:
        return []
    now = workspace.now()
    wanted = Wanted(
        statuses=(Status.QUEUED, Status.READY),
        channel_id=account.id,
        since=now + account.hold.at_least + MARGIN,
        until=now + account.hold.at_most - MARGIN,
    )
    return Listing(workspace, wanted).fetch(0, MOST_AT_ONCE)


def handed_over(workspace: Workspace, account: Account) -> list[DeliveryView]:
    """What the platform holds."""
    wanted = Wanted(statuses=(Status.HANDED_OVER,), channel_id=account.id)
    return Listing(workspace, wanted).fetch(0, MOST_AT_ONCE)


def _account(view: ChannelView, known: dict[str, Standing], freezes: list[FreezeView]) -> Account:
    over = tuple(one for one in freezes if (one.scope, one.target) in (("all", ""), ("channel", view.id)))
    told = known.get(view.id)
    try:
        able = registry.capabilities(view.platform)
    except LoaError:  # a connector that is not installed any more
        return Account(view, told, over, None, False, (), ())
    settings = tuple(field for field in able.settings if field.name != able.identity)
    return Account(view, told, over, able.hold, _offers_sign_in(view.platform), settings, able.secrets)


def _offers_sign_in(platform: str) -> bool:
    try:
        return issubclass(registry.connector_class(platform), LogsIn)
    except LoaError:
        return False


def _trusted(workspace: Workspace) -> list[TrustView]:
    """Nobody, where the trust file cannot be read: the doctor says what is wrong with it."""
    try:
        return trusting.listing(workspace)
    except LoaError:
        return []
