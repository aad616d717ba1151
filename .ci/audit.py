"""Known vulnerabilities among the pinned packages: pip-audit's answer, read without trust.

pip-audit ends with 0 also when its service knew none of the packages (a mirror that answers 404), which
is no audit. So three outcomes are told apart: every package was looked up and none is known to be
vulnerable, some are, the service could not be asked about every package. The last one fails too, unless
the first argument is `warn`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any, Literal

Outcome = Literal["clean", "found", "unreached"]


def main(if_unreached: str, pip_audit: str, *locks: str) -> int:
    """Ask about every lock file and say what was found; returns the exit code."""
    outcomes = []
    for lock in locks:
        outcome, lines = judge(*ask(pip_audit, lock))
        sys.stdout.write("\n  ".join([f"{lock}: {lines[0]}", *lines[1:]]) + "\n")
        outcomes.append(outcome)
    if "unreached" in outcomes:
        sys.stdout.write("WARNING: the pinned packages were not audited, or not all of them\n")
    return int("found" in outcomes or ("unreached" in outcomes and if_unreached != "warn"))


def ask(pip_audit: str, lock: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of pip-audit; it resolves and installs nothing."""
    options = "--require-hashes --disable-pip --format json --progress-spinner off --timeout 20"
    try:
        asked = subprocess.run(  # noqa: S603 our own tool, our own files
            [pip_audit, "--requirement", lock, *options.split()], capture_output=True, text=True, check=False
        )
    except OSError as error:
        return 1, "", f"pip-audit is not installed ({error.strerror})"
    return asked.returncode, asked.stdout, asked.stderr


def judge(code: int, out: str, err: str) -> tuple[Outcome, list[str]]:
    """What one run of pip-audit amounts to, and the lines to show."""
    try:
        packages: list[dict[str, Any]] = json.loads(out)["dependencies"]
    except (ValueError, KeyError, TypeError):
        told = err.strip().splitlines() or ["no answer"]
        return "unreached", [f"NOT AUDITED, the service could not be asked: {told[-1]}"]
    found = [package for package in packages if package.get("vulns")]
    unknown = [package["name"] for package in packages if package.get("skip_reason")]
    if found:
        lines = [f"{len(found)} of {len(packages)} packages have KNOWN VULNERABILITIES"]
        for package in found:
            for one in package["vulns"]:
                mended = ", ".join(one.get("fix_versions") or ["none yet"])
                lines.append(f"{package['name']} {package['version']}: {one['id']}, mended in {mended}")
        return "found", lines
    if unknown or code != 0 or not packages:
        return "unreached", [
            f"NOT AUDITED: the service did not know {len(unknown)} of {len(packages)} packages",
            ", ".join(unknown),
        ]
    return "clean", [f"{len(packages)} packages, no known vulnerability"]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
