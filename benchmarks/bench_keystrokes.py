"""Typing on one line of a long file, one request a keystroke, through the whole ensemble.

    python benchmarks/bench_keystrokes.py [--lines 1000] [--keystrokes 40]

Shows, per model, how many tokens each keystroke computed anew, and how long the answer took.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import time

from rich.console import Console
from rich.table import Table

from code_checks.hole import Hole
from ensemble.cascade.completer import Completer
from ensemble.engines.local.host_client import HostClient
from ensemble.models.registry import embedded_models
from ensemble.policy.policy import DEFAULT_POLICY
from ensemble.request import CompletionRequest
from ensemble.trace.candidate_events import Generated

_TYPED = "result = collect(values, start, stop + 1)"
_DEADLINE = 0.25
"""Seconds, as the settings have it for a keystroke."""


async def measure(lines: int, keystrokes: int) -> dict[str, float]:
    """Type and return the figures: milliseconds and tokens."""
    host = HostClient([model.spec() for model in embedded_models()])
    completer = Completer({name: host.engine(name) for name in host.states}, DEFAULT_POLICY)
    for name in host.states:
        await host.loaded(name)
    half = "".join(f"def function_{n}(x):\n    return x * {n}\n\n\n" for n in range(lines // 8))
    milliseconds: list[float] = []
    computed: dict[str, list[int]] = {name: [] for name in host.states}
    try:
        for count in range(keystrokes + 1):
            prefix = f"{half}def middle(values, start, stop):\n    {_TYPED[:count]}"
            hole = Hole("python", prefix, "\n    return result\n\n\n" + half)
            start = time.perf_counter()
            request = CompletionRequest(hole, _DEADLINE, path="long.py", document="long.py")
            answer = await completer.complete(request)
            milliseconds.append((time.perf_counter() - start) * 1000)
            for step in answer.trace:
                if isinstance(step.event, Generated):
                    computed[step.event.model].append(step.event.computed_tokens)
    finally:
        await completer.close()
    ordered = sorted(milliseconds[1:])
    return {
        "first answer, ms": milliseconds[0],
        "median of the others, ms": statistics.median(ordered),
        "95th percentile, ms": ordered[int(len(ordered) * 0.95)],
        **{f"{name}: tokens computed first": found[0] for name, found in computed.items() if found},
        **{
            f"{name}: most computed later": max(found[1:], default=0)
            for name, found in computed.items()
        },
    }


def main() -> None:
    """Measure and print a table, and the same as JSON on the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1000)
    parser.add_argument("--keystrokes", type=int, default=len(_TYPED))
    arguments = parser.parse_args()
    figures = asyncio.run(measure(arguments.lines, arguments.keystrokes))
    table = Table("what", "figure")
    for name, value in figures.items():
        table.add_row(name, f"{value:,.1f}")
    Console().print(table)
    print(json.dumps({name: round(value, 2) for name, value in figures.items()}))


if __name__ == "__main__":
    main()
