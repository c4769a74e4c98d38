"""Does plain llama.cpp fill holes with this file? The proof that its metadata is right.

    python -m training.infill LLAMA_SERVER FILE.gguf [--holes 120]

LLAMA_SERVER is the program that llama.cpp builds under that name. Its /infill endpoint is asked,
in both orders, for the one-line holes of evaluate_holes.py, cut at the cursor, as other clients
do, and at the head of its line, as Coterie does. Exits 1 if an order fails to answer or fills
fewer holes than a tenth of what evaluate_holes.py finds right.
"""

from __future__ import annotations

import argparse
import json
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from training.evaluate_holes import LONGEST_ANSWER, Model, Task, tasks
from training.settings import home

START_SECONDS = 60
ORDERS = {"prefix-suffix-middle": (), "suffix-prefix-middle": ("--spm-infill",)}


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
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("server", type=Path)
    parser.add_argument("gguf", type=Path)
    parser.add_argument("--holes", type=int, default=120)
    chosen = parser.parse_args()
    asked = tasks(home() / "heldout", chosen.holes)
    own = Model(chosen.gguf, 1)
    expected = sum(own.complete(task).rstrip() == task.answer.rstrip() for task in asked)
    print(f"packed as Coterie packs: {expected} of {len(asked)} exact")
    poor = False
    for order, options in ORDERS.items():
        with served(chosen.server, chosen.gguf, own.context, options) as address:
            for split in (False, True):
                answers = [infill(address, task, split=split) for task in asked]
                pairs = zip(answers, asked, strict=True)
                exact = sum(answer.rstrip() == task.answer.rstrip() for answer, task in pairs)
                said = sum(bool(answer.strip()) for answer in answers)
                place = "the line's head" if split else "the cursor"
                print(f"/infill, {order}, cut at {place}: {exact} exact, {said} answered")
                poor |= said == 0 or exact < expected / 10
    raise SystemExit(poor)


if __name__ == "__main__":
    main()
