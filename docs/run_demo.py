"""`make demo`: what Coterie does on the files in `docs/demo`, with real models if they can be had.

What is typed, and the sentence before it, are in `docs/demo/pair.txt`; for the models that come
with Coterie in `docs/demo/embedded.txt`. Nothing of what follows them is prepared.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from ensemble.models.registry import embedded_models
from ensemble.user_data import data_folder

ROOT = Path(__file__).parent.parent
SCRIPTS = ROOT / "docs" / "demo"
PAIR = {
    "small": "qwen2.5-coder-0.5b-instruct",
    "large": "qwen2.5-coder-1.5b-instruct",
}
"""The models of the catalog that are shown, by what they are called in the demonstration."""

OFFER = """\
What follows is shown with two models of the Qwen2.5-Coder family: 0.5 and 1.5 billion parameters,
0.5 and 1.1 GB. They are brought once for each user. `make demo MODELS=embedded` needs no download.
"""
STOPGAP = """\
What follows is shown with the two models that come with Coterie. They have 7 and 11 million
parameters: a stopgap, enough to see how the parts work together.
"""


def main() -> int:
    """Show every case; return the exit code."""
    files, script = ({} if "embedded" in sys.argv[1:] else files_of_the_pair()), "pair.txt"
    if not files:
        print(STOPGAP)
        files, script = {model.role: model.path for model in embedded_models()}, "embedded.txt"
    environment = {**os.environ, "COTERIE_CONFIG": str(_configured(files))}
    began = time.monotonic()
    for sentence, commands in cases((SCRIPTS / script).read_text("utf-8")):
        print(f"\n{'─' * 80}\n{sentence}", flush=True)
        for command in commands:
            print(f"\n$ {command}", flush=True)
            # 1 is said of what cannot be done, which some cases show.
            if (code := _run(shlex.split(command), environment)) not in (0, 1):
                return code
    print(f"\n{'─' * 80}\nAll of this took {time.monotonic() - began:.0f} s.")
    return 0


def cases(script: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each case of a script: what it shows, and what is typed."""
    for paragraph in script.strip().split("\n\n"):
        lines = paragraph.split("\n")
        commands = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
        yield "\n".join(line for line in lines if not line.startswith("$ ")), commands


def files_of_the_pair() -> Mapping[str, Path]:
    """Return the pair's files, which are downloaded if they are not there; nothing if they cannot
    be had."""
    folder = data_folder() / "models"
    files = {role: folder / f"{name}-q4_k_m.gguf" for role, name in PAIR.items()}
    if not all(file.is_file() for file in files.values()):
        print(OFFER, flush=True)
        _run(["coterie", "models", "pull", *PAIR.values()], os.environ)
        if not all(file.is_file() for file in files.values()):
            print("\nThey could not be had.\n")
            return {}
    return files


def _configured(files: Mapping[str, Path]) -> Path:
    """Write the settings that hold here, whatever somebody has configured; return the file."""
    # What the router has learned from somebody's use would change what is shown.
    lines = ['router = "fixed"', "[deadline]", 'function = "60s"']
    for role, file in files.items():
        lines += [f"[models.{role}]", f"path = {json.dumps(str(file))}"]
    settings = ROOT / ".tools" / "demo" / "config.toml"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return settings


def _run(command: list[str], environment: Mapping[str, str]) -> int:
    program = Path(sys.executable).with_name(command[0])
    arguments = [str(program), *command[1:]]
    ended = subprocess.run(
        arguments, check=False, env=environment, stdin=subprocess.DEVNULL, cwd=ROOT
    )
    return ended.returncode


if __name__ == "__main__":
    sys.exit(main())
