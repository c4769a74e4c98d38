"""In every language the right one of three candidates is shown, through the whole completer."""

from __future__ import annotations

from itertools import permutations

import pytest

from code_checks.hole import Extent
from code_checks.languages import all_languages
from code_checks.verdict import Outcome
from ensemble.cascade.completer import Completer
from ensemble.engines.recorded import RecordedEngine, Recording
from ensemble.policy.policy import Policy, Tier
from ensemble.request import CompletionRequest
from ensemble.trace.trace import Answer
from tests.ensemble.cascade.choosing.cases import ChoosingCase, choosing_cases

CASES = choosing_cases()
_UNHURRIED = 60.0


async def _answer(case: ChoosingCase, samples: tuple[str, ...]) -> Answer:
    engine = RecordedEngine("recorded", [Recording(str(case), "recorded", samples)])
    completer = Completer({"recorded": engine}, Policy((Tier("recorded", len(samples)),)))
    extent = Extent.BLOCK if "\n" in case.right else None
    return await completer.complete(
        CompletionRequest(case.hole, document=str(case), extent=extent, deadline=_UNHURRIED)
    )


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_the_right_one_is_shown(case: ChoosingCase) -> None:
    for samples in permutations((case.right, case.breaks, case.repeats)):
        answer = await _answer(case, samples)
        assert [completion.text.strip() for completion in answer.completions] == [case.right]
        assert answer.decided


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_nothing_but_the_right_one_is_ever_shown(case: ChoosingCase) -> None:
    """Not even by a majority. Trimming may make the right one out of what breaks the file."""
    answer = await _answer(case, (case.breaks, case.repeats, case.breaks))
    assert {completion.text.strip() for completion in answer.completions} <= {case.right}
    assert answer.completions or answer.trace[-2].name == "abstained"


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_the_right_one_is_verified(case: ChoosingCase) -> None:
    answer = await _answer(case, (case.right,))
    verdicts = answer.completions[0].verdicts
    assert ("syntax", Outcome.PASS) in [(verdict.check, verdict.outcome) for verdict in verdicts]


def test_every_language_has_cases() -> None:
    assert {case.hole.language for case in CASES} == {language.name for language in all_languages()}
