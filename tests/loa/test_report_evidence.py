"""The evidence of a period: what was approved, seen by anybody, and every file told by its digest."""

from __future__ import annotations

import hashlib
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from content.variant import Variant
from loa.reports import evidence
from loa.services import report_periods, reporting
from scheduler.store.tables import delivery, post
from tests.loa.conftest import Loa
from tests.support.office import Office
from tests.support.office_files import png


@pytest.fixture
def published(office: Office) -> Office:
    (office.folder / "posts" / "anh.png").write_bytes(png())
    office.approved(
        "mot.md",
        title="Một & <b>hai</b>",
        media='\n  - file: anh.png\n    alt: "Tấm thiệp <xanh>."',
        text="Nội dung đã duyệt.",
    )
    office.publish_until(datetime(2026, 11, 9, 2, tzinfo=UTC))
    return office


def opened(file: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(file) as zipped:
        assert zipped.testzip() is None
        return {name: zipped.read(name) for name in zipped.namelist()}


def test_the_pack_holds_what_was_approved_with_pictures_and_digests(
    published: Office, in_office: Loa, tmp_path: Path
) -> None:
    file = tmp_path / "minh-chung.zip"
    answer = in_office("report", "evidence", "--period", "2026", "--to-file", file)
    assert answer.code == 0, answer.err
    files = opened(file)
    manifest: dict[str, Any] = json.loads(files.pop("manifest.json"))
    assert manifest["files"] == {
        name: {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in files.items()
    }
    pages = [data.decode() for name, data in files.items() if name.endswith("bai.html")]
    assert len(pages) == 2
    with published.workspace.database.read() as connection:
        payloads = connection.execute(select(delivery.c.payload)).scalars().all()
    assert {Variant.parse(one).title for one in payloads} == {"Một & <b>hai</b>"}
    for page in pages:
        assert "Nội dung đã duyệt." in page
        assert "Một &amp; &lt;b&gt;hai&lt;/b&gt;" in page
        assert "<b>hai" not in page
        assert "duyet" in page
        assert 'alt="Tấm thiệp &lt;xanh&gt;."' in page
    pictures = [data for name, data in files.items() if name.endswith((".png", ".jpg"))]
    refs = [ref for one in payloads for ref in Variant.parse(one).media]
    assert {hashlib.sha256(data).hexdigest() for data in pictures} == {ref.sha256 for ref in refs}
    index = files["index.html"].decode()
    assert index.count("bai.html") == 2
    assert "CHƯA ĐỐI CHIẾU BẢN GỐC" in index
    assert json.loads(files["so-lieu.json"])["deliveries"] == 2


def test_what_was_approved_is_shown_and_not_what_stands_in_the_post_today(
    published: Office, tmp_path: Path
) -> None:
    published.workspace.database.run(
        lambda c: c.execute(update(post).values(source="khác hẳn", title="Khác"))
    )
    facts = reporting.facts(published.workspace, "periodic", report_periods.named("2026"))
    evidence.pack(published.workspace, facts, tmp_path / "a.zip", lambda *_: None)
    pages = [data.decode() for name, data in opened(tmp_path / "a.zip").items() if name.endswith("bai.html")]
    assert all("Nội dung đã duyệt." in page and "khác hẳn" not in page for page in pages)


def test_a_changed_picture_is_left_out_and_told(published: Office, in_office: Loa, tmp_path: Path) -> None:
    for path in (published.folder / "media").rglob("*.*"):
        path.chmod(0o644)
        path.write_bytes(b"khac")
    answer = in_office("report", "evidence", "--period", "2026", "--to-file", tmp_path / "a.zip", "--json")
    assert len(answer.json["without_picture"]) == 2
    assert "anh" in answer.err
    assert not [name for name in opened(tmp_path / "a.zip") if name.endswith((".png", ".jpg"))]


def test_breaking_off_leaves_nothing_and_the_older_pack_stays(published: Office, tmp_path: Path) -> None:
    target = tmp_path / "a.zip"
    target.write_bytes(b"cu")
    facts = reporting.facts(published.workspace, "periodic", report_periods.named("2026"))

    def stop(done: int, of: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        evidence.pack(published.workspace, facts, target, stop)
    assert target.read_bytes() == b"cu"
    assert [path.name for path in tmp_path.glob(".loa-*")] == []


def test_an_empty_period_and_a_wrong_name(office: Office, in_office: Loa, tmp_path: Path) -> None:
    assert in_office("report", "evidence", "--period", "2020", "--to-file", tmp_path / "a.zip").code == 0
    assert set(opened(tmp_path / "a.zip")) == {"index.html", "so-lieu.json", "manifest.json"}
    assert in_office("report", "evidence", "--period", "2020", "--to-file", tmp_path / "a.docx").code == 2
