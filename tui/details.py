"""The pane beside the table: everything known of one delivery."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from content.wording import say
from loa.services.deliveries import ApprovalView, AttemptView, Dossier
from loa.speech import moment as in_full
from loa.speech import next_step, one_line, outcome, reason, status_word, worded
from scheduler.status import Status
from tui import keymap


class Details(VerticalScroll, can_focus=True, inherit_bindings=False):
    """Approvals and the ledger of attempts; follows the cursor while it is open."""

    BINDINGS = keymap.bindings("details")

    def compose(self) -> ComposeResult:
        yield Static(id="dossier", markup=False)

    def show(self, dossier: Dossier, zone: ZoneInfo) -> None:
        self.query_one("#dossier", Static).update(text(dossier, zone))

    def say(self, sentence: str) -> None:
        """In place of a dossier."""
        self.query_one("#dossier", Static).update(Text(sentence))


def text(dossier: Dossier, zone: ZoneInfo) -> Text:
    """The dossier as it is read aloud."""
    view = dossier.delivery
    whole = Text(one_line(dossier.title), style="bold")
    lines = [f"{one_line(view.id)} · {status_word(view.status, view.remote_id)}"]
    for name, moment in (
        ("cli.column.due", view.due_at),
        ("cli.column.deadline", view.deadline),
        ("cli.column.published_at", view.published_at),
        ("tui.details.verified_at", view.verified_at),
    ):
        if moment is not None or name == "cli.column.due":
            lines.append(f"{say(name)}: {in_full(moment, zone)}")
    if view.url:
        lines.append(f"{say('tui.details.url')}: {one_line(view.url)}")
    if step := next_step(view.status, view.remote_id, view.id):
        lines.append(step)
    if view.status == Status.UNKNOWN and view.next_at is not None:
        lines.append(say("tui.details.looks_again", moment=in_full(view.next_at, zone)))
    if view.last_error:
        lines.append(f"{say('cli.column.reason')}: {reason(view.last_error, view.channel)}")
    whole.append("\n" + "\n".join(lines), style="not bold")
    _section(whole, "approvals", (_approval(given, zone) for given in dossier.approvals))
    _section(whole, "attempts", (_attempt(one, zone) for one in dossier.attempts))
    return whole


def _section(whole: Text, name: str, lines: Iterator[str]) -> None:
    whole.append(f"\n\n{say(f'tui.details.{name}')}", style="bold")
    told = list(lines) or [say(f"tui.details.no_{name}")]
    whole.append("".join(f"\n• {line}" for line in told), style="not bold")


def _approval(given: ApprovalView, zone: ZoneInfo) -> str:
    who = say("cli.queue.approval", officer=one_line(given.officer), role=worded("cli.role", given.role))
    line = f"{who}, {in_full(given.at, zone)}"
    if given.voided_at:
        why = reason(given.void_reason)
        return f"{line} – {say('cli.queue.void', reason=one_line(why))}, {in_full(given.voided_at, zone)}"
    return f"{line} – {say('tui.details.expires', moment=in_full(given.expires_at, zone))}"


def _attempt(one: AttemptView, zone: ZoneInfo) -> str:
    words = outcome(one.outcome)
    line = f"{in_full(one.started_at, zone)}  {worded('cli.step', one.step)}: {words}"
    return f"{line} – {one_line(one.evidence)}" if one.evidence else line
