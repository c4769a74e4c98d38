"""A few small problems with tests, and what three made-up models wrote for them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

Row = Mapping[str, Any]

TASKS: tuple[Row, ...] = (
    {
        "task_id": "Line/Small/0/L0",
        "prompt": "def double(n):\n    result = n\n",
        "suffix": "    return result\n",
        "canonical_solution": "    result = result * 2\n",
        "test": "def check(double):\n    assert double(4) == 8\n    assert double(0) == 0\n",
        "entry_point": "double",
    },
    {
        "task_id": "Line/Small/0/L1",
        "prompt": "def double(n):\n    result = n * 2\n",
        "suffix": "",
        "canonical_solution": "    return result\n",
        "test": "def check(double):\n    assert double(4) == 8\n",
        "entry_point": "double",
    },
    {
        "task_id": "Line/Small/1/L0",
        "prompt": "def largest(numbers):\n    best = numbers[0]\n    for number in numbers:\n",
        "suffix": "            best = number\n    return best\n",
        "canonical_solution": "        if number > best:\n",
        "test": "def check(largest):\n    assert largest([1, 3, 2]) == 3\n",
        "entry_point": "largest",
    },
    {
        "task_id": "Line/Small/2/L0",
        "prompt": "def greet(name):\n",
        "suffix": '    return f"{greeting}, {name}!"\n',
        "canonical_solution": '    greeting = "Hello"\n',
        "test": 'def check(greet):\n    assert greet("Ada") == "Hello, Ada!"\n',
        "entry_point": "greet",
    },
)  # fmt: skip

SAYS: Mapping[str, tuple[float, Mapping[str, str]]] = {
    # Right, right, does not parse, right.
    "alpha": (1.0, {
        "Line/Small/0/L0": "    result = result * 2\n",
        "Line/Small/0/L1": "    return result\n\n\nprint(double(2))",
        "Line/Small/1/L0": "        if number >\n",
        "Line/Small/2/L0": "    greeting = 'Hello'\n",
    }),
    # Right in other words, wrong, right, does not know the name.
    "beta": (2.0, {
        "Line/Small/0/L0": "    result += n\n",
        "Line/Small/0/L1": "    return n\n",
        "Line/Small/1/L0": "        if number > best:\n",
        "Line/Small/2/L0": "    greeting = hello\n",
    }),
    # Right, right, wrong, wrong.
    "gamma": (4.0, {
        "Line/Small/0/L0": "    result = result * 2\n",
        "Line/Small/0/L1": "    return result\n",
        "Line/Small/1/L0": "        if number < best:\n",
        "Line/Small/2/L0": "    greeting = 'Good day'\n",
    }),
}  # fmt: skip
"""What each model says, and what one call of it costs."""


def recordings(models: Iterable[str] = SAYS) -> list[Row]:
    """Return the rows of a recorded file."""
    return [
        {"task_id": task, "model": model, "samples": [text], "cost": SAYS[model][0]}
        for model in models
        for task, text in SAYS[model][1].items()
    ]


def written(path: Path, rows: Iterable[Row]) -> Path:
    """Write rows as JSON lines, packed if the name says so, and return the path."""
    data = "".join(json.dumps(row) + "\n" for row in rows).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path
