"""Settings in layers: the defaults, the user's file, the client's options, the workspace.

Each layer lies over the one before; a workspace may only tighten, as the table in `keys`
says. Nothing here raises because of what somebody wrote: a bad key or value gives one message that
names it, and what stood before stands.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

import msgspec
import platformdirs

from lsp_server.settings.keys import (
    Key,
    WorkspaceRule,
    closest,
    is_section,
    key_named,
    may_be_section,
)
from lsp_server.settings.kinds import BadValue
from lsp_server.settings.resolution import resolved
from lsp_server.settings.settings import Effective, SettingOrigin, Settings
from lsp_server.settings.toml_text import Value

__all__ = [
    "WORKSPACE_FILE",
    "Effective",
    "SettingOrigin",
    "Settings",
    "load_file",
    "load_workspace_file",
    "settings_file",
    "with_client_options",
    "with_workspace",
]

WORKSPACE_FILE = ".coterie.toml"
_SECTION = "coterie"
_VARIABLE = "COTERIE_CONFIG"
_LONGEST_SHOWN = 80


def settings_file() -> Path:
    """Return the path of the user's settings file, which need not exist."""
    if chosen := os.environ.get(_VARIABLE):
        return Path(chosen).expanduser()
    return Path(platformdirs.user_config_dir("coterie", appauthor=False)) / "config.toml"


def load_file(path: Path | None = None) -> Settings:
    """Return the defaults under the user's file; a missing file is only a problem if named."""
    named = path is not None or bool(os.environ.get(_VARIABLE))
    file = path or settings_file()
    settings = Settings(file=str(file))
    if not file.exists() and not named:
        return resolved(settings)
    table, problem = _read_toml(file)
    if problem:
        return resolved(_noted(settings, f"{problem}; the defaults stand."))
    return _layered(settings, table, SettingOrigin.FILE, str(file))


def with_client_options(settings: Settings, options: object) -> Settings:
    """Return the settings under what a client sent (nested or with dotted keys; null is nothing).

    The options may be the section itself or hold it under `coterie`.
    """
    if options is None:
        return settings
    if not isinstance(options, Mapping):
        message = f"client: the options are not an object but {options!r}; they are ignored."
        return _noted(settings, message)
    section = options.get(_SECTION, options)
    if not isinstance(section, Mapping):
        return settings if section is None else with_client_options(settings, section)
    return _layered(settings, section, SettingOrigin.CLIENT, "client")


def with_workspace(
    settings: Settings, options: Mapping[str, object], source: str = "workspace"
) -> Settings:
    """Return the settings tightened by a workspace; what would loosen them is ignored, and said."""
    return _layered(settings, options, SettingOrigin.WORKSPACE, source)


def load_workspace_file(settings: Settings, folder: Path) -> Settings:
    """Return the settings tightened by the folder's `.coterie.toml`, if there is one."""
    file = folder / WORKSPACE_FILE
    if not file.exists():
        return settings
    table, problem = _read_toml(file)
    if problem:
        return _noted(settings, f"{problem}; it is ignored.")
    return with_workspace(settings, table, str(file))


def _read_toml(file: Path) -> tuple[dict[str, Value], str]:
    """Return a file's table and "", or nothing and what is wrong."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig")), ""
    except tomllib.TOMLDecodeError as error:
        return {}, f"{file}: not valid TOML: {error}"
    except UnicodeDecodeError:
        return {}, f"{file}: not UTF-8 text"
    except OSError as error:
        return {}, f"{file}: cannot be read ({error.strerror or error})"


def _noted(settings: Settings, message: str) -> Settings:
    if message in settings.notes:
        return settings
    return msgspec.structs.replace(settings, notes=(*settings.notes, message))


def _layered(
    settings: Settings, options: Mapping[str, object], origin: SettingOrigin, source: str
) -> Settings:
    for name, given in _flat(options):
        try:
            settings = _with_value(settings, name, given, origin)
        except BadValue as problem:
            settings = _noted(settings, f"{source}: `{name}`: {problem}")
    return resolved(settings)


def _flat(options: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, Value]]:
    """Yield full names and values of nested or dotted options, without nulls."""
    for part, value in options.items():
        name = f"{prefix}{part}"
        if value is None:
            continue
        if key_named(name) is None and may_be_section(name) and isinstance(value, Mapping):
            yield from _flat(value, f"{name}.")
        else:
            yield name, value


def _with_value(settings: Settings, name: str, given: Value, origin: SettingOrigin) -> Settings:
    """Return the settings with one more value. Raises BadValue with the whole message."""
    key = key_named(name)
    if key is None:
        raise BadValue(_unknown(name))
    if origin is SettingOrigin.WORKSPACE and key.workspace is WorkspaceRule.NO:
        raise BadValue(f"a workspace may {key.workspace}; it is ignored.")
    try:
        value = key.kind.parse(given)
    except BadValue as problem:
        expected = f"expected {key.kind.words}"
        raise BadValue(f"{problem}; {expected}; {_stands(settings, name)} stands.") from None
    if origin is SettingOrigin.WORKSPACE:
        value = _tightened(settings, key, name, value)
    return msgspec.structs.replace(
        settings,
        values={**settings.values, name: value},
        origins={**settings.origins, name: origin},
    )


def _stands(settings: Settings, name: str) -> str:
    """Say which value stays; a long list would bury the message."""
    shown = settings.shown(name)
    return shown if len(shown) <= _LONGEST_SHOWN else f"the {settings.origin(name)}'s list"


def _unknown(name: str) -> str:
    if is_section(name):
        return "this is a table of keys, not a value; it is ignored."
    likely = closest(name)
    return f"unknown key{f', did you mean `{likely}`?' if likely else ';'} it is ignored."


def _tightened(settings: Settings, key: Key, name: str, wanted: Value) -> Value:
    """Return what a workspace's value makes of the one that holds. Raises BadValue if it loosens
    it."""
    held = settings.value(name)
    if key.workspace is WorkspaceRule.ADD:
        kept, added = cast(tuple[str, ...], held), cast(tuple[str, ...], wanted)
        if negated := next((glob for glob in added if glob.lstrip().startswith("!")), None):
            raise BadValue(f"a workspace may only {key.workspace}, which {negated!r} does not.")
        return kept + tuple(glob for glob in added if glob not in kept)
    # What stands for "unset" may be less than what is wanted, so it is not lowered blindly.
    if held is not None and _is_tighter(key.workspace, cast(float, held), cast(float, wanted)):
        return wanted
    raise BadValue(f"a workspace may only {key.workspace}; {_stands(settings, name)} stands.")


def _is_tighter(rule: WorkspaceRule, held: float, wanted: float) -> bool:
    """Whether a workspace's number or flag asks for no more than what holds."""
    if rule in (WorkspaceRule.LOWER, WorkspaceRule.SWITCH_OFF):
        return wanted <= held
    return wanted >= held
