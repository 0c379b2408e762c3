"""The table of weights: what each sign of a unit is worth, in hundredths of a logit.

Fitted by logistic regression (L2, C = .02) over the units of pages with gold texts, each page counting the same; see
tests/benchmarks/fit_extraction.py, which makes weights.json again from a folder of such pages.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from postetl.extract.signs import Tables


@dataclass(frozen=True, slots=True)
class Weights:
    bias: int
    signs: Tables[int]
    around: dict[str, int]  # words in the names of an element and all that are around it in the box
    own: dict[str, int]  # words in the element's own names
    words: dict[str, int]  # words of short units
    known: frozenset[str]  # all of `words`
    names: frozenset[str]  # all of `around` and `own`


@cache
def weights() -> Weights:
    read = json.loads(files("postetl.extract").joinpath("weights.json").read_text("utf-8"))
    return Weights(**read | {"signs": Tables(read["signs"], 0), "known": frozenset(read["words"]), "names": frozenset(read["around"]) | frozenset(read["own"])})
