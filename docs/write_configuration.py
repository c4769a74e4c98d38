"""Write `docs/configuration.md` from the table of settings keys.

Run `python docs/write_configuration.py` after changing `lsp_server/settings/keys.py`.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import msgspec

from ensemble.policy import decoding, policy, router_weights
from lsp_server.settings.keys import KEYS, Key

PAGE = Path(__file__).with_name("configuration.md")

_HEAD = """\
# Configuration

<!-- Written by docs/write_configuration.py from lsp_server/settings/keys.py; change that. -->

Coterie needs no configuration: without any, the models that come with it are used. What you do
configure goes into one TOML file, `coterie/config.toml` in your configuration folder
(`~/.config` on Linux, `~/Library/Application Support` on macOS, `%LOCALAPPDATA%` on Windows); the
environment variable `COTERIE_CONFIG` names another file. `coterie doctor` prints the file's path,
every value that holds, and who set it.

```toml
[models.mine]
path = "~/models/some-code-model-q8_0.gguf"
context = 4096

[deadline]
automatic = "400 ms"

[suggest]
max_lines = 12

[languages.markdown]
enabled = false
```

## Where values come from

Each layer lies over the one before:

1. **default**: the table below.
2. **file**: your settings file.
3. **client**: what the editor sends, as `initializationOptions` or as the answer to
   `workspace/configuration` for the section `coterie`. The shape is the file's, as JSON; dotted
   keys (`"deadline.automatic": 400`) are understood too, and `null` means unset.
4. **workspace**: a file `.coterie.toml` in a workspace folder. A repository is written by
   strangers, so it may only tighten, as the last column says; it chooses no model, path, server or
   policy.

A bad key or value never stops anything: one message names it and says what stands instead.

## Keys
"""


_POLICY_FILE = """
## Policy files

The setting `policy`, and `--policy` of `coterie complete` and `coterie explain`, take a file that
says how models are asked and how an answer is chosen. `coterie evaluate TASKS --search --out
POLICY.toml` and `--fit-router POLICY.toml` write such files, fitted to your models and your code
([evaluate.md](evaluate.md)); you may write one yourself:

```toml
minimum_agreement = 0.4

[[tiers]]
model = "mine"
samples = 2

[weights]
mine = 2.0
```

`policy = "mine.toml"` in the settings switches it on, and `coterie doctor` says which policy is in
force, who chose it and what it was fitted on. The names of the models are those of your settings; a
reward is looked up beside the file first. A file that cannot be used (a model that you do not have,
a field that does not exist, a router or a reward that was fitted for other models) is named in one
message, and the default policy stands. Thresholds that you or a workspace set under `suggest` hold
beside the file's: the stricter one counts.
"""
_FIELDS_OF: dict[type[msgspec.Struct], str] = {
    policy.Policy: "A policy",
    policy.Tier: "`[[tiers]]`",
    decoding.Decoding: "`[tiers.decoding]`",
    router_weights.RouterWeights: "`[router]`",
    router_weights.ModelWeights: '`[router.models."name"]`',
}


def page() -> str:
    """Return the whole page."""
    sections = (_section(key) for key in KEYS)
    tables = (_fields(kind, title) for kind, title in _FIELDS_OF.items())
    return "\n".join((_HEAD, *sections)) + _POLICY_FILE + "\n" + "\n".join(tables)


def _fields(kind: type[msgspec.Struct], title: str) -> str:
    """Return a table of a struct's fields, from the texts that stand under them in the code."""
    defaults = {field.name: field for field in msgspec.structs.fields(kind)}
    rows = [
        f"| `{name}` | {_default(defaults[name])} | {' '.join(text.split())} |"
        for name, text in _documented(kind)
    ]
    head = ("### " + title, "", "| field | default | meaning |", "|---|---|---|")
    return "\n".join([*head, *rows]) + "\n"


def _documented(kind: type[msgspec.Struct]) -> Iterator[tuple[str, str]]:
    tree = ast.parse(inspect.getsource(kind)).body[0]
    assert isinstance(tree, ast.ClassDef)
    for field, text in zip(tree.body, tree.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr):
            yield ast.unparse(field.target), str(ast.literal_eval(text.value))


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "needed"
    value = field.default
    if value is msgspec.NODEFAULT:
        return "empty"
    if value is None:
        return "unset"
    if value in (float("inf"), float("-inf")):
        return "none"
    return f"`{msgspec.json.encode(value).decode()}`"


def _section(key: Key) -> str:
    known = key.default is not None and not key.shown_default
    default = f"`{key.default_text}`" if known else key.default_text
    return (
        f"### `{key.name}`\n\n{key.doc}\n\n"
        f"- Value: {key.kind.words}\n"
        f"- Default: {default}\n"
        f"- A workspace may: {key.workspace}\n"
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
