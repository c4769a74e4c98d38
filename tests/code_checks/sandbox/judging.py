"""Judges candidates in a setting, as the user who starts this, and prints what came of it.

    python -m tests.code_checks.sandbox.judging '{"mechanism": …, "programs": […], "tests": […], …}'

The standard library and the sandbox only: it must run where nothing is installed.
"""

from __future__ import annotations

import json
import sys

from code_checks.execution.judge import judge_python, outputs_python
from code_checks.sandbox import JudgeLimits, Limits
from tests.code_checks.sandbox.settings import level_named

LIMITS = JudgeLimits(
    test_seconds=3.0,
    candidate_seconds=6.0,
    sandbox=Limits(
        wall_seconds=120.0, cpu_seconds=60, disk_bytes=32 << 20, output_bytes=1 << 16, processes=16
    ),
)


def main() -> None:
    """Judge, and print one JSON document."""
    order = json.loads(sys.argv[1])
    level, reason = level_named(order["mechanism"])
    if level is None:
        print(json.dumps({"unavailable": reason}))
        return
    judge = outputs_python if order.get("outputs") else judge_python
    judged = judge(
        order["programs"], order["tests"], limits=LIMITS, files=order["files"],
        runs=order.get("runs", 1), level=level,
    )  # fmt: skip
    print(json.dumps({"judged": [[[str(o.ending), o.detail] for o in row] for row in judged]}))


if __name__ == "__main__":
    main()
