"""`coterie complete FILE:LINE:COL`: one completion, as text or as one JSON document."""

from __future__ import annotations

import msgspec

from ensemble.candidate import Usage
from ensemble.trace.trace import Answer, Completion, Step
from lsp_server.answers.build_engines import build_engines
from lsp_server.commands.completion.cli_request import CliOptions, CliRequest, EngineBuilder
from lsp_server.commands.console import print_json, print_line, warn


class TokenCounts(msgspec.Struct, frozen=True):
    """The cost of an answer in tokens."""

    prompt: int
    """The tokens of all prompts."""
    reused: int
    """Those of them that were in the KV cache; the others were computed."""
    generated: int
    """The tokens of all candidates."""

    @classmethod
    def of(cls, usage: Usage) -> TokenCounts:
        return cls(usage.prompt, usage.reused, usage.generated)


class CompletionOutput(msgspec.Struct, frozen=True):
    """What `--json` prints: the contract with scripts, tests and benchmarks."""

    completions: tuple[Completion, ...]
    """The texts that would be shown, the best first."""
    trace: tuple[Step, ...]
    """The steps that led to them."""
    tokens: TokenCounts
    """The cost in tokens."""
    elapsed_ms: float
    """Milliseconds from the request to the answer."""

    @classmethod
    def of(cls, answer: Answer) -> CompletionOutput:
        tokens = TokenCounts.of(answer.usage)
        return cls(answer.completions, answer.trace, tokens, answer.elapsed_ms)


def complete(
    target: str, options: CliOptions, *, as_json: bool, build: EngineBuilder = build_engines
) -> int:
    """Print what goes in at the position; return the exit code. Raises CommandError."""
    cli_request = CliRequest.at(target, options)
    for message in cli_request.settings.messages:
        warn(message)
    answer = cli_request.ask(warn, build)
    if as_json:
        print_json(CompletionOutput.of(answer))
    elif answer.completions:
        print_line(answer.completions[0].text)
    else:
        warn(f"nothing to suggest there; `coterie explain {target}` says why")
    return 0
