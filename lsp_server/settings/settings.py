"""The effective settings: an immutable value that every part of the server may read."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TypeVar, cast

import msgspec

from ensemble.models.default_models import known_models
from ensemble.models.registry import ModelSpec
from ensemble.policy.files import PolicyFile
from ensemble.policy.policy import Tier
from lsp_server.settings.keys import KEYS, key_named
from lsp_server.settings.kinds import POLICIES
from lsp_server.settings.toml_text import Value

T = TypeVar("T")


class SettingOrigin(StrEnum):
    """Who set a value."""

    DEFAULT = "default"
    FILE = "file"
    CLIENT = "client"
    WORKSPACE = "workspace"


class Effective(msgspec.Struct, frozen=True):
    """One value that holds, and who set it."""

    key: str
    """The key's full name."""
    value: str
    """As TOML would write it."""
    origin: SettingOrigin
    """Who set it."""


class Settings(msgspec.Struct, frozen=True):
    """What somebody set, who it was, and what was wrong with it.

    Durations are in seconds, sizes in bytes. The functions of `lsp_server.settings.layers` build
    settings.
    """

    values: dict[str, Value] = {}
    """What somebody set, by the key's full name."""
    origins: dict[str, SettingOrigin] = {}
    """Who set it, by the same names."""
    notes: tuple[str, ...] = ()
    """What was wrong with single keys and values, a sentence each."""
    file: str = ""
    """The user's settings file, "" if there is none; relative paths in settings are relative to
    its folder."""
    models: dict[str, ModelSpec] = msgspec.field(default_factory=lambda: known_models({}))
    """Every model that a tier may name, the default ones included."""
    tiers: tuple[Tier, ...] | None = None
    """None where the policy's own hold."""
    policy_file: PolicyFile | None = None
    """What the file holds that `policy` names, if it names one that can be used."""
    policy_refusal: str = ""
    """Why the file that `policy` names cannot be used, so that the default stands; "" if it can."""
    conflicts: tuple[str, ...] = ()
    """What was wrong with values beside each other, a sentence each."""

    @property
    def messages(self) -> tuple[str, ...]:
        """What was wrong: one sentence for each bad key or value, naming it and what stands."""
        return self.notes + self.conflicts

    def origin(self, name: str) -> SettingOrigin:
        if (name == "tiers" and self.tiers is None) or (name == "policy" and self.policy_refusal):
            return SettingOrigin.DEFAULT
        return self.origins.get(name, SettingOrigin.DEFAULT)

    def value(self, name: str) -> Value:
        """Return the effective value of a full key name, such as `deadline.automatic`."""
        key = key_named(name)
        return self.values.get(name, key.default if key else None)

    def shown(self, name: str) -> str:
        """Return the effective value as TOML would write it."""
        key = key_named(name)
        if key is None:
            return ""
        # A list of tiers that names no known model does not hold, so it is not what is shown.
        value = self.tiers if name == "tiers" else self.values.get(name)
        if name == "policy" and self.policy_refusal:
            value = None
        return key.default_text if value is None else key.kind.show(value)

    def effective(self) -> Iterator[Effective]:
        """Yield every value in the table's order; of the keys that stand for many, those set."""
        for key in KEYS:
            many = "<" in key.name
            names = [name for name in self.values if key.holds(name)] if many else [key.name]
            for name in names:
                yield Effective(name, self.shown(name), self.origin(name))

    @property
    def enabled(self) -> bool:
        return self._typed("enabled", bool)

    def enabled_for(self, language: str) -> bool:
        """Whether suggestions are wanted in documents of this language (an LSP identifier)."""
        return self.enabled and self._typed(f"languages.{language}.enabled", bool)

    @property
    def exclude(self) -> tuple[str, ...]:
        return self._typed("exclude", tuple)

    @property
    def secrets(self) -> tuple[str, ...]:
        return self._typed("secrets", tuple)

    @property
    def policy(self) -> str:
        """Its name; where a file holds instead, or should have, that of the default."""
        name = self._typed("policy", str)
        return name if name in POLICIES else POLICIES[0]

    @property
    def policy_path(self) -> Path | None:
        """The file that `policy` names, whether or not it can be used."""
        name = self._typed("policy", str)
        return None if name in POLICIES else Path(beside(self.file, name))

    @property
    def deadline_automatic(self) -> float:
        return self._typed("deadline.automatic", float)

    @property
    def deadline_invoked(self) -> float:
        return self._typed("deadline.invoked", float)

    @property
    def deadline_function(self) -> float:
        return self._typed("deadline.function", float)

    @property
    def minimum_agreement(self) -> float:
        return self._typed("suggest.minimum_agreement", float)

    @property
    def demanded_agreement(self) -> float:
        """The minimum agreement that somebody has set; 0 if nobody has, so that the policy's own
        holds."""
        set_by_nobody = self.origin("suggest.minimum_agreement") is SettingOrigin.DEFAULT
        return 0.0 if set_by_nobody else self.minimum_agreement

    @property
    def reward(self) -> str | None:
        """Its name or file; "" is none, and None that nobody chose one."""
        return cast(str | None, self.value("reward"))

    @property
    def minimum_reward(self) -> float:
        return self._typed("suggest.minimum_reward", float)

    @property
    def verified_only(self) -> bool:
        return self._typed("suggest.verified_only", bool)

    @property
    def hide_copies(self) -> bool:
        return self._typed("suggest.hide_copies", bool)

    @property
    def max_lines(self) -> int:
        return self._typed("suggest.max_lines", int)

    @property
    def in_comments(self) -> bool:
        return self._typed("suggest.in_comments", bool)

    @property
    def in_strings(self) -> bool:
        return self._typed("suggest.in_strings", bool)

    @property
    def tests_run(self) -> bool:
        return self._typed("tests.run", bool)

    @property
    def tests_packages(self) -> tuple[Path, ...]:
        """The folders that exist; relative ones are relative to the settings file's folder."""
        folders = (
            Path(beside(self.file, str(name))) for name in self._typed("tests.packages", tuple)
        )
        return tuple(folder.resolve() for folder in folders if folder.is_dir())

    @property
    def router(self) -> str:
        return self._typed("router", str)

    @property
    def stats_record(self) -> bool:
        return self._typed("stats.record", bool)

    @property
    def distill_record(self) -> bool:
        return self._typed("distill.record", bool)

    @property
    def memory_budget(self) -> int | None:
        """In bytes; None is half of what is free."""
        return cast(int | None, self.value("memory.budget"))

    @property
    def idle_exit(self) -> float:
        """In seconds."""
        return self._typed("host.idle_exit", float)

    def _typed(self, name: str, kind: type[T]) -> T:
        value = self.value(name)
        # The table's parsers make these types, so a mismatch is a mistake in the table itself.
        assert isinstance(value, kind), f"{name} holds {value!r}"
        return value


def beside(file: str, path: str) -> str:
    """Return a path of the settings as an absolute one: relative to the settings file's folder."""
    return str(Path(file).parent.absolute() / Path(path).expanduser())
