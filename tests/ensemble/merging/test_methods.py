"""The methods on tensors that can be computed by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ensemble.merging.methods import dare, slerp, soup, task_arithmetic, ties, trimmed
from tests.ensemble.merging.siblings import Floats


def tensor(*values: float) -> Floats:
    return np.array(values, np.float32)


BASE = tensor(1, 1, 1, 1)

SOUPS = [
    # tensors, weights, expected
    ([(1, 2), (3, 6)], (1, 1), (2, 4)),
    ([(1, 2), (3, 6)], (3, 1), (1.5, 3)),
    ([(1, 2), (3, 6), (5, 1)], (1, 1, 2), (3.5, 2.5)),
    ([(1, 2)], (1,), (1, 2)),
]

SLERPS = [
    # first, second, part, expected
    ((1, 0), (0, 1), 0.5, (0.70710678, 0.70710678)),
    ((1, 0), (0, 1), 0.0, (1, 0)),
    ((1, 0), (0, 1), 1.0, (0, 1)),
    ((2, 0), (0, 1), 1 / 3, (1.7320508, 0.5)),  # sin 60° · 2, sin 30° · 1
    ((1, 0), (3, 0), 0.5, (2, 0)),  # parallel: no arc
    ((1, 0), (-1, 0), 0.25, (0.5, 0)),  # opposite: no arc either
    ((0, 0), (4, 8), 0.25, (1, 2)),
]

TIES = [
    # Task vectors: (4, -1, 2, 0) and (-1, -3, 4, 2).
    # density 1: signs of the sums +, −, +, +; means of those who agree: 4, −2, 3, 2.
    ([(5, 0, 3, 1), (0, -2, 5, 3)], (1, 1), 1.0, 1.0, (5, -1, 4, 3)),
    # density ½ keeps (4, 0, 2, 0) and (0, −3, 4, 0).
    ([(5, 0, 3, 1), (0, -2, 5, 3)], (1, 1), 0.5, 1.0, (5, -2, 4, 1)),
    # density ¼ keeps (4, 0, 0, 0) and (0, 0, 4, 0), halved.
    ([(5, 0, 3, 1), (0, -2, 5, 3)], (1, 1), 0.25, 0.5, (3, 1, 3, 1)),
    # The second weighs five times as much: the sums are (−1, −16, 22, 10); the means of those who
    # agree are −1, −(1 + 15)/6, (2 + 20)/6, 2.
    ([(5, 0, 3, 1), (0, -2, 5, 3)], (1, 5), 1.0, 1.0, (0, 1 - 16 / 6, 1 + 22 / 6, 3)),
    # Changes that cancel elect nobody.
    ([(3, 1, 1, 1), (-1, 1, 1, 1)], (1, 1), 1.0, 1.0, (1, 1, 1, 1)),
]

TRIMMED = [
    ((3, -1, 2, -4), 0.5, (3, 0, 0, -4)),
    ((3, -1, 2, -4), 1.0, (3, -1, 2, -4)),
    ((3, -1, 2, -4), 0.01, (0, 0, 0, 0)),
    ((2, -2, 2, 1), 0.25, (2, -2, 2, 0)),  # as large as the smallest that stays
]


@pytest.mark.parametrize(("tensors", "weights", "expected"), SOUPS)
def test_soup(
    tensors: list[tuple[float, ...]], weights: tuple[float, ...], expected: tuple[float, ...]
) -> None:
    assert soup([tensor(*each) for each in tensors], weights).tolist() == list(expected)


@pytest.mark.parametrize(("first", "second", "part", "expected"), SLERPS)
def test_slerp(
    first: tuple[float, ...], second: tuple[float, ...], part: float, expected: tuple[float, ...]
) -> None:
    np.testing.assert_allclose(slerp(tensor(*first), tensor(*second), part), expected, atol=1e-6)


def test_task_arithmetic() -> None:
    changed = [tensor(2, 1, 1, 0), tensor(1, 3, 1, 1)]
    assert task_arithmetic(BASE, changed, (0.5, 1)).tolist() == [1.5, 3, 1, 0.5]
    assert task_arithmetic(BASE, changed, (-1, 0)).tolist() == [0, 1, 1, 2]


@pytest.mark.parametrize(("tensors", "weights", "density", "scale", "expected"), TIES)
def test_ties(
    tensors: list[tuple[float, ...]], weights: tuple[float, ...], density: float, scale: float,
    expected: tuple[float, ...],
) -> None:  # fmt: skip
    merged = ties(BASE, [tensor(*each) for each in tensors], weights, density, scale)
    np.testing.assert_allclose(merged, expected, rtol=1e-6)


@pytest.mark.parametrize(("change", "density", "expected"), TRIMMED)
def test_trimmed(change: tuple[float, ...], density: float, expected: tuple[float, ...]) -> None:
    assert trimmed(tensor(*change), density).tolist() == list(expected)


def test_dare() -> None:
    """With this seed and name, the second and the fourth entry of the first task vector stay, and
    the first of the second one; what stays is doubled, and then weighed."""
    merged = dare(BASE, [BASE + 8, BASE + tensor(3, 2, 4, 6)], (0.5, 1), 0.5, 7, "blk.0")
    assert merged.tolist() == [1 + 6, 1 + 8, 1, 1 + 8]


def test_dare_keeps_what_it_was_on_average() -> None:
    size, density = 200_000, 0.3
    change = dare(np.zeros(size, np.float32), [np.ones(size, np.float32)], (1,), density, 1, "x")
    assert set(np.unique(change)) == {np.float32(0), np.float32(1 / density)}
    # Five standard deviations of the mean of that many draws.
    deviation = 5 * ((1 - density) / density / size) ** 0.5
    assert abs(float(change.mean(dtype=np.float64)) - 1) < deviation


@pytest.mark.parametrize(("seed", "name"), [(1, "x"), (2, "x"), (1, "y")])
def test_dare_depends_on_the_seed_and_the_tensor_alone(seed: int, name: str) -> None:
    base, model = np.zeros(64, np.float32), np.ones(64, np.float32)
    once, again = (dare(base, [model], (1,), 0.5, seed, name) for _ in range(2))
    assert once.tolist() == again.tolist()
    other = dare(base, [model], (1,), 0.5, seed + 10, name)
    assert once.tolist() != other.tolist()
    # The second model of a merge is thinned out elsewhere than the first.
    assert dare(base, [base, model], (1, 1), 0.5, seed, name).tolist() != once.tolist()


# Adding 0 makes the negative zeros positive, as every method does. Files keep theirs all the same:
# tensors that the models store alike are copied.
FLOATS = arrays(
    np.float32, st.integers(1, 40),
    elements=st.floats(-1e4, 1e4, width=32, allow_subnormal=False),
)  # fmt: skip
SHARES = st.floats(0.015625, 1, width=32)


@given(FLOATS, st.lists(SHARES, min_size=2, max_size=5))
def test_a_soup_of_equals_is_what_they_are(values: Floats, weights: list[float]) -> None:
    assert soup([values] * len(weights), weights).tobytes() == (values + 0).tobytes()


@given(FLOATS, SHARES)
def test_the_way_from_a_model_to_itself_is_that_model(values: Floats, part: float) -> None:
    assert slerp(values, values.copy(), part).tobytes() == (values + 0).tobytes()


@given(FLOATS, SHARES)
def test_a_base_that_nobody_changed_stays(values: Floats, density: float) -> None:
    same = [values.copy(), values.copy()]
    expected = (values + 0).tobytes()
    assert task_arithmetic(values, same, (1, 1)).tobytes() == expected
    assert ties(values, same, (1, 1), density, 1).tobytes() == expected
    assert dare(values, same, (1, 1), density, 0, "x").tobytes() == expected
