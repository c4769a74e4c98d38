"""The verbatim check: is a long text a copy of what the models were trained on?"""

from __future__ import annotations

from time import perf_counter

from code_checks.checks.copy_index import SHORTEST_COPY, CopyIndex, tokens_of
from code_checks.hole import Hole
from code_checks.verdict import Outcome, Verdict

CHECK = "verbatim"


def check_verbatim(index: CopyIndex | None, hole: Hole, text: str) -> Verdict | None:
    """Check that nothing in a text is a copy of `SHORTEST_COPY` words and signs and more.

    FAIL if such a copy is known. SKIP otherwise: an index that does not know a copy proves nothing,
    and there may be no index. None for a text of fewer words and signs, which nobody owns.
    """
    began = perf_counter()
    # A token has a character at least, so most texts need not be looked at.
    if len(text) < SHORTEST_COPY or len(tokens_of(text)) < SHORTEST_COPY:
        return None
    outcome, detail = _finding(index, text)
    return Verdict(CHECK, outcome, detail, (perf_counter() - began) * 1000)


def _finding(index: CopyIndex | None, text: str) -> tuple[Outcome, str]:
    if index is None:
        return Outcome.SKIP, "the models' training text is not known"
    length = index.longest_copy(text)
    if length:
        return Outcome.FAIL, f"{length} words and signs or more in a row are the training text's"
    return Outcome.SKIP, "no long copy of the training text"
