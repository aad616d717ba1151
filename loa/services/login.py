"""Signing in at a platform: drives a connector's conversation and stores what it brought, at once or never.

The conversation is the connector's (connectors.extras.LogsIn); what a person sees is a `Skin`: the command
line, a window, a test. What is said in between stays in memory: an end of any kind before the last answer
leaves the workspace as it was.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import parse_qsl

from sqlalchemy import Connection, select, update

from connectors import registry
from connectors.contract import Account
from connectors.errors import ConnectorError
from connectors.extras import Ask, Choose, Conversation, Granted, LogsIn, Pause, Question, Tell, Visit
from connectors.http import Http
from connectors.redact import redact
from content.approval import Role
from content.errors import LoaError, PlatformTrouble, RefusedByRule, UsageError
from content.text import normalise
from content.wording import say
from loa.services import channels
from loa.services.channels import ChannelView
from loa.services.connecting import ChannelSecrets, context_for, put_secrets
from loa.services.enrolling import check_settings, enrol, identity, must_be_new
from loa.services.landing import Landing, landing_at
from loa.services.people import Person
from loa.services.workspace import Workspace
from scheduler import audit
from scheduler.store import units
from scheduler.store.tables import channel
from scheduler.witness import digest_of_channel

LONGEST_PAUSE_S = 60.0


@dataclass(frozen=True)
class Step:
    """One sentence of the conversation in words. What is asked again keeps its number; a pause has none."""

    number: int
    words: str


class Skin(Protocol):
    """How a person is spoken with. Any exception ends the conversation with nothing stored."""

    def tell(self, step: Step) -> None:
        """Show it; return when it was read."""
        ...

    def ask(self, step: Step, *, secret: bool, default: str) -> str:
        """What was typed; a secret one is not to be shown."""
        ...

    def choose(self, step: Step, options: Sequence[tuple[str, str]]) -> str:
        """The value of one of the (value, what a person reads)."""
        ...

    def visit(self, step: Step, address: str, landing: Landing | None) -> str:
        """The address at which the browser was left: from `landing`, where there is one, or pasted."""
        ...

    def pause(self, step: Step, seconds: float) -> None:
        """Wait; a person may break it off."""
        ...


@dataclass(frozen=True)
class SignIn:
    """A sign-in to be held: for a channel that there is, or for a new one of `platform`."""

    channel: str
    platform: str
    name: str
    settings: Mapping[str, str]
    known: ChannelView | None


def plan(
    workspace: Workspace,
    actor: Person,
    channel_id: str,
    *,
    platform: str = "",
    name: str = "",
    settings: Mapping[str, str],
) -> SignIn:
    """Everything that can be refused is refused here, before anybody types anything."""
    actor.must_be(Role.OPERATOR)
    known = None
    if any(view.id == channel_id for view in channels.listing(workspace)):
        known = channels.get(workspace, channel_id)
    if known is None and not platform:
        raise UsageError("login.which_platform", id=channel_id, known=", ".join(registry.platforms()))
    if known and platform not in ("", known.platform):
        raise RefusedByRule("login.other_platform", id=channel_id, platform=known.platform)
    platform = known.platform if known else platform
    if not hasattr(registry.connector_class(platform), "login"):
        raise UsageError("login.not_offered", id=channel_id, platform=platform)
    if known and registry.capabilities(platform).identity in settings:
        raise RefusedByRule("cli.channel.identity_stays", key=registry.capabilities(platform).identity)
    if not known:
        must_be_new(workspace, channel_id)
    chosen = check_settings(platform, settings, all_of=False)
    return SignIn(channel_id, platform, name, chosen, known)


def sign_in(workspace: Workspace, actor: Person, what: SignIn, skin: Skin) -> ChannelView:
    """Hold the conversation and store what it brought, in one transaction.

    Raises PlatformTrouble when the platform is in the way and RefusedByRule when another identity signed in.
    """
    typed: list[str] = []
    http = Http(pool=2, now=workspace.now)
    try:
        granted = drive(_conversation(workspace, what, http), skin, typed)
        if what.known:
            _renew(workspace, actor, what, what.known, granted)
        else:
            enrol(
                workspace,
                actor,
                what.channel,
                platform=what.platform,
                account=granted.account,
                name=what.name or granted.name,
                settings={**what.settings, **granted.settings},
                secrets=granted.secrets,
                action="channel_signed_in",
            )
    except ConnectorError as error:
        said = redact(channels.trouble(error, what.channel), typed)
        raise PlatformTrouble("login.failed", said=said) from None
    finally:
        http.close()
    return channels.get(workspace, what.channel)


def drive(conversation: Conversation, skin: Skin, typed: list[str] | None = None) -> Granted:
    """Put the conversation's questions to the skin until it ends; whatever ends it early closes it.

    `typed` receives the secrets that were given on the way, for redaction.
    """
    typed = [] if typed is None else typed
    number, before = 0, ""
    try:
        question = next(conversation)
        while True:
            topic = f"{type(question).__name__} {getattr(question, 'name', '') or question.key}"
            if not isinstance(question, Pause) and topic != before:
                number, before = number + 1, topic
            answer = _put(question, Step(number, say(question.key, **question.values)), skin)
            typed += _secrets_in(question, answer)
            question = conversation.send(answer)
    except StopIteration as end:
        granted = end.value
        assert isinstance(granted, Granted)
        return granted
    finally:
        conversation.close()


def _put(question: Question, step: Step, skin: Skin) -> str:
    match question:
        case Tell():
            skin.tell(step)
        case Ask():
            typed = skin.ask(step, secret=question.secret, default=question.default)
            return normalise(typed).strip() or question.default
        case Choose():
            values = [value for value, _ in question.options]
            while (chosen := skin.choose(step, question.options)) not in values:
                pass
            return chosen
        case Visit():
            with landing_at(question.listen) as landing:
                return skin.visit(step, question.address, landing).strip()
        case Pause():
            skin.pause(step, min(question.seconds, LONGEST_PAUSE_S))
    return ""


def _secrets_in(question: Question, answer: str) -> list[str]:
    if isinstance(question, Ask):
        return [answer] if question.secret else []
    if isinstance(question, Visit):  # the code it carries is one-use, and as good as a password until then
        values = [value for _, value in parse_qsl(answer.partition("?")[2])]
        return [value for value in (answer, *values) if len(value) >= 8]
    return []


def _conversation(workspace: Workspace, what: SignIn, http: Http) -> Conversation:
    """From a connector that sees the channel's settings and secrets, and writes to neither."""
    known = what.known
    secrets: Mapping[str, str] = {}
    if known:
        try:
            secrets = ChannelSecrets(workspace, what.channel).read()
        except LoaError:  # the key is lost: a sign-in is what repairs it
            secrets = {}
    settings = {**(known.settings if known else {}), **what.settings}
    account = Account(what.channel, known.account if known else "", what.name, settings, secrets)
    context = context_for(workspace, what.platform, account, http, _Scratch(secrets))
    connector = registry.connect(what.platform, context)
    assert isinstance(connector, LogsIn)  # `plan` has looked
    return connector.login()


class _Scratch:
    """A `SecretStore` that forgets: nothing is stored before the conversation has come to its end."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._secrets = dict(secrets)

    def read(self) -> Mapping[str, str]:
        return dict(self._secrets)

    @contextmanager
    def alone(self) -> Iterator[None]:
        yield

    def replace(self, secrets: Mapping[str, str]) -> None:
        self._secrets |= secrets


def _renew(workspace: Workspace, actor: Person, what: SignIn, known: ChannelView, granted: Granted) -> None:
    """New secrets for the same identity; the approvals that stand are for no other."""
    found = identity(
        what.platform, what.channel, granted.account, {**known.settings, **what.settings, **granted.settings}
    )
    if found != known.account:
        raise RefusedByRule(
            "login.other_account",
            id=what.channel,
            account=known.account,
            known=known.name,
            found=found,
            name=granted.name,
        )
    now = workspace.now()

    def work(connection: Connection) -> None:
        mine = channel.c.id == what.channel
        row = connection.execute(select(channel).where(mine)).one()  # as it is now: minutes have passed
        settings = {**json.loads(row.settings), **what.settings, **granted.settings}
        connection.execute(
            update(channel)
            .where(mine)
            .values(
                settings=json.dumps(settings, ensure_ascii=False, sort_keys=True),
                name=normalise(what.name) or row.name,
                version=channel.c.version + 1,
                updated_at=now,
            )
        )
        if row.unit == units.session_unit(connection):  # another unit's is to be confirmed (`confirming`)
            digest = digest_of_channel(row.platform, row.account, json.dumps(settings), row.unit)
            workspace.trust.witness.pin_channel(what.channel, digest, row.unit)
        put_secrets(connection, workspace.vault, what.channel, granted.secrets)
        audit.record(
            connection,
            at=now,
            actor=actor.name,
            action="channel_signed_in",
            subject=what.channel,
            settings=sorted({**what.settings, **granted.settings}),
            secrets=sorted(granted.secrets),
        )

    with ChannelSecrets(workspace, what.channel).alone():  # a renewal under way would write over it
        workspace.database.run(work)
