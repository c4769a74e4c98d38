"""Recorded generations: read, replayed, refused."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from code_checks.hole import Hole
from code_checks.trim.repeated_prompt import without_repeated_prompt
from ensemble.candidate import Candidate, Sampling, Stop, StopReason
from ensemble.engines.engine import Engine, GenerationRequest
from ensemble.engines.prompt import Prompt
from ensemble.engines.recorded import RecordedEngine, Recording, read_recordings
from ensemble.engines.scripted import ScriptedEngine
from ensemble.errors import EngineError, ModelRefused

ROWS: list[dict[str, Any]] = [
    {"task_id": "t/1", "model": "alpha", "samples": ["a", "b", "c"], "logprobs": [-1, -2, -3]},
    {"task_id": "t/1", "model": "beta", "samples": ["d"], "cost": 1.5},
    {"task_id": "t/2", "model": "alpha", "samples": ["e"], "visible_tests": ["assert e"]},
]


def _file(folder: Path, text: str, *, packed: bool = False) -> Path:
    path = folder / "recorded.jsonl"
    path.write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    return path


def _lines(rows: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


async def _play(
    engine: Engine, task: str, samples: int = 1, seed: int = 0
) -> tuple[Candidate, ...]:
    request = GenerationRequest(
        Prompt(()), tuple(Sampling(seed=seed + n) for n in range(samples)), document=task
    )
    states = [state async for state in engine.generate(request)]
    assert states[-1].done
    return states[-1].candidates


@pytest.mark.parametrize("packed", [False, True])
async def test_each_model_of_a_file_has_its_own_texts(tmp_path: Path, packed: bool) -> None:
    recordings = read_recordings(_file(tmp_path, _lines(ROWS), packed=packed))
    engines = {name: RecordedEngine(name, recordings) for name in ("alpha", "beta")}
    assert [c.text for c in await _play(engines["alpha"], "t/1", 2)] == ["a", "b"]
    assert [c.text for c in await _play(engines["beta"], "t/1")] == ["d"]
    assert engines["beta"].recording("t/1").cost == 1.5
    assert engines["alpha"].recording("t/2").visible_tests == ("assert e",)


async def test_candidates_say_where_they_come_from(tmp_path: Path) -> None:
    engine = RecordedEngine("alpha", _file(tmp_path, _lines(ROWS)))
    (first, second) = await _play(engine, "t/1", 2)
    assert first == Candidate("a", "alpha", (-1.0,), StopReason.RECORDED, 0)
    assert second == Candidate("b", "alpha", (-2.0,), StopReason.RECORDED, 1)


async def test_no_sample_is_given_twice(tmp_path: Path) -> None:
    engine = RecordedEngine("alpha", _file(tmp_path, _lines(ROWS)))
    assert [c.text for c in await _play(engine, "t/1", 9)] == ["a", "b", "c"]
    assert [c.text for c in await _play(engine, "t/1", 9, seed=1)] == ["b", "c", "a"]


REFUSED = {
    "not JSON": (_lines(ROWS[:1]) + "{nonsense\n", "line 2"),
    "no task": ('{"model": "alpha", "samples": ["a"]}\n', "task_id"),
    "a text for a list": ('{"task_id": "t", "model": "alpha", "samples": "a"}\n', "samples"),
    "too few logprobs": (
        '{"task_id": "t", "model": "alpha", "samples": ["a", "b"], "logprobs": [-1]}\n',
        "1 logprobs for 2 samples",
    ),
    "another model": ('{"task_id": "t", "model": "gamma", "samples": ["a"]}\n', "'alpha'"),
    "nothing": ("", "'alpha'"),
}


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED)
def test_a_bad_file_is_refused_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ModelRefused, match=message):
        RecordedEngine("alpha", _file(tmp_path, text))


def test_a_missing_or_damaged_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelRefused, match="cannot be read"):
        read_recordings(tmp_path / "absent.jsonl")
    whole = gzip.compress(_lines(ROWS).encode())
    (tmp_path / "torn.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelRefused, match="cannot be read"):
        read_recordings(tmp_path / "torn.gz")


async def test_an_unknown_task_is_an_engine_error() -> None:
    engine = RecordedEngine("alpha", [Recording("t/1", "alpha", ("a",))])
    with pytest.raises(EngineError, match="t/9"):
        await _play(engine, "t/9")


def test_both_are_engines() -> None:
    assert isinstance(ScriptedEngine("scripted", ["a"]), Engine)
    assert isinstance(RecordedEngine("alpha", [Recording("t", "alpha", ("a",))]), Engine)


_PROMPT = 'def half(n):\n    """Halve n."""\n'
WHOLE = {
    "word for word": (_PROMPT + "    return n / 2\n", "    return n / 2\n"),
    "with text above": ("Here it is:\n" + _PROMPT + "    return n / 2\n", "    return n / 2\n"),
    "without the docstring": ("def half(n):\n    return n / 2\n", "    return n / 2\n"),
    "with annotations over two lines": (
        "def half(\n    n: int,\n) -> float:\n    return n / 2\n", "    return n / 2\n",
    ),
    "with an import": (
        "import math\n\ndef half(n):\n    return math.floor(n / 2)\n",
        "    import math\n    return math.floor(n / 2)\n",
    ),
    "word for word, and then anew": (
        _PROMPT + "\n\nimport math\n\n" + _PROMPT + "    return n / 2\n",
        "    import math\n    return n / 2\n",
    ),
    "word for word, and recursive": (
        _PROMPT + "    x = 1\n    def half(n):\n        return x\n",
        "    x = 1\n    def half(n):\n        return x\n",
    ),
    "anew, with helpers on both sides": (
        "@cache\ndef two():\n    return 2\n\ndef half(n):\n    return n / two() + zero()\n\n"
        "def zero():\n    return 0\n\nprint(half(1))\n",
        "    @cache\n    def two():\n        return 2\n    def zero():\n        return 0\n"
        "    return n / two() + zero()\n",
    ),
    "word for word, with a helper below": (
        _PROMPT + "    return n / two()\n\ndef two():\n    return 2\n",
        "    def two():\n        return 2\n    return n / two()\n",
    ),
    "on the header's line": ("def half(n): return n / 2\n", "    return n / 2\n"),
    "cut short": ("def half(n):\n    if n:\n        return (n", "    if n:\n        return (n"),
    "only the body": ("    return n / 2\n", "    return n / 2\n"),
    "another function": ("def other(n):\n    return n\n", "def other(n):\n    return n\n"),
}  # fmt: skip


@pytest.mark.parametrize(("sample", "rest"), WHOLE.values(), ids=WHOLE)
async def test_a_repeated_prompt_is_dropped(sample: str, rest: str) -> None:
    hole = Hole("python", _PROMPT, "")
    assert without_repeated_prompt(sample, hole) == rest
    engine = RecordedEngine("alpha", [Recording("t", "alpha", (sample,), whole=True)])
    request = GenerationRequest(Prompt(()), stop=Stop(hole=hole), document="t")
    states = [state async for state in engine.generate(request)]
    assert states[-1].candidates[0].text == rest


def test_a_repeated_prompt_is_dropped_within_a_line() -> None:
    hole = Hole("python", "def half(n):\n    return ", "")
    assert without_repeated_prompt("def half(n):\n    return n / 2\n", hole) == "n / 2\n"
