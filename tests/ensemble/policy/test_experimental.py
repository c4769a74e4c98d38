"""The list of experimental methods: fields that exist, that nothing ships with, and the page."""

from __future__ import annotations

import re

import msgspec
import pytest

from ensemble.policy.experimental import EXPERIMENTAL
from ensemble.policy.policy import DEFAULT_POLICY, Policy, Tier
from tests.tidy.sources import ROOT

PAGE = (ROOT / "docs/ensembles.md").read_text(encoding="utf-8")
_ROW = re.compile(r"^\| `([\w.]+)` \| (.+) \|$", re.MULTILINE)


def section(title: str) -> str:
    """Return a section of the page, without its title."""
    _, _, rest = PAGE.partition(f"\n## {title}\n")
    return rest.partition("\n## ")[0]


def switched_on(policy: Policy) -> set[str]:
    """Return the experimental fields that a policy sets to something else than their default."""
    found = set()
    for field in EXPERIMENTAL:
        name = field.removeprefix("tiers.")
        values = policy.tiers if name != field else (policy,)
        default = Tier("") if name != field else Policy(())
        if any(getattr(value, name) != getattr(default, name) for value in values):
            found.add(field)
    return found


def test_the_page_names_the_same_methods_and_figures() -> None:
    assert dict(_ROW.findall(section("Experimental methods"))) == EXPERIMENTAL


DESCRIBED = {
    "ranked_by": "Output ensemble",
    "tiers.sees": "Output ensemble",
    "tiers.context": "Prompt compression",
    "tiers.decoding": "During inference",
}


@pytest.mark.parametrize("field", EXPERIMENTAL)
def test_the_page_says_so_where_it_describes_one(field: str) -> None:
    described = section(DESCRIBED[field])
    assert field.rpartition(".")[2] in described
    assert "(#experimental-methods)" in described


def test_nothing_that_ships_is_experimental() -> None:
    assert not switched_on(DEFAULT_POLICY)


def test_a_policy_that_is_experimental_is_noticed() -> None:
    tier = msgspec.convert(
        {"model": "a", "sees": 2, "context": 0.5, "decoding": {"method": "lookup"}}, Tier
    )
    assert switched_on(Policy((Tier("b"), tier), ranked_by="a")) == set(EXPERIMENTAL)
