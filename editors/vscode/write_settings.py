"""Write the settings of `package.json` from the server's table of keys.

Run `python editors/vscode/write_settings.py` after changing `lsp_server/settings/keys.py`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from ensemble.policy.policy import Tier
from lsp_server.settings.keys import KEYS, Key, WorkspaceRule
from lsp_server.settings.kinds import ADAPTERS, TIERS

Schema = dict[str, Any]
PACKAGE = Path(__file__).with_name("package.json")

_TITLES = {
    "enabled": "Coterie",
    "languages": "Coterie",
    "exclude": "Coterie",
    "secrets": "Coterie",
    "server": "Server",
    "models": "Models",
    "tiers": "Models",
    "policy": "Models",
    "reward": "Models",
    "router": "Models",
    "stats": "Learning",
    "distill": "Learning",
    "memory": "Models",
    "host": "Models",
}
"""In which group of the settings page a key stands, by its first segment; the others stand under
their segment's own name."""

_ONE_PER_MACHINE = ("memory.", "host.")
"""Keys of what all windows share: a folder does not set them for itself."""

_TIER_LIMITS: dict[str, Schema] = {
    "samples": {"minimum": 1, "maximum": 16},
    "quorum": {"minimum": 0, "maximum": 1},
}
"""What the server refuses of a tier though its type is right."""
_ADAPTER: Schema = {
    "anyOf": [
        {"type": "string"},
        {
            "type": "object",
            "required": ["path"],
            "properties": {"path": {"type": "string"}, "scale": {"type": "number"}},
        },
    ]
}

_OWN: dict[str, Schema] = {
    "server.path": {
        "type": "string",
        "default": "",
        "scope": "machine",
        "markdownDescription": "The server's program, such as `~/coterie/.venv/bin/coterie`. "
        "Without it, a fitting `coterie` on your `PATH` is used, and otherwise the one that this "
        "extension installs.",
    },
    "server.python": {
        "type": "string",
        "default": "",
        "scope": "machine",
        "markdownDescription": "The Python, 3.11 or newer, that the server is installed with. "
        "Without it, the newest one on your `PATH` is used.",
    },
    "server.wheels": {
        "type": "string",
        "default": "",
        "scope": "machine",
        "markdownDescription": "A folder or page with prebuilt packages, such as one of llama.cpp "
        "for your GPU, that is searched in addition when the server is installed (pip's "
        "`--find-links`).",
    },
}
"""The settings that are the extension's own and never sent to the server."""


def configuration() -> list[Schema]:
    """Return the `contributes.configuration` of the extension, in groups."""
    groups: dict[str, dict[str, Schema]] = {"Coterie": {}}
    for name, schema in {**_contributed(), **_OWN}.items():
        segment = name.partition(".")[0]
        title = _TITLES.get(segment, segment.capitalize())
        groups.setdefault(title, {})[f"coterie.{name}"] = schema
    return [{"title": title, "properties": found} for title, found in groups.items()]


def restricted() -> list[str]:
    """Return the settings that do not count in Restricted Mode: all that a workspace may set."""
    groups = [group["properties"].items() for group in configuration()]
    return [name for group in groups for name, key in group if key["scope"] != "machine"]


def updated(package: Schema) -> Schema:
    """Return a `package.json` with the settings as they are in the table."""
    package = json.loads(json.dumps(package))
    package["contributes"]["configuration"] = configuration()
    package["capabilities"]["untrustedWorkspaces"]["restrictedConfigurations"] = restricted()
    return package


def page(package: Schema) -> str:
    """Return the text of a `package.json`, as npm writes it."""
    return json.dumps(package, indent=2, ensure_ascii=False) + "\n"


def _contributed() -> dict[str, Schema]:
    """Return the server's keys. Those under a name that the user chooses become one object."""
    found: dict[str, Schema] = {}
    for key in KEYS:
        head, placeholder, tail = key.name.partition(".<")
        if not placeholder:
            found[key.name] = _setting(key)
            continue
        container = found.setdefault(head, _container(head, key))
        container["additionalProperties"]["properties"][tail.partition(">.")[2]] = _member(key)
    return found


def _container(head: str, key: Key) -> Schema:
    described = {
        "models": "The models, by name: files on this machine, or servers. `small` and `large` are "
        "those that come with the server. A workspace may not set them.",
        "languages": "What holds for single languages, by their identifiers, such as "
        '`{"markdown": {"enabled": false}}`. A workspace may only switch them off.',
    }
    return {
        "type": "object",
        "default": {},
        "scope": _scope(key),
        "markdownDescription": described[head],
        "additionalProperties": {
            "type": "object",
            "additionalProperties": False,
            "properties": {},
        },
    }


def _setting(key: Key) -> Schema:
    schema = {**_schema(key), "default": _default(key), "scope": _scope(key)}
    if key.default is None:
        schema = _nullable(schema)
    return {**schema, "markdownDescription": f"{key.doc}{_known(key)} {_rule(key)}"}


def _member(key: Key) -> Schema:
    return {**_schema(key), "markdownDescription": f"{key.doc}{_known(key)}"}


def _known(key: Key) -> str:
    return f" Default: {key.shown_default}." if key.shown_default else ""


def _nullable(schema: Schema) -> Schema:
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return {**schema, "type": [*kinds, "null"]}


def _default(key: Key) -> Any:
    # Times and sizes are kept as numbers and written with their unit.
    return None if key.default is None else json.loads(key.kind.show(key.default))


def _scope(key: Key) -> str:
    if key.workspace is WorkspaceRule.NO:
        return "machine"
    return "window" if key.name.startswith(_ONE_PER_MACHINE) else "resource"


def _rule(key: Key) -> str:
    if key.workspace is WorkspaceRule.NO:
        return "A workspace may not set it."
    return f"A workspace may only {key.workspace}."


def _schema(key: Key) -> Schema:
    """Return what the settings editor has to know of a kind of value; the server checks it again.

    Raises LookupError for a kind that nobody has described here yet.
    """
    if key.kind is TIERS:
        return {"type": "array", "items": _tier()}
    if key.kind is ADAPTERS:
        return {"type": "array", "items": _ADAPTER}
    words = key.kind.words
    for pattern, schema in _BY_WORDS.items():
        if match := re.match(pattern, words):
            return schema(match)
    raise LookupError(f"`{key.name}`: no schema here for {words!r}")


def _tier() -> Schema:
    """Return the fields of a tier. Infinite defaults are no JSON, so no defaults are written."""
    (tier,), parts = msgspec.json.schema_components((Tier,), ref_template="{name}")
    written: Schema = _inlined(tier, parts)
    for name, limits in _TIER_LIMITS.items():
        written["properties"][name] |= limits
    return written


def _inlined(schema: Any, parts: Schema) -> Any:
    """Return a schema with what it refers to in its place."""
    if isinstance(schema, list):
        return [_inlined(part, parts) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inlined(parts[schema["$ref"]], parts)
    left_out = ("title", "default", "description")
    return {name: _inlined(part, parts) for name, part in schema.items() if name not in left_out}


def _with_unit(units: str) -> Schema:
    return {
        "type": ["string", "number"],
        "minimum": 0,
        "pattern": rf"^\s*[0-9]+(\.[0-9]+)?\s*({units})\s*$",
    }


def _whole(match: re.Match[str]) -> Schema:
    least, most = (int(number.replace(",", "")) for number in match.groups())
    return {"type": "integer", "minimum": least, "maximum": most}


_BY_WORDS: dict[str, Callable[[re.Match[str]], Schema]] = {
    r"true or false": lambda _: {"type": "boolean"},
    r"one of (.+), or the path of a \.toml file": lambda match: {
        "type": "string",
        "anyOf": [{"enum": re.findall(r'"([^"]+)"', match[1])}, {"pattern": r"\.toml$"}],
    },
    r"one of (.+)": lambda match: {"type": "string", "enum": re.findall(r'"([^"]+)"', match[1])},
    r"a whole number from (-?[\d,]+) to ([\d,]+)": _whole,
    r"a number from 0 to 1": lambda _: {"type": "number", "minimum": 0, "maximum": 1},
    r"a time such as": lambda _: _with_unit("ms|s|min|h"),
    r"a size such as": lambda _: _with_unit("[bB]|[kKmMgG][iI]?[bB]"),
    r"a list of (texts|patterns)": lambda _: {"type": "array", "items": {"type": "string"}},
    r"a text|the name of a built-in reward": lambda _: {"type": "string"},
}
"""How a kind says what it is, and what that is to the settings editor."""


if __name__ == "__main__":
    PACKAGE.write_text(page(updated(json.loads(PACKAGE.read_text("utf-8")))), encoding="utf-8")
