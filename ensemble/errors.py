"""Why the ensemble cannot do what it was asked. Each message is one line for people.

EngineError
├── EngineUnavailable   the model cannot answer now; another attempt may succeed
└── ModelRefused        this model will not work until its file or settings change
PolicyRefused           a file holds no policy that can be used
EvaluationError
└── UnknownName         no model or policy has that name
RewardError
├── RewardRefused       a file holds none that can be used here
└── TooLittle           the outcomes are too few, or say nothing
ModelFileError          a model file cannot be brought, kept or removed
├── SourceFailed        one source does not have it, or cannot be reached; another may do
└── WrongContent        it is another file than it was taken for
MergeError
├── Misfit              the models differ in a way that the method cannot bridge
└── WrongRecipe         was asked for something that the method does not have
"""

from __future__ import annotations


class EngineError(Exception):
    """A model could not answer. The message names the model and, where there is one, the remedy."""


class EngineUnavailable(EngineError):
    """The model cannot answer at the moment: its process died, is starting, or is overloaded."""


class ModelRefused(EngineError):
    """The model's file or settings are unusable until somebody changes them."""


class PolicyRefused(Exception):
    """A policy's file is broken or names what is not there; the message names file and cause."""


class EvaluationError(Exception):
    """The tasks, the recordings, a policy or a model cannot be used."""


class UnknownName(EvaluationError):
    """A model or policy was named that is not there; the message lists those that are."""


class RewardError(Exception):
    """A reward cannot be read or fitted."""


class RewardRefused(RewardError):
    """A file is broken, of another version, or for other models; the message names the remedy."""


class TooLittle(RewardError):
    """A reward fitted on these outcomes would be worth nothing."""


class ModelFileError(Exception):
    """A model file cannot be brought, kept or removed; the message says what to do."""


class SourceFailed(ModelFileError):
    """One source of a model does not have it, or cannot be reached."""


class WrongContent(ModelFileError):
    """A file is not the one that it was taken for; the message says which one it is."""


class MergeError(Exception):
    """A file cannot be read or written, or llama.cpp refused what it was given."""


class Misfit(MergeError):
    """The models do not fit together; the message says where, and what still works with them."""


class WrongRecipe(MergeError):
    """Weights, types or options that the method cannot use, whatever the models are."""
