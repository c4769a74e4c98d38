"""What outcomes amount to, and how `coterie stats` shows it."""

from __future__ import annotations

import gzip
import json
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from code_checks.hole import Hole
from ensemble.learning.accepted import accepted_of, accepted_store
from ensemble.learning.figures import OutcomeFigures, figures_of, percentile, statistics_of
from ensemble.learning.outcomes import SuggestionEnding, SuggestionOutcome, outcome_store
from ensemble.learning.router_files import learned_router, local_file
from lsp_server.__main__ import app
from training.corpus import read_corpus

DAYS = ("2026-11-18", "2026-11-19", "2026-11-20")


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def outcome(ending: SuggestionEnding = SuggestionEnding.PASSED, **fields: Any) -> SuggestionOutcome:
    fixed = {"day": DAYS[0], "model": "small", "tier": 0, "language": "python",
             "trigger": "automatic", "characters": 10}  # fmt: skip
    return SuggestionOutcome(ending=ending, **{**fixed, **fields})


@dataclass(frozen=True, slots=True)
class Case:
    outcomes: list[SuggestionOutcome]
    figures: dict[str, Any] = field(default_factory=dict)
    worths: tuple[float | None, ...] = ()


TAKEN = SuggestionEnding.ACCEPTED
CASES = {
    "nothing": Case([], {"shown": 0, "acceptance": None, "latency_p50": None}),
    "one of each": Case(
        [outcome(ending) for ending in SuggestionEnding],
        {**{ending.value: 1 for ending in SuggestionEnding}, "shown": 6, "acceptance": 0.3333},
    ),
    "accepted and kept": Case(
        [outcome(TAKEN, accepted=1.0, kept=1.0)],
        {"accepted": 1, "kept": 1, "characters": 10, "acceptance": 1.0}, (1.0,),
    ),
    "accepted, half of it kept": Case(
        [outcome(TAKEN, accepted=1.0, kept=0.5)], {"kept": 0, "accepted": 1}, (0.5,),
    ),
    "accepted, and nobody looked": Case([outcome(TAKEN, accepted=1.0)], {"kept": 0}, (1.0,)),
    "undone": Case(
        [outcome(TAKEN, accepted=1.0, kept=0.0, undone=True)], {"undone": 1, "kept": 0}, (0.0,),
    ),
    "in part": Case(
        [outcome(SuggestionEnding.PARTIAL, accepted=0.4, kept=1.0)],
        {"partial": 1, "characters": 4, "acceptance": 1.0}, (0.4,),
    ),
    "typed by hand": Case(
        [outcome(SuggestionEnding.TYPED)], {"typed": 1, "acceptance": 0.0}, (1.0,)
    ),
    "passed over, dismissed, ignored": Case(
        [outcome(), outcome(SuggestionEnding.DISMISSED), outcome(SuggestionEnding.IGNORED)], {},
        (0.0, 0.0, None),
    ),
    "what the client did not show": Case(
        [outcome(told=False), outcome(TAKEN, told=True, accepted=1.0)],
        {"answered": 2, "shown": 1, "acceptance": 1.0}, (None, 1.0),
    ),
    "latencies are of those for which a model was asked": Case(
        [outcome(latency_ms=float(n)) for n in range(1, 101)]
        + [outcome(latency_ms=0.1, remembered=True)] * 50,
        {"latency_p50": 50.0, "latency_p90": 90.0, "latency_p99": 99.0},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_figures(case: Case) -> None:
    figures = figures_of(case.outcomes)
    assert {name: getattr(figures, name) for name in case.figures} == case.figures
    if case.worths:
        assert tuple(one.worth for one in case.outcomes) == case.worths


@pytest.mark.parametrize(
    ("values", "part", "expected"),
    [([], 0.5, None), ([3.0], 0.99, 3.0), ([1.0, 2.0], 0.5, 1.0), ([1.0, 2.0], 0.51, 2.0),
     ([1.0, 2.0, 3.0], 1.0, 3.0), ([1.0, 2.0, 3.0], 0.0, 1.0)],
)  # fmt: skip
def test_percentile(values: list[float], part: float, expected: float | None) -> None:
    assert percentile(values, part) == expected


def test_groups_add_up_and_the_largest_is_first() -> None:
    some = worked(120)
    found = statistics_of(some)
    for groups in (found.by_model, found.by_tier, found.by_language, found.by_trigger,
                   found.by_day):  # fmt: skip
        assert sum(figures.answered for figures in groups.values()) == 120
    sizes = [figures.answered for figures in found.by_model.values()]
    assert sizes == sorted(sizes, reverse=True)
    assert list(found.by_day) == list(DAYS)


def worked(count: int) -> list[SuggestionOutcome]:
    """Return the outcomes of some days' work: inside strings little is accepted."""
    chance = random.Random(3)
    found = []
    for number in range(count):
        in_string = number % 2
        model, tier = ("large", 1) if number % 3 == 0 else ("small", 0)
        taken = chance.random() < (0.1 if in_string else 0.8)
        found.append(
            outcome(
                SuggestionEnding.ACCEPTED if taken else SuggestionEnding.PASSED,
                day=DAYS[number * 3 // count],
                model=model,
                tier=tier,
                accepted=float(taken),
                language="python" if number % 5 else "go",
                latency_ms=float(number),
                kept=1.0 if taken else None,
                features={"in_string": float(in_string), "head_length": chance.random()},
                reward_features={"share": 0.9 if taken else 0.4, "votes": chance.random()},
            )
        )  # fmt: skip
    return found


def run(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["stats", *words])
    return result.exit_code, result.stdout, result.stderr


def test_nothing_is_recorded_yet() -> None:
    code, out, _ = run()
    assert (code, out.startswith("Nothing is recorded yet")) == (0, True)


def test_the_table_is_for_people() -> None:
    outcome_store().append(worked(60))
    code, out, _ = run()
    rows = [line.split() for line in out.splitlines()]
    assert code == 0
    assert ["all", "60"] in [row[:2] for row in rows]
    assert {row[0] for row in rows if row} >= {"small", "large", "python", "go", *DAYS}


def test_json_is_one_document_and_nothing_else() -> None:
    outcome_store().append(worked(60))
    code, out, err = run("--json")
    document = json.loads(out)
    assert (code, err) == (0, "")
    assert document["total"]["answered"] == 60
    assert set(document["total"]) == set(OutcomeFigures.__struct_fields__)
    assert sum(day["shown"] for day in document["by_day"].values()) == 60


def test_the_page_needs_nothing_else(tmp_path: Path) -> None:
    outcome_store().append([*worked(60), outcome(model="<script>alert(1)</script>")])
    page = tmp_path / "pages" / "stats.html"
    code, _, err = run("--html", str(page))
    text = page.read_text("utf-8")
    assert (code, str(page) in err) == (0, True)
    assert not [word for word in ("<script", "href", "url(", "@import", "src=") if word in text]
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
    picture = ElementTree.fromstring(text[text.index("<svg") : text.index("</svg>") + 6])
    shown = sum(
        int(title.text.split()[1]) for title in picture.iter("{http://www.w3.org/2000/svg}title")
        if title.text
    )  # fmt: skip
    assert shown == 61


def test_a_page_of_nothing(tmp_path: Path) -> None:
    page = tmp_path / "stats.html"
    assert run("--html", str(page))[0] == 0
    assert "nothing recorded yet" in page.read_text("utf-8")


def test_a_page_that_cannot_be_written(tmp_path: Path) -> None:
    code, _, err = run("--html", str(tmp_path))
    assert (code, "cannot be written" in err) == (1, True)


def test_a_broken_file_has_a_remedy() -> None:
    outcome_store().file.parent.mkdir(parents=True)
    outcome_store().file.write_text("no database" * 100)
    code, _, err = run()
    assert (code, "delete the file" in err) == (1, True)


def test_learned_shared_and_merged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("fit")[0] == 1
    outcome_store().append(worked(300))
    code, out, err = run("fit")
    assert (code, err) == (0, "")
    assert "small (200)" in out and "large (100)" in out
    assert "reward: fitted on 300" in out
    mine = learned_router({})
    assert mine is not None
    small = mine.models["small"]
    assert small.chance({"in_string": 1.0}) < small.chance({})

    shared = tmp_path / "out.json"
    code, out, _ = run("share", str(shared))
    assert (code, "router and reward" in out) == (0, True)
    assert run("merge", str(shared))[0] == 1

    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "elsewhere"))
    code, out, _ = run("merge", str(shared))
    assert (code, "what 1 others have learned from 300 suggestions" in out) == (0, True)
    theirs = learned_router({})
    assert theirs is not None and not local_file().exists()
    assert theirs.models["small"].chance({"in_string": 1.0}) == pytest.approx(
        small.chance({"in_string": 1.0})
    )


def test_nothing_to_share() -> None:
    code, _, err = run("share", "out.json")
    assert (code, "nothing to share" in err) == (1, True)


def test_options_of_the_table_are_not_for_the_others() -> None:
    assert run("--json", "fit")[0] == 2


def export(out: Path) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["models", "distill-data", str(out)])
    return result.exit_code, result.stdout, result.stderr


def test_lessons_are_exported_as_a_corpus_that_training_reads(tmp_path: Path) -> None:
    hole = Hole("python", "def area(w, h):\n    ", "\n")
    first, last = (
        accepted_of(DAYS[0], hole, text, "small", "src/area.py", "shapes")
        for text in ("return w", "return w * h")
    )
    accepted_store().append([first, last])
    out = tmp_path / "made" / "corpus.jsonl.gz"
    code, said, _ = export(out)
    assert (code, "1 holes (python)" in said) == (0, True)
    (row,) = read_corpus(out.parent)
    assert {name: row[name] for name in ("package", "path", "tag", "text")} == {
        "package": "shapes", "path": "src/area.py", "tag": "accepted",
        "text": "def area(w, h):\n    return w * h\n",
    }  # fmt: skip
    assert row["valid"] in (True, False)
    assert str(row["text"])[int(row["start"]) : int(row["end"])] == "return w * h"
    plain = tmp_path / "plain.jsonl"
    assert export(plain)[0] == 0
    assert plain.read_bytes() == gzip.decompress(out.read_bytes())


def test_nothing_to_export(tmp_path: Path) -> None:
    code, _, err = export(tmp_path / "out.jsonl")
    assert (code, "distill.record" in err) == (1, True)
    assert not (tmp_path / "out.jsonl").exists()


def test_a_lesson_is_no_longer_than_of_use() -> None:
    hole = Hole("python", "x = 1\n" * 9_000, "y = 2\n" * 9_000)
    lesson = accepted_of(DAYS[0], hole, "z", "small")
    assert lesson.prefix.startswith("x = 1\n") and len(lesson.prefix) <= 12_000
    assert len(lesson.suffix) == 6_000
