"""What happened to a delivery that waits for a person, and what may be decided about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

from rich.text import Text

from content.wording import say
from loa.services.aftermath import KINDS
from loa.services.deliveries import DeliveryView, Dossier
from loa.speech import number, one_line
from tui import details, keymap
from tui.rooms import decisions


def name_of(kind: str) -> str:
    return say(f"tui_outage.kind.{kind}.name")


def counted(kinds: Iterable[str], total: int) -> str:
    """How many wait, and of what kind those are that are listed."""
    count = Counter(kinds)
    if not total:
        return say("tui_outage.nothing")
    told = " · ".join(f"{name_of(kind)} {number(count[kind])}" for kind in KINDS if count[kind])
    key = "tui_outage.count_cut" if total > count.total() else "tui_outage.count"
    return say(key, total=number(total), listed=number(count.total()), told=told)


def about(view: DeliveryView, kind: str, names: Sequence[str]) -> Text:
    """One sentence on what happened, one on what to look at, then every decision that is allowed."""
    whole = Text(one_line(view.title), style="bold")
    happened = say(f"tui_outage.kind.{kind}.happened", channel=one_line(view.channel))
    whole.append(f"\n{name_of(kind)} – {happened}", style="not bold")
    whole.append(f"\n{say(f'tui_outage.kind.{kind}.look')}", style="not bold")
    key = keymap.shown(keymap.named("outage.decide").keys[0])
    whole.append(f"\n\n{say('tui_outage.decisions', key=key)}", style="bold")
    for name in names:
        told = say(f"tui.decide.{name}.about")
        whole.append(f"\n• {decisions.name_of(name).rstrip('…')} – {told}", style="not bold")
    if not names:
        whole.append(f"\n• {say('tui.decide.nothing')}", style="not bold")
    return whole


def evidence(dossier: Dossier, zone: ZoneInfo) -> Text:
    """Approvals, every attempt with what the platform answered, addresses."""
    return Text(f"{say('tui_outage.evidence')}\n", style="bold").append_text(details.text(dossier, zone))
