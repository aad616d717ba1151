"""A regular backup whose copy of the database does not fit beside it: people are told why there is none."""

from __future__ import annotations

import resource
from dataclasses import replace
from pathlib import Path

import pytest

from loa.services import health, regular
from tests.support.office import Office


@pytest.mark.sqlite
def test_a_copy_that_does_not_fit_is_noted_with_its_reason(desk: Office, tmp_path: Path) -> None:
    workspace = desk.workspace
    (tmp_path / "sao").mkdir()
    plan = replace(workspace.config.backup, folder=tmp_path / "sao")
    workspace.config = replace(workspace.config, backup=plan)
    regular.make_key(workspace, desk.people["ky"], "mot cum mat khau that dai")
    workspace.database.close()  # all of it is in the one file now, so that notes fit below its size
    size = (desk.folder / "loa.db").stat().st_size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size // 2, hard))
    try:
        regular.tend(workspace)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    with workspace.database.read() as connection:
        tried = health.noted(connection, "backup_try")
    assert tried is not None
    assert tried[1]["why"]
