"""Cut a post's text into pieces of a bounded number of tokens, with offsets, and name them.

blocks: CommonMark lines -> headings, fences, tables, paragraphs, each with the headings above it
sentences: where a sentence ends, in any script;  graphemes: where a reader sees one character end
atoms: what is not cut further, each counted once
pack: which of the borders between atoms become cuts: by content, so that an edit moves few of them
"""

from postetl.chunk.ids import chunk_ids
from postetl.chunk.pack import chunk
from postetl.chunk.tokens import count_tokens

__all__ = ["chunk", "chunk_ids", "count_tokens"]
