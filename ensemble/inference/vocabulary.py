"""A model's vocabulary: text to tokens and back, control tokens, and the tokens that heal a cut."""

from __future__ import annotations

import bisect
import ctypes
from collections import OrderedDict
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ensemble.inference.llama import llama
from ensemble.models.families import with_family_facts
from ensemble.models.info import FimTokens, ModelInfo

Tokens = npt.NDArray[np.int32]

_SENTENCEPIECE = 1  # LLAMA_VOCAB_TYPE_SPM
_CACHED_CHARACTERS = 4_000_000
_HEALED_TOKENS = 4
"""How far back a cut is healed. Vocabularies with multi-word tokens need more than one."""


class Vocabulary:
    """The vocabulary of a loaded llama.cpp model, which must outlive it."""

    def __init__(self, model: ctypes.c_void_p, name: str, path: str = "") -> None:
        self._model = model
        self._vocab = llama.llama_model_get_vocab(model)
        self.size: int = llama.llama_vocab_n_tokens(self._vocab)
        self._is_sentencepiece = llama.llama_vocab_type(self._vocab) == _SENTENCEPIECE
        self._cache: OrderedDict[tuple[str, bool], list[int]] = OrderedDict()
        self._cached_characters = 0
        self.info: ModelInfo = with_family_facts(self._describe(name, path), self.has_token)

    def tokenize(self, text: str, special: bool = False) -> list[int]:
        """Return the tokens of a text, without any that mark its beginning or end.

        With `special` off, the names of control tokens in `text` are ordinary text.
        """
        key = (text, special)
        known = self._cache.get(key)
        if known is not None:
            self._cache.move_to_end(key)
            return known
        tokens = self._tokenize(text, special)
        self._cache[key] = tokens
        self._cached_characters += len(text)
        while self._cached_characters > _CACHED_CHARACTERS:
            (old, _), _ = self._cache.popitem(last=False)
            self._cached_characters -= len(old)
        return tokens

    def piece(self, token: int) -> bytes:
        """Return the bytes that a token stands for; control tokens have none."""
        return self._piece(token, special=False)

    def text_of(self, token: int) -> str:
        """Return a token's name, control tokens included; "" if there is no such token."""
        return "" if token < 0 else self._piece(token, special=True).decode("utf-8", "replace")

    @cached_property
    def texts(self) -> list[bytes]:
        """All tokens as the file writes them, by which vocabularies are compared."""
        return [llama.llama_vocab_get_text(self._vocab, token) for token in range(self.size)]

    def ends_text(self, token: int) -> bool:
        """Tell whether a token ends what the model has to say: end tokens and control tokens."""
        return bool(
            llama.llama_vocab_is_eog(self._vocab, token)
            or llama.llama_vocab_is_control(self._vocab, token)
        )

    def prepare(self) -> None:
        """Sort the tokens now, so that the first healing does not take half a second."""
        _ = self._sorted

    def has_token(self, text: str) -> bool:
        """Tell whether a text is the name of exactly one control token."""
        tokens = self._tokenize(text, special=True)
        return len(tokens) == 1 and bool(llama.llama_vocab_is_control(self._vocab, tokens[0]))

    def heal(self, head: str) -> tuple[list[int], bytes]:
        """Split a text whose end may cut a token: the tokens to keep, and the bytes to write again.

        Goes back over as many tokens, up to four, as one token of the vocabulary could span and
        continue (token healing; Lundberg 2023, "The Art of Prompt Design"). The model then writes
        those bytes itself, constrained to them, and the token that it would have chosen.
        """
        tokens = self.tokenize(head)
        for back in range(min(_HEALED_TOKENS, len(tokens)), 0, -1):
            rest = b"".join(self.piece(token) for token in tokens[-back:])
            if self._continues(rest):
                return tokens[:-back], rest
        return tokens, b""

    def allowed(self, rest: bytes) -> Tokens:
        """Return the tokens that begin with `rest`, or that `rest` begins with."""
        pieces, order = self._sorted
        low = bisect.bisect_left(pieces, rest)
        high = bisect.bisect_left(pieces, _after(rest)) if _after(rest) else len(pieces)
        ids = list(order[low:high])
        for length in range(1, len(rest)):
            at = bisect.bisect_left(pieces, rest[:length])
            while at < len(pieces) and pieces[at] == rest[:length]:
                ids.append(order[at])
                at += 1
        return np.array(ids, dtype=np.int32)

    def first_of(self, piece: bytes) -> int | None:
        """Return the token that is these bytes, or else the longest one that they begin with."""
        pieces, order = self._sorted
        for length in range(len(piece), 0, -1):
            at = bisect.bisect_left(pieces, piece[:length])
            if at < len(pieces) and pieces[at] == piece[:length]:
                return order[at]
        return None

    def spelled(self, piece: bytes) -> list[int]:
        """Return the tokens for some bytes: one if there is such a token, none if they are no text
        (a part of a character that is no token)."""
        first = self.first_of(piece)
        if first is not None and self.piece(first) == piece:
            return [first]
        try:
            return self.tokenize(piece.decode("utf-8"))
        except UnicodeDecodeError:
            return []

    @cached_property
    def ends(self) -> Tokens:
        """All tokens that end a text."""
        return np.array([t for t in range(self.size) if self.ends_text(t)], np.int32)

    def _continues(self, rest: bytes) -> bool:
        """Tell whether some token begins with `rest` and goes on after it."""
        pieces, _ = self._sorted
        at = bisect.bisect_right(pieces, rest)
        return at < len(pieces) and pieces[at].startswith(rest)

    @cached_property
    def _sorted(self) -> tuple[list[bytes], list[int]]:
        """All text tokens' bytes in order, and the tokens in the same order."""
        pairs = sorted(
            (piece, token)
            for token in range(self.size)
            if (piece := self.piece(token)) and not self.ends_text(token)
        )
        return [piece for piece, _ in pairs], [token for _, token in pairs]

    def _tokenize(self, text: str, special: bool) -> list[int]:
        if self._is_sentencepiece and not special:
            # This kind of vocabulary puts a space before every text; a line end in front, taken
            # away again, keeps it off.
            lead = self._raw_tokens("\n", special=False)
            return self._raw_tokens("\n" + text, special=False)[len(lead) :]
        return self._raw_tokens(text, special)

    def _raw_tokens(self, text: str, special: bool) -> list[int]:
        if not text:
            return []
        encoded = text.encode("utf-8", "replace")
        room = len(encoded) + 8
        while True:
            buffer = (ctypes.c_int32 * room)()
            count = llama.llama_tokenize(
                self._vocab, encoded, len(encoded), buffer, room, False, special
            )
            if count >= 0:
                return list(buffer[:count])
            room = -count

    def _piece(self, token: int, special: bool) -> bytes:
        room = 64
        while True:
            buffer = ctypes.create_string_buffer(room)
            count = llama.llama_token_to_piece(self._vocab, token, buffer, room, 0, special)
            if count >= 0:
                return buffer.raw[:count]
            room = -count

    def _describe(self, name: str, path: str) -> ModelInfo:
        template = llama.llama_model_chat_template(self._model, None)
        bos = llama.llama_vocab_bos(self._vocab)
        order = self.metadata("coterie.fim.order")
        return ModelInfo(
            name=name,
            path=path,
            architecture=self.metadata("general.architecture"),
            description=self.metadata("general.name"),
            parameters=llama.llama_model_n_params(self._model),
            bytes=llama.llama_model_size(self._model),
            vocabulary=self.size,
            context=int(
                self.metadata("coterie.train.context") or llama.llama_model_n_ctx_train(self._model)
            ),
            fim=FimTokens(
                prefix=self.text_of(llama.llama_vocab_fim_pre(self._vocab)),
                suffix=self.text_of(llama.llama_vocab_fim_suf(self._vocab)),
                middle=self.text_of(llama.llama_vocab_fim_mid(self._vocab)),
                pad=self.text_of(llama.llama_vocab_fim_pad(self._vocab)),
                repo=self.text_of(llama.llama_vocab_fim_rep(self._vocab)),
                file_sep=self.text_of(llama.llama_vocab_fim_sep(self._vocab)),
                order="suffix-prefix-middle"
                if order == "suffix-prefix-middle"
                else "prefix-suffix-middle",
            ),
            bos=self.text_of(bos) if llama.llama_vocab_get_add_bos(self._vocab) else "",
            chat_template=template.decode("utf-8", "replace") if template else "",
            tokenizer=self.metadata("tokenizer.ggml.pre"),
        )

    def metadata(self, key: str) -> str:
        """Return a value of the GGUF file's metadata as text, "" if it has none."""
        buffer = ctypes.create_string_buffer(256)
        count = llama.llama_model_meta_val_str(self._model, key.encode(), buffer, len(buffer))
        return buffer.value.decode("utf-8", "replace") if count >= 0 else ""


def _after(rest: bytes) -> bytes:
    """Return the smallest byte string greater than all that begin with `rest`, b"" if none."""
    stripped = rest.rstrip(b"\xff")
    return stripped[:-1] + bytes([stripped[-1] + 1]) if stripped else b""
