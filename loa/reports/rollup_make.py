"""The report a unit sends to the one above: made from the ledger, signed by an officer, kept as sent."""

from __future__ import annotations

from dataclasses import dataclass

from content.errors import NotFound, RefusedByRule
from content.rollup import report as files
from content.rollup.report import Figure, PlatformFigure, Report
from content.text import normalise
from content.wording import catalogue
from loa import __version__
from loa.reports import forms, rollup_sum, sums
from loa.services import reporting, rollup_outbox, rollup_units
from loa.services.people import Person
from loa.services.report_facts import Facts
from loa.services.report_periods import Period
from loa.services.trusting import fingerprint
from loa.services.workspace import Workspace
from loa.speech import one_line

_NOT_ADDED = ("so_ngay",)
"""Ten communes that posted on the same day are one day of the province: as a sum it would be nobody's."""
_KINDS = {(12, 1): "year", (6, 1): "half", (6, 7): "half"}


@dataclass(frozen=True)
class Made:
    """A report that was made, or was made before (`again`). `changed`: the figures are other ones by now."""

    digest: str
    number: int
    fingerprint: str
    again: bool
    changed: bool
    unfinished: bool
    undecided: int
    """Reports below that contradict each other: they are not in the figures."""
    sent: int
    expected: int
    remarks: tuple[str, ...]
    """What its signer has to know of the reports below that are in it, and of those that are not."""
    data: bytes


def make(
    workspace: Workspace, actor: Person, period: Period, *, correct: bool = False, notes: str = ""
) -> Made:
    """Make and sign the report of a period; the same again where it was made, unless it is to be corrected.

    Raises RefusedByRule for a correction of nothing or with nothing to correct, and for days to come.
    """
    rollup_outbox.must_sign(workspace, actor)  # before anything is counted
    if period.since(workspace.config.zone) > workspace.now():
        raise RefusedByRule("rollup.not_begun", period=period.label)
    key = rollup_units.own_key(workspace)
    facts = reporting.facts(workspace, "periodic", period)
    own = own_figures(workspace, facts)
    area = _area(workspace, period, own)
    summed = area.sum if area else None
    early = (one.signed.report.counted_until for one in area.unfinished) if area else ()
    now = workspace.now()
    fresh = Report(
        level=key[0],
        code=key[1],
        name=one_line(normalise(workspace.config.unit.name))[: files.LONGEST_NAME],
        first=period.first,
        last=period.last,
        period_kind=kind_of(period),
        counted_until=min([facts.as_of, *early]).replace(microsecond=0),
        created_at=now.replace(microsecond=0),
        loa=__version__,
        signer=one_line(normalise(actor.full_name or actor.name))[: files.LONGEST_NAME],
        expected=summed.units if summed else 1,
        own=own,
        area=summed.figures() if summed else own,
        included=summed.included if summed else (),
        platform=platform_figures(facts),
        notes=normalise(notes).strip(),
    )
    kept = rollup_outbox.keep(workspace, actor, fresh, correct=correct)
    signed = kept.signed
    return Made(
        signed.report.digest,
        signed.report.number,
        fingerprint(signed.key),
        kept.again,
        kept.changed,
        facts.unfinished,
        len(area.open_still) if area else 0,
        summed.sent if summed else 0,
        summed.expected if summed else 0,
        tuple(rollup_sum.remarks(area)) if area else (),
        signed.file(),
    )


def file_name(workspace: Workspace, period: Period, number: int) -> str:
    """`bao-cao-xa-00004-20260101-20260630-lan-1.json`."""
    level, code = rollup_units.own_key(workspace)
    days = f"{period.first:%Y%m%d}-{period.last:%Y%m%d}"
    return f"bao-cao-{level.replace('_', '-')}-{code}-{days}-lan-{number}{files.ENDING}".lower()


def own_figures(workspace: Workspace, facts: Facts) -> tuple[Figure, ...]:
    """Every counter that forms know, with the words of the form it stands in; those of forms first.

    A sum of which some figures are missing is not known: added up above, nobody would see it.
    """
    told: dict[str, int | None] = dict(forms.counters(facts))
    gaps = forms.incomplete(facts)
    told |= {name: int(one.value) if one and one.whole else None for name, one in gaps.items()}
    words = {**_ledger_words(facts), **_form_words(workspace)}
    return tuple(
        Figure(name, *(words.get(name) or (_word(name), "")), value, int(value is not None), 1)
        for name, value in sorted(told.items(), key=lambda one: (one[0] not in words, one[0]))
        if name not in _NOT_ADDED
    )


def platform_figures(facts: Facts) -> tuple[PlatformFigure, ...]:
    """What each platform said of each channel, as it defines it."""
    platform = {one.channel: one.platform for one in facts.channels}
    found = [
        PlatformFigure(
            one.channel,
            platform.get(one.channel, ""),
            one.metric,
            " ".join(normalise(one.definition).split())[:2_000],
            one.highest if one.of_channel else one.total,  # followers are one figure, the newest
            one.known,
            one.posts,
        )
        for one in facts.summaries
    ]
    return tuple(found[: files.MOST_PLATFORM_FIGURES])


def kind_of(period: Period) -> str:
    """`year`, `half`, `quarter`, `month`, or `days` for any others."""
    if period.months == 1:
        return "month"
    if period.months == 3 and period.first.month % 3 == 1:
        return "quarter"
    return _KINDS.get((period.months, period.first.month), "days")


def _area(workspace: Workspace, period: Period, own: tuple[Figure, ...]) -> rollup_sum.Summed | None:
    """The area's sum; None for a unit that never had units below. One that took reports and lost its list
    would tell its own figures as those of the whole area: raises NotFound."""
    try:
        return rollup_sum.summed(workspace, period, own)
    except NotFound:
        if rollup_units.have_reported(workspace):
            raise
        return None


def _form_words(workspace: Workspace) -> dict[str, tuple[str, str]]:
    """Label and measure by counter, of the form's row that shows it alone."""
    found = {}
    for form in forms.listing(workspace.folder):
        for row in form.rows:
            label, unit = (one_line(normalise(part)) for part in (row.name, row.unit))
            if row.formula.strip().isidentifier() and not row.yes_no:
                found[row.formula.strip()] = label[: files.LONGEST_NAME], unit[:40]
    return found


def _ledger_words(facts: Facts) -> dict[str, tuple[str, str]]:
    """Label and measure of each kind of activity, and of what is counted of it."""
    found = {}
    for kind in facts.activities:
        found[f"{sums.OF_KIND}{kind.kind}"] = one_line(kind.label)[: files.LONGEST_NAME], ""
        for one in kind.amounts:
            label = one_line(f"{kind.label}: {one.label}")[: files.LONGEST_NAME]
            found[f"{sums.OF_KIND}{kind.kind}__{one.measure}"] = label, one_line(one.unit)[:40]
    return found


def _word(name: str) -> str:
    """Vietnamese, whatever this screen speaks: the file is for another office."""
    words = catalogue("vi")
    kind, platform = (name.removeprefix(prefix) for prefix in ("bai_", "luot_"))
    if (told := words.get(f"rollup.figure.{name}")) is not None:
        return told
    if kind != name and (label := words.get(f"content.kinds.{kind}")):
        return words["rollup.of.kind"].format(kind=label)
    if platform == name:
        return name
    return words["rollup.of.platform"].format(
        platform=words.get(f"tui_accounts.platform.{platform}", platform)
    )
