"""The room Soạn as plain text. `LOA_WRITE_GOLDEN=1` accepts a change."""

from __future__ import annotations

import asyncio
import os
from typing import cast

import pytest
from textual.pilot import Pilot

from content.wording import use_language
from loa.services import drafts
from tests.support.office import Office
from tests.tui.window import goldens, opened, press, same_at_every_size, settled, until
from tui import rooms
from tui.rooms import compose_desk
from tui.rooms.compose import ComposeRoom

STATES = ("list", "editor", "preview", "help")
SOURCE = """---
id: ""
title: Vì sao chọn ngày 9 tháng 11?
kind: hoi_dap
summary: Ngày Quốc hội thông qua bản Hiến pháp đầu tiên.
channels: [website, fanpage]
due: 2026-11-09T07:30:00+07:00
citations:
  - Điều 8 Luật Phổ biến, giáo dục pháp luật
tags: [Ngày Pháp luật]
---

Ngày 09/11/1946, Quốc hội thông qua **Hiến pháp** đầu tiên của nước ta.

Mọi thắc mắc xin gọi {{số điện thoại}}.
"""


@pytest.fixture(autouse=True)
def _calm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "listed", lambda: tuple(rooms.ROOMS))
    monkeypatch.setattr(compose_desk, "PREVIEW_AFTER_S", 0.001)


@pytest.fixture
def desk(busy: Office) -> Office:
    begun = drafts.begin(busy.workspace, "soan", title="Vì sao chọn ngày 9 tháng 11?")
    drafts.keep(busy.workspace, begun, SOURCE)
    kept_at = busy.clock.now().timestamp()
    os.utime(drafts.folder(busy.workspace, begun) / drafts.POST, (kept_at, kept_at))
    return busy


async def show(pilot: Pilot[None], state: str) -> None:
    if state == "list":
        return
    await press(pilot, "enter")
    room = cast("ComposeRoom", pilot.app.room)  # type: ignore[attr-defined]
    await until(pilot, lambda: len(room.desk.preview.channels) == 2)
    await settled(pilot)
    if state != "editor":
        await press(pilot, "f4" if state == "preview" else "f1")


@pytest.mark.parametrize("state", STATES)
def test_the_room_reads_well(desk: Office, state: str) -> None:
    async def look() -> None:
        async with opened(desk, room="compose") as pilot:
            await show(pilot, state)
            await same_at_every_size(pilot, f"compose_{state}")

    asyncio.run(look())


def test_an_empty_room_reads_well(office: Office) -> None:
    async def look() -> None:
        async with opened(office, room="compose") as pilot:
            await same_at_every_size(pilot, "compose_empty")

    asyncio.run(look())


def test_the_room_speaks_english(desk: Office) -> None:
    async def look() -> None:
        use_language("en")
        async with opened(desk, room="compose") as pilot:
            await show(pilot, "editor")
            await same_at_every_size(pilot, "compose_en")

    asyncio.run(look())


def test_no_golden_is_left_over() -> None:
    assert goldens("compose") == {f"compose_{name}" for name in (*STATES, "en", "empty")}
