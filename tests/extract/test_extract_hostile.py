"""Pages made to hang, to swell or to crash a reader: an answer in time, each."""

import random
import time

import pytest

from postetl.extract import extract
from postetl.model import Extracted

PROSE = " ".join(f"This is sentence number {n} of a post about the weather in the hills." for n in range(12))
DEADLINE = 6.0  # CPU seconds: three times what a page may take
PAGE = (
    "<html><head><title>Rain</title></head><body><nav><a href=/>x</a></nav><article><h1>Rain</h1>"
    + "".join(f"<p>{PROSE} <a href=/{n}>link</a></p><ul><li>a<li>b</ul><table><tr><td>1<td>2</table>" for n in range(20))
    + "</article></body></html>"
).encode()
HOSTILE = {
    "one line of 10 MB": "<p>" + "word " * 2_000_000,
    "one word of 10 MB": "<p>" + "x" * 10_000_000,
    "100,000 nested divs": "<div>" * 100_000 + PROSE,
    "nested divs with text": f"<div>{PROSE[:60]}" * 50_000,
    "a colspan of a billion": f"<table><tr><td colspan=1000000000>a<td rowspan=1000000000>b<tr><td>c</table><p>{PROSE}",
    "50,000 attributes": "<p " + " ".join(f"a{n}=1" for n in range(50_000)) + f">{PROSE}",
    "50,000 classes": "<div class='" + " ".join(f"c{n}" for n in range(50_000)) + f"'><p>{PROSE}",
    "NULs": "\x00" * 100_000 + f"<p>{PROSE}",
    "100,000 paragraphs": f"<p>{PROSE[:50]}" * 100_000,
    "300,000 blocks": "<div>a</div>" * 300_000,
    "nested emphasis": "<p>" + "<b>" * 100_000 + PROSE,
    "nested lists": "<ul><li>" * 50_000 + PROSE,
    "nested quotes": "<blockquote>" * 50_000 + PROSE,
    "nested tables": "<table><tr><td>" * 20_000 + PROSE,
    "100,000 headings": f"<h1>{PROSE[:30]}</h1>" * 100_000,
    "10,000 articles": f"<article><p>{PROSE}</p></article>" * 10_000,
    "deep JSON-LD": "<script type='application/ld+json'>" + "[" * 100_000 + f"</script><p>{PROSE}",
    "marks": "<p>" + "*a* _b_ " * 200_000,
    "backticks": "<p>" + "`" * 1_000_000,
    "paragraphs, 390 deep": "<section>" * 390 + f"<p>{PROSE}</p>" * 30_000,
    "quotes in a thread": "<html id=XF><body>" + f"<div class=message-body><div class=bbWrapper>{PROSE}<blockquote class=quote>" * 20_000,
    "marks on one letter": "<p>a" + "\u0301" * 500_000,
}  # fmt: skip


@pytest.mark.parametrize("page", HOSTILE.values(), ids=HOSTILE.keys())
def test_an_answer_in_time(page):
    started = time.process_time()
    assert isinstance(extract(page, simple=True), Extracted)
    assert time.process_time() - started < DEADLINE


def test_a_page_cut_anywhere():
    for end in range(0, len(PAGE), 1000):
        text = extract(PAGE[:end], simple=True).text
        assert "sentence number" in text or end < 1500


def test_bytes_of_no_page():
    rng = random.Random(5)
    for size in range(0, 20_000, 400):
        assert isinstance(extract(rng.randbytes(size), simple=True), Extracted)
    for _ in range(50):
        damaged = bytearray(PAGE)
        for _ in range(200):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        assert isinstance(extract(bytes(damaged), simple=True), Extracted)
