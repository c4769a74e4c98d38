"""`RecordedEngine`: plays what real models once wrote, from a file of recorded generations.

The file is JSON lines, plain or gzip: `{"task_id", "model", "samples": [text...],
"visible_tests": [text...]?, "generated_tests": [text...]?, "whole": bool?,
"logprobs": [float...]?, "cost": float?}`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path

import msgspec

from code_checks.hole import Hole
from code_checks.trim.repeated_prompt import without_repeated_prompt
from ensemble.candidate import Candidate, Generation, StopReason
from ensemble.engines.engine import GenerationRequest
from ensemble.engines.json_lines import numbered_lines, unreadable
from ensemble.errors import EngineUnavailable, ModelRefused
from ensemble.models.info import FimTokens, ModelInfo


class Recording(msgspec.Struct, frozen=True):
    """What one model wrote for one task."""

    task_id: str
    """The identifier of the task."""
    model: str
    samples: tuple[str, ...]
    """Raw model output."""
    visible_tests: tuple[str, ...] = ()
    """Tests that may decide whether a candidate is shown at all."""
    generated_tests: tuple[str, ...] = ()
    """Tests that a model wrote: they only vote."""
    whole: bool = False
    """Whether each sample repeats the prompt first."""
    logprobs: tuple[float, ...] = ()
    """The mean log-probability of a token, one for each sample; empty if unknown."""
    cost: float = 1.0
    """The compute of one call, relative to the other models'."""


class RecordedEngine:
    """A model whose answers were written down: the request's `document` is the task's identifier.

    The request's first seed says at which sample to begin, the others follow in the file's order.
    There are never more candidates than samples: a sample given twice would agree with itself.
    `source` is a file, of which the recordings of model `name` count, or recordings. Raises
    ModelRefused for a file that cannot be read.
    """

    def __init__(self, name: str, source: Path | str | Iterable[Recording]) -> None:
        self.name = name
        rows = read_recordings(source) if isinstance(source, (Path, str)) else source
        self._recordings = {row.task_id: row for row in rows if row.model == name}
        if not self._recordings:
            raise ModelRefused(f"there are no recordings of model {name!r}")

    async def info(self) -> ModelInfo:
        tokens = FimTokens(prefix="<fim_prefix>", suffix="<fim_suffix>", middle="<fim_middle>")
        return ModelInfo(self.name, description="recorded", context=8192, fim=tokens)

    def recording(self, task_id: str) -> Recording:
        """Return what the model wrote for a task. Raises EngineUnavailable if it wrote nothing."""
        recording = self._recordings.get(task_id)
        if recording is None:
            raise EngineUnavailable(f"{self.name} has no recording of task {task_id!r}")
        return recording

    async def generate(self, request: GenerationRequest) -> AsyncIterator[Generation]:
        recording = self.recording(request.document)
        count = len(recording.samples)
        start = request.samplings[0].seed if request.samplings else 0
        chosen = [(start + branch) % count for branch in range(min(count, len(request.samplings)))]
        yield Generation(
            tuple(
                self._candidate(recording, sample, branch, request.stop.hole)
                for branch, sample in enumerate(chosen)
            ),
            done=True,
        )

    async def close(self) -> None:
        """Nothing is held."""

    def _candidate(self, recording: Recording, sample: int, branch: int, hole: Hole) -> Candidate:
        text = recording.samples[sample]
        return Candidate(
            text=without_repeated_prompt(text, hole) if recording.whole else text,
            model=self.name,
            logprobs=recording.logprobs[sample : sample + 1],
            stop=StopReason.RECORDED,
            branch=branch,
        )


def read_recordings(path: Path | str) -> list[Recording]:
    """Read a file of recorded generations. Raises ModelRefused, naming the file and the line."""
    return list(_parsed(Path(path)))


def _parsed(path: Path) -> Iterator[Recording]:
    decoder = msgspec.json.Decoder(Recording)
    try:
        lines = list(numbered_lines(path))
    except OSError as error:
        raise ModelRefused(unreadable(path, error)) from error
    for number, line in lines:
        try:
            recording = decoder.decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise ModelRefused(f"{path.name}, line {number}: {error}") from error
        if recording.logprobs and len(recording.logprobs) != len(recording.samples):
            raise ModelRefused(
                f"{path.name}, line {number}: {len(recording.logprobs)} logprobs for "
                f"{len(recording.samples)} samples"
            )
        yield recording
