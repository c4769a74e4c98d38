"""Learning rates: warm-up, stable as long as one likes, and a decay that is a run of its own.

Nobody knows beforehand how long a borrowed processor stays free, so the stable phase has no
end of its own: a decay branches off any of its checkpoints (Hu et al. 2024, MiniCPM).
"""

from __future__ import annotations


def stable_share(step: int, warmup_steps: int) -> float:
    """The share of the peak rate at a step of the stable phase."""
    return min(1.0, (step + 1) / max(1, warmup_steps))


def decay_share(done: float, final_share: float) -> float:
    """The share of the peak rate when `done` (0 to 1) of the decay has passed; linear."""
    return final_share + (1.0 - final_share) * (1.0 - min(1.0, done))
