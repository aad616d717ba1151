"""A text message is as long as the network says, and is cut where it hurts least."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.sms import fitted, measured, without_marks


@pytest.mark.parametrize(
    ("text", "gsm", "units", "parts"),
    [
        ("", True, 0, 1),
        ("a" * 160, True, 160, 1),
        ("a" * 161, True, 161, 2),
        ("a" * 306, True, 306, 2),
        ("a" * 307, True, 307, 3),
        ("[" * 80, True, 160, 1),  # behind an escape: two places
        ("[" * 81, True, 162, 2),
        ("a" * 152 + "[" + "a" * 152, True, 306, 3),  # the escape is not torn from its letter
        ("ă" * 70, False, 70, 1),
        ("ă" * 71, False, 71, 2),
        ("ă" * 134, False, 134, 2),
        ("ă" * 135, False, 135, 3),
        ("🙂" * 35, False, 70, 1),  # two code units each
        ("a" * 159 + "đ", False, 160, 3),  # one letter makes a long message of a short one
    ],
)
def test_lengths_and_parts_are_the_networks(text, gsm, units, parts):
    message = measured(text)
    assert (message.gsm, message.units, message.parts) == (gsm, units, parts)


def test_marks_are_taken_off_and_nothing_else():
    assert without_marks("Ủy ban “Đổi mới” – 60 ngày… 5.000₫ •") == 'Uy ban "Doi moi" - 60 ngay... 5.000d -'


VIETNAMESE = "aăâbcdđeêghiklmnoôơpqrstuưvxyàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ"


@given(st.text(alphabet=VIETNAMESE + VIETNAMESE.upper() + " .,:;!?()0123456789“”–…/", max_size=300))
@settings(max_examples=200, deadline=None)
def test_vietnamese_without_marks_always_takes_the_cheap_alphabet(text):
    assert measured(without_marks(text)).gsm


LINK = "https://xa.example.vn/bai"


@given(st.lists(st.text(alphabet="abcđế", min_size=1, max_size=12), max_size=90), st.integers(1, 4))
@settings(max_examples=200, deadline=None)
def test_it_fits_keeps_the_link_whole_and_cuts_between_words(words, parts):
    text = " ".join(words)
    message = fitted(text, LINK, parts=parts)
    assert message.parts <= parts
    assert message.text.endswith(LINK)
    assert message == measured(message.text, cut=message.cut)
    said = message.text.removesuffix(LINK).strip()
    if not message.cut:
        assert said == text
        return
    kept = said.removesuffix("...").split()
    assert kept == words[: len(kept)]
    longer = " ".join(words[: len(kept) + 1])
    assert measured(f"{longer}... {LINK}").parts > parts, "a word more would have fitted"


def test_a_link_longer_than_the_message_stays_whole():
    link = f"https://xa.example.vn/{'a' * 200}"
    message = fitted("Ngay Phap luat", link, parts=1)
    assert (message.text, message.parts, message.cut) == (link, 2, True)
