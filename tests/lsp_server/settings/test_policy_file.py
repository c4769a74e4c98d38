"""The setting `policy = FILE`: every field of a policy reaches the completer, and what is wrong
with a file is said."""

from __future__ import annotations

import ast
import inspect
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from code_checks.hole import Extent, Hole
from ensemble.engines.engine import Engine
from ensemble.engines.scripted import ScriptedEngine
from ensemble.policy import decoding, policy, router_weights
from ensemble.policy.decoding import Decoding, DecodingMethod
from ensemble.policy.files import policy_text, read_policy
from ensemble.policy.policy import Policy, Selection, Tier, VoteKey
from ensemble.policy.router_weights import ModelWeights, RouterWeights
from ensemble.request import Trigger
from ensemble.reward.reward_files import save
from lsp_server.answers.backend import Backend
from lsp_server.answers.build_engines import policy_of
from lsp_server.answers.request_limits import RequestLimits
from lsp_server.settings.folders import Folder
from lsp_server.settings.layers import Settings, load_file, with_workspace
from tests.ensemble.reward.material import reward
from tests.tidy.sources import ROOT

TIERS: dict[str, Any] = {
    "model": "large",
    "samples": 3,
    "quorum": 0.9,
    "decides": False,
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
    "router": RouterWeights(
        {
            "small": ModelWeights(0.1, {}),
            "large": ModelWeights(0.5, {"length": 0.25}, 2.0, 90, "abc"),
        },
        0.2,
    ),
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
    assert tuple(ANY_POLICY) == Policy.__struct_fields__
    assert tuple(ANY_TIER) == Tier.__struct_fields__


@pytest.mark.parametrize("field", [*FIELDS, *(f"tier.{name}" for name in TIERS)])
def test_a_field_reaches_the_completer(configured: Path, field: str) -> None:
    wanted = changed(field)
    (configured.parent / "mine.toml").write_text(policy_text(wanted, "nothing"))
    settings = load_file()
    assert settings.messages == ()
    found, plain = policy_of(settings), Policy((Tier("small"),))
    if field.startswith("tier."):
        name = field.removeprefix("tier.")
        assert getattr(found.tiers[0], name) == TIERS[name] != getattr(plain.tiers[0], name)
    else:
        assert getattr(found, field) == FIELDS[field] != getattr(plain, field)


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
TEXTS = st.lists(NAMES, max_size=3).map(tuple)
SHARES = st.floats(0, 1)
NUMBERS = st.floats(allow_nan=False)
WEIGHTS = st.builds(
    ModelWeights,
    NUMBERS,
    st.dictionaries(NAMES, NUMBERS, max_size=3),
    NUMBERS,
    st.integers(0, 2**40),
    NAMES,
)
DECODINGS = st.builds(
    Decoding, st.sampled_from([m for m in DecodingMethod if m is not DecodingMethod.LOOKUP]),
    NAMES, st.integers(1, 64), SHARES, SHARES, st.sampled_from(["linear", "log-linear"]),
    SHARES, SHARES,
)  # fmt: skip
ANY_TIER: dict[str, st.SearchStrategy[Any]] = {
    "model": NAMES,
    "samples": st.integers(1, 16),
    "quorum": SHARES,
    "decides": st.booleans(),
    "confidence": NUMBERS,
    "draws": st.integers(1, 9),
    "longest": st.none() | st.integers(0, 99),
    "abstain": SHARES,
    "cost": NUMBERS,
    "sees": st.integers(0, 9),
    "decoding": st.none() | DECODINGS,
    "context": SHARES,
}
ANY_POLICY: dict[str, st.SearchStrategy[Any]] = {
    "tiers": st.lists(st.builds(Tier, **ANY_TIER), min_size=1, max_size=3).map(tuple),
    "name": NAMES,
    "gates": TEXTS,
    "temperature": NUMBERS,
    "minimum_agreement": SHARES,
    "minimum_confidence": NUMBERS,
    "verified_only": st.booleans(),
    "weights": st.dictionaries(NAMES, NUMBERS, max_size=3),
    "prefer": TEXTS,
    "key": st.sampled_from(VoteKey),
    "vote_chars": st.none() | st.integers(0, 99),
    "budget": NUMBERS,
    "tested_extents": st.lists(st.sampled_from(Extent), max_size=3).map(tuple),
    "ranked_by": NAMES,
    "selection": st.sampled_from(Selection),
    "test_samples": st.integers(0, 9),
    "last_resort": st.booleans(),
    "skills": st.dictionaries(NAMES, TEXTS, max_size=3),
    "router": st.none() | st.builds(RouterWeights, st.just({}), NUMBERS, NUMBERS, NAMES),
    "reward": NAMES,
    "minimum_reward": SHARES,
    "opinions": st.booleans(),
}


def routed(policy: Policy, weights: list[ModelWeights]) -> Policy:
    """Return the policy with a router that knows its tiers' models, if it has one."""
    if policy.router is None:
        return policy
    models = {tier.model: weights[i % len(weights)] for i, tier in enumerate(policy.tiers)}
    router = msgspec.structs.replace(policy.router, models=models)
    return msgspec.structs.replace(policy, router=router)


@given(
    st.builds(routed, st.builds(Policy, **ANY_POLICY), st.lists(WEIGHTS, min_size=1, max_size=3)),
    NAMES,
)
def test_what_is_written_is_read(written: Policy, fitted_on: str) -> None:
    text = policy_text(
        written,
        fitted_on,
        ["What it is.", ""],
        lambda value, name: "# why" if isinstance(value, Tier) else "why",
    )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "default.toml")
        file.write_text(text, encoding="utf-8", newline="")
        assert read_policy(file) == (written, fitted_on)


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
    "a quorum that stands for a tier that only votes": (
        'tiers = [{ model = "small", quorum = 2.0 }]',
        "a quorum of 2 is not 0 to 1; for a tier that only votes write `decides = false`",
    ),
    "a router for other models": (
        'tiers = [{ model = "small" }]\n[router.models.large]\nintercept = 0.5\nweights = {}',
        "its router was fitted for large and does not know 'small'; fit it anew",
    ),
    "a router of another version": (
        'tiers = [{ model = "small" }]\n[router]\nversion = 9\nmodels = {}',
        "its router is of version 9, not 1; fit it anew",
    ),
    "a reward for other models": (
        'tiers = [{ model = "small" }, { model = "large" }]\nreward = "other.json"',
        "mine.toml: the reward other.json was fitted for large and does not know 'small'; fit it",
    ),
    "a reward that is not there": (
        'tiers = [{ model = "small" }]\nreward = "none.json"',
        "mine.toml: the reward none.json cannot be read",
    ),
}


@pytest.mark.parametrize(("text", "said"), WRONG.values(), ids=WRONG)
def test_the_default_stands_where_a_file_cannot_be_used(
    configured: Path, text: str | None, said: str
) -> None:
    if text is not None:
        (configured.parent / "mine.toml").write_text(text)
    save(reward(("backed:large", 1.0)), configured.parent / "other.json")
    settings = load_file()
    (message,) = settings.messages
    assert said in message
    assert message.startswith("`policy`: ") and message.endswith('"auto" stands.')
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


PAGE = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", [Policy, Tier, Decoding, RouterWeights, ModelWeights])
def test_the_page_names_every_field(kind: type[msgspec.Struct]) -> None:
    _, _, told = PAGE.partition("\n## Policy files\n")
    missing = [name for name in kind.__struct_fields__ if f"\n| `{name}` | " not in told]
    assert missing == []


def test_the_default_threshold_is_no_demand_of_every_request(configured: Path) -> None:
    """Otherwise a policy that shows what fewer agree on could never do so."""
    (configured.parent / "mine.toml").write_text(
        'tiers = [{ model = "small" }]\nminimum_agreement = 0.1\n'
    )
    hole = Hole("python", "x = ", "\n")

    def demanded(settings: Settings) -> float:
        limits = RequestLimits.of(Folder(None, settings, None), None)
        return limits.completion("", hole, Trigger.AUTOMATIC).minimum_agreement

    settings = load_file()
    assert demanded(settings) <= policy_of(settings).minimum_agreement == 0.1
    stricter = with_workspace(settings, {"suggest": {"minimum_agreement": 0.7}})
    assert demanded(stricter) == 0.7, "a workspace still tightens it"


async def test_a_file_that_is_written_anew_is_read_anew(configured: Path) -> None:
    """Its name stays, so the settings' values do not tell."""
    file = configured.parent / "mine.toml"
    built: list[list[str]] = []

    def build(settings: Settings, models: Iterable[str]) -> Mapping[str, Engine]:
        built.append([*models])
        return {name: ScriptedEngine(name, ["x"]) for name in built[-1]}

    backend = Backend(build, lambda: None)
    for model in ("small", "small", "large"):
        file.write_text(f'tiers = [{{ model = "{model}" }}]\n')
        if loading := backend.configure(load_file()):
            await loading
    await backend.close()
    assert built == [["small"], ["large"]]


def test_a_workspace_chooses_no_policy(configured: Path) -> None:
    (configured.parent / "mine.toml").write_text('tiers = [{ model = "small" }]\n')
    settings = load_file()
    changed = with_workspace(settings, {"policy": "theirs.toml"})
    assert policy_of(changed) == policy_of(settings)
    assert changed.messages == ("workspace: `policy`: a workspace may not set it; it is ignored.",)
