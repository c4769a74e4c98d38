"""Why models cannot be made into one. Each message is one line for people, with the remedy.

MergeError
├── Misfit        the models differ in a way that the method cannot bridge
└── WrongRecipe   was asked for something that the method does not have
"""

from __future__ import annotations


class MergeError(Exception):
    """A file cannot be read or written, or llama.cpp refused what it was given."""


class Misfit(MergeError):
    """The models do not fit together; the message says where, and what still works with them."""


class WrongRecipe(MergeError):
    """Weights, types or options that the method cannot use, whatever the models are."""
