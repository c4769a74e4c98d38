"""What `coterie models merge` and `coterie models moe` do."""

from __future__ import annotations

from pathlib import Path

import msgspec

from ensemble.errors import WrongRecipe
from ensemble.merging.greedy import choose_members
from ensemble.merging.merge import Parents, WrittenModel, merge, open_parents
from ensemble.merging.moe.mixture import build_mixture, default_experts_used
from ensemble.merging.recipe import MergeMethod, recipe_for
from ensemble.merging.texts import read_texts
from ensemble.merging.writing import OnProgress, refuse_overwriting
from lsp_server.commands.console import print_line
from lsp_server.commands.models.making import making


class MergeOptions(msgspec.Struct, frozen=True):
    """The arguments of `coterie models merge`."""

    models: tuple[Path, ...]
    """The files of the models that are merged."""
    method: str
    """The merge method."""
    out: Path
    """The file to write."""
    base: Path | None = None
    """The model that the others were trained from; None if the method needs none."""
    weights: tuple[float, ...] = ()
    """How much each model counts; empty for equally."""
    density: float | None = None
    """The part of each difference from the base that stays; None for the method's own."""
    scale: float = 1.0
    """What the merged difference from the base is multiplied by."""
    seed: int = 0
    """The seed of what the method draws."""
    text: tuple[Path, ...] = ()
    """Texts on which a greedy soup is measured."""
    type: str = ""
    """The tensor type to write; "" for the models' own, or F16 where they differ."""
    force: bool = False
    """Whether a file that exists is overwritten."""


class MixtureOptions(msgspec.Struct, frozen=True):
    """The arguments of `coterie models moe`."""

    models: tuple[Path, ...]
    """The files of the models that become experts."""
    out: Path
    """The file to write."""
    prompts: tuple[Path, ...] = ()
    """For each model a text of its domain, to which the routers are fitted."""
    experts_used: int | None = None
    """How many experts compute each token; None for the default."""
    base: Path | None = None
    """The model whose attention is taken; None for the experts' mean."""
    type: str = ""
    """The tensor type to write; "" for the models' own, or F16 where they differ."""
    force: bool = False
    """Whether a file that exists is overwritten."""


def merge_models(order: MergeOptions) -> int:
    """Write the merged model and say what it is; return 0. Raises CommandError."""
    with making() as on_progress:
        method = _method(order)
        recipe = recipe_for(
            method, len(order.models), has_base=order.base is not None, weights=order.weights,
            density=order.density, scale=order.scale, seed=order.seed,
        )  # fmt: skip
        refuse_overwriting(order.out, force=order.force)
        parents = open_parents(order.models, order.base)
        measured = ""
        if method is MergeMethod.GREEDY_SOUP:
            parents, measured = _greedy(parents, order, on_progress)
            recipe = msgspec.structs.replace(recipe, weights=(1.0,) * len(parents.models))
        made = merge(
            parents, recipe, order.out,
            wanted_type=order.type, force=order.force, on_progress=on_progress,
        )  # fmt: skip
    names = ", ".join(model.name for model in parents.models)
    print_line(f"{_described(made)}: {method} of {names}{measured}")
    return 0


def mix_models(order: MixtureOptions) -> int:
    """Write the mixture of experts and say what it is; return 0. Raises CommandError."""
    count = len(order.models)
    used = order.experts_used or default_experts_used(count)
    with making() as on_progress:
        refuse_overwriting(order.out, force=order.force)
        parents = open_parents(order.models, order.base)
        examples = [read_texts((path,)) for path in order.prompts]
        mixture = build_mixture(
            parents, examples, used, order.out,
            wanted_type=order.type, force=order.force, on_progress=on_progress,
        )  # fmt: skip
    routed = "which all count equally"
    if mixture.accuracy:
        low, high = min(mixture.accuracy), max(mixture.accuracy)
        routed = (
            f"{used} for each token; the routers rank the right expert first for "
            f"{low:.0%} (worst layer) to {high:.0%} (best layer) of the examples' last tokens"
        )
    print_line(f"{_described(mixture.file)}: {count} experts, {routed}")
    return 0


def _method(order: MergeOptions) -> MergeMethod:
    names = ", ".join(MergeMethod)
    if order.method not in list(MergeMethod):
        raise WrongRecipe(f"--method {order.method} is none of {names}")
    method = MergeMethod(order.method)
    if (method is MergeMethod.GREEDY_SOUP) != bool(order.text):
        raise WrongRecipe("--text is what --method greedy-soup is measured on: give both or none")
    return method


def _greedy(parents: Parents, order: MergeOptions, on_progress: OnProgress) -> tuple[Parents, str]:
    """Choose the models of the soup, and say what was measured."""
    text = read_texts(order.text)
    soup = choose_members(parents, text, order.out, order.type, on_progress)
    alone = ", ".join(
        f"{model.name} {loss:.4f}" for model, loss in zip(parents.models, soup.single, strict=True)
    )
    return soup.parents, f" ({soup.soup:.4f} bits per byte; alone {alone})"


def _described(made: WrittenModel) -> str:
    return f"{made.path} ({made.type}, {made.bytes / 1e6:.1f} MB)"
