"""Why there is no reward. Each message is one line for people.

RewardError
├── RewardRefused   a file holds none that can be used here
└── TooLittle       the outcomes are too few, or say nothing
"""

from __future__ import annotations


class RewardError(Exception):
    """A reward cannot be read or fitted."""


class RewardRefused(RewardError):
    """A file is broken, of another version, or for other models; the message names the remedy."""


class TooLittle(RewardError):
    """A reward fitted on these outcomes would be worth nothing."""
