"""From a document to one training sample: a hole, its surroundings, and control tokens.

The middle mostly begins at the head of its line, because that is how prompts are packed: what
changes at a keystroke comes last. Suffix-first and prefix-first order both occur.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np

from training import holes
from training.documents import Document, Documents, Encode, encode_slice
from training.settings import Samples
from training.tokens import END, FILE, MIDDLE, PREFIX, REPO, SUFFIX

LITERAL_REPO, LITERAL_FILE = "myproject\n", "filename\n"
"""What llama-server's /infill writes when it knows no names."""
SIBLING_LINES = (4, 24)
PIECE_LINES = (4, 10)
REPOSITORY_KNOWN = 0.6
SHORTEST_PROMPT = 24
ROOM_FOR_HEADER = 160
SUFFIX_SHARE = 0.4
CONTROL_TOKENS = 4
FUNCTION = re.compile(r"^(?:@.*\n)*(?:async )?def .*\n(?:(?:[ \t)].*)?\n)*", re.M)
IMPORT = re.compile(r"^(?:import|from) [^\n(]+\n", re.M)


class Sample(NamedTuple):
    """Tokens, and how many of them at the front are prompt rather than answer."""

    tokens: list[int]
    prompt: int


class Sampler:
    """Draws samples from documents, each in proportion to its tokens and weight."""

    def __init__(self, documents: Documents, settings: Samples, encode: Encode) -> None:
        self.documents, self.settings, self.encode = documents, settings, encode
        sizes = np.diff(documents.token_offsets).astype(np.float64)
        weights = np.array([self._weight(index) for index in range(len(documents))])
        self._reach = np.cumsum(sizes * weights)

    def _weight(self, index: int) -> float:
        settings = self.settings
        weight = 1.0
        if settings.favored and self.documents.packages[index] not in settings.favored:
            weight = settings.other_weight
        if settings.doctest_weight != 1.0:
            tagged = bool(self.documents.tags[index]) or b">>> " in self.documents.raw(index)
            weight *= settings.doctest_weight if tagged else 1.0
        return weight

    def draw_index(self, draw: holes.Draw) -> int:
        at = draw.random() * self._reach[-1]
        return int(np.searchsorted(self._reach, at, side="right").clip(max=len(self.documents) - 1))

    def sample(self, room: int, draw: holes.Draw) -> Sample:
        """At most `room` tokens, the end token included."""
        index = self.draw_index(draw)
        if draw.random() >= self.settings.fim_rate:
            return self.plain(index, room, draw)
        document = self.documents.document(index)
        if draw.random() < self.settings.function_rate:
            document = self.one_function(document, draw) or document
        header = self.header(index, room, draw)
        filled = self.fill_in(document, room - len(header), draw)
        if filled is None:
            return self.plain(index, room, draw)
        return Sample(header + filled.tokens, len(header) + filled.prompt)

    def plain(self, index: int, room: int, draw: holes.Draw) -> Sample:
        """Left-to-right text from a random line on; ends with the end token if the file does."""
        document = self.documents.document(index)
        at = int(draw.integers(len(document.tokens)))
        start = holes.line_head(document.text, int(document.ends[at]) - 1)
        first = int(np.searchsorted(document.ends, start, side="right"))
        if len(document.tokens) - first < room // 2:
            first = 0
        tokens = document.tokens[first : first + room].tolist()
        if len(tokens) < room:
            tokens.append(END)
        return Sample(tokens, 0)

    def fill_in(self, document: Document, room: int, draw: holes.Draw) -> Sample | None:
        """A hole with as much around it as fits; None if the document has no fitting hole."""
        span = holes.cut(holes.Lines(document.text), self.settings.holes, draw)
        if span is None:
            return None
        head = span.start
        if draw.random() < self.settings.head_in_middle:
            head = holes.line_head(document.text, span.start)
        middle = encode_slice(document, head, span.end, self.encode)
        left = room - len(middle) - CONTROL_TOKENS
        if left < SHORTEST_PROMPT:
            return None
        lines = 0
        if draw.random() < self.settings.piecewise:
            lines = int(draw.integers(*PIECE_LINES))
        suffix = self.suffix(document, span.end, int(left * SUFFIX_SHARE), lines, draw)
        prefix = self.prefix(document, head, left - len(suffix), lines, draw)
        if draw.random() < self.settings.suffix_first:
            prompt = [SUFFIX, *suffix, PREFIX, *prefix, MIDDLE]
        else:
            prompt = [PREFIX, *prefix, SUFFIX, *suffix, MIDDLE]
        known = len(encode_slice(document, head, span.start, self.encode))
        return Sample([*prompt, *middle, END], len(prompt) + known)

    def suffix(
        self, document: Document, start: int, room: int, piece: int, draw: holes.Draw
    ) -> list[int]:
        """A random number of following lines, or nothing."""
        if draw.random() < self.settings.no_suffix:
            return []
        lines = int(draw.integers(1, self.settings.suffix_lines + 1))
        end = start
        for _ in range(lines):
            end = document.text.find("\n", end + 1)
            if end < 0:
                end = len(document.text)
                break
        return self.pieces(document, start, end, piece)[:room]

    def prefix(
        self, document: Document, end: int, room: int, piece: int, draw: holes.Draw
    ) -> list[int]:
        """What stands before the hole, from a random line within reach on."""
        far = max(0, end - 12 * room)
        start = holes.line_head(document.text, far) if far else 0
        if draw.random() < 0.3:
            start = holes.line_head(document.text, int(draw.integers(start, end + 1)))
        tokens = self.pieces(document, start, end, piece)
        return tokens[len(tokens) - room :] if len(tokens) > room else tokens

    def pieces(self, document: Document, start: int, end: int, lines: int) -> list[int]:
        """A slice's tokens; with `lines`, groups of so many lines are encoded one by one.

        Engines that cut prompts by whole groups tokenize each alone, so a group's last newline
        is a token of its own instead of the beginning of the next line's.
        """
        if not lines:
            return encode_slice(document, start, end, self.encode)
        tokens: list[int] = []
        while start < end:
            stop = start
            for _ in range(lines):
                stop = document.text.find("\n", stop, end) + 1 or end
                if stop == end:
                    break
            tokens += encode_slice(document, start, stop, self.encode)
            start = stop
        return tokens

    def header(self, index: int, room: int, draw: holes.Draw) -> list[int]:
        """Repository and file names, with chunks of neighboring files at times."""
        kind = draw.random()
        literal = kind < self.settings.header_literal
        named = literal or kind < self.settings.header_literal + self.settings.header_real
        if not named or room < ROOM_FOR_HEADER:
            return []
        repo, name = self.documents.packages[index] + "\n", self.documents.names[index] + "\n"
        tokens: list[int] = []
        if literal or draw.random() < REPOSITORY_KNOWN:
            tokens = [REPO, *self.encode(LITERAL_REPO if literal else repo)]
        if draw.random() < self.settings.sibling_rate:
            tokens += self.siblings(index, room // 2 - len(tokens), draw)
        return [*tokens, FILE, *self.encode(LITERAL_FILE if literal else name)]

    def siblings(self, index: int, room: int, draw: holes.Draw) -> list[int]:
        tokens: list[int] = []
        for _ in range(int(draw.integers(1, 4))):
            other = index + int(draw.integers(1, 6)) * (1 if draw.random() < 0.5 else -1)
            inside = 0 <= other < len(self.documents)
            if not inside or self.documents.packages[other] != self.documents.packages[index]:
                continue
            document = self.documents.document(other)
            start = holes.line_head(document.text, int(draw.integers(len(document.text))))
            end = start
            for _ in range(int(draw.integers(*SIBLING_LINES))):
                end = document.text.find("\n", end) + 1 or len(document.text)
            chunk = encode_slice(document, start, end, self.encode)
            named = [FILE, *self.encode(document.name + "\n"), *chunk]
            if len(tokens) + len(named) <= room:
                tokens += named
        return tokens

    def one_function(self, document: Document, draw: holes.Draw) -> Document | None:
        """A file of the imports and one top-level function, its docstring included."""
        found = FUNCTION.findall(document.text)
        if not found:
            return None
        function = found[int(draw.integers(len(found)))].rstrip() + "\n"
        imports = "".join(IMPORT.findall(document.text))
        text = f"{imports}\n\n{function}" if imports else function
        tokens = np.array(self.encode(text), dtype=np.uint16)
        return self.documents.assemble(document.name, text, tokens)
