"""Experts: what a hole asks for, and who is asked first there."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from code_checks.hole import Hole
from ensemble.cascade.completer import Completer
from ensemble.engines.scripted import ScriptedEngine
from ensemble.policy.policy import Policy, Tier
from ensemble.request import CompletionRequest
from ensemble.routing.route import route
from ensemble.routing.skills import experts_first, wanted_skills
from ensemble.trace.request_events import Routed
from tests.ensemble.trace.reading_traces import events

WANTED: dict[str, tuple[str, str, str, tuple[str, ...]]] = {
    "a language": ("go", "x := ", "main.go", ("go",)),
    "a test file": ("python", "x = ", "tests/test_area.py", ("tests", "python")),
    "a test file of JavaScript": ("javascript", "", "src/area.test.js", ("tests", "javascript")),
    "a test file of Go": ("go", "", "area_test.go", ("tests", "go")),
    "a test in another file": (
        "python",
        "def test_area():\n    assert ",
        "area.py",
        ("tests", "python"),
    ),
    "behind a test": (
        "python",
        "def test_area():\n    pass\n\ndef area():\n    ",
        "area.py",
        ("python",),
    ),
    "not every latest file is a test": ("python", "", "latest.py", ("python",)),
    "SQL in a string": (
        "python",
        'rows = db.execute("SELECT name FROM ',
        "a.py",
        ("sql", "python"),
    ),
    "SQL in a long string": (
        "python",
        'q = """\n  select *\n  from ',
        "a.py",
        ("sql", "python"),
    ),
    "no SQL": ("python", 'print("selected ', "a.py", ("python",)),
    "a regular expression": ("python", 'WORD = re.compile(r"[a-', "a.py", ("regex", "python")),
    "a comment": ("python", "# the area of ", "a.py", ("prose", "python")),
    "a readme": ("markdown", "Coterie is ", "README.md", ("prose", "markdown")),
}


@pytest.mark.parametrize("case", WANTED)
def test_wanted(case: str) -> None:
    language, prefix, path, expected = WANTED[case]
    assert wanted_skills(Hole(language, prefix, "\n"), path) == expected


@dataclass(frozen=True, slots=True)
class Case:
    """Who is asked, by the order of the tiers `abc` and their skills."""

    skills: dict[str, tuple[str, ...]]
    order: str
    reason: str = ""


ASKED = ("tests", "python")
CASES = {
    "nobody declares anything": Case({}, "abc"),
    "an expert": Case({"b": ("python",)}, "bac", "expert for python: b"),
    "an expert for something else": Case({"a": ("go",)}, "bca", "no expert here: a"),
    "both": Case({"a": ("go",), "c": ("python",)}, "cba", "expert for python: c"),
    "the more special skill comes first": Case(
        {"b": ("python",), "c": ("tests",)}, "cba", "expert for tests: c",
    ),
    "among equals the order stays": Case({"a": ("python",), "b": ("python",)}, "abc"),
    "the first is an expert anyway": Case({"a": ("tests",)}, "abc", "expert for tests: a"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_case(case: Case) -> None:
    tiers, reason = experts_first([Tier(name) for name in "abc"], case.skills, ASKED)
    assert "".join(tier.model for tier in tiers) == case.order
    assert case.reason in reason


async def test_an_expert_is_asked_first_and_the_trace_says_so() -> None:
    policy = Policy((Tier("general"), Tier("expert")), skills={"expert": ("sql",)})
    engines = {name: ScriptedEngine(name, [name]) for name in ("general", "expert")}
    hole = Hole("python", 'db.execute("SELECT ', '")\n')
    answer = await Completer(engines, policy).complete(CompletionRequest(hole, deadline=60.0))
    assert [completion.model for completion in answer.completions] == ["expert"]
    (routed,) = events(answer, Routed)
    assert "expert for sql: expert" in routed.reason
    elsewhere = route(CompletionRequest(Hole("python", "x = ", "\n"), 60.0), policy)
    assert [tier.model for tier in elsewhere.tiers] == ["general", "expert"]
