"""Which post is it, against the keys of every package before."""

from hypothesis import given
from hypothesis import strategies as st

from packages import at
from postetl.clean.identity import new_post_id
from postetl.warehouse.identity import Claim, alias, settle


def claim(row, post_id, keys, shared=(), hours=0.0, source="s"):
    return Claim(row, source, post_id, tuple(keys), tuple(shared), at(hours))


def settled(claims, known=None, existing=()):
    found = settle(claims, {("s", k): v for k, v in (known or {}).items()}, existing)
    return dict(found.post_ids), {k.key: k.post_id for k in found.keys}


def test_the_first_known_key_wins():
    assert settled([claim(0, "new", ["a", "b", "c"])], {"b": "P", "c": "Q"}) == ({0: "P"}, {"a": "P", alias("new"): "P"})


def test_a_key_of_nobody_identifies_nobody():
    assert settled([claim(0, "new", ["a", "b"])], {"a": None}) == ({0: "new"}, {"b": "new"})


def test_keys_count_within_their_source():
    found = settle([claim(0, "new", ["a"], source="other")], {("s", "a"): "P"}, [])
    assert found.post_ids == {0: "new"} and found.keys[0].source_id == "other"


def test_sharing_takes_a_key_from_its_post_for_ever():
    claims = [claim(0, "x", ["link:1"], ["guid"]), claim(1, "y", ["link:2"], ["guid"])]
    assert settled(claims, {"guid": "P", "link:1": "P"}) == ({0: "P", 1: "y"}, {"guid": None, alias("x"): "P", "link:2": "y"})
    assert settled(claims, {"guid": None, "link:1": "P"})[1].get("guid", "none") == "none"


def test_sharing_counts_for_the_whole_package():
    assert settled([claim(0, "x", ["guid", "l1"], hours=1), claim(1, "y", ["l2"], ["guid"], hours=2)])[0] == {0: "x", 1: "y"}


def test_twenty_posts_with_one_guid_stay_twenty():
    claims = [claim(n, f"id{n}", [f"link:{n}"], ["guid"]) for n in range(20)]
    assert len(set(settled(claims)[0].values())) == 20


def test_rows_of_one_package_find_each_other_in_order_of_time():
    late_first = [claim(0, "x", ["guid", "link"], hours=2), claim(1, "y", ["link"], hours=1)]
    assert settled(late_first) == ({1: "y", 0: "y"}, {"link": "y", "guid": "y", alias("x"): "y"})


def test_an_id_that_was_anothers_finds_its_post_later():
    assert settled([claim(0, "x", ["new guid"])], {alias("x"): "P"}) == ({0: "P"}, {"new guid": "P"})


def test_an_id_that_is_a_post_already_is_not_taken_by_another():
    """P was first seen with a guid that several claim by now; the newcomer's id was made from it before that was known."""
    made = new_post_id("s", "link:2")
    assert settled([claim(0, "P", ["guid", "link:2"])], {"guid": None}, ["P"]) == ({0: made}, {"link:2": made})
    assert settled([claim(0, "P", ["guid"])], {"guid": None}, ["P"])[0] == {0: "P"}  # nothing else to tell it by


@given(st.lists(st.tuples(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=3, unique=True), st.integers(0, 5)), max_size=8))
def test_settling_again_changes_nothing(posts):
    claims = [claim(n, new_post_id("s", keys[0]), keys, hours=hours) for n, (keys, hours) in enumerate(posts)]
    first = settle(claims, {}, [])
    known = {(k.source_id, k.key): k.post_id for k in first.keys}
    again = settle([claim(c.row, first.post_ids[c.row], c.keys, hours=9 + c.row) for c in claims], known, first.post_ids.values())
    assert again.keys == ()
    for c in claims:
        assert again.post_ids[c.row] == next(known["s", k] for k in c.keys)
