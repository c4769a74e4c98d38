"""`coterie complete FILE:LINE:COL`: one completion, as text or as one JSON document."""

from __future__ import annotations

import msgspec

from ensemble.trace import Answer, Completion, Step
from lsp_server.answers.build_engines import build_engines
from lsp_server.commands.completion.cli_request import CliOptions, CliRequest, EngineBuilder
from lsp_server.commands.console import print_json, print_line, warn


class TokenCounts(msgspec.Struct, frozen=True):
    """What the answer cost: `prompt` = `reused` from the cache + computed anew."""

    prompt: int
    reused: int
    generated: int


class CompletionOutput(msgspec.Struct, frozen=True):
    """What `--json` prints: the contract with scripts, tests and benchmarks."""

    completions: tuple[Completion, ...]
    trace: tuple[Step, ...]
    tokens: TokenCounts
    elapsed_ms: float

    @classmethod
    def of(cls, answer: Answer) -> CompletionOutput:
        usage = answer.usage
        tokens = TokenCounts(usage.prompt, usage.reused, usage.generated)
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
