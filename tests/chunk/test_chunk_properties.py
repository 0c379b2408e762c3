"""What holds for every text whatever: offsets, limits, nothing lost, no broken letter, the same again."""

import re
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from postetl.chunk import chunk, chunk_ids, count_tokens
from postetl.chunk.graphemes import clusters

# Letters with marks, joined emoji, flags, jamo, conjuncts, CRLF, number signs, lone surrogates, NUL, and what BPE does badly.
PIECES = st.sampled_from([
    "a", "Z", " ", "  ", "\n", "\n\n", "\r\n", "\t", "\u3000", "\xa0", "\u200b", "\x00", "\u0301", "e\u0301\u0323", "กำ", "ที่", "নি", "க்ஷி", "क्ष्म",
    "👩‍👩‍👧", "👍🏽", "🇺🇦", "🇩", "각", "ᄀ", "ᅡ", "ᆨ", "\u200d", "\u0600", "漢", "。", "！", "字。", "؟", "।", ".", "? ", "Dr. ", "e.g. ", "<|endoftext|>",
    "word ", "supercalifragilistic", "\ud800", "\udfff", "\ufeff", "x" * 70, "#", "```", "\u2028", "1. ", "\u1b35", "\U0001f1e6",
])  # fmt: skip
LINES = st.sampled_from([
    "# One", "## Two", "### Three ###", "#", "#not", "    # code", "```py", "```", "~~~", "- item", "  - inner item", "1. first", "> quoted. Twice.", ">", "---",
    "| a | b |", "|---|---|", "| 1 | 2 |", "Plain text. Of two sentences.", "A line that ends with a colon:", "", "", "   ", "文章です。もう一つ。", "    indented",
])  # fmt: skip
UNICODE = st.one_of(st.lists(PIECES, max_size=120).map("".join), st.text(st.characters(exclude_categories=[]), max_size=200))
MARKDOWN = st.lists(st.one_of(LINES, UNICODE), max_size=40).map("\n".join)
TEXTS = st.one_of(UNICODE, MARKDOWN, st.tuples(UNICODE, st.integers(2, 9)).map(lambda t: t[0] * t[1]))
LIMITS = st.sampled_from([4, 5, 8, 13, 16, 32, 64, 512])
MORE = settings(max_examples=250, deadline=None)


@MORE
@given(TEXTS, LIMITS)
@example("a\u0301" * 40, 4)
@example(" \u0301" * 9, 4)
@example("\u0600 x " * 9, 4)
@example("\ud83d" * 30, 5)
@example("e" + "\u0301" * 99, 8)
@example("🇦" * 33, 8)
@example("```\n" + "    x\n" * 30, 16)
@example("# A\n\n" * 20, 8)
def test_chunks_are_a_cover(text, most):
    chunks = chunk(text, max_tokens=most)
    kept = 0
    for c in chunks:
        assert text[c.start : c.end] == c.text
        assert c.text.strip()
        assert c.tokens == count_tokens(c.text) <= most
        assert c.start >= kept
        assert not text[kept : c.start].strip()  # only white space lies between
        kept = c.end
    assert not text[kept:].strip()
    assert chunk(text, max_tokens=most) == chunks


@MORE
@given(TEXTS, LIMITS)
@example("กำ" * 60, 8)
@example("क्ष्म" * 40, 16)
@example("👩‍👩‍👧" * 30, 16)
@example("\r\n" + "각" * 30, 4)
def test_no_cluster_is_cut_that_fits(text, most):
    chunks = chunk(text, max_tokens=most)
    begin = 0
    inside = {}
    for end in clusters(text, 0, len(text)):
        for at in range(begin + 1, end):
            inside[at] = text[begin:end]
        begin = end
    for at in {c.start for c in chunks} | {c.end for c in chunks}:
        if at in inside and inside[at].strip():
            assert count_tokens(inside[at]) > most or count_tokens(inside[at].strip()) > most, (at, inside[at])


@MORE
@given(TEXTS, st.sampled_from([(16, 4), (16, 8), (32, 5), (64, 16), (512, 64)]))
def test_overlap(text, sizes):
    most, overlap = sizes
    kept = 0
    for c in chunk(text, max_tokens=most, overlap=overlap):
        assert text[c.start : c.end] == c.text
        assert c.tokens == count_tokens(c.text) <= most
        if c.start < kept:
            assert count_tokens(text[c.start : kept].strip()) <= overlap
        else:
            assert not text[kept : c.start].strip()
        assert c.end > kept
        kept = c.end
    assert not text[kept:].strip()


def test_overlap_is_whole_sentences_when_they_fit():
    text = " ".join(f"This is sentence number {n} of the long paragraph." for n in range(100))
    chunks = chunk(text, max_tokens=64, overlap=24)
    for before, after in pairwise(chunks):
        assert after.start < before.end
        assert after.text.startswith("This is sentence")
        assert 10 <= count_tokens(text[after.start : before.end]) <= 24


def test_overlap_is_words_when_no_sentence_fits():
    text = "word " * 400
    for before, after in pairwise(chunk(text, max_tokens=64, overlap=8)):
        assert after.start < before.end
        assert re.match(r"word\b", after.text)


def test_clusters_are_those_of_another_implementation():
    """The `regex` module has the tables of UAX #29 itself: a border of ours must be one of its."""
    regex = pytest.importorskip("regex")

    @settings(max_examples=400, deadline=None)
    @given(st.one_of(st.lists(PIECES, max_size=60).map("".join), st.text(st.characters(exclude_categories=["Cn", "Co", "Cs"]), max_size=100)))
    def check(text):
        text = re.sub("[\ud800-\udfff]", "", text)
        theirs = {m.end() for m in regex.finditer(r"\X", text)}
        assert set(clusters(text, 0, len(text))) <= theirs
        assert not text or clusters(text, 0, len(text))[-1] == len(text)

    check()


def test_clusters_are_not_taken_too_long_in_ordinary_text():
    text = "Ordinary text, with naïve accents, 漢字 and ไทย and 한국어."
    marks = sum(unicodedata.combining(c) > 0 or c in "\u0e31\u0e34\u0e35\u0e37\u0e48\u0e49" for c in text)
    assert len(clusters(text, 0, len(text))) == len(text) - marks


POSTS = st.lists(st.sampled_from(["One. Two. ", "Three? ", "四。", "\n\n", "five six seven "]), max_size=80).map("".join)


@given(POSTS, st.text(max_size=5), st.text(max_size=5))
def test_ids(text, post, other):
    chunks = chunk(text, max_tokens=8)
    ids = chunk_ids(post, chunks)
    assert len(set(ids)) == len(ids) == len(chunks)
    assert all(re.fullmatch("[0-9a-f]{32}", i) for i in ids)
    if chunks and post != other:
        assert not set(ids) & set(chunk_ids(other, chunks))
    for cut in range(1, len(chunks)):  # without a first chunk, its text's later repeats step up; no other id changes
        gone = {c.text for c in chunks[:cut]}
        rest = chunk_ids(post, chunks[cut:])
        assert all(new == old for new, old, c in zip(rest, ids[cut:], chunks[cut:], strict=True) if c.text not in gone)
