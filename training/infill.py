"""Does plain llama.cpp fill holes with this file? The proof that its metadata is right.

    python -m training.infill LLAMA_SERVER FILE.gguf TASKS.jsonl.gz [--holes 16]

LLAMA_SERVER is the program that llama.cpp builds under that name. Its /infill endpoint is asked,
in both orders, for rests of lines of TASKS (from `benchmarks/quality/heldout.py`), cut at the
cursor, as other clients do, and at the head of its line, as Coterie does. Exits 1 if in one of
the four ways fewer than half of the holes get an answer of one line.
"""

from __future__ import annotations

import argparse
import gzip
import json
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gguf import GGUFReader

START_SECONDS = 60
LONGEST_ANSWER = 48
ORDERS = {"prefix-suffix-middle": (), "suffix-prefix-middle": ("--spm-infill",)}


@dataclass(frozen=True, slots=True)
class Task:
    """A hole that begins inside a line and ends with it."""

    before: str
    """The whole lines in front of the hole's line."""
    head: str
    """The hole's line up to the hole."""
    answer: str
    """The text that stood in the hole."""
    behind: str
    """The text after the hole."""


def tasks(path: Path, count: int) -> list[Task]:
    """The first holes of a file that are rests of lines."""
    with gzip.open(path, "rt") as lines:
        rows = (json.loads(line) for line in lines)
        rests = [row for row in rows if row["task_id"].endswith(":rest")]
    if len(rests) < count or count < 1:
        raise SystemExit(f"{path} has {len(rests)} rests of lines; --holes asks for {count}")
    return [read(row) for row in rests[:count]]


def read(row: dict[str, str]) -> Task:
    start = row["prompt"].rfind("\n") + 1
    before, head = row["prompt"][:start], row["prompt"][start:]
    return Task(before, head, row["canonical_solution"], row["suffix"])


def context_length(path: Path) -> int:
    field = GGUFReader(path).get_field("llama.context_length")
    if field is None:
        raise SystemExit(f"{path} does not say llama.context_length")
    return int(field.contents())


@contextmanager
def served(server: Path, model: Path, context: int, options: tuple[str, ...]) -> Iterator[str]:
    """Run the server on a free port of this machine; yield its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [server, "--model", model, "--host", "127.0.0.1", "--port", str(port)]
    # The endpoint cuts what surrounds the hole to one batch, without a look at the context.
    command += ["--ctx-size", str(context), "--batch-size", str(context - 2 * LONGEST_ANSWER)]
    with subprocess.Popen(
        [*command, "--threads", "1", "--parallel", "1", *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            yield wait_for(f"http://127.0.0.1:{port}", process)
        finally:
            process.terminate()


def wait_for(address: str, process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=1):
                return address
        except OSError:
            time.sleep(0.2)
    raise SystemExit("the server did not start")


def infill(address: str, task: Task, *, split: bool) -> str:
    """The rest of the line, as the endpoint gives it. With `split` the line's beginning goes
    behind the middle token, as the endpoint's `prompt`, otherwise into the prefix."""
    question = {
        "input_prefix": task.before if split else task.before + task.head,
        "prompt": task.head if split else "",
        "input_suffix": task.behind,
        "n_predict": LONGEST_ANSWER,
        "temperature": 0.0,
        "stop": ["\n"],
    }
    request = urllib.request.Request(
        f"{address}/infill",
        json.dumps(question).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        return str(json.load(response)["content"])


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("server", type=Path)
    parser.add_argument("gguf", type=Path)
    parser.add_argument("tasks", type=Path)
    parser.add_argument("--holes", type=int, default=16)
    chosen = parser.parse_args()
    asked, context = tasks(chosen.tasks, chosen.holes), context_length(chosen.gguf)
    poor = False
    for order, options in ORDERS.items():
        with served(chosen.server, chosen.gguf, context, options) as address:
            for split in (False, True):
                answers = [infill(address, task, split=split) for task in asked]
                pairs = zip(answers, asked, strict=True)
                exact = sum(answer.rstrip() == task.answer.rstrip() for answer, task in pairs)
                said = sum(bool(answer.strip()) for answer in answers)
                place = "the line's head" if split else "the cursor"
                found = f"{exact} exact, {said} of {len(asked)} answered"
                print(f"/infill, {order}, cut at {place}: {found}")
                poor |= said < len(asked) / 2
    raise SystemExit(poor)


if __name__ == "__main__":
    main()
