"""The models that take part in an evaluation: recorded ones and live ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ensemble.engines.engine import Engine
from ensemble.engines.recorded import RecordedEngine, Recording, read_recordings
from ensemble.errors import EvaluationError, ModelRefused
from ensemble.evaluation.cache.tally import Tally
from ensemble.evaluation.tasks import Task

EngineBuilder = Callable[[Iterable[str]], Mapping[str, Engine]]
"""Opens the live models of these names anew, so that nothing is remembered from before."""

_LIVE_SAMPLES = 8


@dataclass(frozen=True, slots=True)
class Member:
    """A model that takes part in an evaluation."""

    name: str
    """The name by which policies call the model."""
    cost: float
    """The mean relative cost of one call: of a recorded model what its file says, of a live one its
    parameters in billions, so that both are about proportional to the computation for one text."""
    samples: int
    """How many samples a task can get from the model."""
    live: bool
    """Whether the model runs on this machine; otherwise it is recorded."""


@dataclass(frozen=True, slots=True)
class Members:
    """The models that take part in an evaluation."""

    members: Mapping[str, Member]
    """The models by name, recorded ones first."""
    recordings: Mapping[str, Mapping[str, Recording]] = field(default_factory=dict)
    """The recorded generations, by model and by task identifier."""
    build: EngineBuilder = lambda names: {}
    """Opens the live models."""
    tally: Tally = field(default_factory=Tally)
    """What answers of the live models took, where they are kept."""

    def engines(self, names: Iterable[str]) -> dict[str, Engine]:
        """Return an engine for each of these models; close them in the end."""
        wanted = [self.members[name] for name in dict.fromkeys(names)]
        live = [member.name for member in wanted if member.live]
        engines: dict[str, Engine] = dict(self.build(live)) if live else {}
        return engines | {
            member.name: RecordedEngine(member.name, self.recordings[member.name].values())
            for member in wanted
            if not member.live
        }

    def cost(self, name: str, task: Task) -> float:
        """Return what one call costs, relative to others."""
        if self.members[name].live:
            return self.members[name].cost
        return self.recordings[name][task.task_id].cost

    def samples(self, name: str, task: Task) -> int:
        """Return how many different texts of a recorded model there are; 1 for a live one, whose
        first text is its greedy one."""
        if self.members[name].live:
            return 1
        return len(self.recordings[name][task.task_id].samples)

    def visible_tests(self, task: Task) -> tuple[str, ...]:
        """Return the tests that a candidate may be held to, from all recordings of the task."""
        return self._tests(task, lambda recording: recording.visible_tests)

    def generated_tests(self, task: Task) -> tuple[str, ...]:
        """Return the tests that models wrote, which may only vote."""
        return self._tests(task, lambda recording: recording.generated_tests)

    def _tests(self, task: Task, of: Callable[[Recording], tuple[str, ...]]) -> tuple[str, ...]:
        rows = (rows.get(task.task_id) for rows in self.recordings.values())
        return tuple(dict.fromkeys(test for row in rows if row for test in of(row)))


def recorded_members(files: Sequence[Path], tasks: Sequence[Task]) -> Members:
    """Read files of recorded generations.

    Raises EvaluationError if a file cannot be read, if a model has nothing for a task, or if it
    has two recordings for one.
    """
    recordings: dict[str, dict[str, Recording]] = {}
    for file in files:
        for row in _rows(file):
            known = recordings.setdefault(row.model, {})
            if row.task_id in known:
                raise EvaluationError(f"{file.name}: {row.model} has two rows for {row.task_id}")
            known[row.task_id] = row
    names = ", ".join(file.name for file in files)
    members = {model: _recorded(model, rows, tasks, names) for model, rows in recordings.items()}
    return Members(members, recordings)


def live_member(name: str, parameters: int) -> Member:
    """Return what evaluating needs to know of a live model."""
    return Member(name, parameters / 1e9, _LIVE_SAMPLES, live=True)


def with_live(
    members: Members, live: Iterable[Member], build: EngineBuilder, tally: Tally | None = None
) -> Members:
    """Return the members with live ones added; `tally` is told what their answers take. Raises
    EvaluationError for a name used twice."""
    added = {member.name: member for member in live}
    if both := sorted(set(added) & set(members.members)):
        raise EvaluationError(f"{both[0]!r} is the name of a recorded and of a live model")
    everybody = {**members.members, **added}
    return Members(everybody, members.recordings, build, tally or members.tally)


def _rows(file: Path) -> list[Recording]:
    try:
        rows = read_recordings(file)
    except ModelRefused as refusal:
        raise EvaluationError(str(refusal)) from refusal
    if not rows:
        raise EvaluationError(f"{file.name} holds no recording")
    return rows


def _recorded(
    model: str, rows: Mapping[str, Recording], tasks: Sequence[Task], files: str
) -> Member:
    missing = [t.task_id for t in tasks if t.task_id not in rows or not rows[t.task_id].samples]
    if missing:
        raise EvaluationError(
            f"{files}: {model} has nothing for {len(missing)} of {len(tasks)} tasks, "
            f"{missing[0]} for one"
        )
    here = [rows[task.task_id] for task in tasks]
    cost = sum(row.cost for row in here) / len(here)
    return Member(model, cost, min(len(row.samples) for row in here), live=False)
