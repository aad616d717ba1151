"""A little of `make fuzz` in every run of the suite, and the inputs that once broke a parser."""

from __future__ import annotations

import time

import pytest

from tests.fuzz.corpus import ONCE
from tests.fuzz.engine import SEED, Target, attack, told
from tests.fuzz.targets import TARGETS

EXAMPLES = 40
BY_NAME = {target.name: target for target in TARGETS}


@pytest.mark.parametrize("target", TARGETS, ids=list(BY_NAME))
def test_a_parser_answers_or_refuses_and_never_breaks(target: Target):
    tally = attack(target, EXAMPLES)
    assert not tally.crashes, f"LOA_SEED={SEED}\n" + "\n".join(map(told, tally.crashes))
    assert tally.inputs >= EXAMPLES / 2, "the grammar of this target has run dry"


@pytest.mark.parametrize(("name", "broke", "data"), ONCE, ids=[f"{name}: {broke}" for name, broke, _ in ONCE])
def test_what_once_broke_a_parser_is_now_answered(name: str, broke: str, data: bytes):
    target = BY_NAME[name]
    began = time.process_time()
    try:
        target.feed(data)
    except target.refuses as refusal:
        str(refusal)  # it can be told
    assert time.process_time() - began < target.longest_s, broke
