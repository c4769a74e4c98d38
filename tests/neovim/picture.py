"""A picture of the editor's screen, drawn from the cells that it would send to a terminal."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from itertools import groupby

from tests.neovim.editor import ROOT, Editor

ARTIFACTS = ROOT / ".tools/artifacts"
_WIDTH, _HEIGHT, _SIZE = 8.4, 18, 14
"""Of a cell, and of its letter, in pixels."""

_CELLS = """
-- The first look into a cell makes the colors of all that was drawn before void.
vim.api.nvim__inspect_cell(1, 0, 0)
vim.cmd('redraw!')
local rows, normal = {}, vim.api.nvim_get_hl(0, { name = 'Normal' })
for row = 1, vim.o.lines do
  rows[row] = {}
  for column = 1, vim.o.columns do
    local seen = vim.fn.screenstring(row, column)
    -- Colors are known of the windows below; what floats above them is drawn plainly.
    local below, colors = unpack(vim.api.nvim__inspect_cell(1, row - 1, column - 1))
    local same = below == seen
    local ink = same and colors.foreground or normal.fg
    local paper = same and colors.background or normal.bg
    local is_reversed = same and colors.reverse
    rows[row][column] = { seen, is_reversed and paper or ink, is_reversed and ink or paper }
  end
end
return rows
"""


@dataclass(frozen=True)
class Cell:
    """What stands in a place of the screen; the second half of a wide character is empty."""

    text: str
    ink: str
    paper: str


def take_picture(editor: Editor, name: str) -> str:
    """Write what is on the screen into the artifacts as SVG, and return it as text."""
    rows = _cells(editor)
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    (ARTIFACTS / f"neovim-{name}.svg").write_text(_svg(rows), encoding="utf-8")
    return "\n".join("".join(cell.text for cell in row).rstrip() for row in rows)


def _cells(editor: Editor) -> list[list[Cell]]:
    return [
        [Cell(text, f"#{ink:06x}", f"#{paper:06x}") for text, ink, paper in row]
        for row in editor.lua(_CELLS)
    ]


def _svg(rows: list[list[Cell]]) -> str:
    width, height = len(rows[0]) * _WIDTH, len(rows) * _HEIGHT
    drawn = []
    for y, row in enumerate(rows):
        for paper, run in groupby(enumerate(row), key=lambda place: place[1].paper):
            columns = [x for x, _ in run]
            drawn.append(
                f'<rect x="{columns[0] * _WIDTH:.1f}" y="{y * _HEIGHT}" '
                f'width="{len(columns) * _WIDTH:.1f}" height="{_HEIGHT}" fill="{paper}"/>'
            )
    drawn += [
        f'<text x="{x * _WIDTH:.1f}" y="{y * _HEIGHT + _SIZE}" fill="{cell.ink}">'
        f"{escape(cell.text)}</text>"
        for y, row in enumerate(rows)
        for x, cell in enumerate(row)
        if cell.text.strip()
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height}" '
        f'font-family="DejaVu Sans Mono, monospace" font-size="{_SIZE}" '
        'shape-rendering="crispEdges">\n' + "\n".join(drawn) + "\n</svg>\n"
    )
