"""Write `docs/configuration.md` from the table of settings keys.

Run `python docs/write_configuration.py` after changing `lsp_server/settings/keys.py`.
"""

from __future__ import annotations

from pathlib import Path

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


def page() -> str:
    """Return the whole page."""
    sections = (_section(key) for key in KEYS)
    return _HEAD + "\n" + "\n".join(sections)


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
