"""Routers fitted to made-up inputs whose domains are known."""

from __future__ import annotations

import numpy as np
import pytest

from ensemble.inference.files.moe_gate import fit_moe_gate, probabilities
from tests.ensemble.merging.siblings import Floats

WIDTH = 24


def domain(place: int, tokens: int, apart: float) -> Floats:
    """Return inputs with a large part common to all domains, and a small one of their own."""
    drawn = np.random.default_rng([7, place, tokens])
    inputs = drawn.standard_normal((tokens, WIDTH), np.float32)
    inputs[:, 0] += 20
    inputs[:, 1 + place] += apart
    return inputs


@pytest.mark.parametrize("domains", [2, 4])
def test_domains_are_told_apart(domains: int) -> None:
    gate = fit_moe_gate([domain(place, 600, 4.0) for place in range(domains)])
    assert gate.weights.shape == (domains, WIDTH)
    assert gate.accuracy > 0.95
    for place in range(domains):
        fresh = probabilities(gate.weights, domain(place, 300, 4.0))
        assert (fresh.argmax(axis=1) == place).mean() > 0.95
        np.testing.assert_allclose(fresh.sum(axis=1), 1, rtol=1e-5)


def test_domains_count_equally_however_long_they_are() -> None:
    """Two overlapping domains, one of which has fifteen times as many examples."""
    gate = fit_moe_gate([domain(0, 3000, 2.0), domain(1, 200, 2.0)])
    shares = [
        float(probabilities(gate.weights, domain(place, 2000, 2.0))[:, place].mean())
        for place in range(2)
    ]
    assert min(shares) > 0.6
    assert abs(shares[0] - shares[1]) < 0.15


def test_what_cannot_be_told_apart_is_shared() -> None:
    """Equal domains: the fitted router must not be surer than chance on tokens it has not seen."""
    gate = fit_moe_gate([domain(9, 1500, 0.0), domain(8, 1501, 0.0)])
    assert gate.loss == pytest.approx(np.log(2), abs=0.03)
    assert probabilities(gate.weights, domain(7, 1000, 0.0)).max() < 0.9
