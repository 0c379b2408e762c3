"""A sentence put in somewhere changes the chunk that it falls in, now and then a neighbour, and no other."""

import random
import statistics
import textwrap

import pytest

from postetl.chunk import chunk, chunk_ids

WORDS = (  # noqa: SIM905
    "river bank water stone level gauge winter meadow flood channel bend gravel trout heron willow bridge measure morning evening slowly "
    "quietly never always between because although under over the the the a a of of and and to in it is was with for on at by from"
).split()
SIGNS = [chr(c) for c in range(0x4E00, 0x4F00)]


def sentence(rng):
    return " ".join(rng.choices(WORDS, k=rng.randint(6, 24))).capitalize() + "."


def paragraph(rng):
    return " ".join(sentence(rng) for _ in range(rng.randint(2, 7)))


def prose(rng):
    return "\n\n".join(paragraph(rng) for _ in range(75))


def wrapped(rng):
    return "\n\n".join(textwrap.fill(p, 72) for p in prose(rng).split("\n\n"))


def one_paragraph(rng):
    return " ".join(sentence(rng) for _ in range(350))


def sections(rng):
    made = []
    for n in range(25):
        made.append(f"{'#' * rng.randint(2, 3)} Heading {n}")
        made += [paragraph(rng) for _ in range(rng.randint(1, 5))]
        if n % 5 == 1:
            made.append("```\n" + "\n".join(f"x{i} = {rng.random()}" for i in range(rng.randint(3, 30))) + "\n```")
        if n % 5 == 3:
            made.append("\n".join("- " + sentence(rng) for _ in range(rng.randint(3, 9))))
    return "\n\n".join(made)


def items(rng):
    return "\n".join("- " + sentence(rng) for _ in range(350))


def japanese(rng):
    return "\n\n".join("".join("".join(rng.choices(SIGNS, k=rng.randint(8, 30))) + "。" for _ in range(rng.randint(2, 7))) for _ in range(110))


def no_punctuation(rng):
    return " ".join(rng.choices(WORDS, k=6000))


@pytest.mark.parametrize("form", [prose, wrapped, one_paragraph, sections, items, japanese, no_punctuation])
def test_an_inserted_sentence_moves_few_chunks(form):
    kept = []
    for seed in range(12):
        text = form(random.Random(seed))
        at = len(text) // 10
        at = text.index("。" if form is japanese else " ", at) + 1
        edited = text[:at] + ("新しい文章。" if form is japanese else "Here somebody has put in a sentence. ") + text[at:]
        before, after = chunk(text), {c.text for c in chunk(edited)}
        kept.append(sum(c.text in after for c in before) / len(before))
        assert sum(c.text not in after for c in before) <= 3
    assert statistics.median(kept) > 0.9, kept


@pytest.mark.parametrize("form", [prose, sections, one_paragraph, items, japanese])
def test_chunks_are_well_filled(form):
    chunks = chunk(form(random.Random(1)))
    assert statistics.mean(c.tokens for c in chunks) > 512 * 0.55
    assert sum(c.tokens < 32 for c in chunks) <= len(chunks) * 0.05


def test_ids_survive_with_their_chunks():
    text = prose(random.Random(5))
    before = chunk_ids("post", chunk(text))
    after = chunk_ids("post", chunk("A new first paragraph, some way above all the rest.\n\n" + text))
    assert len(set(before) - set(after)) <= 2


def test_an_edit_undone_gives_the_same_chunks():
    text = sections(random.Random(2))
    edited = text.replace("river", "brook", 3)
    assert chunk(edited) != chunk(text) == chunk(edited.replace("brook", "river"))
