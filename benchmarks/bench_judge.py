"""What judging costs: eight candidates of one function with five examples, in one sandbox.

    python benchmarks/bench_judge.py [--rounds 25]

For each mechanism of this machine, the median and the 95th percentile of starting a sandbox that
does nothing, of judging eight candidates that are right, and eight that differ: some right, some
wrong, some that raise. None of them runs into a limit; that costs the limit, once per candidate.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable

from rich.console import Console
from rich.table import Table

from code_checks.execution.judge import judge_python
from code_checks.sandbox import Level, Mechanism, run
from code_checks.sandbox.probing import try_mechanism

_RIGHT = '''"""A module as people write it."""

from __future__ import annotations

import re
from collections import Counter


def most_common(text: str, count: int = 1) -> list[tuple[str, int]]:
    """Return the most common words of a text, the first ones first."""
    words = re.findall(r"[a-z']+", text.lower())
    return Counter(words).most_common(count)
'''
_DIFFERENT = (
    _RIGHT,
    _RIGHT.replace(".lower()", ""),
    _RIGHT.replace("most_common(count)", "most_common()"),
    _RIGHT.replace("Counter(words)", "Counter(text)"),
    _RIGHT.replace("re.findall", "re.missing"),
    _RIGHT.replace("words)", "word)"),
    _RIGHT.replace("[a-z']+", r"\\w+"),
    _RIGHT,
)
_EXAMPLES = (
    "assert most_common('a b a') == [('a', 2)]",
    "assert most_common('A b a') == [('a', 2)]",
    "assert most_common('') == []",
    "assert most_common('one two', 2) == [('one', 1), ('two', 1)]",
    'assert most_common("don\'t, don\'t") == [("don\'t", 2)]',
)


def measure(level: Level, rounds: int) -> dict[str, list[float]]:
    """Return the milliseconds of each round, by what was done."""
    work: dict[str, Callable[[], object]] = {
        "start": lambda: run(["/bin/true"], {}, level=level),
        "8 right": lambda: judge_python([_RIGHT] * 8, _EXAMPLES, level=level),
        "8 different": lambda: judge_python(_DIFFERENT, _EXAMPLES, level=level),
    }
    return {name: [_milliseconds(task) for _ in range(rounds)] for name, task in work.items()}


def _milliseconds(task: Callable[[], object]) -> float:
    begun = time.perf_counter()
    task()
    return (time.perf_counter() - begun) * 1000


def main() -> None:
    """Measure, and print a table and a last line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rounds", type=int, default=25)
    rounds = parser.parse_args().rounds
    table = Table("mechanism", "what", "median ms", "95th percentile ms")
    figures: dict[str, dict[str, dict[str, float]]] = {}
    for mechanism in (Mechanism.BUBBLEWRAP, Mechanism.LANDLOCK, Mechanism.SEATBELT):
        level, reason = try_mechanism(mechanism)
        if level is None:
            table.add_row(mechanism.value, reason)
            continue
        for name, milliseconds in measure(level, rounds).items():
            ordered = sorted(milliseconds)
            found = {
                "median_ms": round(statistics.median(ordered), 1),
                "p95_ms": round(ordered[int(len(ordered) * 0.95)], 1),
            }
            figures.setdefault(mechanism.value, {})[name] = found
            table.add_row(mechanism.value, name, str(found["median_ms"]), str(found["p95_ms"]))
    Console().print(table)
    print(json.dumps({"cpus": os.cpu_count(), "rounds": rounds, "judging": figures}))


if __name__ == "__main__":
    main()
