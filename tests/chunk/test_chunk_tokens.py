from concurrent.futures import ThreadPoolExecutor

import pytest

from postetl.chunk import chunk, count_tokens
from postetl.errors import UsageError


@pytest.mark.parametrize(("text", "tokens"), [("", 0), ("hello world", 2), ("a\0b", 3), ("<|endoftext|>", 7), ("\ud800", 1), ("漢" * 4, 4)])
def test_count(text, tokens):
    assert count_tokens(text) == tokens


@pytest.mark.parametrize("text", ["\ud800", "x\udfffy", "\ud83d\ude00", "<|endoftext|>" * 3, "<|im_start|>", "\0" * 40])
@pytest.mark.parametrize("name", ["o200k_base", "cl100k_base"])
def test_any_string_may_be_counted_and_cut(text, name):
    assert count_tokens(text, name) > 0
    pieces = chunk(text * 20, max_tokens=16, tokenizer=name)
    assert "".join(p.text for p in pieces) == text * 20
    assert all(p.tokens == count_tokens(p.text, name) <= 16 for p in pieces)


def test_tokenizers_differ():
    text = "Ще не вмерла 日本語の文章 " * 9
    assert count_tokens(text) < count_tokens(text, "cl100k_base")


def test_unknown_tokenizer_names_the_known():
    for call in (count_tokens, chunk):
        with pytest.raises(UsageError, match=r"'gpt2'.*o200k_base, cl100k_base"):
            call("x", tokenizer="gpt2")


@pytest.mark.parametrize(("most", "overlap"), [(3, 0), (0, 0), (-1, 0), (16, 9), (6, 3), (512, -1)])
def test_sizes_that_cannot_be(most, overlap):
    with pytest.raises(UsageError, match=f"{most} tokens"):
        chunk("text", max_tokens=most, overlap=overlap)


def test_threads():
    texts = [f"thread {n} says 漢字 {n * 7} times. " * (n + 1) * 20 for n in range(24)]
    expected = [(count_tokens(t), chunk(t, max_tokens=64)) for t in texts]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(3):
            assert list(pool.map(lambda t: (count_tokens(t), chunk(t, max_tokens=64)), texts)) == expected
