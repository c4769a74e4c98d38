"""What comes of orders: the cases in the files beside this one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lsp_server.code_actions.orders import carry_out, result
from tests.notation import Case, check, read_cases

CASES = read_cases(Path(__file__).parent / "cases")
RUNNERS = {"javascript": ["node"], "typescript": ["node"], "go": ["go"]}
"""What runs a language's tests, besides the sandbox."""


def needs(case: Case) -> pytest.MarkDecorator:
    """Return what a case cannot do without: in the file `judged`, what runs its tests."""
    judged = case.path.stem == "judged"
    return pytest.mark.needs(*["sandbox", *RUNNERS.get(case.words[0], [])] if judged else [])


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=str(case), marks=needs(case)) for case in CASES]
)
async def test_what_is_proposed(case: Case) -> None:
    proposal = await carry_out(case)
    check(case, "said", f"{proposal.title}: {proposal.detail}")
    check(case, "result", result(case, proposal))
    assert bool(proposal) == bool(case.sections["result"])
    events = [step.name for step in proposal.answer.trace]
    assert events[-1] == ("proposed" if proposal else "declined")
