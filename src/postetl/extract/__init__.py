"""HTML to text: a feed's body as it is (`render`), or the post of a whole page (`extract`)."""

from postetl.extract.page import extract, extract_here
from postetl.extract.render import render

__all__ = ["extract", "extract_here", "render"]
