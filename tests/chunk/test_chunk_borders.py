"""Where the cuts fall: folders of cases, and rules that are easier said than shown."""

import json
import os
from itertools import pairwise
from pathlib import Path

import pytest

from postetl.chunk import chunk, count_tokens
from postetl.chunk.atoms import atoms
from postetl.chunk.blocks import blocks
from postetl.chunk.sentences import sentence_ends
from postetl.chunk.tokens import tokenizer

CASES = Path(__file__).parents[1] / "cases" / "chunk"
PROSE = "The river rose in the night, and by the morning it stood at the second step. "


@pytest.mark.parametrize("case", sorted(p.name for p in CASES.iterdir()))
def test_case(case):
    """input.md, cut as `options` in expected.json say, gives its `chunks`; POSTETL_WRITE_CASES=1 writes them anew, to be read."""
    text = (CASES / case / "input.md").read_text("utf-8")
    file = CASES / case / "expected.json"
    expected = json.loads(file.read_text("utf-8"))
    made = [{"heading_path": list(c.heading_path), "text": c.text} for c in chunk(text, **expected["options"])]
    if os.environ.get("POSTETL_WRITE_CASES"):
        file.write_text(json.dumps({**expected, "chunks": made}, ensure_ascii=False, indent=2) + "\n", "utf-8")
    assert made == expected["chunks"]


def test_a_text_that_fits_is_one_chunk():
    (only,) = chunk("\n\n# Title\n\nOne paragraph.\n\n## Part\n\nAnother.\n\n")
    assert (only.start, only.heading_path) == (2, ("Title",))
    assert only.text.endswith("Another.")


@pytest.mark.parametrize("text", ["", " ", "\n\n\t\u3000\xa0\u2028"])
def test_nothing(text):
    assert chunk(text) == []


def test_code_that_fits_stays_whole():
    code = "```py\n" + "".join(f"line_{n} = {n}\n\n" for n in range(30)) + "```"
    for before in range(12):
        text = PROSE * before + "\n\n" + code + "\n\n" + PROSE * 9
        assert any(code in c.text for c in chunk(text, max_tokens=256)), before


def test_code_that_does_not_fit_is_cut_between_lines():
    lines = [f"    total_{n} = total_{n} + 1  # of {n}" for n in range(90)]
    text = "Look:\n\n~~~\n" + "\n".join(lines) + "\n~~~\n\nThat was it."
    chunks = chunk(text, max_tokens=100)
    assert len(chunks) > 5
    for c in chunks:
        for line in c.text.splitlines():
            assert line in {*lines, "Look:", "~~~", "", "That was it."}
        assert not c.text.endswith("Look:\n\n~~~")
        assert not c.text.startswith("~~~")


def test_a_table_is_cut_between_rows():
    rows = [f"| {n} | {n * n} | some more words here |" for n in range(80)]
    text = "# Squares\n\n| n | square | words |\n|---|---:|---|\n" + "\n".join(rows) + "\n\nEnd."
    chunks = chunk(text, max_tokens=120)
    head, *rest = chunks
    assert head.text.startswith("# Squares\n\n| n | square | words |\n|---|---:|---|\n| 0 |")
    for c in rest:
        assert set(c.text.splitlines()) <= {*rows, "", "End."}
    assert all(c.heading_path == ("Squares",) for c in chunks)


def test_no_heading_is_left_at_the_end():
    for size in range(1, 14):
        text = "".join(f"## Part {n}\n\n### Detail {n}\n\n{PROSE * (n % size + 1)}\n\n{PROSE * 3}\n\n" for n in range(30))
        for c in chunk(text, max_tokens=128):
            assert not c.text.splitlines()[-1].startswith("#"), c.text


@pytest.mark.parametrize("body", [PROSE * 30, "- " + "\n- ".join([PROSE] * 30), "~~~\n" + "x = 1\n" * 200 + "~~~", "a | b\n--|--\n" + "1 | 2\n" * 99])
def test_a_heading_goes_with_the_first_piece_of_a_block_too_large(body):
    text = f"{PROSE * 3}\n\n## Why so?\n\n{body}"
    pieces = atoms(text, blocks(text), tokenizer("o200k_base"), 64)
    assert len(pieces) > 4
    assert [p.start for p in pieces if text.index("##") < p.start <= text.index(body)] == []  # no cut between the two is so much as looked at
    assert all(not c.text.splitlines()[-1].startswith("#") for c in chunk(text, max_tokens=64))


def test_a_number_sign_keeps_its_space():
    """U+0600 and the space after it are one cluster (UAX #29, GB9b); a newline is none of it (GB4)."""
    ends = [c.text[-2:] for c in chunk(f"{'word ' * 12}\u0600 \n\n{'word ' * 12}\u0600\n\n{'word ' * 12}", max_tokens=16)]
    assert ends[-1] == "rd"
    assert {"\u0600 ", " \u0600"} <= set(ends)


def test_headings_in_code_are_none():
    text = "# A\n\n```sh\n# not a heading\n```\n\n    # nor this\n\n" + PROSE * 60
    assert {c.heading_path for c in chunk(text, max_tokens=128)} == {("A",)}


def test_heading_path_of_a_section_cut_in_pieces():
    text = f"# Guide\n\n{PROSE}\n\n## Install ##\n\n{PROSE * 40}\n\n## Use\n\n#### Deep\n\n{PROSE * 40}\n\n#\n\n{PROSE * 40}"
    paths = [c.heading_path for c in chunk(text, max_tokens=256)]
    assert list(dict.fromkeys(p for p in paths if len(p) != 1)) == [("Guide", "Install"), ("Guide", "Use", "Deep"), ()]


def test_heading_path_is_that_of_the_first_text():
    small = f"## B\n\n{PROSE}\n\n## C\n\n{PROSE}"
    chunks = chunk(f"# A\n\n{PROSE * 30}\n\n{small}\n\n# D\n\n{PROSE * 30}", max_tokens=256)
    held = next(c for c in chunks if "## B" in c.text and "## C" in c.text)
    assert held.heading_path == (("A", "B") if held.text.startswith("## B") else ("A",))
    assert chunk(f"{PROSE}\n\n{small}")[0].heading_path == ()


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("# a", ("a",)), ("   ###### a  b  ##  ", ("a  b",)), ("#\ta", ("a",)), ("# a#", ("a#",)), ("# a \\#", ("a \\#",)), ("## ##", ()), ("#", ()),
        ("#a", ()), ("    # a", ()), ("####### a", ()), ("\\# a", ()), ("> # a", ()), ("- # a", ()), ("# Größe & 大きさ #", ("Größe & 大きさ",)),
    ],
)  # fmt: skip
def test_atx_headings(line, path):
    """CommonMark 0.31, 4.2."""
    assert blocks(f"{line}\n\ntext")[-1].path == path


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("a\nb\n\nc", "text text"),
        ("# a\n# b\nc", "text"),
        ("a\n```\n\n# x\n\n```\nb", "text fence text"),
        ("````\n```\n````\na", "fence text"),
        ("~~~ `\nx\n```\n~~~~\na", "fence text"),
        ("```\nnever closed\n\n# x", "fence"),
        ("``` a`b\nx", "text"),
        ("- a\n\n      ```\n      x\n      ```\nb", "list fence text"),
        ("- a\n  - b\n\n  more\n\nc", "list list text"),
        ("a | b\n--|--\n1 | 2\n\nc", "table text"),
        ("a\n---\nb", "text"),  # setext: left alone
        ("a\n\n* * *\n\nb", "text rule text"),
        ("a\r\n\r\nb\r\rc", "text text text"),
    ],
)
def test_blocks(text, kinds):
    made = blocks(text)
    assert " ".join(b.kind for b in made) == kinds
    assert "".join(text[b.start : b.end] for b in made) == text


@pytest.mark.parametrize(
    "text",
    [
        "He came. | She left.", "Is it? | Yes! | Good.", "“It is.” | He knew.", "Dr. Oakes and J. R. Hale met at 3.5 m, e.g. Tuesday. | Then not.",
        "See fig. 3 and p. 12. | There.", "Am 3. März kam z. B. Herr Dr. Vossbeck. | Er blieb.", "文章です。|もう一つ！|「はい。」|終わり", "هل هذا؟ | نعم۔ | حسنا.",
        "यह है। | वह है॥ | और.", "Well... | Then. | (It was so.) | Yes.", "approx. five, i.e. few. | More.", "v1.2.3 of example.org is out. | Get it.",
        "He asked “why?” and left. | Right.", "Що? | Так, т. д. | Ні.", "No. | Nothing. | In no. 5, yes.", "すごい!|そう?|うん",
    ],
)  # fmt: skip
def test_sentences(text):
    whole = text.replace("|", "").replace("  ", " ")
    parts = [p.strip() for p in text.split("|")]
    ends = [0, *sentence_ends(whole, 0, len(whole)), len(whole)]
    assert [whole[a:b].strip() for a, b in pairwise(ends)] == parts


def test_cuts_prefer_sections_then_blocks_then_sentences():
    text = f"# A\n\n{PROSE * 8}\n\n{PROSE * 8}\n\n# B\n\n{PROSE * 12}\n\n{PROSE * 12}"
    starts = [c.text[:3] for c in chunk(text, max_tokens=300)]
    assert starts in (["# A", "# B"], ["# A", "# B", "The"])
    for c in chunk(text, max_tokens=100):
        assert c.text.endswith(".")


def test_a_list_is_cut_between_items():
    text = "\n".join(f"{n}. Take the {n}th stone.\n   - Turn it. Look below.\n   - Put it back." for n in range(1, 60))
    for c in chunk(text, max_tokens=120):
        assert c.text[0].isdigit() or c.text.startswith("- ")
        assert c.text.endswith(("back.", "below.", "stone."))


@pytest.mark.parametrize("size", [200_000, pytest.param(2_000_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("unit", ["a", "漢", "👩‍👩‍👧", "\u0301", " x", "a\n", "# ", ".", '."', "1. ", "- a\n", "> ", "```\n", "|-", "🇦", "# a\n", "<|endoftext|>"])  # fmt: skip
def test_hostile_repetition(unit, size):
    """Nothing here is quadratic: were it, the larger size would not end within the test's time limit."""
    text = "x" + unit * (size // len(unit.encode()) // (10 if unit == "\u0301" else 1))
    chunks = chunk(text)
    assert chunks[-1].end >= len(text.rstrip())
    assert all(c.tokens <= 512 for c in chunks)
    assert sum(c.tokens for c in chunks) <= count_tokens(text) * 1.2 + 10


@pytest.mark.slow
@pytest.mark.parametrize("unit", ["a", "漢", "0aF9"])
def test_ten_megabytes_in_one_line_without_a_space(unit):
    text = unit * (10_000_000 // len(unit.encode()))
    chunks = chunk(text)
    assert "".join(c.text for c in chunks) == text
    assert max(c.tokens for c in chunks) <= 512
