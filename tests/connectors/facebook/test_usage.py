"""Rate-limit headers as recorded, and as nobody would expect them."""

from __future__ import annotations

import pytest

from connectors.facebook.usage import highest_per_cent, minutes_until_access


@pytest.mark.parametrize(
    ("headers", "per_cent"),
    [
        ({"X-App-Usage": '{"call_count":28,"total_time":25,"total_cputime":25}'}, 28),
        ({"X-Page-Usage": '{"call_count":1,"total_time":90,"total_cputime":2}'}, 90),
        ({"X-App-Usage": '"17%"'}, 17),
        ({"X-App-Usage": "17%"}, 17),
        ({"X-App-Usage": "17"}, 17),
        ({"X-Business-Use-Case-Usage": '{"1":[{"type":"pages","call_count":95,"total_time":20}]}'}, 95),
        ({"X-App-Usage": "{broken"}, None),
        ({"X-App-Usage": "null"}, None),
        ({"X-App-Usage": '{"call_count":true}'}, None),
        ({"X-App-Usage": '{"call_count":-3}'}, None),
        ({}, None),
    ],
)
def test_the_tightest_allowance_counts(headers: dict[str, str], per_cent: int | None):
    assert highest_per_cent(headers) == per_cent


def test_the_longest_wait_counts_but_no_longer_than_a_day():
    usage = (
        '{"1":[{"estimated_time_to_regain_access":3},{"estimated_time_to_regain_access":8}],"2":"?","3":[4]}'
    )
    assert minutes_until_access({"X-Business-Use-Case-Usage": usage}) == 8
    endless = '{"1":[{"estimated_time_to_regain_access":99999999}]}'
    assert minutes_until_access({"X-Business-Use-Case-Usage": endless}) == 24 * 60
    assert minutes_until_access({}) == 0
