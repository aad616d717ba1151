"""`make fuzz N=2000`: every parser under fire, and a table of what came of it."""

from __future__ import annotations

import argparse
import resource
import sys

import click

from tests.fuzz.engine import SEED, attack, told
from tests.fuzz.targets import TARGETS

MEMORY_BYTES = 3 * 1024**3
"""No input is worth more: beyond it the parser gets a MemoryError, which is a crash."""


def main() -> int:
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--examples", type=int, default=2000)
    given.add_argument("--seed", type=int, default=SEED)
    given.add_argument("--target", action="append", choices=[target.name for target in TARGETS])
    chosen = given.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    click.echo(f"LOA_SEED={chosen.seed}")
    click.echo(f"{'target':20} {'inputs':>8} {'refused':>8} {'crashes':>8} {'seconds':>8} {'slowest':>8}")
    inputs = crashes = 0
    for target in TARGETS:
        if chosen.target and target.name not in chosen.target:
            continue
        tally = attack(target, chosen.examples, chosen.seed)
        inputs, crashes = inputs + tally.inputs, crashes + len(tally.crashes)
        click.echo(
            f"{tally.name:20} {tally.inputs:8} {tally.refused:8} {len(tally.crashes):8} "
            f"{tally.seconds:8.1f} {tally.slowest_s:8.3f}",
        )
        for crash in tally.crashes:
            click.echo(told(crash))
    click.echo(f"{'together':20} {inputs:8} {'':8} {crashes:8}")
    return 1 if crashes else 0


sys.exit(main())
