"""The tables. Times are aware UTC going in and coming out; JSON columns hold text we wrote ourselves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, DateTime, Dialect, Index, Table, Text, TypeDecorator, UniqueConstraint, text
from sqlmodel import Field, SQLModel

LARGEST = 2**31 - 1
"""Of what an integer column takes, on PostgreSQL as well."""
NO_TIME = datetime(1900, 1, 1, tzinfo=UTC)
"""What stands for a time that cannot be read: SQLite stores whatever somebody writes into a column."""


class UtcTime(TypeDecorator[datetime]):
    """Aware datetimes only. SQLite keeps no zone: UTC is stripped going in and put back coming out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime: Loa stores aware times in UTC")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None] | None:
        read = super().result_processor(dialect, coltype)
        if read is None or dialect.name != "sqlite":
            return read

        def reading(value: Any) -> datetime | None:
            try:
                return read(value)
            except (ValueError, TypeError):  # one damaged row must not take all others along
                return NO_TIME

        return reading


def _time(*, nullable: bool = False) -> Any:
    return (
        Field(default=None, sa_column=Column(UtcTime, nullable=nullable))
        if nullable
        else Field(sa_column=Column(UtcTime, nullable=False))
    )


def _text(default: str = "") -> Any:
    return Field(default=default, sa_column=Column(Text, nullable=False, server_default=default))


class Officer(SQLModel, table=True):
    """Cán bộ: a person with roles. The passphrase is kept as an argon2id hash only."""

    name: str = Field(primary_key=True)
    full_name: str
    title: str = ""
    roles: str
    """Comma-separated `content.approval.Role` names."""
    passphrase_hash: str = ""
    """Of before 0003; empty since the passphrase is proved by opening `locked_key`."""
    public_key: str = _text()
    """base64 of an Ed25519 key. Shown and pinned from here, believed only from the trust file."""
    locked_key: str = _text()
    """The signing key, locked with the passphrase (loa.keys)."""
    active: bool = True
    created_at: datetime = _time()


class Channel(SQLModel, table=True):
    """Kênh: one identity on one platform. `state` is `ok` or `stopped`; its secrets are elsewhere."""

    id: str = Field(primary_key=True)
    platform: str
    account: str
    name: str
    settings: str = _text("{}")
    state: str = "ok"
    state_reason: str = _text()
    version: int = 1
    created_at: datetime = _time()
    updated_at: datetime = _time()


class Secret(SQLModel, table=True):
    """A token, encrypted; the key is not in the database."""

    channel_id: str = Field(primary_key=True, foreign_key="channel.id")
    name: str = Field(primary_key=True)
    ciphertext: str = _text()


class Standing(SQLModel, table=True):
    """How a channel stood when its platform was last asked; no secret among `facts`.

    `warned_days` is the last threshold before `expires_at` of which people were told.
    """

    channel_id: str = Field(primary_key=True, foreign_key="channel.id")
    checked_at: datetime = _time()
    ok: bool
    problem: str = ""
    facts: str = _text("{}")
    expires_at: datetime | None = _time(nullable=True)
    name: str = ""
    warned_days: int | None = None


class Lane(SQLModel, table=True):
    """Làn: a channel's serial line of work, leased to one worker at a time.

    `fence` grows with every lease; whatever a worker writes is conditional on the fence it was given.
    """

    channel_id: str = Field(primary_key=True, foreign_key="channel.id")
    owner: str = ""
    fence: int = 0
    lease_until: datetime | None = _time(nullable=True)
    rest_until: datetime | None = _time(nullable=True)
    failures: int = 0
    served_at: datetime | None = _time(nullable=True)


class Post(SQLModel, table=True):
    """Bài: the text as its author wrote it. Title and kind are copies for lists; `source` is the truth."""

    id: str = Field(primary_key=True)
    title: str = _text()
    kind: str
    source: str = _text()
    media: str = _text("[]")
    """JSON list of {file, ref}: which stored file stands for which name in the source."""
    revision: int = 1
    contributors: str
    """Comma-separated officers who wrote any revision; none of them may approve."""
    created_at: datetime = _time()
    updated_at: datetime = _time()


class PostPrint(SQLModel, table=True):
    """One number of a post's sketch (content.likeness): posts that share some may say the same."""

    __tablename__ = "post_print"
    __table_args__ = (Index("post_print_print", "print", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    post_id: str = Field(foreign_key="post.id", index=True)
    print: int


class Delivery(SQLModel, table=True):
    """Lượt đăng: one variant to one channel in one window; **the** holder of status.

    `wake_at` is when the machine has something to do with it, null when it has not.
    """

    __table_args__ = (
        UniqueConstraint("post_id", "channel_id"),
        Index("delivery_order", "due_at", "seq"),
        Index("delivery_status", "status", "due_at", "seq"),
        Index("delivery_channel", "channel_id", "due_at", "seq", "status"),
        Index("delivery_url", "url", sqlite_where=text("url != ''"), postgresql_where=text("url != ''")),
        Index("delivery_remote", "channel_id", "remote_id"),
        Index(
            "delivery_due",
            "wake_at",
            sqlite_where=text("wake_at IS NOT NULL"),
            postgresql_where=text("wake_at IS NOT NULL"),
        ),
        Index(
            "delivery_lane",
            "channel_id",
            "wake_at",
            sqlite_where=text("wake_at IS NOT NULL"),
            postgresql_where=text("wake_at IS NOT NULL"),
        ),
    )

    seq: int | None = Field(default=None, primary_key=True)
    id: str = Field(unique=True)
    marker: str = Field(unique=True)
    post_id: str = Field(foreign_key="post.id", index=True)
    channel_id: str = Field(foreign_key="channel.id")
    status: str = "draft"
    due_at: datetime | None = _time(nullable=True)
    deadline: datetime | None = _time(nullable=True)
    wake_at: datetime | None = _time(nullable=True)
    payload: str = _text()
    """Canonical variant: exactly what was approved and will be sent."""
    handle: str = _text("{}")
    pending: str = _text()
    hand_over: bool = Field(default=False, sa_column_kwargs={"server_default": "0"})
    """Whether the platform is to hold it and publish it by itself."""
    fence: int = 0
    tries: int = 0
    looks: int = 0
    reads: int = 0
    first_try_at: datetime | None = _time(nullable=True)
    remote_id: str = _text()
    url: str = _text()
    published_at: datetime | None = _time(nullable=True)
    verified_at: datetime | None = _time(nullable=True)
    last_error: str = _text()
    created_at: datetime = _time()
    updated_at: datetime = _time()


class DeliveryTally(SQLModel, table=True):
    """How many deliveries are due on a day and in a status; kept by triggers (scheduler.store.tally)."""

    __tablename__ = "delivery_tally"

    day: str = Field(primary_key=True)
    status: str = Field(primary_key=True)
    number: int


class ApprovalRow(SQLModel, table=True):
    """Duyệt: one officer's signed yes to one seal. Rows are voided, never deleted."""

    __tablename__ = "approval"

    id: int | None = Field(default=None, primary_key=True)
    delivery_seq: int = Field(foreign_key="delivery.seq", index=True)
    seal: str
    officer: str
    role: str
    at: datetime = _time()
    expires_at: datetime = _time()
    signature: str = _text()
    """base64 of the Ed25519 signature over `content.approval.Approval.statement`."""
    voided_at: datetime | None = _time(nullable=True)
    void_reason: str = _text()


class Sealed(SQLModel, table=True):
    """What was approved, by its seal. It stays when the delivery has gone on to another text, so that the
    next approver is shown what has changed."""

    seal: str = Field(primary_key=True)
    payload: str = _text()


class FreezeOrder(SQLModel, table=True):
    """Dừng khẩn cấp: while a row is not lifted, nothing it covers is prepared, handed over or revealed."""

    __tablename__ = "freeze_order"

    id: int | None = Field(default=None, primary_key=True)
    scope: str
    """`all`, `channel`, `post` or `tag`; `target` names which one, empty for `all`."""
    target: str = ""
    reason: str
    officer: str
    at: datetime = _time()
    lifted_at: datetime | None = _time(nullable=True)
    lifted_by: str = ""
    lift_reason: str = ""


class WaiverRow(SQLModel, table=True):
    """Cho qua: a legal reviewer's signed word that one rule does not stop one text over one document.

    Rows are voided, never deleted.
    """

    __tablename__ = "waiver"

    id: int | None = Field(default=None, primary_key=True)
    post_id: str = Field(foreign_key="post.id", index=True)
    source_sha256: str
    """Of the post's source as it was then: any edit leaves the override behind."""
    rule: str
    about: str = _text()
    """What it is about, as `content.finding.Finding.about` names it."""
    officer: str
    role: str
    reason: str = _text()
    at: datetime = _time()
    signature: str = _text()
    """base64 of the Ed25519 signature over `content.waiver.Waiver.statement`."""
    voided_at: datetime | None = _time(nullable=True)
    voided_by: str = _text()
    void_reason: str = _text()


class Blackout(SQLModel, table=True):
    """Ngày tạm dừng đăng: days entered ahead on which what it covers stays back until a person says go."""

    id: int | None = Field(default=None, primary_key=True)
    name: str = _text()
    begins_at: datetime = _time()
    ends_at: datetime = _time()
    """The first instant after it."""
    scopes: str = _text("[]")
    """JSON list of [scope, target] as in a freeze, of which any will do; also `kind`."""
    officer: str
    at: datetime = _time()
    removed_at: datetime | None = _time(nullable=True)
    removed_by: str = _text()
    remove_reason: str = _text()


class Correction(SQLModel, table=True):
    """Đính chính: one post sets another right."""

    id: int | None = Field(default=None, primary_key=True)
    original: str = Field(foreign_key="post.id", index=True)
    correcting: str = Field(foreign_key="post.id", index=True)
    reason: str
    officer: str
    at: datetime = _time()


class Attempt(SQLModel, table=True):
    """Written and committed before each step that leaves the machine; completed after it."""

    id: int | None = Field(default=None, primary_key=True)
    delivery_seq: int = Field(foreign_key="delivery.seq", index=True)
    step: str
    fence: int
    worker: str
    started_at: datetime = _time()
    ended_at: datetime | None = _time(nullable=True)
    outcome: str = _text()
    evidence: str = _text()


class Reading(SQLModel, table=True):
    """Số đọc: one figure at one time. `value` null means not available, which is not zero."""

    __table_args__ = (Index("reading_taken", "delivery_seq", "taken_at"),)

    id: int | None = Field(default=None, primary_key=True)
    delivery_seq: int = Field(foreign_key="delivery.seq")
    metric: str
    value: int | None = None
    definition: str = _text()
    source: str = _text()
    note: str = _text()
    taken_at: datetime = _time()
    planned_at: datetime | None = _time(nullable=True)
    """The point of the plan (scheduler.reading_plan) it was taken for; null for one taken beside the plan."""


class ViewDay(SQLModel, table=True):
    """What was counted of a channel's own pages on one day, from one source; never an address of anybody.

    `source` is `log` or `beacon`. A log replaces the same hours of its day by fuller ones (more lines); a run
    of the beacon has rows of its own, so that writing them twice is the same as once.
    """

    __tablename__ = "view_day"

    channel_id: str = Field(primary_key=True, foreign_key="channel.id")
    day: str = Field(primary_key=True)
    """ISO date in the unit's zone."""
    source: str = Field(primary_key=True)
    run: str = Field(primary_key=True)
    """Of a log: when its hours begin, or empty for one that was imported before that was told."""
    lines: int
    first_at: datetime = _time()
    last_at: datetime = _time()
    """From when to when somebody counted, which may be longer than there was something to count."""
    counted_at: datetime = _time()


class ViewCount(SQLModel, table=True):
    """Views of one delivery's page on one day. `origin` is empty for all, else where a part came from.

    `visitors` are told only of all: the same person may come from two places.
    """

    __tablename__ = "view_count"

    channel_id: str = Field(primary_key=True, foreign_key="channel.id")
    day: str = Field(primary_key=True)
    source: str = Field(primary_key=True)
    run: str = Field(primary_key=True)
    delivery_seq: int = Field(primary_key=True, foreign_key="delivery.seq", index=True)
    origin: str = Field(primary_key=True)
    views: int
    visitors: int | None = None


class FollowerDay(SQLModel, table=True):
    """How many follow a channel, as its platform said when it was first asked on that day."""

    __tablename__ = "follower_day"

    channel_id: str = Field(primary_key=True, foreign_key="channel.id")
    day: str = Field(primary_key=True)
    """ISO date in the unit's zone."""
    followers: int
    taken_at: datetime = _time()


class AuditEvent(SQLModel, table=True):
    """Nhật ký: append-only; each row carries the hash of the one before."""

    __tablename__ = "audit_event"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = _time()
    actor: str
    action: str
    subject: str = Field(index=True)
    detail: str = _text("{}")
    previous: str
    hash: str


class Heartbeat(SQLModel, table=True):
    """The publisher's sign of life: one row per publisher process."""

    worker: str = Field(primary_key=True)
    host: str
    pid: int
    version: str
    started_at: datetime = _time()
    beat_at: datetime = _time()
    stopped: bool = False


class AlertTarget(SQLModel, table=True):
    """Nơi nhận cảnh báo: where alerts are sent. The address holds a password or a token: encrypted."""

    __tablename__ = "alert_target"

    name: str = Field(primary_key=True)
    scheme: str
    """Kind of the address (`mailtos`, `tgram`), in clear."""
    ciphertext: str = _text()
    least: str
    """Least severity that is sent there."""
    added_by: str
    added_at: datetime = _time()
    tried_at: datetime | None = _time(nullable=True)
    sent_at: datetime | None = _time(nullable=True)
    failures: int = 0
    """Sendings in a row that did not come off; `trouble` says why the last did not."""
    trouble: str = _text()


class AlertTold(SQLModel, table=True):
    """What a target was told, so that it is told once. `cleared`: it has passed since."""

    __tablename__ = "alert_told"

    target: str = Field(primary_key=True, foreign_key="alert_target.name")
    key: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    severity: str
    told_at: datetime = _time()
    cleared: bool = False


class Checked(SQLModel, table=True):
    """What a look that is too slow or too distant for every minute came to: `audit`, `clock`, `backup`."""

    name: str = Field(primary_key=True)
    at: datetime = _time()
    outcome: str = _text("{}")


# The hot path speaks SQLAlchemy Core to these: six times as many commits a second as the ORM.
officer: Table = SQLModel.metadata.tables["officer"]
channel: Table = SQLModel.metadata.tables["channel"]
secret: Table = SQLModel.metadata.tables["secret"]
standing: Table = SQLModel.metadata.tables["standing"]
lane: Table = SQLModel.metadata.tables["lane"]
post: Table = SQLModel.metadata.tables["post"]
post_print: Table = SQLModel.metadata.tables["post_print"]
delivery: Table = SQLModel.metadata.tables["delivery"]
delivery_tally: Table = SQLModel.metadata.tables["delivery_tally"]
approval: Table = SQLModel.metadata.tables["approval"]
sealed: Table = SQLModel.metadata.tables["sealed"]
freeze: Table = SQLModel.metadata.tables["freeze_order"]
waiver: Table = SQLModel.metadata.tables["waiver"]
blackout: Table = SQLModel.metadata.tables["blackout"]
correction: Table = SQLModel.metadata.tables["correction"]
attempt: Table = SQLModel.metadata.tables["attempt"]
reading: Table = SQLModel.metadata.tables["reading"]
view_day: Table = SQLModel.metadata.tables["view_day"]
view_count: Table = SQLModel.metadata.tables["view_count"]
follower_day: Table = SQLModel.metadata.tables["follower_day"]
audit_event: Table = SQLModel.metadata.tables["audit_event"]
heartbeat: Table = SQLModel.metadata.tables["heartbeat"]
alert_target: Table = SQLModel.metadata.tables["alert_target"]
alert_told: Table = SQLModel.metadata.tables["alert_told"]
checked: Table = SQLModel.metadata.tables["checked"]
