"""The folders of `tests.packages` hold for code actions, as they do for completion."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lsp_server.code_actions.editing import PREVIEWS, offer, resolve
from tests.lsp_server.conftest import PATIENT, Start

SOURCE = '''import prices


def total(count):
    """Return what so many cost.

    >>> total(3)
    6
    """
    raise NotImplementedError
'''


@pytest.mark.needs("sandbox")
@pytest.mark.parametrize(("named", "said"), [(True, "1 of 1"), (False, "No module named 'prices'")])
async def test_a_function_that_needs_a_package(
    start: Start, module: str, tmp_path: Path, named: bool, said: str
) -> None:
    packages = tmp_path / "packages"
    packages.mkdir()
    (packages / "prices.py").write_text("PRICE = 2\n")
    setting = f'[tests]\npackages = ["{packages}"]\n' if named else ""
    (tmp_path / "config.toml").write_text(PATIENT + setting)
    client = await start({"small": {"otherwise": ["    return count * prices.PRICE"]}}, **PREVIEWS)
    client.open(module, SOURCE, "python")
    resolved = await resolve(client, await offer(client, module, "completeFunction", 9, 8))
    edit = resolved["edit"]
    (annotation,) = edit["changeAnnotations"].values()
    assert said in annotation["description"]
