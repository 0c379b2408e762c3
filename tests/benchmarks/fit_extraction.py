"""Make src/postetl/extract/weights.json again from a folder of pages with gold texts.

    uv run --with scikit-learn python tests/benchmarks/fit_extraction.py FOLDER [--half even|odd] [--out FILE]

FOLDER holds sets: `<set>/gold.jsonl` (a page a line: `id` and `main_content` or `articleBody`, or `with` and `without`, snippets that must and
must not occur) and `<set>/html/<id>.html.gz`. A unit is of the post when more than half of its runs of four words stand in the gold text (a
shorter one: when it stands there whole); in a set of snippets, when it holds one that must occur. Pages count the same, each unit by its
words to the power of .7; news pages (`articleBody`) twice, a snippet as a tenth of a page. Forum pages are left out: threads are read
by their posts. Names and single words count when a dozen pages have them. `--half` fits on the pages of even or odd index only, to be
checked on the others.
"""

import argparse
import gzip
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np  # type: ignore[import-not-found]
from scipy.sparse import csr_matrix, vstack  # type: ignore[import-not-found]
from selectolax.lexbor import LexborHTMLParser
from sklearn.linear_model import LogisticRegression  # type: ignore[import-not-found]

from postetl.extract.container import choose, clear_around
from postetl.extract.decode import decode
from postetl.extract.shallow import shallow
from postetl.extract.signs import SIZE, signs, words
from postetl.extract.units import walk

FEWEST = 12  # pages that a name or a word must be on
C = 0.02
Features = list[tuple[list[int], frozenset[str], frozenset[str], set[str]]]


def tokens(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text).lower()


def page(row: dict[str, Any], body: bytes) -> tuple[Features, list[int], list[float]] | None:
    tree = LexborHTMLParser(shallow(decode(body) if "with" in row and "main_content" not in row else body.decode("utf-8", "replace")))
    if tree.body is None:
        return None
    heading = tree.body.css_first("h1")
    title = heading.text() if heading is not None else ""
    chosen = choose(tree.body, heading)
    clear_around(chosen, heading)
    elements, units = walk(chosen.root, chosen.box, {}, [])
    if not units:
        return None
    features = [
        (places, unit.element.around, unit.element.names, words(unit))
        for places, unit in zip(signs(elements, units, title), units, strict=True)
    ]
    gold = row.get("main_content") or row.get("articleBody")
    if gold is None:
        return features, *snippets(row, [squeezed(unit.text) for unit in units])
    said = tokens(gold)
    runs = {tuple(said[at : at + 4]) for at in range(len(said))}
    whole = f" {' '.join(said)} "
    labels, weights = [], []
    for unit in units:
        own = tokens(unit.text)
        if len(own) >= 6:
            found = [tuple(own[at : at + 4]) in runs for at in range(len(own) - 3)]
            labels.append(int(sum(found) > 0.5 * len(found)))
        else:
            labels.append(int(bool(own) and f" {' '.join(own)} " in whole))
        weights.append(len(own) ** 0.7)
    total = sum(weights) or 1.0
    return features, labels, [weight / total * (200 if "articleBody" in row else 100) for weight in weights]


def snippets(row: dict[str, Any], texts: list[str]) -> tuple[list[int], list[float]]:
    labels = [-1] * len(texts)
    for label, wanted in ((1, row["with"]), (0, row["without"])):
        for snippet in map(squeezed, wanted):
            for number, text in enumerate(texts):
                if (snippet in text or (len(text) > 25 and text in snippet)) and (label or labels[number] < 0):
                    labels[number] = label
    return labels, [10.0] * len(texts)


def columns(pages: list[tuple[Features, list[int], list[float]]]) -> dict[Any, int]:
    counts: Counter[tuple[str, str]] = Counter()
    for features, _, _ in pages:
        counts.update({(kind, name) for _, *named in features for kind, part in zip(("around", "own", "words"), named, strict=True) for name in part})
    names = sorted(key for key, pages_with in counts.items() if pages_with >= FEWEST)
    return {**{place: place for place in range(SIZE)}, **{key: SIZE + number for number, key in enumerate(names)}}


def matrix(features: Features, place: dict[Any, int]) -> Any:
    indices, ends = [], [0]
    for places, *named in features:
        indices += places
        indices += [place[kind, name] for kind, part in zip(("around", "own", "words"), named, strict=True) for name in part if (kind, name) in place]
        ends.append(len(indices))
    return csr_matrix((np.ones(len(indices)), indices, ends), shape=(len(features), len(place)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--half", choices=("even", "odd"))
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[2] / "src" / "postetl" / "extract" / "weights.json")
    args = parser.parse_args()
    pages = []
    for gold in sorted(args.folder.glob("*/gold.jsonl")):
        for number, line in enumerate(gold.read_text("utf-8").split("\n")):
            row = json.loads(line) if line.strip() else {"page_type": "forum"}
            if row.get("page_type") == "forum" or (args.half and number % 2 != ("even", "odd").index(args.half)):
                continue
            expected = gold.parent / "expected" / f"{row['id']}.html.gz"
            if expected.exists():
                row["main_content"] = LexborHTMLParser(gzip.decompress(expected.read_bytes()).decode()).text(separator=" ")
            if found := page(row, gzip.decompress((gold.parent / "html" / f"{row['id']}.html.gz").read_bytes())):
                pages.append(found)
    place = columns(pages)
    kept = [(matrix(features, place), np.array(labels), np.array(weights)) for features, labels, weights in pages]
    kept = [(found[labels >= 0], labels[labels >= 0], weights[labels >= 0]) for found, labels, weights in kept if (labels >= 0).any()]
    model = LogisticRegression(C=C, solver="liblinear", max_iter=300)
    model.fit(vstack([found for found, _, _ in kept]), np.concatenate([labels for _, labels, _ in kept]), sample_weight=np.concatenate([w for _, _, w in kept]))
    worth = [round(100 * value) for value in model.coef_[0]]
    table: dict[str, Any] = {"bias": round(100 * float(model.intercept_[0])), "signs": worth[:SIZE], "around": {}, "own": {}, "words": {}}
    for key, at in place.items():
        if isinstance(key, tuple) and worth[at]:
            table[key[0]][key[1]] = worth[at]
    args.out.write_text(json.dumps(table, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")
    print(f"{len(pages)} pages, {sum(found.shape[0] for found, _, _ in kept)} units, {len(place)} weights -> {args.out}")


if __name__ == "__main__":
    main()
