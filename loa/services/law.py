"""The law in one workspace: its documents, what posts cite, what the publisher asks before it sends."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from sqlalchemy import Connection, select

from content.approval import Role
from content.checks import gravest_first, pieces
from content.errors import NotFound, UsageError
from content.finding import Finding
from content.frontmatter import PostFileError, parse_post, read_post
from content.law import Citation, Document, Registry, find, shipped
from content.law.checks import Piece, Watch, check_law
from content.law.validity import Validity
from content.law.vanban import LARGEST_BYTES, VanBanError, read_rows, written
from content.post import Post
from content.text import fold, normalise
from content.variant import Variant
from content.waiver import Waived
from content.whole import write_whole
from loa.services.people import Person
from loa.services.workspace import Workspace
from scheduler import audit
from scheduler.status import DONE, Status
from scheduler.store.tables import delivery
from scheduler.store.tables import post as post_table

OWN = "van_ban.csv"
"""The unit's own rows, beside config.toml; a missing file is an empty one."""


@dataclass(frozen=True)
class Cited:
    """A reference with the documents it may mean, and their validity on the day asked about."""

    citation: Citation
    documents: tuple[Document, ...]
    validity: tuple[Validity, ...]


@dataclass(frozen=True)
class Reading:
    """What a text cites, and what is to be said about it."""

    cited: list[Cited]
    findings: list[Finding]


@dataclass(frozen=True)
class Affected:
    """Something public that cites what is not in force any more."""

    delivery: str
    post: str
    url: str
    published_at: datetime | None
    findings: list[Finding]


def registry(workspace: Workspace) -> Registry:
    """What Loa ships, and over it the unit's own rows; raises VanBanError with every cell to mend."""
    file = workspace.folder / OWN
    try:
        status = file.stat()
    except FileNotFoundError:
        return shipped()
    known = _with_own(file, status.st_mtime_ns, status.st_size)
    if isinstance(known, VanBanError):
        raise known
    return known


@lru_cache(maxsize=8)
def _with_own(file: Path, _changed_ns: int, size: int) -> Registry | VanBanError:
    """Read once for each state of the file, whatever came of it: every post that leaves asks for it."""
    try:
        return shipped().with_own(_rows_of(file, size))
    except VanBanError as error:
        return error


def _rows_of(file: Path, size: int) -> list[Document]:
    return read_rows(_text_of(file, size), place=file.name, own=True)


def _text_of(file: Path, size: int) -> str:
    if size > LARGEST_BYTES:
        values: dict[str, object] = {"mib": LARGEST_BYTES // 2**20}
        raise VanBanError([Finding("law.file_large", "block", file.name, values)], file.name)
    try:
        return file.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        finding = Finding("law.file_not_utf8", "block", file.name, {"byte": error.start})
        raise VanBanError([finding], file.name) from None


def _best(workspace: Workspace) -> tuple[Registry, list[Finding]]:
    """The registry; without the unit's own rows, and a word about it, while its file cannot be read."""
    try:
        return registry(workspace), []
    except (VanBanError, OSError) as error:
        return shipped(), [Finding("law.own_file_broken", "warn", OWN, {"file": OWN, "detail": str(error)})]


def findings(workspace: Workspace, post: Post, moments: Collection[datetime]) -> list[Finding]:
    """What a post cites, judged on each day of publishing in the unit's zone; today where none is set."""
    known, remarks = _best(workspace)
    texts = list(pieces(post))
    for on in _days(workspace, moments):
        for remark in check_law(texts, known, on, workspace.config.checks):
            if remark not in remarks:
                remarks.append(remark)
    return gravest_first(remarks)


def texts_of(workspace: Workspace, what: str) -> list[Piece]:
    """The texts of a file (a post's, or any plain text) or of a post that is stored; raises NotFound."""
    file = Path(what)
    if file.is_file():
        try:
            post, _ = read_post(file, workspace.config.zone)
            return [replace(piece, place=_at(piece, post, file.name)) for piece in pieces(post)]
        except PostFileError:
            return [Piece(file.name, normalise(_text_of(file, file.stat().st_size)), 1)]
    with workspace.database.read() as connection:
        row = connection.execute(select(post_table).where(post_table.c.id == what)).first()
    if row is None:
        raise NotFound("law.no_text", what=what)
    post, _ = parse_post(row.source, file_name=f"{row.id}.md", zone=workspace.config.zone)
    return list(pieces(post))


def _at(piece: Piece, post: Post, name: str) -> str:
    return name if piece.place == f"{post.key}.md" else piece.place


def read(workspace: Workspace, texts: Iterable[Piece], on: date | None = None) -> Reading:
    """Every reference of some texts with what is known about it on a day; today when none is given."""
    on = on or _today(workspace)
    known = registry(workspace)
    texts = list(texts)
    cited = [_cited(known, citation, on) for piece in texts for citation in find(piece.text)]
    return Reading(cited, gravest_first(check_law(texts, known, on, workspace.config.checks)))


def _cited(known: Registry, citation: Citation, on: date) -> Cited:
    meant = known.meant(citation, on)
    return Cited(citation, meant, tuple(document.validity(on) for document in meant))


def listing(workspace: Workspace, words: str = "", on: date | None = None) -> list[tuple[Document, Validity]]:
    """The documents whose number, name or subject hold all these words, marks aside, with their validity."""
    on = on or _today(workspace)
    wanted = fold(words).split()
    found = []
    for document in registry(workspace):
        told = fold(f"{document.label} {document.title} {document.issuer}")
        if all(word in told for word in wanted):
            found.append((document, document.validity(on)))
    return found


def get(workspace: Workspace, designation: str) -> tuple[Document, ...]:
    """All documents of a số/ký hiệu: there may be several; raises NotFound."""
    found = registry(workspace).bearing(designation)
    if not found:
        raise NotFound("law.unknown", document=designation)
    return found


def import_table(workspace: Workspace, actor: Person, file: Path) -> tuple[int, int]:
    """Take a CSV table into the unit's own rows, all of it or nothing; new and changed rows are counted.

    Raises VanBanError naming every cell that is wrong, NotFound without such a file.
    """
    actor.must_be(Role.REVIEWER, Role.APPROVER)
    try:
        rows = _rows_of(file, file.stat().st_size)
    except (FileNotFoundError, IsADirectoryError):
        raise NotFound("law.no_file", file=file) from None
    except OSError as error:
        raise UsageError("law.file_unread", file=file, reason=error.strerror or error) from None
    imported = {document.key: document for document in rows}

    def work(connection: Connection) -> tuple[int, int]:
        """The file is replaced inside the transaction: one importer at a time, and recorded or not done."""
        own = workspace.folder / OWN
        was = {d.key: d for d in (_rows_of(own, own.stat().st_size) if own.exists() else [])}
        new = len(imported.keys() - was.keys())
        changed = sum(was[key] != document for key, document in imported.items() if key in was)
        if new or changed:
            audit.record(
                connection,
                at=workspace.now(),
                actor=actor.name,
                action="law_imported",
                subject=OWN,
                new=new,
                changed=changed,
                documents=[document.designation for document in rows][:200],
            )
            write_whole(own, written({**was, **imported}.values()).encode())
        return new, changed

    return workspace.database.run(work)


def table(workspace: Workspace, *, own_only: bool = False) -> str:
    """The registry as CSV text, to be mended in a spreadsheet and imported again."""
    return written(d for d in registry(workspace) if d.own or not own_only)


def affected(workspace: Workspace) -> list[Affected]:
    """What is public and cites documents that are not in force today: to be corrected or taken down."""
    known, _ = _best(workspace)
    looked_for = Watch(known, _today(workspace), workspace.config.checks)
    query = select(delivery).where(delivery.c.status.in_(DONE - {Status.REMOVED})).order_by(delivery.c.seq)
    found = []
    with workspace.database.read() as connection:
        for row in connection.execute(query):
            try:
                variant = Variant.parse(row.payload)
            except ValueError:
                continue
            if remark := looked_for.refusal(_texts(variant)):
                found.append(Affected(row.id, row.post_id, row.url, row.published_at, [remark]))
    return found


def watch(workspace: Workspace) -> Callable[[Variant, datetime, Collection[Waived]], str]:
    """For the gate: why a variant may not be published at an instant, as reason and document."""
    at_hand: dict[tuple[int, date], Watch] = {}

    def against(variant: Variant, moment: datetime, waived: Collection[Waived]) -> str:
        known, _ = _best(workspace)
        on = moment.astimezone(workspace.config.zone).date()
        key = (id(known), on)
        if key not in at_hand:
            if len(at_hand) > 400:  # days; posts are planned for a year
                at_hand.clear()
            at_hand[key] = Watch(known, on, workspace.config.checks)
        remark = at_hand[key].refusal(_texts(variant), waived)
        return f"{remark.rule}: {_told(remark)}" if remark else ""

    return against


def _told(remark: Finding) -> str:
    """Document and since when, as numbers: the reason is stored once and read in any language."""
    since = remark.values.get("since")
    by = str(remark.values.get("by") or "")
    return f"{remark.values['document']}" + (f", {since}" if since else "") + by


def _texts(variant: Variant) -> Sequence[str]:
    alts = (ref.alt for ref in variant.media)
    return [variant.title, variant.summary, variant.text, *variant.citations, *alts]


def _days(workspace: Workspace, moments: Collection[datetime]) -> list[date]:
    zone = workspace.config.zone
    return sorted({moment.astimezone(zone).date() for moment in moments}) or [_today(workspace)]


def _today(workspace: Workspace) -> date:
    return workspace.now().astimezone(workspace.config.zone).date()
