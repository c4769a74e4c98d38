"""A router's weights from examples: what enters it for texts of each expert's domain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[Any]
"""What entered the router, one row per token."""
_Floats = npt.NDArray[np.float32]
_Doubles = npt.NDArray[np.float64]

_HELD_OUT = 5
"""The last fifth of each domain's tokens judges the gate and takes no part in fitting it."""
_PENALTIES = (0.01, 0.03, 0.1, 0.3)
_RIDGE = 1e-3
"""Part of the mean variance that is added to every direction, so that rare ones weigh little."""
_STEPS = 20


class MoeGate(msgspec.Struct, frozen=True):
    """A fitted router."""

    weights: _Floats
    """Of the shape (experts, width)."""
    accuracy: float
    """The part, 0 to 1, of the held-out tokens whose domain's expert it ranks first."""
    loss: float
    """Its mean cross-entropy on the held-out tokens, in nats."""


def fit_moe_gate(domains: Sequence[Rows]) -> MoeGate:
    """Fit the router to tell from its input which domain, hence which expert, a token belongs to.

    Softmax regression without intercept, because that is what llama.cpp computes (`ffn_gate_inp`,
    then softmax), so that an expert's weight is the probability of its domain. mergekit's "hidden"
    mode takes the mean input of each domain instead; most of that mean is common to all domains,
    and nothing says how large the router's scores should be. Domains count equally, however long
    their texts are. The inputs are whitened first, which makes gradient descent (Nesterov 1983)
    converge in a few steps, and the penalty on large weights is the one of a few that does best on
    the held-out tokens.
    """
    rows = [np.asarray(domain, np.float32) for domain in domains]
    cuts = [len(domain) - max(1, len(domain) // _HELD_OUT) for domain in rows]
    seen = _TokenSample([domain[:cut] for domain, cut in zip(rows, cuts, strict=True)])
    held_out = _TokenSample([domain[cut:] for domain, cut in zip(rows, cuts, strict=True)])
    whitening = _whitening(seen)
    whitened = seen.through(whitening)
    gates = []
    for penalty in _PENALTIES:
        weights = (_descend(whitened, penalty) @ whitening.T).astype(np.float32)
        gates.append(MoeGate(weights, *held_out.measure(weights)))
    return min(gates, key=lambda gate: gate.loss)


def probabilities(weights: _Floats, inputs: Rows) -> _Floats:
    """Return the probability that the router gives each expert, one row per token."""
    scores: _Floats = np.asarray(inputs, np.float32) @ weights.T
    scores -= scores.max(axis=1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=1, keepdims=True)
    return scores


class _TokenSample:
    """Tokens of all domains, each with a share so that the domains count equally."""

    def __init__(self, domains: Sequence[_Floats]) -> None:
        self.inputs = np.concatenate(domains)
        self.domain = np.repeat(np.arange(len(domains)), [len(rows) for rows in domains])
        share = np.array([1 / (len(domains) * len(rows)) for rows in domains], np.float32)
        self.shares = share[self.domain]
        self.domains = len(domains)

    def through(self, whitening: _Doubles) -> _TokenSample:
        """Return the same tokens in other coordinates."""
        changed = object.__new__(_TokenSample)
        changed.__dict__.update(self.__dict__)
        changed.inputs = self.inputs @ whitening.astype(np.float32)
        return changed

    def gradient(self, weights: _Floats) -> _Floats:
        """Return the derivative of the mean loss by the weights."""
        wrong = probabilities(weights, self.inputs)
        wrong[np.arange(len(wrong)), self.domain] -= 1
        wrong *= self.shares[:, None]
        slope: _Floats = wrong.T @ self.inputs
        return slope

    def measure(self, weights: _Floats) -> tuple[float, float]:
        """Return the part of the tokens that go where they belong, and the mean loss."""
        chances = probabilities(weights, self.inputs)
        right = chances.argmax(axis=1) == self.domain
        own = chances[np.arange(len(chances)), self.domain]
        loss = -np.log(np.maximum(own, np.finfo(np.float32).tiny))
        return float(self.shares @ right), float(self.shares @ loss)


def _whitening(sample: _TokenSample) -> _Doubles:
    """Return the matrix that gives the inputs unit second moments in every direction."""
    second = (sample.inputs * sample.shares[:, None]).T @ sample.inputs
    moments = second.astype(np.float64)
    width = len(moments)
    moments += _RIDGE * np.trace(moments) / width * np.eye(width)
    lower = np.linalg.cholesky(moments)
    return np.linalg.inv(lower).T


def _descend(sample: _TokenSample, penalty: float) -> _Floats:
    """Return the weights with the least mean loss plus penalty · |weights|² / 2."""
    weights: _Floats = np.zeros((sample.domains, sample.inputs.shape[1]), np.float32)
    ahead = weights
    # The softmax's curvature is at most 1/2, and the whitened inputs' moments at most 1.
    step_size = np.float32(1 / (0.5 + penalty))
    for step in range(_STEPS):
        before = weights
        slope = sample.gradient(ahead)
        slope += np.float32(penalty) * ahead
        slope *= step_size
        weights = ahead - slope
        ahead = weights - before
        ahead *= np.float32(step / (step + 3))
        ahead += weights
    return weights
