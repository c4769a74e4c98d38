"""Requests whose whole traces are kept as cases, `tests/ensemble/trace/cases/*.txt`.

Models are scripted, tests run in the real sandbox. Between them the scenarios write every step that
a trace can have; those of the server's own are beside its tests.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from code_checks.execution.environment import RunEnvironment
from code_checks.execution.run_tests import RunReport
from code_checks.execution.unit_test import UnitTest
from code_checks.hole import Extent, Hole
from ensemble.async_iterators import closing
from ensemble.candidate import Generation, Usage
from ensemble.cascade.cascade import Cascade
from ensemble.cascade.completer import Completer
from ensemble.code_actions.fix_syntax import fix_syntax
from ensemble.code_actions.proposal import ActionRequest, Proposal
from ensemble.code_actions.repair_function import repair_function
from ensemble.code_actions.write_tests import write_tests
from ensemble.engines.engine import Engine, GenerationRequest
from ensemble.engines.scripted import Script, ScriptedEngine, Scripts
from ensemble.errors import EngineUnavailable
from ensemble.policy.decoding import Decoding, DecodingMethod
from ensemble.policy.policy import Policy, Selection, Tier
from ensemble.request import Chunk, CompletionRequest, Trigger
from ensemble.routing.route import route
from ensemble.trace.trace import Answer, Journal
from tests.ensemble.cascade.cases import BOTH, CASES, GOOD, HOLE, OTHER, SMALL_ONLY, THIRD
from tests.notation import hole

_PATIENT = 60.0
Says = Scripts | Callable[[GenerationRequest], Scripts]


class Said(Protocol):
    """Lets scripted models answer one scenario's request."""

    async def __call__(self) -> Answer: ...


class Scoring(ScriptedEngine):
    """A scripted model that finds texts the likelier the shorter they are, unless it fails."""

    failure = ""

    async def score(
        self, request: GenerationRequest, texts: Sequence[str]
    ) -> tuple[tuple[float, ...], ...]:
        if self.failure:
            raise EngineUnavailable(self.failure)
        return tuple((-float(len(text)),) for text in texts)


class Failing(Scoring):
    failure = "it has died"


class Drafting(ScriptedEngine):
    """A scripted model that says what it cost: drafts, and a prompt that was cut."""

    async def generate(self, request: GenerationRequest) -> AsyncIterator[Generation]:
        usage = Usage(90, 60, 12, cut=("context", "context", "prefix"), drafted=9, accepted=7)
        async with closing(super().generate(request)) as generations:
            async for generation in generations:
                yield msgspec.structs.replace(generation, usage=usage)


def engines(kind: Callable[[str, Says], Engine], **says: Says) -> dict[str, Engine]:
    """Return models of one kind by name, with what they say."""
    return {name: kind(name, scripts) for name, scripts in says.items()}


def asked(
    says: Mapping[str, Says],
    policy: Policy,
    question: Hole = HOLE,
    kind: Callable[[str, Says], Engine] = ScriptedEngine,
    **stated: Any,
) -> Said:
    """Return a scenario: what models say to a request, and the policy."""

    async def answer() -> Answer:
        request = CompletionRequest(question, trigger=Trigger.INVOKED, deadline=_PATIENT)
        request = msgspec.structs.replace(request, **stated)
        return await Completer(engines(kind, **says), policy).complete(request)

    return answer


def of_cascade(title: str) -> Said:
    """Return one of the cascade's cases as a scenario."""
    case = CASES[title]
    says = {
        name: scripts
        for name, scripts in (("small", case.small), ("large", case.large))
        if scripts is not None
    }
    return asked(says, case.policy, **{"trigger": Trigger.AUTOMATIC, **case.request})


def ordered(
    work: Callable[[ActionRequest, Completer, Journal], Any], code: str, *small: str
) -> Said:
    """Return a scenario: somebody orders work on Python code at its cursor."""

    async def answer() -> Answer:
        place = hole("python", code)
        order = ActionRequest(
            "python", place.prefix + place.suffix, len(place.prefix), deadline=_PATIENT
        )
        completer = Completer(engines(ScriptedEngine, small=small))
        proposal: Proposal = await work(order, completer, Journal())
        return proposal.answer

    return answer


_BLOCK = Hole("python", "def area(width, height):\n    ", "\n\n\nprint(area(2, 3))\n")
_BEGUN = "total = width * height\n    return to"
_UNSURE = 0.0
"""A confidence that nobody reaches who tells no probabilities: such a tier decides nothing."""
_SPLIT = {"a": [GOOD], "b": [OTHER]}
_TIERS = (Tier("a", confidence=_UNSURE), Tier("b", confidence=_UNSURE))
_TESTED = hole(
    "python",
    'def f(x):\n    """Square it.\n\n    >>> f(1)\n    1\n    >>> f(2)\n    4\n    """\n    ‸\n',
)
_BARE = hole("python", 'def f(x):\n    """Return the square of x."""\n    ‸\n')
_TWO_TIERS = (Tier("small", 2), Tier("large", 1))
_GENERATED = ("f(1) == 1\nassert f(3) == 9", "f(1) == 1", "f(2) == 5")
_WRONG_LINE = """def total(prices):
    \"\"\"Return the sum.

    >>> total([1, 2])
    3
    \"\"\"
    result = 0
    for price in prices:
        ‸result = price
    return result
"""


def _writes_tests(request: GenerationRequest) -> Scripts:
    if "assert f(" in request.prompt.head:
        return ["1) == 1\nassert f(3) == 9"]
    return ["return x * x", "return x"]


def _writes_no_tests(request: GenerationRequest) -> Scripts:
    if "assert f(" in request.prompt.head:
        return [Script(failure=EngineUnavailable("no tests today"))]
    return ["return x * x", "return x"]


def _cannot_run(
    hole: Hole, texts: Sequence[str], tests: Sequence[UnitTest], environment: RunEnvironment
) -> RunReport:
    return RunReport(tuple(texts), tuple(tests), refusal="the sandbox has gone")


async def _runner_has_gone() -> Answer:
    policy = Policy((Tier("small"),))
    request = CompletionRequest(_TESTED, trigger=Trigger.INVOKED, deadline=_PATIENT)
    models = engines(ScriptedEngine, small=["return x * x"])
    cascade = Cascade(request, route(request, policy), policy, models, run=_cannot_run)
    return [answer async for answer in cascade.answers()][-1]


async def _goes_on_after_the_deadline() -> Answer:
    late = asyncio.Event()
    models = engines(
        ScriptedEngine, small=[Script("return width * height", partials=(_BEGUN,), after=late)]
    )
    request = CompletionRequest(_BLOCK, deadline=1.0, extent=Extent.BLOCK)
    latest = Answer()
    async for latest in Completer(models, Policy((Tier("small"),))).answers(request):
        if latest.due:
            late.set()
    return latest


SCENARIOS: dict[str, Said] = {
    **{
        title: of_cascade(title)
        for title in (
            "disagreement climbs to the large model",
            "what fails a check has no vote",
            "nothing but silence, and nobody asked: the large model sleeps on",
            "cut off in the middle of its statement",
            "too little confidence climbs",
            "an engine that fails half-way keeps its votes",
            "a tier without a model",
            "no tier at all",
            "verified only: a skipped check is not enough",
        )
    },
    "text is trimmed, and another is the same as before": asked(
        {"small": [f"{GOOD}\n\n\nprint(area(2, 3))\n", GOOD]}, Policy((Tier("small", 2, 0.9),))
    ),
    "what other files say": asked(
        {"small": [GOOD]}, Policy((Tier("small"),)), path="src/area.py", repository="shapes",
        chunks=(Chunk("src/shapes.py", "python", "def perimeter(width, height):\n    pass\n"),),
    ),
    "without a deadline": asked({"small": [GOOD]}, Policy((Tier("small"),)), deadline=float("inf")),
    "candidates that are half written at the deadline": asked(
        {"small": [Script(partials=(text,), after=asyncio.Event()) for text in (_BEGUN, "tot")]},
        Policy((Tier("small", 2),)), _BLOCK, deadline=1.0, extent=Extent.BLOCK,
    ),
    "what was half written at the deadline ends in another way": _goes_on_after_the_deadline,
    "nothing at the deadline": asked(
        {"small": [GOOD, Script(OTHER, after=asyncio.Event())]},
        Policy((Tier("small", 2),), verified_only=True, gates=("unheard_of",)), deadline=1.0,
    ),
    "what models cost, and their drafts": asked({"small": [GOOD]}, SMALL_ONLY, kind=Drafting),
    "a decoding that only saves time is left out": asked(
        {"small": [GOOD]},
        Policy((Tier("small", decoding=Decoding(DecodingMethod.SPECULATIVE, "tiny")),)),
    ),
    "a decoding that cannot be had is refused": asked(
        {"small": [GOOD]}, Policy((Tier("small", decoding=Decoding(DecodingMethod.FUSION, "a")),)),
    ),
    "a budget": asked(
        {"small": [GOOD], "large": [OTHER]},
        Policy((Tier("small", confidence=_UNSURE, cost=1.0), Tier("large", cost=5.0)), budget=2.0),
    ),
    "early abstention": asked(
        {"small": [GOOD, OTHER, THIRD], "large": [GOOD]},
        Policy((Tier("small", 3, 0.75, abstain=0.6), Tier("large"))),
    ),
    "a large model fuses": asked(
        {"small": [GOOD, OTHER, THIRD], "large": [GOOD, GOOD]},
        msgspec.structs.replace(
            BOTH, tiers=(BOTH.tiers[0], msgspec.structs.replace(BOTH.tiers[1], sees=2))
        ),
    ),
    "a ranking": asked(
        _SPLIT, Policy(_TIERS, ranked_by="b", minimum_agreement=0.0), kind=Scoring
    ),
    "a ranking that fails": asked(
        _SPLIT, Policy(_TIERS, ranked_by="b", minimum_agreement=0.0), kind=Failing
    ),
    "a ranking by a model that cannot": asked(
        _SPLIT, Policy(_TIERS, ranked_by="b", minimum_agreement=0.0)
    ),
    "a reward": asked(_SPLIT, Policy(_TIERS, reward="fitted.json", minimum_agreement=0.0)),
    "a reward that refuses": asked(
        _SPLIT, Policy(_TIERS, reward="nonesuch.json", minimum_agreement=0.0)
    ),
    "opinions that nobody has": asked(
        _SPLIT, Policy(_TIERS, opinions=True, minimum_agreement=0.0), kind=Failing
    ),
    "tests judge, and a model is asked again": asked(
        {"small": ["return -x", "return 1"], "large": ["return x * x"]},
        Policy((Tier("small", 2, draws=2), Tier("large"))), _TESTED,
    ),
    "tests that nobody passes": asked(
        {"small": ["return -x", "return 1"]},
        Policy((Tier("small", 2),), minimum_agreement=0.0, last_resort=True), _TESTED,
    ),
    "tests that cannot be run": asked(
        {"small": ["{ return x; }"]}, Policy((Tier("small"),)),
        hole("c", "int f(int x) ‸\n"), extent=Extent.FUNCTION,
    ),
    "tests that cannot be run any more": _runner_has_gone,
    "written tests vote": asked(
        {"small": ["return x * x", "return x ** 2"], "large": ["return -1"]},
        Policy(_TWO_TIERS), _BARE, generated_tests=_GENERATED,
    ),
    "results vote": asked(
        {"small": ["return x * x", "return x ** 2"], "large": ["return -1"]},
        Policy(_TWO_TIERS, selection=Selection.RESULTS), _BARE, generated_tests=_GENERATED,
    ),
    "a model writes tests": asked(
        {"small": _writes_tests},
        Policy((Tier("small", 2),), test_samples=2, minimum_agreement=0.0), _BARE,
    ),
    "a test writer that fails": asked(
        {"small": _writes_no_tests},
        Policy((Tier("small", 2),), test_samples=2, minimum_agreement=0.0), _BARE,
    ),
    "an order: a syntax error that one token mends": ordered(fix_syntax, "x = (1‸\ny = 2\n"),
    "an order: a syntax error that a model mends": ordered(
        fix_syntax, "x = 1 +* ‸2\n", "x = 1 + 2"
    ),
    "an order: a repair of one line": ordered(repair_function, _WRONG_LINE, "result += price"),
    "an order: a repair that nobody finds": ordered(
        repair_function, 'def f():\n    """Say it.\n\n    >>> f()\n    3\n    """\n    return ‸1\n',
        "return 2",
    ),
    "an order: tests": ordered(
        write_tests, "def add(a, b):\n    return ‸a + b\n",
        "1, 2) == unknown\n    assert add(1, 2) == 3\n    assert add(1, 2) == 4",
    ),
}  # fmt: skip


_TIME = re.compile(r'(?<=ms":)[0-9.e-]+|\b\d+(?= ms)')


def without_times(text: str) -> str:
    """Return a trace's JSON, or what is told of it, with 0 for every measured time."""
    return _TIME.sub("0", text)
