"""From a candidate to a ballot: trimmed to the hole, checked in place, and given its key."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from code_checks.checks.attributes import check_attributes
from code_checks.checks.dead_code import check_dead_code
from code_checks.checks.names import check_names
from code_checks.checks.syntax import check_syntax
from code_checks.checks.verbatim import check_verbatim
from code_checks.hole import Extent, Hole
from code_checks.trees.canonical import canonical_key
from code_checks.trim import trim
from code_checks.verdict import Outcome, Verdict
from ensemble.candidate import Candidate, StopReason
from ensemble.models.registry import copy_index
from ensemble.trace.candidate_events import Checked
from ensemble.trace.trace import Journal, shortened
from ensemble.voting.vote import Ballot
from ensemble.voting.vote_key import KeyOf

Check = Callable[[Hole, str], Verdict | None]
"""None where the check does not concern such a text."""

CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "syntax": check_syntax,
        "names": check_names,
        "attributes": check_attributes,
        "dead_code": check_dead_code,
        "verbatim": lambda hole, text: check_verbatim(copy_index(), hole, text),
    }
)
"""The checks that a policy's gates may name."""

_CUT_SHORT = frozenset({StopReason.RUNNING, StopReason.LENGTH, StopReason.DEADLINE})
_CUT_OFF = Verdict("text", Outcome.FAIL, "cut off before its first statement ended")
_NOTHING_NEW = Verdict("text", Outcome.FAIL, "nothing in it that is not there already")


@dataclass(frozen=True, slots=True)
class _CheckResult:
    verdicts: tuple[Verdict, ...]
    key: Hashable


class Checker:
    """Turns candidates for one hole into ballots; equal texts are checked once.

    `gates` are applied in order and end at the first FAIL: what one check refuses, no other need
    look at. A gate that `checks` does not have is a SKIP that says so.
    """

    def __init__(
        self,
        hole: Hole,
        extent: Extent,
        gates: Sequence[str],
        journal: Journal,
        *,
        weight: Callable[[str], float] = lambda model: 1.0,
        place: Callable[[str], int] = lambda model: 0,
        key: KeyOf = canonical_key,
        checks: Mapping[str, Check] = CHECKS,
    ) -> None:
        self._hole = hole
        self._extent = extent
        self._gates = tuple(gates)
        self._journal = journal
        self._weight = weight
        self._place = place
        self._key = key
        self._checks = checks
        self._results: dict[str, _CheckResult] = {}
        self._prepared: asyncio.Future[None] | None = None

    def prepare(self) -> None:
        """Begin to look at the document as it is, which every check compares with.

        The checks remember what they find there: 17 ms for 100 lines, 45 for 4,000, against one
        for each candidate then. The models need longer than that to say their first word.
        """
        loop = asyncio.get_running_loop()
        self._prepared = loop.run_in_executor(None, self._look_around)

    async def ballots(
        self, candidates: Iterable[Candidate], tier: int, *, unfinished: bool = False
    ) -> tuple[Ballot, ...]:
        """Check the candidates in a worker thread, so that the event loop goes on meanwhile.

        A parse holds the interpreter's lock, but the loop gets its turn between one and the next:
        the longest that it had to wait was 11 ms instead of 37 in a document of 600 lines.
        Candidates that something cut short end at their last complete statement. Only a model
        that really says nothing votes for silence: a candidate of which nothing is left, because
        it was cut off or repeats the text after the hole, fails. `unfinished`: the model still
        writes them, and the trace says so.
        """
        candidates = tuple(candidates)
        if not candidates:
            return ()
        if self._prepared is not None:
            await asyncio.shield(self._prepared)
        return await asyncio.to_thread(
            lambda: tuple(self._ballot(c, tier, unfinished=unfinished) for c in candidates)
        )

    def _look_around(self) -> None:
        for gate in self._gates:
            self._check(gate, "")

    def _ballot(self, candidate: Candidate, tier: int, *, unfinished: bool) -> Ballot:
        finished = candidate.stop not in _CUT_SHORT
        text = trim(self._hole, candidate.text, self._extent, finished=finished)
        known = text in self._results
        if not known:
            self._results[text] = self._checked(text)
        result = self._results[text]
        ballot = Ballot(
            candidate=candidate,
            text=text,
            key=result.key,
            verdicts=result.verdicts if text.strip() else _void(candidate),
            weight=self._weight(candidate.model),
            tier=tier,
            place=self._place(candidate.model),
        )
        self._report(ballot, known=known, unfinished=unfinished)
        return ballot

    def _checked(self, text: str) -> _CheckResult:
        if not text.strip():
            return _CheckResult((), None)
        verdicts: list[Verdict] = []
        for gate in self._gates:
            verdict = self._check(gate, text)
            if verdict is None:
                continue
            verdicts.append(verdict)
            if verdict.outcome is Outcome.FAIL:
                return _CheckResult(tuple(verdicts), None)
        return _CheckResult(tuple(verdicts), self._key(self._hole, text))

    def _check(self, gate: str, text: str) -> Verdict | None:
        check = self._checks.get(gate)
        if check is None:
            return Verdict(gate, Outcome.SKIP, "there is no such check")
        return check(self._hole, text)

    def _report(self, ballot: Ballot, *, known: bool, unfinished: bool) -> None:
        candidate = ballot.candidate
        mean = candidate.mean_logprob
        trimmed = ballot.text != candidate.text
        self._journal.note(
            Checked(
                tier=ballot.tier,
                model=candidate.model,
                branch=candidate.branch,
                text=shortened(ballot.text),
                verdicts=tuple(_rounded(verdict) for verdict in ballot.verdicts),
                trimmed_from=shortened(candidate.text) if trimmed else None,
                mean_logprob=None if mean is None else round(mean, 4),
                cut_short=candidate.stop if candidate.stop in _CUT_SHORT else None,
                as_before=known,
                unfinished=unfinished,
            )
        )


def _rounded(verdict: Verdict) -> Verdict:
    return Verdict(verdict.check, verdict.outcome, verdict.detail, round(verdict.ms, 3))


def _void(candidate: Candidate) -> tuple[Verdict, ...]:
    """Return what is wrong with a candidate of which nothing is left; nothing, if it is silent."""
    if candidate.stop in _CUT_SHORT:
        return (_CUT_OFF,)
    if candidate.text.strip() or candidate.stop is StopReason.SUFFIX:
        return (_NOTHING_NEW,)
    return ()
