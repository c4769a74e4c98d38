"""The setting `policy = FILE`: every field of a policy reaches the completer, and what is wrong
with a file is said."""

from __future__ import annotations

import ast
import inspect
import tempfile
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from code_checks.hole import Extent
from ensemble.policy import decoding, policy, router_weights
from ensemble.policy.decoding import Decoding, DecodingMethod
from ensemble.policy.files import policy_text, read_policy
from ensemble.policy.policy import Policy, Selection, Tier, VoteKey
from ensemble.policy.router_weights import ModelWeights, RouterWeights
from lsp_server.answers.build_engines import policy_of
from lsp_server.settings.layers import Settings, load_file

TIERS: dict[str, Any] = {
    "model": "large",
    "samples": 3,
    "quorum": 2.0,
    "confidence": -0.5,
    "draws": 4,
    "longest": 60,
    "abstain": 0.2,
    "cost": 1.5,
    "sees": 2,
    "decoding": Decoding(DecodingMethod.SPECULATIVE, "small", draft=4),
    "context": 0.5,
}
"""A value other than the default for each field of a tier."""

FIELDS: dict[str, Any] = {
    "tiers": (Tier("small", samples=2), Tier("large")),
    "name": "another",
    "gates": ("syntax",),
    "temperature": 0.3,
    "minimum_agreement": 0.1,
    "minimum_confidence": -1.5,
    "verified_only": True,
    "weights": {"large": 3.0},
    "prefer": ("large", "small"),
    "key": VoteKey.STATEMENT,
    "vote_chars": 40,
    "budget": 7.5,
    "tested_extents": (Extent.BLOCK,),
    "ranked_by": "large",
    "selection": Selection.TEXT,
    "test_samples": 0,
    "last_resort": True,
    "skills": {"large": ("python", "tests")},
    "router": RouterWeights({"large": ModelWeights(0.5, {"length": 0.25}, 2.0, 90)}, 0.2),
    "reward": "one-line",
    "minimum_reward": 0.3,
    "opinions": True,
}
"""The same for each field of a policy."""


def changed(field: str) -> Policy:
    """Return a policy with one field that is not as by default; `tier.` before a tier's."""
    if field.startswith("tier."):
        name = field.removeprefix("tier.")
        return Policy((msgspec.structs.replace(Tier("small"), **{name: TIERS[name]}),))
    return msgspec.structs.replace(Policy((Tier("small"), Tier("large"))), **{field: FIELDS[field]})


@pytest.fixture
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A settings file that names a policy's file beside it."""
    config = tmp_path / "config.toml"
    config.write_text('policy = "mine.toml"\nsuggest.hide_copies = false\n')
    monkeypatch.setenv("COTERIE_CONFIG", str(config))
    return config


def test_the_tables_are_complete() -> None:
    assert tuple(FIELDS) == Policy.__struct_fields__
    assert tuple(TIERS) == Tier.__struct_fields__


@pytest.mark.parametrize("field", [*FIELDS, *(f"tier.{name}" for name in TIERS)])
def test_a_field_reaches_the_completer(configured: Path, field: str) -> None:
    wanted = changed(field)
    text = policy_text(wanted, "nothing")
    if field == "name":
        text = f'name = "{wanted.name}"\n{text}'
    (configured.parent / "mine.toml").write_text(text)
    settings = load_file()
    assert settings.messages == ()
    found, plain = policy_of(settings), Policy((Tier("small"),))
    if field.startswith("tier."):
        name = field.removeprefix("tier.")
        assert getattr(found.tiers[0], name) == TIERS[name] != getattr(plain.tiers[0], name)
    else:
        assert getattr(found, field) == FIELDS[field] != getattr(plain, field)


@given(
    st.sets(st.sampled_from([*FIELDS])), st.lists(st.sets(st.sampled_from([*TIERS])), min_size=1)
)
def test_what_is_written_is_read(fields: set[str], tiers: list[set[str]]) -> None:
    written = msgspec.structs.replace(
        Policy(tuple(Tier(**{"model": "small", **{n: TIERS[n] for n in tier}}) for tier in tiers)),
        **{name: FIELDS[name] for name in fields - {"tiers", "name"}},
    )
    text = policy_text(
        written, 'some "tasks"', ["What it is.", ""], comments=dict.fromkeys(FIELDS, "why"),
        tier_comments=[dict.fromkeys(TIERS, "# why")] * len(tiers),
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "default.toml")
        file.write_text(text, encoding="utf-8")
        assert read_policy(file) == (written, 'some "tasks"')


WRONG = {
    "no file": (None, "mine.toml cannot be read: No such file or directory"),
    "no TOML": ("tiers = [", "mine.toml is no policy: "),
    "an unknown field": ('tiers = [{ model = "small" }]\nvotes = 3', "unknown field `votes`"),
    "a wrong value": ('tiers = [{ model = "small", samples = "x" }]', "$.tiers[0].samples"),
    "nobody to ask": ("tiers = []", "`tiers` is empty"),
    "a model that is not there": (
        'tiers = [{ model = "huge" }]',
        "asks the model 'huge', which is not one of small, large",
    ),
    "a reward that is not there": (
        'tiers = [{ model = "small" }]\nreward = "none.json"',
        "the reward none.json cannot be read",
    ),
}


@pytest.mark.parametrize(("text", "said"), WRONG.values(), ids=WRONG)
def test_the_default_stands_where_a_file_cannot_be_used(
    configured: Path, text: str | None, said: str
) -> None:
    if text is not None:
        (configured.parent / "mine.toml").write_text(text)
    settings = load_file()
    (message,) = settings.messages
    assert said in message
    assert message.startswith("`policy`: ") and message.endswith('"cascade+vote" stands.')
    plain = Settings(values={"suggest.hide_copies": False})
    assert policy_of(settings) == policy_of(plain)


def test_thresholds_that_somebody_has_set_tighten_it(configured: Path) -> None:
    text = 'tiers = [{ model = "small" }]\nminimum_agreement = 0.1\nminimum_reward = 0.1\n'
    (configured.parent / "mine.toml").write_text(text)
    configured.write_text(
        configured.read_text() + "suggest.minimum_agreement = 0.4\nsuggest.minimum_reward = 0.2\n"
        "suggest.verified_only = true\n"
    )
    found = policy_of(load_file())
    assert (found.minimum_agreement, found.minimum_reward, found.verified_only) == (0.4, 0.2, True)


@pytest.mark.parametrize("module", [policy, decoding, router_weights])
def test_every_field_is_documented_beside_it(module: Any) -> None:
    """The string under each field is what editors show, and what the documentation is made of."""
    silent = []
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, ast.ClassDef):
            for field, after in zip(node.body, [*node.body[1:], None], strict=True):
                documented = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
                if isinstance(field, ast.AnnAssign) and not documented:
                    silent.append(f"{node.name}.{ast.unparse(field.target)}")
    assert silent == []
