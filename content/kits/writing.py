"""Writing `campaign.toml`: what `content.kits.reading` reads."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from content.kits.kit import Kit, KitItem, Value

_HEAD = "# Loa ghi lại từ một chiến dịch; sửa được bằng tay. D là ngày mốc, giờ theo múi giờ của đơn vị."


def write_plan(kit: Kit) -> str:
    """The plan's text; reading it in a folder that holds the items gives the same kit."""
    return "\n".join(line for part in _parts(kit) for line in (*part, ""))


def _parts(kit: Kit) -> Iterator[list[str]]:
    anchor = f"{kit.anchor[0]:02d}/{kit.anchor[1]:02d}" if kit.anchor else ""
    texts = {"name": kit.name, "anchor": anchor, "anchor_name": kit.anchor_name, "about": kit.about}
    told = [f"{key} = {_text(value)}" for key, value in (texts | {"tag": kit.tag}).items() if value]
    yield [_HEAD, "", *told, f"checked_on = {kit.checked_on.isoformat()}"]
    if kit.roles:
        yield ["[roles]", *(f"{_text(role)} = {_list(names)}" for role, names in kit.roles.items())]
    yield from map(_value, kit.values)
    for doubt in kit.unverified:
        yield ["[[unverified]]", f"what = {_text(doubt.what)}", f"items = {_list(doubt.items)}"]
    yield from map(_item, kit.items)


def _value(one: Value) -> list[str]:
    texts = {"name": one.name, "label": one.label, "hint": one.hint}
    lines = [f"{key} = {_text(value)}" for key, value in texts.items() if value]
    lines += [f"stands_as = {_list(one.stands_as)}"] if one.stands_as else []
    return ["[[values]]", *lines, *(["later = true"] if one.later else [])]


def _item(one: KitItem) -> list[str]:
    days = f"{one.days:+d}" if one.days else ""
    texts = {"file": one.path.name, "offset": f"D{days} {one.at:%H:%M}"}
    people = {key: text for key, text in {"lead": one.lead, "partner": one.partner}.items() if text}
    lines = [f"{key} = {_text(value)}" for key, value in texts.items()]
    lines += [f"channels = {_list(one.channels)}"]
    lines += [f"{key} = {_text(value)}" for key, value in people.items()]
    return ["[[items]]", *lines, *(["working_day = true"] if one.working_day else [])]


def _text(value: str) -> str:
    """A basic string of TOML, which escapes as JSON does but for one character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _list(values: Iterable[str]) -> str:
    return f"[{', '.join(map(_text, values))}]"
