"""What the answers of an evaluation took, and what of that was waited for."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Tally:
    """What answers took, all models of an evaluation together."""

    asked: int = 0
    """How many questions a model was really asked."""
    waited: float = 0.0
    """Seconds that were spent on answers in this run, opening models included."""
    counted: float = 0.0
    """Seconds that these answers took when the models were really asked."""
    fresh: float = 0.0
    """The part of `counted` that a run with an empty cache would have waited for."""
    met: set[str] = field(default_factory=set)
    """The keys of the questions that this run has met."""

    @property
    def credit(self) -> float:
        """By how much time on the clock falls short of what answers took."""
        return self.counted - self.waited

    def meet(self, key: str, seconds: float) -> None:
        """Note a question, and what its whole answer took."""
        if key not in self.met:
            self.met.add(key)
            self.fresh += seconds
