"""What most posts of a source say: what is found, what is taken out of a text, and what must stay."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postetl.clean.chrome import applied, blocks, mark_of, repeated, split
from postetl.clean.text import body, normalise, without
from postetl.model import Link

SUPPORT = "Support our newsroom: reporting like this is paid for by its readers."
ABOUT = "Ada Example writes about engines, rivers and the people who live by both."
PLEA = "Support us with a donation."  # five words and a full stop


def story(n: int) -> str:
    return f"On day {n} the river stood {n + 3} centimetres above its mark, and we wrote it down."


def found(*texts: str) -> list[str]:
    return [r.text for r in repeated(lambda: [(text,) for text in texts])]


def marks(*texts: str) -> set[str]:
    return {block.mark for text in texts for block in blocks(text) if block.mark}


def cut(text: str, *chrome: str) -> str:
    return without(text, (), split(text, marks(*chrome)).edits)[0]


def series(footer: str, number: int = 12, of: int = 12) -> list[str]:
    return [story(n) + (f"\n\n{footer}" if n < number else "") for n in range(of)]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (series(SUPPORT), [SUPPORT]),
        (series(SUPPORT, 7), [SUPPORT]),
        (series(SUPPORT, 6), []),  # half is not most
        (series(SUPPORT, 8, 8), [SUPPORT]),
        (series(SUPPORT, 7, 7), []),  # too few to tell
        ([f"{SUPPORT.upper()}\n\n{story(n)}" if n % 2 else f"{story(n)}\n\n*{SUPPORT}*" for n in range(12)], [f"*{SUPPORT}*"]),  # by its words
        ([f"{story(n)}\n\n{SUPPORT}\n\n{SUPPORT}" if n < 6 else story(n) for n in range(12)], []),  # once a post
        ([f"{story(n)}\n\n```\n{SUPPORT}\n```" for n in range(12)], []),
        ([SUPPORT] * 12, []),  # there it is the post
        ([SUPPORT] * 12 + [story(n) for n in range(8)], []),
        ([SUPPORT] * 5 + series(SUPPORT), [SUPPORT]),
        ([f"{SUPPORT}\n\n{ABOUT}"] * 12, []),
        ([f"# Daily\n\n---\n\n{SUPPORT}"] * 12, []),
        ([""] * 50 + series(SUPPORT), [SUPPORT]),  # posts without text say nothing
        ([f"Refrain of poem {n}\n\n{story(n)}\n\nRefrain of poem {n}" for n in range(12)], []),
        ([f"Links for today:\n\n{story(n)}" for n in range(12)], []),  # it never goes, so it is none
        ([f"{story(n)}\n\nThanks for reading!" for n in range(12)], ["Thanks for reading!"]),
        ([f"## About\n\n{ABOUT if n < 8 else story(n)}\n\n# Day {n}\n\n{story(n)}" for n in range(12)], ["## About", ABOUT]),
        ([f"## About\n\n{ABOUT if n < 7 else story(n)}\n\n{story(n)}" for n in range(12)], [ABOUT]),
        ([], []),
    ],
)  # fmt: skip
def test_what_most_posts_say(texts, expected):
    assert sorted(found(*texts)) == sorted(expected)


@pytest.mark.parametrize(
    ("keep", "gone"),
    [(False, {"Support us.", "Follow us."}), (True, set()), (["**support** us"], {"Follow us."}), ([mark_of("Follow us.")], {"Support us."}),
     (["Support", "..."], {"Support us.", "Follow us."}), ([], {"Support us.", "Follow us."})],
)  # fmt: skip
def test_what_is_kept_of_it(keep, gone):
    learned = frozenset(filter(None, map(mark_of, ("Support us.", "Follow us."))))
    assert applied(learned, keep) == set(map(mark_of, gone)) and applied(frozenset(), keep) == frozenset()


def test_what_was_taken_out_before_counts_on():
    posts = [(story(n), SUPPORT) if n % 2 else (f"{story(n)}\n\n{SUPPORT}",) for n in range(12)]
    (one,) = repeated(lambda: posts)
    assert (one.text, one.posts, one.out_of, {one.mark}) == (SUPPORT, 12, 12, marks(SUPPORT))


@pytest.mark.parametrize(
    ("text", "chrome", "left"),
    [
        (f"{story(1)}\n\n{SUPPORT}", [SUPPORT], story(1)),
        (f"{SUPPORT}\n\n{story(1)}", [SUPPORT], story(1)),
        (f"{story(1)}\n\n**{SUPPORT}**\n\n{story(2)}", [SUPPORT], f"{story(1)}\n\n{story(2)}"),
        (f"{story(1)}\n\n{SUPPORT} Today.", [SUPPORT], None),
        (f"{story(1)} {SUPPORT}", [SUPPORT], None),
        (f"> {SUPPORT}\n\n{story(1)}", [SUPPORT], story(1)),
        (SUPPORT, [SUPPORT], None),  # a post keeps text
        (f"## Daily\n\n{SUPPORT}\n\n---", [SUPPORT], None),
        (f"{SUPPORT}\n\n{ABOUT}", [SUPPORT, ABOUT], None),
        (f"{SUPPORT}\n\n```\nx = 1\n```", [SUPPORT], "```\nx = 1\n```"),
        (f"```\n{SUPPORT}\n\n{SUPPORT}\n```\n\n{SUPPORT}", [SUPPORT], f"```\n{SUPPORT}\n\n{SUPPORT}\n```"),
        (f"{story(1)}\n\n~~~\n\n{SUPPORT}", [SUPPORT], None),  # an open fence goes to the end
        # labels: only where nothing stands under them any more
        (f"Links for today\n\n{story(1)}", ["Links for today"], None),
        (f"{story(1)}\n\nThanks for reading!", ["Thanks for reading!"], story(1)),
        (f"{story(1)}\n\n## About\n\n{ABOUT}", ["## About", ABOUT], story(1)),
        (f"{story(1)}\n\n## About\n\n{ABOUT}\n\n{story(2)}", ["## About", ABOUT], f"{story(1)}\n\n## About\n\n{story(2)}"),
        (f"{story(1)}\n\n## About Ada\n\n{ABOUT}", ["## About", ABOUT], f"{story(1)}\n\n## About Ada"),  # this post's own heading
        (f"{story(1)}\n\n## About\n\n### Ada\n\n{ABOUT}\n\n## Next\n\n{story(2)}", ["## About", "### Ada", ABOUT], f"{story(1)}\n\n## Next\n\n{story(2)}"),
        (f"{story(1)}\n\n## About\n\n{ABOUT}\n\n### Next\n\n{story(2)}", ["## About", ABOUT], f"{story(1)}\n\n## About\n\n### Next\n\n{story(2)}"),
        (f"{story(1)}\n\nAda\n\n---\n\n{ABOUT}", ["Ada", ABOUT], story(1)),
        (f"{PLEA}\n\n{story(1)}", [PLEA], story(1)),
        (f"What I read this week:\n\n{story(1)}", ["What I read this week:"], None),
        (f"What is the best advice you have ever received?\n\n{story(1)}", ["What is the best advice you have ever received?"], None),
        (f"In this episode, we talk about the following topics:\n\n{story(1)}", ["In this episode, we talk about the following topics:"], None),
        (f"**The three things that I learned this week are**\n\n{story(1)}", ["The three things that I learned this week are"], None),
        (f"{story(1)}\n\n**Enjoyed this? Share it with a friend who cares:**", ["Enjoyed this? Share it with a friend who cares:"], story(1)),
        (f"今週のおすすめ記事\n\n{story(1)}", ["今週のおすすめ記事"], None),
        (f"{story(1)}\n\n毎週金曜日に更新しています。", ["毎週金曜日に更新しています。"], story(1)),
        (f"1. Preheat the oven to a hundred and eighty degrees.\n\n2. {story(1)}", ["1. Preheat the oven to a hundred and eighty degrees."], None),
        (f"请关注我们的公众号并转发给朋友\n\n{story(1)}", ["请关注我们的公众号并转发给朋友"], story(1)),
        # rules
        (f"{story(1)}\n\n---\n\n{SUPPORT}", [SUPPORT], story(1)),
        (f"{SUPPORT}\n\n* * *\n\n{story(1)}", [SUPPORT], story(1)),
        (f"{story(1)}\n\n---\n\n{SUPPORT}\n\n---\n\n{story(2)}", [SUPPORT], f"{story(1)}\n\n---\n\n{story(2)}"),
        (f"{story(1)}\n\n---\n\n{story(2)}\n\n{SUPPORT}", [SUPPORT], f"{story(1)}\n\n---\n\n{story(2)}"),
        # lists
        (f"- {SUPPORT}\n\n  {ABOUT}\n\n- {story(1)}", [SUPPORT], None),  # an item is one block with what is indented below it
        (f"- {SUPPORT}\n\n  {ABOUT}\n\n- {story(1)}", [f"{SUPPORT} {ABOUT}"], f"- {story(1)}"),
        (f"{story(1)}\n\n- one and two\n- three and four\n- five and six", ["- One and two\n- Three and four\n- Five and six"], story(1)),
        (story(1), [], None),
        ("", [SUPPORT], None),
    ],
)  # fmt: skip
def test_what_goes_out_of_a_text(text, chrome, left):
    assert normalise(text)[0] == text
    assert cut(text, *chrome) == (text if left is None else left)
    assert (split(text, marks(*chrome)).removed is None) == (left is None)


def test_a_million_newlines_are_one_look():
    assert len(blocks("a" + "\n" * 1_000_000 + " a")) == 1
    assert len(blocks("a" + "\n" * 1_000_000 + "a")) == 2


def test_links_keep_their_words_and_those_that_went_their_targets():
    text = f"{SUPPORT}\n\n{story(1)}\n\n{SUPPORT}"
    at = text.index("river")
    links = (Link("http://a.example/donate", "Support", 0, 7), Link("http://a.example/river", "river", at, at + 5))
    left, kept = without(text, links, split(text, marks(SUPPORT)).edits)
    assert left == story(1)
    assert kept == (Link("http://a.example/donate", "", 0, 0), Link("http://a.example/river", "river", at - len(SUPPORT) - 2, at - len(SUPPORT) + 3))


PIECES = [
    SUPPORT, ABOUT, PLEA, story(1), story(2), "# Heading", "## About", "### Deeper", "Ada", "---", "* * *", "- item one", "  indented words", "- a\n- b", "> quoted words",
    "```\ncode here\n\nmore code\n```", "~~~", "```", "1. first thing", "| a | b |\n|---|---|\n| c | d |", "🎉", "Links:", "日本語の文章です。", "\\# no heading", "",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES) | st.text("ab .\n-#>`*", max_size=12), max_size=9).map("\n\n".join)


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.sets(st.sampled_from(PIECES)))
def test_no_word_is_lost_and_twice_is_once(text, chrome):
    chosen = marks(*chrome)
    for whole in (text, body(text)[0]):
        done = split(whole, chosen)
        left = without(whole, (), done.edits)[0]
        assert sorted(re.findall(r"\w+", f"{left}\n{done.removed or ''}")) == sorted(re.findall(r"\w+", whole))
        assert (left == whole) == (done.removed is None)
        assert bool(re.search(r"\w", left)) == bool(re.search(r"\w", whole))
        assert split(left, chosen).removed is None
        if done.removed is not None:
            assert marks(done.removed) <= chosen
            assert marks(left) | marks(done.removed) == marks(whole)
    clean = body(text)[0]
    left = without(clean, (), split(clean, chosen).edits)[0]
    assert normalise(left)[0] == left


@settings(max_examples=150, deadline=None)
@given(st.lists(TEXTS, min_size=8, max_size=14))
def test_what_is_found_is_found_again_after_it_was_taken_out(texts):
    before = {r.mark for r in repeated(lambda: [(text,) for text in texts])}
    taken = [split(text, before) for text in texts]
    after = {r.mark for r in repeated(lambda: [(without(text, (), s.edits)[0], s.removed or "") for text, s in zip(texts, taken, strict=True)])}
    assert after == before
