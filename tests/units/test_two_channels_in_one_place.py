"""Two units' channels that lead to one place: the second is refused with commands that work."""

from __future__ import annotations

import re

import pytest

from content.errors import RefusedByRule
from loa.services import channels, confirming
from tests.units.conftest import Province
from tests.units.test_keeping_units import loa


def test_a_folder_of_another_commune_is_refused_and_the_way_out_works(keyed: Province):
    house, b = keyed.house, keyed.b
    taken = channels.get(house.workspace, keyed.a.channel).account
    settings = {"folder": taken}
    channels.add(b.workspace, b.people["ky"], "trang", platform="website", settings=settings, secrets={})
    with pytest.raises(RefusedByRule) as met:
        confirming.confirm(house.workspace, house.people["ky"], "trang", "00002")
    said = str(met.value)
    assert f"kênh {keyed.a.channel} của đơn vị 00001" in said
    assert "channel set" not in said, "the folder of a channel cannot be changed"
    on_their_pc, here = (found.strip(". ").split() for found in re.findall(r"loa (channel [^:.]+)", said))
    code, _, told = loa(keyed, *on_their_pc, user="ky00002", folder=b.workspace.folder)
    assert code == 0, told
    code, _, told = loa(keyed, *here)
    assert (code, channels.get(house.workspace, "trang-2").account) == (0, "site-trang-2"), told
