"""What is asked of a model besides the prompt, and what it answers."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from code_checks.hole import Extent, Hole


class Sampling(msgspec.Struct, frozen=True):
    """How the tokens of one branch are chosen."""

    temperature: float = 0.0
    """0 is greedy."""
    top_k: int = 40
    """How many of the most likely tokens are drawn from."""
    top_p: float = 0.95
    """Nucleus sampling (Holtzman et al. 2020): the smallest set of tokens with this probability."""
    min_p: float = 0.02
    """Tokens below this fraction of the best one's probability are dropped."""
    max_tokens: int = 64
    """The most tokens of the branch."""
    seed: int = 0
    """The same seed reproduces a text only with an equal cache, batch and number of threads."""


class Stop(msgspec.Struct, frozen=True):
    """Where a text may end before the model says so; see `engines.stop_rules` for the rules."""

    extent: Extent = Extent.LINE
    """How much is wanted: a line, a block, a function."""
    hole: Hole = Hole("plaintext", "", "")
    """The hole's neighborhood; some twenty lines on either side suffice."""
    max_lines: int = 24
    """The most lines of a text."""


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
    """A text that one model proposes for a hole, as the model wrote it."""

    text: str
    model: str
    """The name by which the policy calls the model."""
    logprobs: tuple[float, ...] = ()
    """Of each token, the natural logarithm of its probability; empty if the model does not tell."""
    stop: StopReason = StopReason.END
    """Why the text ends where it does."""
    branch: int = 0
    """The index of its `Sampling` in the request."""

    @property
    def mean_logprob(self) -> float | None:
        """The mean log-probability of a token, or None if the model does not tell."""
        return sum(self.logprobs) / len(self.logprobs) if self.logprobs else None


class Usage(msgspec.Struct, frozen=True):
    """What a generation cost, in tokens."""

    prompt: int = 0
    """The prompt's tokens, reused and computed ones together."""
    reused: int = 0
    """Those of them that were in the cache already."""
    generated: int = 0
    """The tokens of all branches."""
    cut: tuple[str, ...] = ()
    """The roles of the prompt's pieces that did not fit the model's context."""
    drafted: int = 0
    """How many tokens one model, or the prompt, proposed for another model."""
    accepted: int = 0
    """How many of the drafted ones the other model kept."""

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
    """The state of a generation. Each replaces the one before."""

    candidates: tuple[Candidate, ...] = ()
    """Every branch's text, finished or not."""
    usage: Usage = Usage()
    done: bool = False
    """Whether this is the last state."""
