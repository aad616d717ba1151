"""Signatures agree with the outputs of Zalo's own Java SDK."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.zalo.signing import (
    VERIFIER_LENGTH,
    app_secret_proof,
    challenge_of,
    consent_url,
    new_verifier,
    read_callback,
    webhook_mac,
)
from content.wording import catalogue
from tests.oracles.zalo import vectors


@pytest.mark.parametrize("row", vectors()["pkce_s256"])
def test_a_pkce_challenge_is_the_sdks(row: dict[str, str]):
    assert challenge_of(row["code_verifier"]) == row["code_challenge"]


@pytest.mark.parametrize("row", vectors()["appsecret_proof"])
def test_a_proof_is_the_sdks(row: dict[str, str]):
    assert app_secret_proof(row["app_secret"], row["access_token"]) == row["header_value"]


@pytest.mark.parametrize("row", vectors()["webhook_mac"])
def test_a_webhook_mac_is_the_sdks(row: dict[str, str]):
    made = webhook_mac(row["app_id"], row["raw_body"], row["timestamp"], row["oa_secret_key"])
    assert made == row["header"]


def test_a_new_verifier_is_43_letters_and_another_each_time():
    verifiers = {new_verifier() for _ in range(50)}
    assert len(verifiers) == 50
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", verifier) for verifier in verifiers)
    assert VERIFIER_LENGTH == 43


def test_the_consent_link_is_the_one_for_an_oa():
    url = consent_url(
        "https://oauth.zaloapp.com/",
        app_id="12",
        redirect_uri="https://xa.example/zalo?a=1",
        challenge="abc",
        state="s",
    )
    assert url == (
        "https://oauth.zaloapp.com/v4/oa/permission?app_id=12&redirect_uri=https%3A%2F%2Fxa.example%2Fzalo%3Fa%3D1"
        "&code_challenge=abc&state=s"
    )


@pytest.mark.parametrize(
    ("callback", "found"),
    [
        ("https://xa.example/zalo?code=c1&oa_id=7&state=s", ("c1", "")),
        ("https://xa.example/zalo?code=c1&oa_id=7", ("c1", "")),
        ("https://xa.example/zalo?code=c1&oa_id=8&state=s", ("", "other_oa_code")),
        ("https://xa.example/zalo?code=c1&state=s", ("", "no_oa")),
        ("https://xa.example/zalo?code=c1&oa_id=7&state=other", ("", "other_state")),
        ("https://xa.example/zalo?error_code=-14003&oa_id=7", ("", "callback_error")),
        ("https://xa.example/zalo?error=access_denied", ("", "no_code")),
        ("http://[", ("", "no_code")),
        ("", ("", "no_code")),
    ],
)
def test_a_code_is_taken_for_our_oa_only(callback: str, found: tuple[str, str]):
    assert read_callback(callback, oa_id="7", state="s") == found
    assert not found[1] or f"zalo.login.{found[1]}" in catalogue("vi")


def test_a_new_channel_takes_the_code_of_any_oa():
    assert read_callback("https://xa.example/zalo?code=c1&oa_id=8") == ("c1", "")


@given(st.text(), st.text(), st.text(), st.text())
def test_no_text_breaks_a_signature(one: str, two: str, three: str, four: str):
    if any("\ud800" <= letter <= "\udfff" for letter in one + two + three + four):
        return
    assert webhook_mac(one, two, three, four).startswith("mac=")
    assert len(app_secret_proof(one, two)) == 64
