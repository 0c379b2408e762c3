"""To CommonMark: a feed's body as it is (`render`), the post of a whole page (`extract`), plain text (`literal`), pictures alone (`told`)."""

from postetl.extract.escape import literal
from postetl.extract.page import extract
from postetl.extract.pictures import told
from postetl.extract.render import render

__all__ = ["extract", "literal", "render", "told"]
