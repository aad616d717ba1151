"""What readers write is kept harmless and without numbers of persons; whether it asks is only guessed."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.comments import LONGEST_LINK, LONGEST_TEXT, kept, masked, seems_a_question, web_link
from content.text import normalise


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("Gọi em 0912345678 nhé", "Gọi em [số điện thoại] nhé"),
        ("zalo0912.345.678", "zalo[số điện thoại]"),
        ("+84 912 345 678", "[số điện thoại]"),
        ("(024) 3826 1234 ạ", "([số điện thoại] ạ"),
        ("CCCD 001099012345", "CCCD [số giấy tờ]"),
        ("CCCD 001 099 012 345", "CCCD [số giấy tờ]"),
        ("CMND 012345678", "CMND [số giấy tờ]"),
        ("STK 1903 1234 5678 9012", "STK [dãy số]"),
        ("thư về nguyen.van-a+x@gmail.com.vn.", "thư về [email]."),
        ("0912 - 345 - 678, hoặc 0987/654/321", "[số điện thoại], hoặc [số điện thoại]"),
        ("0912\u00a0345\u2011678", "[số điện thoại]"),
        ("0️⃣9️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣8️⃣", "[số điện thoại]\ufe0f\u20e3"),
        ("+84:912:345:678", "[số điện thoại]"),
        ("0912,345,678 gặp anh", "[số điện thoại] gặp anh"),
        ("gọi 912 345 678", "gọi [số giấy tờ]"),
        ("CMND 171.234.567 đồng ý", "CMND [số giấy tờ] đồng ý"),
        ("hộ chiếu C12345678", "hộ chiếu [số giấy tờ]"),
        ("abc @ gmail.com, abc(at)gmail.com, abc＠gmail.com", "[email], [email], [email]"),
        ("abc@gmail", "[email]"),
        ("@nguoi-doc-xy3 cho hỏi", "[tài khoản] cho hỏi"),
        ("từ 500.000-1.000.000 đồng, 150000000đ", "từ 500.000-1.000.000 đồng, 150000000đ"),
        ("giá 123.456.789 đồng", "giá 123.456.789 đồng"),
        ("phí 1.050.000 - 2.500 đồng", "phí 1.050.000 - 2.500 đồng"),
        ("giai đoạn 2020-2025 2026-2030", "giai đoạn 2020-2025 2026-2030"),
        ("lúc 2026-11-22 08:30, 20.11.2026 - 22.11.2026", "lúc 2026-11-22 08:30, 20.11.2026 - 22.11.2026"),
        ("08/11/2026 20:30 tại phòng 024, lúc 7h", "08/11/2026 20:30 tại phòng 024, lúc 7h"),
        ("Luật số 60/2014/QH13 ngày 20/11/2014", "Luật số 60/2014/QH13 ngày 20/11/2014"),
        ("Luật 24/2018/QH14; Nghị định 168/2024/NĐ-CP", "Luật 24/2018/QH14; Nghị định 168/2024/NĐ-CP"),
        ("phạt 1.500.000.000 đồng", "phạt 1.500.000.000 đồng"),
        ("lúc 7h30 ngày 09/11/2026, điều 12", "lúc 7h30 ngày 09/11/2026, điều 12"),
    ],
)
def test_numbers_of_persons_are_covered_and_those_of_law_and_money_stay(written: str, stored: str) -> None:
    assert masked(written) == stored


def test_what_would_be_obeyed_or_would_deceive_does_not_arrive() -> None:
    assert kept("Tie\u0302\u0301ng Vie\u0302\u0323t") == "Tiếng Việt", "typed in two code points"
    assert kept("a\x1b[2Jb\u202egnôhk\u202c\u200bc\x00") == "a[2Jbgnôhkc"
    assert kept("một\r\n\r\n\r\n \nhai") == "một\n\nhai"
    assert kept("  \n ") == ""


def test_a_monster_is_cut_and_costs_no_time() -> None:
    assert len(kept("dài " * 200_000)) == LONGEST_TEXT
    assert kept("x" * (LONGEST_TEXT + 1)).endswith("…")
    assert len(kept("1 " * 100_000)) < LONGEST_TEXT
    assert len(kept("a@" * 100_000)) <= LONGEST_TEXT


@given(st.text(max_size=300) | st.text("0123456789 .-+@a/,()[]\n\u0301đ", max_size=80))
def test_keeping_twice_is_keeping_once(text: str) -> None:
    once = kept(text)
    assert kept(once) == once
    assert normalise(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert len(once) <= LONGEST_TEXT
    assert re.search(r"\d{9}", once) is None


@pytest.mark.parametrize(
    "text",
    [
        "Thủ tục mất bao lâu?",
        "cho em hoi nop o dau a",
        "Cho hỏi hồ sơ gồm những gì",
        "Làm thế nào để đăng ký",
        "như vậy có được không ạ",
    ],
)
def test_a_question_is_guessed_with_and_without_tone_marks(text: str) -> None:
    assert seems_a_question(text)


@pytest.mark.parametrize("text", ["Cảm ơn đơn vị", "Hay quá", "Đã nhận được giấy", ""])
def test_thanks_are_no_question(text: str) -> None:
    assert not seems_a_question(text)


def test_only_web_addresses_are_kept() -> None:
    assert web_link(" https://fb.test/1?comment_id=2 ") == "https://fb.test/1?comment_id=2"
    for bad in (
        "javascript:alert(1)",
        "ftp://x",
        "https://a b",
        "https://a\x1b",
        "",
        "https://" + "a" * LONGEST_LINK,
    ):
        assert web_link(bad) == ""
