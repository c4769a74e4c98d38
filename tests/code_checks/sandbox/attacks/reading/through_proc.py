"""Goes through the links that /proc has to the directories and files of processes."""

from functools import partial
from pathlib import Path

from tests.code_checks.sandbox.attacks.evil import escaped_if_any, facts, parent

PIDS = [facts["victim"], facts["runner"], parent, 1, 2, "self"]


def attempt(process: object, kind: str) -> str:
    return Path(f"/proc/{process}/{kind}{facts['secret_file']}").read_text()


escaped_if_any(
    [
        partial(attempt, process, kind)
        for process in PIDS
        for kind in ("root", "cwd/../../../../../../..")
    ]
)
