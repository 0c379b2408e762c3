"""RawPost -> Post | Rejected: text, dates, people, language, identity. Pure."""

from postetl.clean import identity
from postetl.clean.post import Cleaned, clean, row_hash

__all__ = ["Cleaned", "clean", "identity", "row_hash"]
