"""A legal reviewer lets one rule pass over one document in one text, or takes that back.

Signed with the officer's key and believed only by the trust file, like an approval. Bound to the text's
digest: an edit leaves it behind, and another document or rule that comes up later still holds the post.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Connection, insert

from content.approval import Role
from content.errors import NotFound, RefusedByRule, UsageError
from content.finding import Finding
from content.severities import OVERRIDABLE
from content.text import fold, normalise
from content.variant import Variant, text_digest
from content.waiver import LONGEST_REASON, SHORTEST_REASON, Waiver
from loa.services import acting, law, overrides, trusting
from loa.services.overrides import OverrideView
from loa.services.people import Person
from loa.services.posts import AnyRow, delivery_rows, parsed, post_row
from loa.services.workspace import Workspace
from scheduler import audit, waivers
from scheduler.status import DONE, Status
from scheduler.store.tables import waiver
from scheduler.witness import name_of


def override(
    workspace: Workspace,
    actor: Person,
    key: str,
    *,
    reason: str,
    rule: str = "",
    document: str = "",
    revision: int = 0,
) -> OverrideView:
    """Let a block of the law pass in a post as it stands now; rule and document where there is a choice.

    `revision` is the one that the reviewer read, where they say: an edit in the meantime is refused. Raises
    RefusedByRule for whoever wrote some of it or is no reviewer, and where nothing is to be let pass.
    """
    actor.must_be(Role.REVIEWER)
    why, now = _reason(reason), workspace.now()

    def work(connection: Connection) -> int:
        row = post_row(connection, key)
        if revision and revision != row.revision:
            raise RefusedByRule("override.edited_since", post=key, read=revision, now=row.revision)
        rows = delivery_rows(connection, key)
        if actor.name in _wrote(row, rows):
            raise RefusedByRule("override.own_post", post=key, name=actor.name)
        signer = trusting.signer_of(workspace, actor)
        chosen = _chosen(_open(workspace, connection, row, rows), key, rule, document)
        word = Waiver(
            post=key,
            source_sha256=text_digest(row.source),
            rule=chosen.rule,
            about=chosen.about,
            officer=actor.name,
            role=Role.REVIEWER,
            reason=why,
            at=now,
        )
        while workspace.trust.witness.is_taken_back(name_of(word)):  # a new word, not the one taken back
            word = replace(word, at=word.at + timedelta(microseconds=1))
        word = replace(word, signature=signer.sign(word.statement()))
        if not workspace.trust.believes(word):  # said here, not left for the publisher to find
            raise RefusedByRule("override.not_believed", name=actor.name)
        workspace.trust.witness.pin_override(name_of(word), word.post, word.rule, word.about)
        made: int = connection.execute(
            insert(waiver)
            .values(
                post_id=word.post,
                source_sha256=word.source_sha256,
                rule=word.rule,
                about=word.about,
                officer=word.officer,
                role=word.role,
                reason=word.reason,
                at=word.at,
                signature=word.signature,
                voided_by="",
                void_reason="",
            )
            .returning(waiver.c.id)
        ).scalar_one()
        audit.record(
            connection,
            at=now,
            actor=actor.name,
            action="law_overridden",
            subject=key,
            rule=word.rule,
            document=word.about,
            text=word.source_sha256,
            override=made,
            reason=why,
        )
        return made

    made = workspace.database.run(work)
    return next(one for one in overrides.listing(workspace, key) if one.id == made)


def undo(
    workspace: Workspace, actor: Person, key: str, *, reason: str, rule: str = "", document: str = ""
) -> list[OverrideView]:
    """Take back all overrides of a post that nobody took back yet, or those of a rule or a document.

    Those too that the database does not show at this moment (their `id` is 0).
    """
    actor.must_be(Role.REVIEWER, Role.APPROVER)
    acting.need(reason)
    why, now = " ".join(normalise(reason).split()), workspace.now()

    def work(connection: Connection) -> tuple[list[int], list[OverrideView]]:
        post_row(connection, key)
        mine = waivers.rows(connection, waiver.c.post_id == key, waiver.c.voided_at.is_(None))
        taken = [row for row in mine if _is_meant(row.rule, row.about, rule, document)]
        hidden = _hidden(workspace, key, taken, rule, document)
        if not taken and not hidden:
            raise RefusedByRule("override.nothing_to_undo", post=key)
        waivers.void(connection, workspace.trust, taken, actor.name, why, now, hidden=hidden)
        lost = [
            OverrideView(0, key, rule, about, "–", "–", now, "undone", now, actor.name, why)
            for rule, about in hidden.values()
        ]
        told = [(row.id, row.rule, row.about) for row in taken]
        for number, of_rule, about in [*told, *((0, one.rule, one.document) for one in lost)]:
            audit.record(
                connection,
                at=now,
                actor=actor.name,
                action="law_override_undone",
                subject=key,
                rule=of_rule,
                document=about,
                override=number,
                reason=why,
            )
        return [row.id for row in taken], lost

    taken, lost = workspace.database.run(work)
    return [*(one for one in overrides.listing(workspace, key) if one.id in taken), *lost]


def _hidden(
    workspace: Workspace, key: str, shown: Sequence[AnyRow], rule: str, document: str
) -> dict[str, tuple[str, str]]:
    """Those that were given and are not among the rows: deleted, or marked as taken back, by another hand."""
    names = {name_of(waivers.given(row)) for row in shown}
    noted = workspace.trust.witness.overrides_of(key)
    meant = {name: what for name, what in noted.items() if _is_meant(*what, rule, document)}
    return {name: what for name, what in meant.items() if name not in names}


def _reason(written: str) -> str:
    why = " ".join(normalise(written).split())
    if len(why) < SHORTEST_REASON:
        raise UsageError("override.reason_short", least=SHORTEST_REASON)
    if len(why) > LONGEST_REASON:
        raise UsageError("override.reason_long", most=LONGEST_REASON)
    return why


def _wrote(row: AnyRow, rows: Sequence[AnyRow]) -> set[str]:
    """Contributors by the post's row and by what was submitted."""
    wrote = set(row.contributors.split(","))
    for d in rows:
        try:
            wrote |= set(Variant.parse(d.payload).contributors)
        except ValueError:
            continue  # not submitted, or damaged: then nothing of it leaves
    return wrote


def _open(workspace: Workspace, connection: Connection, row: AnyRow, rows: Sequence[AnyRow]) -> list[Finding]:
    """What the law blocks on the days on which it can still go out, and nobody has let pass yet."""
    now = workspace.now()
    over = DONE | {Status.CANCELLED}
    moments = [max(now, d.due_at) for d in rows if d.due_at and d.status not in over]
    read, _ = parsed(workspace, row)
    found = law.findings(workspace, read, moments)
    left = overrides.marked(workspace, found, overrides.counting_for(workspace, connection, row))
    blocks = [remark for remark in left if remark.severity == "block" and remark.rule in OVERRIDABLE]
    return list({(remark.rule, remark.about): remark for remark in blocks}.values())


def _chosen(offered: Sequence[Finding], key: str, rule: str, document: str) -> Finding:
    if rule and _full(rule) not in OVERRIDABLE:
        raise RefusedByRule("override.never", rule=rule, known=", ".join(OVERRIDABLE))
    if not offered:
        raise RefusedByRule("override.nothing", post=key)
    meant = [remark for remark in offered if _is_meant(remark.rule, remark.about, rule, document)]
    exact = [remark for remark in meant if document and fold(remark.about) == fold(document)]
    if len(exact or meant) == 1:
        return (exact or meant)[0]
    choices = "\n".join(f'  --rule {one.rule} --document "{one.about}"' for one in meant or offered)
    if not meant:
        raise NotFound("override.no_such", choices=choices)
    raise UsageError("override.choose", post=key, choices=choices)


def _is_meant(rule: str, about: str, asked_rule: str, asked_document: str) -> bool:
    """A part of the document's name will do."""
    wanted = " ".join(asked_document.split())
    return (not asked_rule or _full(asked_rule) == rule) and fold(wanted) in fold(about)


def _full(rule: str) -> str:
    return rule if "." in rule else f"law.{rule}"
