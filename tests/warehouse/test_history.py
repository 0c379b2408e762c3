"""The texts of a post in order of time: tables of what must come out, and what holds for any order of arrival."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packages import START
from postetl.warehouse.history import Current, Interval, Observation, Version, history


def at(hour: float):
    return START + timedelta(hours=hour)


def seen(*texts: tuple[str, float]) -> list[Observation]:
    return [Observation(row, text, at(hour)) for row, (text, hour) in enumerate(texts)]


@pytest.mark.parametrize(("current", "versions", "new", "row", "earlier"), [
    # (hash, since, last seen), [(hash, fetched)], [(hash, fetched)] -> row that becomes current, [(origin, number, from, to)]
    pytest.param(None, [], [("A", 1)], 0, [], id="first"),
    pytest.param(("A", 1, 1), [], [("A", 2)], 0, [], id="again"),
    pytest.param(("A", 1, 1), [], [("B", 2)], 0, [("current", 0, 1, 2)], id="edit"),
    pytest.param(("B", 2, 2), [("A", 1)], [("A", 3)], 0, [("version", 1, 1, 2), ("current", 0, 2, 3)], id="there and back"),
    pytest.param(("A", 3, 3), [("A", 1), ("B", 2)], [("C", 4)], 0,
                 [("version", 1, 1, 2), ("version", 2, 2, 3), ("current", 0, 3, 4)], id="and on"),
    pytest.param(("B", 5, 5), [], [("A", 1)], None, [("row", 0, 1, 5)], id="older"),
    pytest.param(("B", 5, 5), [], [("B", 1)], None, [], id="older, the same"),
    pytest.param(("B", 5, 5), [("A", 1)], [("C", 3)], None, [("version", 1, 1, 3), ("row", 0, 3, 5)], id="between"),
    pytest.param(("B", 5, 5), [("A", 1)], [("A", 3)], None, [("version", 1, 1, 5)], id="between, the same as before"),
    pytest.param(("B", 5, 5), [("A", 1)], [("B", 3)], None, [("version", 1, 1, 3)], id="between, the same as after"),
    pytest.param(("A", 1, 9), [], [("B", 5)], None, [("current", 0, 1, 5), ("row", 0, 5, 9)], id="older than when it was last seen"),
    pytest.param(("A", 1, 1), [], [("A", 1)], 0, [], id="same moment"),
    pytest.param(("A", 1, 1), [], [("B", 1)], 0, [("current", 0, 1, 1)], id="same moment, another text: the later package wins"),
    pytest.param(None, [], [("A", 3), ("B", 1), ("A", 2)], 0, [("row", 1, 1, 2)], id="several at once"),
    pytest.param(None, [], [("A", 1), ("B", 2), ("A", 3)], 2, [("row", 0, 1, 2), ("row", 1, 2, 3)], id="there and back at once"),
])  # fmt: skip
def test_history(current, versions, new, row, earlier):
    now = None if current is None else Current(current[0], at(current[1]), at(current[2]))
    found = history(now, [Version(n, text, at(hour)) for n, (text, hour) in enumerate(versions, 1)], seen(*new))
    assert (found.row, found.earlier) == (row, tuple(Interval(o, n, at(a), at(b)) for o, n, a, b in earlier))


@pytest.mark.parametrize(("line", "row", "earlier"), [
    # (content, whole) hour by hour, the first is current; T is left of TF and TG, once their footers F and G are known
    pytest.param([("TF", None), ("T", "TF")], 1, [], id="learned"),
    pytest.param([("T", "TF"), ("TF", None)], 1, [], id="a run that did not know it yet"),
    pytest.param([("T", "TF"), ("T", "TG")], 1, [], id="another footer, known too"),
    pytest.param([("T", "TF"), ("TG", None)], 1, [("current", 0, 0, 1)], id="another footer, not known: an edit"),
    pytest.param([("T", "TF"), ("T", None)], 1, [], id="without any"),
    pytest.param([("T", "TF"), ("UF", None), ("U", "UF")], 2, [("current", 0, 0, 1)], id="edited, and then learned"),
    pytest.param([("TF", None), ("UF", None), ("T", "TF")], 2, [("current", 0, 0, 1), ("row", 1, 1, 2)], id="there and back"),
])  # fmt: skip
def test_what_we_learn_is_no_edit_of_theirs(line, row, earlier):
    (content, whole), *rest = line
    found = history(Current(content, at(0), at(0), whole), [], [Observation(n, c, at(n), w) for n, (c, w) in enumerate(rest, 1)])
    assert (found.row, found.earlier) == (row, tuple(Interval(o, n, at(a), at(b)) for o, n, a, b in earlier))


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.integers(0, 1000)), min_size=1, max_size=12, unique_by=lambda o: o[1]), st.data())
def test_any_order_and_any_packaging_ends_with_the_same_texts(observed, data):
    """One at a time, in any order: the current text is the latest, no text is lost, neighbours differ, times rise."""
    texts: list[tuple[str, object]] = []  # version number - 1 -> (hash, fetched_at)
    current: Current | None = None
    for text, hour in data.draw(st.permutations(observed)):
        found = history(current, [Version(n, t, when) for n, (t, when) in enumerate(texts, 1)], [Observation(0, text, at(hour))])
        stored = {("row", 0): text, ("current", 0): current and current.content_hash}
        stored |= {("version", n): t for n, (t, _) in enumerate(texts, 1)}
        texts = [(stored[i.origin, i.number], i.fetched_at) for i in found.earlier]
        ended = found.earlier[-1].replaced_at if found.earlier else None
        hash_ = text if found.row is not None else current.content_hash
        first = min(at(hour), current.since if current and not found.earlier else at(hour))
        current = Current(hash_, ended or first, max(at(hour), current.last_seen_at if current else at(hour)))
        assert all(a.replaced_at == b.fetched_at for a, b in pairwise(found.earlier))
        line = [*(t for t, _ in texts), current.content_hash]
        assert all(a != b for a, b in pairwise(line))
    assert current.content_hash == max(observed, key=lambda o: o[1])[0]
    assert {t for t, _ in texts} | {current.content_hash} == {t for t, _ in observed}


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.integers(0, 20)), min_size=1, max_size=8))
def test_at_once_is_the_collapsed_line_of_time(observed):
    found = history(None, [], seen(*observed))
    ordered = [text for text, _ in sorted(observed, key=lambda o: o[1])]
    line = [text for n, text in enumerate(ordered) if n == 0 or ordered[n - 1] != text]
    assert [observed[i.number][0] for i in found.earlier] == line[:-1] and observed[found.row][0] == line[-1]


@pytest.mark.parametrize("hashes", ["x", "xyx"])
def test_versions_that_are_stored_stay_when_what_we_learn_makes_them_equal(hashes):
    versions = [Version(n, text, at(n)) for n, text in enumerate(hashes, 1)]
    found = history(Current("x", at(8), at(8), "xK"), versions, [Observation(0, "x", at(9), "xK")])
    assert (found.row, [(i.origin, i.number) for i in found.earlier]) == (0, [("version", v.version) for v in versions])
