"""What every connector can do, and the small types that cross the border.

A connector is made for one channel (`Factory`), holds no state between calls, and is called by one
worker at a time. Publishing is split in two so that a crash can always be told apart:

prepare   invisible and repeatable; every id the platform hands out is saved before the next step
reveal    makes it public; by the prepared id wherever the platform allows
find      read-back: what of this delivery is public now
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

from connectors.errors import ConnectorError
from content.finding import Finding
from content.limits import Limits
from content.variant import MediaRef, Variant

if TYPE_CHECKING:
    from connectors.http import Http

Handle = dict[str, Any]
"""JSON object owned by the connector: ids and tokens of what was prepared so far. Never a secret."""

Save = Callable[[Handle], None]
"""Commits a handle. Raises when the lane was lost meanwhile: let it pass through, send nothing more."""


@dataclass(frozen=True)
class Field:
    """One setting or secret of a channel, as `loa channel add` asks for it."""

    name: str
    required: bool = False
    default: str = ""
    choices: tuple[str, ...] = ()
    public: bool = False
    """It puts words of its own before the public, beside the approved ones or in their place, or another
    picture or form: who approved a post approved it with this value."""


@dataclass(frozen=True)
class Hold:
    """How near and how far ahead a platform takes a post that it is to publish by itself."""

    at_least: timedelta
    at_most: timedelta
    recall_before: timedelta
    """A post is not called back safely when less than this is left."""


@dataclass(frozen=True)
class Capabilities:
    """What a platform takes and how it behaves; data, so that nobody finds out by exception."""

    platform: str
    limits: Limits
    lead: timedelta
    """How long before the due minute preparing begins."""
    reveal: Literal["repeatable", "once"]
    """`repeatable`: keyed by a known id, so a second call is harmless. `once`: never repeated."""
    settle_after: tuple[timedelta, ...]
    """Waits between read-backs after doubt; when all found nothing, it is held to be not public."""
    settings: tuple[Field, ...] = ()
    secrets: tuple[Field, ...] = ()
    identity: str = ""
    """The setting that tells two channels apart where the platform gives no account id."""
    is_a_folder: bool = False
    """What the public reads lies in a folder of the machine that publishes: of several, one must be meant."""
    hold: Hold | None = None
    """Given by a platform that `connectors.extras.HandsOver` describes."""


@dataclass(frozen=True)
class Account:
    """A channel as its connector sees it. `account` is the platform's own id of the identity."""

    channel: str
    account: str
    name: str
    settings: Mapping[str, str]
    secrets: Mapping[str, str] = field(repr=False, default_factory=dict)


class SecretStore(Protocol):
    """A channel's secrets for platforms that hand out new ones (Google, Zalo): read late, written whole.

    A rotated token is the channel's only key, so it is committed before its first use.
    """

    def read(self) -> Mapping[str, str]:
        """The secrets as they stand now, whichever process wrote them last."""
        ...

    def alone(self) -> AbstractContextManager[None]:
        """One holder at a time over all processes of this workspace; read again inside."""
        ...

    def replace(self, secrets: Mapping[str, str]) -> None:
        """Commit these values, all in one transaction; names not given keep theirs."""
        ...


@dataclass(frozen=True)
class Unit:
    """The public body that speaks, and its time zone (IANA name)."""

    name: str
    timezone: str = "Asia/Ho_Chi_Minh"
    language: str = "vi"


@dataclass(frozen=True)
class Context:
    """What a connector is made with: one shared HTTP layer, the media store, the clock."""

    account: Account
    unit: Unit
    http: Http
    media: Callable[[MediaRef], Path]
    """Path of a stored file; its bytes were checked against the digest before the job started."""
    now: Callable[[], datetime]
    workspace: Path
    secrets: SecretStore | None = None
    """For connectors that renew tokens; None where a channel is only looked at (tests, checks of text)."""
    is_the_place: Callable[[], bool] = lambda: True
    """Asked before a folder is made that the public is to read, or is held to be empty: false where another
    machine's may be the one."""


@dataclass(frozen=True)
class Job:
    """One delivery to be made. `marker` is unique in the world and the same for its whole life."""

    delivery: str
    marker: str
    variant: Variant
    due_at: datetime
    first_try_at: datetime | None = None
    """When anything of this delivery first left the house; None on the very first attempt."""


@dataclass(frozen=True)
class Published:
    """It is public. `published_at` is the platform's word for when, aware UTC, if it gave one."""

    remote_id: str
    url: str = ""
    published_at: datetime | None = None
    evidence: str = ""


@dataclass(frozen=True)
class Pending:
    """The platform took it and still works on it; ask again after `wait`."""

    remote_id: str
    wait: timedelta
    evidence: str = ""


@dataclass(frozen=True)
class Health:
    """Whether a channel can publish now. `problem` is a catalogue key, empty when `ok`."""

    ok: bool
    problem: str = ""
    values: Mapping[str, object] = field(default_factory=dict)
    expires_at: datetime | None = None
    name: str = ""
    """What the platform calls this identity: shown, so that a wrong Page is seen."""
    followers: Figure | None = None
    """How many follow the channel; None where nobody was asked, which is not the same as a value of None."""


@dataclass(frozen=True)
class Figure:
    """One reading of reach. `value` None means the platform did not say: not available, never 0."""

    metric: str
    value: int | None
    definition: str
    source: str
    note: str = ""
    counted_to: date | None = None
    """The last whole day that is in it, where the platform tells a figure days late; None: up to now."""


class Connector(Protocol):
    """The narrow contract. Every method may raise the five errors of `connectors.errors`, nothing else."""

    capabilities: Capabilities
    """The platform's, on the class; an instance may narrow them to what its channel's settings make of it."""

    def check(self, variant: Variant) -> list[Finding]:
        """Remarks that need no network: limits and combinations the platform would refuse."""
        ...

    def prepare(self, job: Job, handle: Handle, save: Save) -> Handle:
        """Everything that can be done unseen. Goes on from `handle`; calls `save` after every step."""
        ...

    def reveal(self, job: Job, handle: Handle) -> Published | Pending:
        """Make it public. With `repeatable` a second call leaves one public object."""
        ...

    def poll(self, job: Job, pending: Pending) -> Published | Pending:
        """Read-only: how far the platform is."""
        ...

    def find(self, job: Job, handle: Handle) -> list[Published]:
        """Read-only: every public object of this delivery (none, one, or twins)."""
        ...

    def health(self) -> Health:
        """Read-only: token, rights and identity of the channel."""
        ...


@runtime_checkable
class Measures(Protocol):
    """A platform that tells how far a post reached."""

    def measure(self, published: Published) -> list[Figure]:
        """One figure per metric the channel asks for, the unavailable ones included."""
        ...


@dataclass(frozen=True)
class Measured:
    """What one batch brought. `calls` is what it took of the platform's allowance."""

    answers: Mapping[str, list[Figure] | ConnectorError]
    """By remote id: the figures, or the error that asking for this one alone would have raised. One that is
    missing was not answered."""
    calls: int


@runtime_checkable
class MeasuresMany(Protocol):
    """A platform that is asked about several posts of a channel at once."""

    at_once: int
    """So many at most."""
    calls_each: int
    """What each of them takes of the allowance; 0 where a batch takes the same few however large it is."""

    def measure_many(self, published: Sequence[Published]) -> Measured:
        """Figures as `Measures.measure` gives them. Raises what concerns the whole batch."""
        ...


Factory = Callable[[Context], Connector]
