"""Why an evaluation cannot be done. Each message is one line for people.

EvaluationError
└── UnknownName   no model or policy has that name
"""

from __future__ import annotations


class EvaluationError(Exception):
    """The tasks, the recordings, a policy or a model cannot be used."""


class UnknownName(EvaluationError):
    """A model or policy was named that is not there; the message lists those that are."""
