"""What is asked of a model besides the prompt, and what it answers."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from code_checks.hole import Extent, Hole


class Sampling(msgspec.Struct, frozen=True):
    """How the tokens of one branch are chosen.

    `temperature` 0 is greedy. `top_p` is nucleus sampling (Holtzman et al. 2020), `min_p` drops
    tokens below that fraction of the best one's probability. The same `seed` reproduces a text only
    with an equal cache, batch and number of threads.
    """

    temperature: float = 0.0
    top_k: int = 40
    top_p: float = 0.95
    min_p: float = 0.02
    max_tokens: int = 64
    seed: int = 0


class Stop(msgspec.Struct, frozen=True):
    """Where a text may end before the model says so; see `engines.stop_rules` for the rules.

    `hole` is the hole's neighborhood (some twenty lines on either side suffice).
    """

    extent: Extent = Extent.LINE
    hole: Hole = Hole("plaintext", "", "")
    max_lines: int = 24


class StopReason(StrEnum):
    """Why a candidate's text ends where it does."""

    RUNNING = "running"  # It does not: this is what there is so far.
    END = "end"  # The model said that it is finished.
    LINE = "line"
    BLOCK = "block"
    SUFFIX = "suffix"  # The text after the hole was about to be repeated.
    REPETITION = "repetition"
    LENGTH = "length"  # max_tokens, max_lines or the model's context were used up.
    DEADLINE = "deadline"
    RECORDED = "recorded"


class Candidate(msgspec.Struct, frozen=True):
    """A text that one model proposes for a hole, as the model wrote it.

    `logprobs` are the natural logarithms of the probabilities of its tokens; empty if unknown.
    `branch` is the index of its `Sampling` in the request.
    """

    text: str
    model: str
    logprobs: tuple[float, ...] = ()
    stop: StopReason = StopReason.END
    branch: int = 0

    @property
    def mean_logprob(self) -> float | None:
        """The mean log-probability of a token, or None if the model does not tell."""
        return sum(self.logprobs) / len(self.logprobs) if self.logprobs else None


class Usage(msgspec.Struct, frozen=True):
    """What a generation cost, in tokens: `prompt` = `reused` from the cache + computed anew.

    Where one model drafts for another, `drafted` tokens were proposed and `accepted` ones kept.
    """

    prompt: int = 0
    reused: int = 0
    generated: int = 0
    cut: tuple[str, ...] = ()
    """The roles of the prompt's pieces that did not fit the model's context."""
    drafted: int = 0
    accepted: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.prompt + other.prompt,
            self.reused + other.reused,
            self.generated + other.generated,
            self.cut + other.cut,
            self.drafted + other.drafted,
            self.accepted + other.accepted,
        )


class Generation(msgspec.Struct, frozen=True):
    """The state of a generation: every branch's text, finished or not. Each replaces the last."""

    candidates: tuple[Candidate, ...] = ()
    usage: Usage = Usage()
    done: bool = False
