"""What a walk over a tree of HTML comes to: CommonMark, and the links, images and embedded pages beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from postetl.model import Link

Kind = Literal["link", "image", "embed"]


@dataclass(frozen=True, slots=True)
class Rendered:
    """CommonMark, and what stands in it beside the text, in order of place, in code points.

    `links`: text[start:end] == anchor. `images`: the anchor is the alternative text, else the title, which is not in the text. `embeds`: no anchor.
    """

    text: str = ""
    links: tuple[Link, ...] = ()
    images: tuple[Link, ...] = ()
    embeds: tuple[Link, ...] = ()


def rendered(text: str, places: Mapping[int, tuple[int, int]], urls: Sequence[tuple[Kind, str, str]]) -> Rendered:
    """`places`: start and end of each link, image or embedded page; `urls`: kind, address and alternative text by the same numbers."""
    found: dict[Kind, list[Link]] = {"link": [], "image": [], "embed": []}
    for (start, end), number in sorted([(place, number) for number, place in places.items()]):
        kind, url, alt = urls[number]
        found[kind].append(Link(url, text[start:end] if kind == "link" else alt, start, end if kind == "link" else start))
    return Rendered(text, *(tuple(found[kind]) for kind in ("link", "image", "embed")))
