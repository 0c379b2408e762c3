"""Counting tokens, offline: the vocabularies come in the wheel of rs-bpe."""

import re
from functools import cache
from threading import Lock
from typing import Protocol

from postetl.errors import UsageError

TOKENIZERS = ("o200k_base", "cl100k_base")
_LOADING = Lock()
_SURROGATE = re.compile("[\ud800-\udfff]")


class Tokenizer(Protocol):
    """What is used of `rs_bpe.bpe.openai.Tokenizer`. Special tokens such as `<|endoftext|>` are plain text to it."""

    def count(self, text: str) -> int: ...
    def count_till_limit(self, text: str, limit: int) -> int | None: ...


@cache
def _load(name: str) -> Tokenizer:
    from rs_bpe.bpe import openai

    made: Tokenizer = getattr(openai, name)()
    return made


def tokenizer(name: str) -> Tokenizer:
    """The tokenizer of that name, loaded at its first use (0.1 s) and kept. Raises UsageError for an unknown name."""
    if name not in TOKENIZERS:
        raise UsageError(f"no tokenizer {name!r}: known are {', '.join(TOKENIZERS)}")
    with _LOADING:
        return _load(name)


def whole(text: str) -> str:
    """`text` as something UTF-8 can hold: each lone surrogate becomes U+FFFD, so that offsets stay."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def count_tokens(text: str, tokenizer: str = "o200k_base") -> int:
    """Number of tokens in `text`; any string may be counted (a lone surrogate counts as U+FFFD).

    Raises UsageError for an unknown tokenizer.
    """
    return _tokenizer(tokenizer).count(whole(text))


_tokenizer = tokenizer  # the parameter above has the same name
