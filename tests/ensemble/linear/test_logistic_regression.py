"""The regression: where it ends the gradient is zero, and nothing makes it run away."""

from __future__ import annotations

import numpy as np
import pytest

from ensemble.linear.logistic_regression import Array, fit_logistic, log_loss, sigmoid


def drawn(rows: int, seed: int = 0) -> tuple[Array, Array]:
    """Return features and labels that follow from them with the coefficients 1, -2 and 0."""
    chance = np.random.default_rng(seed)
    x = chance.normal(size=(rows, 3))
    odds = 0.5 + x @ np.array([1.0, -2.0, 0.0])
    return x, (chance.random(rows) < sigmoid(odds)).astype(float)


@pytest.mark.parametrize("ridge", [0.1, 1.0, 30.0])
@pytest.mark.parametrize("rows", [5, 64, 200])
def test_the_gradient_is_zero(rows: int, ridge: float) -> None:
    x, y = drawn(rows)
    weights = np.arange(rows, dtype=np.float64) % 3
    beta = fit_logistic(x, y, weights, ridge)
    errors = weights * (sigmoid(beta[0] + x @ beta[1:]) - y)
    assert x.T @ errors + ridge * beta[1:] == pytest.approx(np.zeros(3), abs=1e-2)
    assert errors.sum() == pytest.approx(0.0, abs=1e-2)


def test_coefficients_are_found_again() -> None:
    x, y = drawn(20_000)
    assert fit_logistic(x, y, np.ones(len(y)), 0.1) == pytest.approx([0.5, 1, -2, 0], abs=0.1)


def test_a_weight_is_as_many_rows() -> None:
    x, y = drawn(40)
    twice = fit_logistic(np.vstack([x, x[:10]]), np.concatenate([y, y[:10]]), np.ones(50), 1.0)
    weights = np.where(np.arange(40) < 10, 2.0, 1.0)
    assert fit_logistic(x, y, weights, 1.0) == pytest.approx(twice, abs=1e-4)


def test_one_class_and_perfect_separation_stay_finite() -> None:
    x, _ = drawn(30)
    assert np.isfinite(fit_logistic(x, np.ones(30), np.ones(30), 1.0)).all()
    apart = (x[:, 0] > 0).astype(float)
    beta = fit_logistic(1000 * x, apart, np.ones(30), 0.1)
    assert np.isfinite(beta).all()
    assert ((beta[0] + 1000 * x @ beta[1:] > 0) == (apart > 0)).all()


def test_no_features_leave_the_rate() -> None:
    y = np.array([1.0, 1.0, 1.0, 0.0])
    (intercept,) = fit_logistic(np.zeros((4, 0)), y, np.ones(4), 1.0)
    assert sigmoid(intercept) == pytest.approx(0.75, abs=1e-2)


def test_the_loss_of_knowing_nothing_is_one_bit() -> None:
    assert log_loss(np.array([0.0, 1.0]), np.zeros(2)) == pytest.approx(np.log(2))
