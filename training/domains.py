"""Writes text of each sibling's domain that no model was trained on, for merging and mixtures.

    python -m training.domains OUT_FOLDER

Of the files that the corpus keeps out of training, every second one becomes an example, to fit a
mixture's router to, the others are held out: DOMAIN-examples.txt and DOMAIN-heldout.txt.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from training.settings import load
from training.unseen import unseen

CHARACTERS = 400_000


def texts() -> dict[str, list[str]]:
    """The unseen files of every domain."""
    domains = load().domains
    of_package = {package: name for name, packages in domains.items() for package in packages}
    found: dict[str, list[str]] = {name: [] for name in domains}
    for row in unseen():
        if row["package"] in of_package:
            found[of_package[row["package"]]].append(row["text"])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for name, files in texts().items():
        for use, part in (("examples", files[::2]), ("heldout", files[1::2])):
            # Evenly from every file: the packages stand in the corpus one after the other.
            share = CHARACTERS // max(1, len(part))
            text = "\n\n".join(file[:share] for file in part)
            (folder / f"{name}-{use}.txt").write_text(text, encoding="utf-8")
            print(f"{name}-{use}.txt: {len(part)} files, {len(text):,} characters")


if __name__ == "__main__":
    main()
