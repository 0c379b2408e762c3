"""To CommonMark: a feed's body as it is (`render`), the post of a whole page (`extract`), plain text (`literal`)."""

from postetl.extract.escape import literal
from postetl.extract.page import extract
from postetl.extract.render import render

__all__ = ["extract", "literal", "render"]
