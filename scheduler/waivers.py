"""Overrides as they stand in the database, each marked with what is believed of it.

A row counts only by the signature of a trusted reviewer; one that was taken back stays so by the witness,
whatever the database says since. A row that is gone lets nothing pass: rather held than wrong.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, select, true, update

from content.severities import OVERRIDABLE
from content.variant import Variant
from content.waiver import Waived, Waiver, counting
from scheduler.store.tables import waiver
from scheduler.trust import Trust
from scheduler.witness import name_of

_OF_POST = select(waiver).where(waiver.c.post_id == bindparam("b_post")).order_by(waiver.c.id)


def of_post(connection: Connection, trust: Trust, post: str) -> list[Waiver]:
    """Every override that was ever given for a post, the void and the forged ones included and marked."""
    return [believed(row, trust) for row in connection.execute(_OF_POST, {"b_post": post})]


def rows(connection: Connection, *which: ColumnElement[bool]) -> list[Any]:
    """The rows themselves, oldest first."""
    query = select(waiver).where(true(), *which).order_by(waiver.c.id)
    return list(connection.execute(query))


def believed(row: Any, trust: Trust) -> Waiver:
    """One row, what is believed of it marked. One that only the witness knows as taken back is forged."""
    told = given(row)
    undone = trust.witness.is_taken_back(name_of(told))
    return replace(told, genuine=trust.takes(told) and (told.taken_back or not undone))


def given(row: Any) -> Waiver:
    """A row as the rules know it, its signature not looked at yet."""
    return Waiver(
        post=row.post_id,
        source_sha256=row.source_sha256,
        rule=row.rule,
        about=row.about,
        officer=row.officer,
        role=row.role,
        reason=row.reason,
        at=row.at,
        signature=row.signature,
        taken_back=row.voided_at is not None,
    )


def waived(
    connection: Connection, trust: Trust, variant: Variant, contributors: str, unit: str = ""
) -> frozenset[Waived]:
    """What is let pass in exactly this text, by people of its channel's unit. `contributors`: the post's,
    as its row has them."""
    wrote = {*contributors.split(","), *variant.contributors}
    said = [
        one
        for one in of_post(connection, trust, variant.post)
        if trust.covers(one.officer, unit) or trust.leaves(one.officer)
    ]
    told = counting(said, variant.post, variant.source_sha256, wrote)
    return frozenset(one.what for one in told if one.rule in OVERRIDABLE)


def void(
    connection: Connection,
    trust: Trust,
    taken: Iterable[Any],
    by: str,
    why: str,
    now: datetime,
    *,
    hidden: Iterable[str] = (),
) -> None:
    """Take overrides (rows) back for good, and those whose names alone are known: `hidden` at this moment.

    Noted outside the database before the commit: killed in between, they count no more and are given again.
    """
    taken = list(taken)
    trust.witness.take_back([*(name_of(given(row)) for row in taken), *hidden])
    values = {"voided_at": now, "voided_by": by, "void_reason": why}
    for row in taken:
        connection.execute(update(waiver).where(waiver.c.id == row.id).values(**values))
