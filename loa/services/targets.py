"""Where alerts go: addresses in apprise's form, stored encrypted, and the sending itself.

apprise brings some hundred kinds of services; it is imported only when something is sent or added.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import unquote

from sqlalchemy import Connection, delete, insert, select, update

from connectors.redact import redact
from content.approval import Role
from content.errors import LoaError, NotFound, PlatformTrouble, RefusedByRule, UsageError
from content.text import nearest
from content.wording import say
from loa.services.alerts import Severity
from loa.services.connecting import one_writer_of_secrets
from loa.services.people import Person
from loa.services.workspace import Workspace
from loa.speech import one_line
from loa.vault import Vault
from scheduler import audit
from scheduler.store import units
from scheduler.store.tables import alert_target, alert_told

if TYPE_CHECKING:
    from apprise import Apprise

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,39}")
_SCHEME = re.compile(r"\s*([a-z][a-z0-9+.-]{1,30})://\S", re.IGNORECASE)
_PARTS = re.compile(r"[^/:@?&=,;#\s]{3,}")
LONGEST_TROUBLE = 200


@dataclass(frozen=True)
class TargetView:
    """One target as lists show it; the address itself is a secret and is not among it."""

    name: str
    scheme: str
    least: Severity
    added_by: str
    added_at: datetime
    tried_at: datetime | None
    sent_at: datetime | None
    failures: int
    trouble: str


def listing(connection: Connection) -> list[TargetView]:
    """All targets, by name."""
    columns = [column for column in alert_target.c if column.name not in ("ciphertext", "unit")]
    mine = alert_target.c.unit == units.session_unit(connection)
    rows = connection.execute(select(*columns).where(mine).order_by(alert_target.c.name))
    return [TargetView(**{**row._mapping, "least": Severity(row.least)}) for row in rows]


def add(workspace: Workspace, actor: Person, name: str, url: str, least: Severity) -> TargetView:
    """Store an address; raises UsageError when apprise does not understand it, never repeating it."""
    actor.must_be(Role.OPERATOR)
    if not _NAME.fullmatch(name):
        raise UsageError("alerts.bad_name", name=name)
    url = url.strip()
    scheme = _SCHEME.match(url)
    with _heard():
        understood = scheme is not None and _messenger(url) is not None
    if scheme is None or not understood:
        raise UsageError("alerts.bad_url")
    now = workspace.now()

    def work(connection: Connection) -> TargetView:
        if units.is_kept_apart(connection):
            raise RefusedByRule("unit.alerts_at_publisher")
        one_writer_of_secrets(connection)
        if connection.execute(select(alert_target.c.name).where(alert_target.c.name == name)).first():
            raise RefusedByRule("alerts.exists", name=name)
        connection.execute(
            insert(alert_target).values(
                name=name,
                scheme=scheme[1].lower(),
                ciphertext=workspace.vault.hide(url),
                least=least,
                added_by=actor.name,
                added_at=now,
                failures=0,
                trouble="",
            )
        )
        audit.record(
            connection,
            at=now,
            actor=actor.name,
            action="alert_target_added",
            subject=name,
            scheme=scheme[1].lower(),
            least=least,
        )
        return next(view for view in listing(connection) if view.name == name)

    return workspace.database.run(work)


def remove(workspace: Workspace, actor: Person, name: str) -> None:
    """Forget an address and what was told there."""
    actor.must_be(Role.OPERATOR)
    now = workspace.now()

    def work(connection: Connection) -> None:
        _must_be_known(connection, name)
        connection.execute(delete(alert_told).where(alert_told.c.target == name))
        connection.execute(delete(alert_target).where(alert_target.c.name == name))
        audit.record(connection, at=now, actor=actor.name, action="alert_target_removed", subject=name)

    workspace.database.run(work)


def test(workspace: Workspace, actor: Person, name: str) -> None:
    """Send a message that says that it is a test; raises PlatformTrouble when it does not arrive."""
    actor.must_be(Role.OPERATOR)
    with workspace.database.read() as connection:
        _must_be_known(connection, name)
    unit = workspace.config.unit.name
    trouble = send(workspace, name, say("alerts.test.title", unit=unit), say("alerts.test.body", unit=unit))
    now = workspace.now()
    workspace.database.run(lambda c: note(c, name, now, trouble))
    if trouble:
        raise PlatformTrouble("alerts.not_sent", name=name, why=trouble)


def send(workspace: Workspace, name: str, title: str, body: str) -> str:
    """Send one message. Returns what went wrong, without a secret; empty when it was taken.

    Never raises: one target's trouble is no reason to leave the others without news.
    """
    with workspace.database.read() as connection:
        hidden = connection.execute(
            select(alert_target.c.ciphertext).where(alert_target.c.name == name)
        ).scalar()
    if hidden is None:
        return say("alerts.gone", name=name)
    try:
        url = workspace.vault.show(hidden)
    except LoaError as error:
        return one_line(str(error))
    with _heard() as lines:
        try:
            messenger = _messenger(url)
            taken = messenger is not None and messenger.notify(title=title, body=body, body_format="text")
        except Exception as error:  # a hundred services by other people: whatever it is, it was not sent
            lines.append(f"{type(error).__name__}: {error}")
            taken = False
    return "" if taken else _trouble(lines, url)


def note(connection: Connection, name: str, now: datetime, trouble: str) -> None:
    """Write how a sending ended."""
    mine = update(alert_target).where(alert_target.c.name == name)
    if trouble:
        failures = alert_target.c.failures + 1
        connection.execute(mine.values(tried_at=now, failures=failures, trouble=trouble))
    else:
        connection.execute(mine.values(tried_at=now, sent_at=now, failures=0, trouble=""))


def rehide(connection: Connection, vault: Vault) -> int:
    """Every address under the vault's newest key, within the transaction of a rotation.

    Returns how many; raises RefusedByRule when one cannot be read: the key it was hidden with is lost.
    """
    rows = connection.execute(select(alert_target.c.name, alert_target.c.ciphertext)).all()
    for row in rows:
        try:
            hidden = vault.hide(vault.show(row.ciphertext))
        except UsageError:
            raise RefusedByRule("alerts.lost", name=row.name) from None
        connection.execute(
            update(alert_target).where(alert_target.c.name == row.name).values(ciphertext=hidden)
        )
    return len(rows)


def _must_be_known(connection: Connection, name: str) -> None:
    names = list(connection.execute(select(alert_target.c.name)).scalars())
    if name not in names:
        raise NotFound("alerts.unknown", name=name, nearest=nearest(name, names) or "–")


def _messenger(url: str) -> Apprise | None:
    """apprise with this one address; None when it does not understand it, or finds several in it."""
    import apprise

    asset = apprise.AppriseAsset(
        app_id="Loa",
        app_desc="Loa",
        app_url="",
        async_mode=False,
        storage_mode=apprise.PersistentStoreMode.MEMORY,  # nothing beside our own database
        allow_templates=False,  # a body holds words of platforms: nobody's template
        pem_autogen=False,
        pgp_autogen=False,
        http_redirects=False,
    )
    messenger = apprise.Apprise(asset=asset)
    return messenger if messenger.add(url) and len(messenger) == 1 else None


@contextmanager
def _heard() -> Iterator[list[str]]:
    """What apprise says meanwhile, which may name addresses: it goes here and into nobody's log."""
    lines: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            text = record.getMessage()
            if record.levelno >= logging.WARNING or "Exception" in text:  # the cause comes as debug
                lines.append(text)

    log, ear = logging.getLogger("apprise"), Ear()
    before = log.level, log.propagate
    log.addHandler(ear)
    log.setLevel(logging.DEBUG)
    log.propagate = False
    try:
        yield lines
    finally:
        log.removeHandler(ear)
        log.setLevel(before[0])
        log.propagate = before[1]


def _trouble(lines: list[str], url: str) -> str:
    """The last words about a failure, without any part of the address."""
    said = one_line("; ".join(lines[-3:])) or say("alerts.no_reason")
    secret = {part for text in (url, unquote(url)) for part in _PARTS.findall(text)}
    for part in sorted(secret, key=len, reverse=True):
        said = re.sub(re.escape(part), "•••", said, flags=re.IGNORECASE)
    return redact(said, longest=LONGEST_TROUBLE)
