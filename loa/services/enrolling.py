"""A new channel: what it is declared with, whose identity it is; written with lane and secrets at once."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from sqlalchemy import Connection, insert, select

from connectors import registry
from connectors.contract import Capabilities, Field
from content.errors import RefusedByRule, UsageError
from content.text import nearest, normalise
from loa.services import limits
from loa.services.connecting import put_secrets
from loa.services.people import Person
from loa.services.workspace import Workspace
from scheduler import audit
from scheduler.store import units
from scheduler.store.tables import channel, lane
from scheduler.witness import digest_of_channel

_ID = re.compile(r"[a-z][a-z0-9_-]{1,39}")
_ADDRESS = re.compile(r"(https?):/+(?=[^/])", re.IGNORECASE)
"""With one slash too: so the first versions wrote a site's address as its account."""

LONGEST = 20_000
"""Letters of a setting or secret; the longest that anybody needs, a list of short forms, has thousands."""


def enrol(
    workspace: Workspace,
    actor: Person,
    channel_id: str,
    *,
    platform: str,
    account: str,
    name: str,
    settings: Mapping[str, str],
    secrets: Mapping[str, str],
    action: str = "channel_added",
) -> None:
    """Write a new channel with its lane and secrets in one transaction; the values were checked before."""
    account = identity(platform, channel_id, account, settings)
    now = workspace.now()

    def work(connection: Connection) -> None:
        _must_be_free(connection, channel_id)
        limits.must_have_room_for_a_channel(connection)
        others = select(channel.c.id, channel.c.account).where(channel.c.platform == platform)
        if not _ADDRESS.match(account):  # has one spelling: thousands of others need not be read
            others = others.where(channel.c.account == account)
        known = {spelled(row.account): row.id for row in connection.execute(others)}
        if twin := known.get(account):  # one post to both would be published twice in one place
            raise RefusedByRule("cli.channel.twin", id=twin, platform=platform, account=account)
        connection.execute(
            insert(channel).values(
                id=channel_id,
                platform=platform,
                account=account,
                name=normalise(name) or channel_id,
                settings=json.dumps(dict(settings), ensure_ascii=False, sort_keys=True),
                state="ok",
                state_reason="",
                version=1,
                created_at=now,
                updated_at=now,
            )
        )
        connection.execute(insert(lane).values(channel_id=channel_id, owner="", fence=0, failures=0))
        put_secrets(connection, workspace.vault, channel_id, secrets)
        audit.record(
            connection,
            at=now,
            actor=actor.name,
            action=action,
            subject=channel_id,
            platform=platform,
            account=account,
        )
        # Last: a channel that was not added after all would be missed for ever.
        stored = json.dumps(dict(settings), ensure_ascii=False, sort_keys=True)
        unit = units.session_unit(connection)
        digest = digest_of_channel(platform, account, stored, unit)
        workspace.trust.witness.pin_channel(channel_id, digest, unit)

    workspace.database.run(work)


def identity(platform: str, channel_id: str, account: str, settings: Mapping[str, str]) -> str:
    """What tells this channel apart from others of its platform: the platform's own id, or a setting."""
    capabilities = registry.capabilities(platform)
    if capabilities.identity:
        named = (settings.get(capabilities.identity) or _default(capabilities) or channel_id).strip()
        if _ADDRESS.match(named):
            return spelled(named)
        return PurePosixPath(named).as_posix()  # a folder: `./site` and `site/` are one
    return account or channel_id


def spelled(account: str) -> str:
    """An address in its one spelling, `scheme://host[:port]/path`; anything else as it is.

    Approvals cover the account as it was stored, so an old spelling is read this way and never rewritten.
    """
    found = _ADDRESS.match(account)
    if not found:
        return account
    try:
        parts = urlsplit(f"{found[1].lower()}://{account[found.end() :]}")
    except ValueError:
        return account
    host = parts.netloc.rpartition("@")[2].lower()
    return f"{parts.scheme}://{host}{parts.path.rstrip('/')}"


def check_settings(platform: str, given: Mapping[str, str], *, all_of: bool = True) -> dict[str, str]:
    """Settings as they are stored; raises UsageError for a slip, and for one that lacks with `all_of`."""
    return fields(registry.capabilities(platform).settings, given, "setting", all_of=all_of)


def must_be_new(workspace: Workspace, channel_id: str) -> None:
    """Raises for an id that is taken or cannot be one: asked before anybody types a token for it."""
    if not _ID.fullmatch(channel_id):
        raise UsageError("cli.channel.bad_id", id=channel_id)
    with workspace.database.read() as connection:
        _must_be_free(connection, channel_id)
        limits.must_have_room_for_a_channel(connection)


def _must_be_free(connection: Connection, channel_id: str) -> None:
    if connection.execute(select(channel.c.id).where(channel.c.id == channel_id)).first():
        raise RefusedByRule("cli.channel.exists", id=channel_id)
    if (free := units.free_name(connection, channel.c.id, channel_id)) != channel_id:
        raise RefusedByRule("unit.name_taken", name=channel_id, free=free)


def _default(capabilities: Capabilities) -> str:
    """What a channel of this platform is called by itself (a website: its folder)."""
    return next((field.default for field in capabilities.settings if field.name == capabilities.identity), "")


def fields(
    declared: tuple[Field, ...], given: Mapping[str, str], what: str, *, all_of: bool = True
) -> dict[str, str]:
    """Given values checked against the declaration: unknown names, missing ones, choices."""
    names = {field.name: field for field in declared}
    for key, value in given.items():
        if key not in names:
            best = nearest(key, names) or ", ".join(names) or "–"
            raise UsageError(f"cli.channel.unknown_{what}", key=key, nearest=best)
        if names[key].choices and value not in names[key].choices:
            raise UsageError(
                "cli.channel.bad_choice", key=key, value=value, choices=", ".join(names[key].choices)
            )
    for key, value in given.items():
        if len(value) > LONGEST:
            raise UsageError("cli.channel.too_long", key=key, count=len(value), most=LONGEST)
    for field in declared:
        if all_of and field.required and not given.get(field.name):
            raise UsageError(f"cli.channel.missing_{what}", key=field.name)
    return {key: normalise(value) for key, value in given.items()}
