"""Asks local models for every task once and writes down what they say, as `--recorded` reads it.

    python benchmarks/quality/record.py TASKS OUT.jsonl --model NAME=FILE.gguf:SAMPLES...

The prompts, the stop rules and the sampling are the product's: the first sample is the greedy one.
Each answer is written at once, with the seconds that it took, and a run that was interrupted goes
on where it was. Policies are then compared on the file without asking the models again.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import time
from pathlib import Path
from typing import Any

from ensemble.candidate import Candidate
from ensemble.cascade.tier_run import TierRun
from ensemble.engines.local.host_client import HostClient
from ensemble.evaluation.members import Members
from ensemble.evaluation.replay import request
from ensemble.evaluation.tasks import Task, read_tasks
from ensemble.models.registry import ModelSpec
from ensemble.policy.policy import Policy, Tier
from ensemble.routing.route import route
from ensemble.trace.trace import Journal


async def record(tasks: list[Task], models: dict[str, tuple[Path, int]], out: Path) -> None:
    """Ask every model about every task that the file does not have yet."""
    known = {(row["model"], row["task_id"]) for row in _rows(out)}
    host = HostClient([ModelSpec(name=name, path=str(file)) for name, (file, _) in models.items()])
    with out.open("a", encoding="utf-8") as file:
        for number, task in enumerate(tasks, start=1):
            for name, (_, samples) in models.items():
                if (name, task.task_id) not in known:
                    row = await _asked(host, name, samples, task)
                    file.write(json.dumps(row) + "\n")
                    file.flush()
            print(f"\r{number}/{len(tasks)}", end="", file=sys.stderr)
    await host.close()


def _rows(out: Path) -> list[dict[str, Any]]:
    """Return what the file has; a last line that was cut short is cut away."""
    if not out.exists():
        return []
    text = out.read_text(encoding="utf-8")
    whole = text[: text.rfind("\n") + 1]
    out.write_text(whole, encoding="utf-8")
    return [json.loads(line) for line in whole.splitlines()]


async def _asked(host: HostClient, name: str, samples: int, task: Task) -> dict[str, Any]:
    policy = Policy((Tier(name, samples, decides=False),), gates=())
    asked = request(task, Members({}))
    run = TierRun(asked, route(asked, policy), policy, 0, Journal())
    began, found = time.monotonic(), list[Candidate]()
    async for candidates in run.candidates(host.engine(name), began + asked.deadline):
        found.extend(candidates)
    if run.failure:
        raise SystemExit(f"{task.task_id}: {run.failure}")
    found.sort(key=lambda candidate: candidate.branch)
    return {
        "task_id": task.task_id,
        "model": name,
        "samples": [candidate.text for candidate in found],
        "logprobs": [candidate.mean_logprob or 0.0 for candidate in found],
        "lowest": [min(candidate.logprobs, default=0.0) for candidate in found],
        "seconds": round(time.monotonic() - began, 3),
    }


def main() -> None:
    """Record."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("tasks", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--model", action="append", required=True, metavar="NAME=FILE:SAMPLES")
    parser.add_argument("--seed", type=int, default=0, help="of the order of the tasks")
    arguments = parser.parse_args()
    models = {}
    for text in arguments.model:
        name, _, rest = text.partition("=")
        file, _, samples = rest.rpartition(":")
        models[name] = (Path(file), int(samples))
    tasks = list(read_tasks(arguments.tasks))
    random.Random(arguments.seed).shuffle(tasks)
    asyncio.run(record(tasks, models, arguments.out))


if __name__ == "__main__":
    main()
