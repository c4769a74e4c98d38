"""The models of this machine in an evaluation, with their answers kept."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

from platformdirs import user_cache_path

from ensemble.engines.engine import Engine
from ensemble.errors import EngineError, EvaluationError
from ensemble.evaluation.cache.cached_engine import cached
from ensemble.evaluation.cache.generation_cache import GenerationCache
from ensemble.evaluation.cache.model_identity import model_identity
from ensemble.evaluation.cache.tally import Tally
from ensemble.evaluation.members import EngineBuilder as MembersBuilder
from ensemble.evaluation.members import Member, Members, live_member, with_live
from lsp_server.commands.command_errors import WrongUsage
from lsp_server.commands.completion.cli_request import EngineBuilder
from lsp_server.commands.console import warn
from lsp_server.settings.layers import load_file


def cache_folder(named: Path | None, *, no_cache: bool) -> Path | None:
    """Return the folder in which answers are kept, None for nowhere. Raises WrongUsage."""
    if named is not None and no_cache:
        raise WrongUsage("--cache and --no-cache contradict each other: give only one")
    usual = user_cache_path("coterie", appauthor=False) / "evaluation"
    return None if no_cache else named or usual


def with_live_models(members: Members, build: EngineBuilder, cache: Path | None) -> Members:
    """Return the members with every model of the settings added that can be used.

    Their answers are kept in the folder `cache`; None keeps them for this process only. Raises
    EvaluationError if no model can be used, or for a name used twice.
    """
    settings = load_file()
    for message in settings.messages:
        warn(message)
    kept, tally = GenerationCache(cache, warn), Tally()
    known = {name: model_identity(spec, kept) for name, spec in settings.models.items()}
    identities = {name: identity for name, identity in known.items() if identity}

    def opened(names: Iterable[str]) -> dict[str, Engine]:
        return cached(build(settings, names), identities, kept, tally)

    live = asyncio.run(_live_members(settings.models, opened))
    return with_live(members, live, opened, tally)


async def _live_members(names: Iterable[str], build: MembersBuilder) -> list[Member]:
    """Describe every model, to know how large it is; one that is new is opened for that."""
    engines = build(names)
    try:
        opened = await asyncio.gather(*map(_opened, engines.values()))
    finally:
        await asyncio.gather(*(engine.close() for engine in engines.values()))
    refusals = [result for result in opened if isinstance(result, EngineError)]
    if len(refusals) == len(opened):
        raise EvaluationError("no model can be used:\n  " + "\n  ".join(map(str, refusals)))
    for refusal in refusals:
        warn(f"left out: {refusal}")
    return [result for result in opened if isinstance(result, Member)]


async def _opened(engine: Engine) -> Member | EngineError:
    try:
        info = await engine.info()
    except EngineError as error:
        return error
    return live_member(engine.name, info.parameters)
