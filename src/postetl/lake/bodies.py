"""The archived bodies, found by their raw_ref: which file and row group holds which; only what is asked for is read."""

from collections import defaultdict
from collections.abc import Collection
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from postetl.lake.store import Lake

_GROUPS = 1 << 20  # row groups that a file can have at most, for packing a place into one number


class Bodies:
    """The bodies of a lake as it is now. 100 bytes of memory a body; a damaged file holds none."""

    def __init__(self, lake: Lake) -> None:
        self._files: list[Path] = []
        self._places: dict[bytes, int] = {}
        for package in lake.packages():
            if not package.files["raw"].rows:
                continue
            path = package.file("raw")
            try:
                with pq.ParquetFile(path) as file:
                    for group in range(file.num_row_groups):
                        for ref in file.read_row_group(group, ["raw_ref"])["raw_ref"].to_pylist():
                            self._places[bytes.fromhex(ref)] = len(self._files) * _GROUPS + group
            except (OSError, pa.ArrowException, ValueError):
                continue
            self._files.append(path)

    def read(self, raw_refs: Collection[str]) -> dict[str, bytes]:
        """Those of these bodies that are there, and are what they were. Reads each row group once, one body at a time."""
        groups: dict[int, set[str]] = defaultdict(set)
        for ref in raw_refs:
            if (place := self._places.get(bytes.fromhex(ref))) is not None:
                groups[place].add(ref)
        found: dict[str, bytes] = {}
        for place, wanted in sorted(groups.items()):
            number, group = divmod(place, _GROUPS)
            try:
                with pq.ParquetFile(self._files[number]) as file:
                    for batch in file.iter_batches(1, row_groups=[group], columns=["raw_ref", "body"]):
                        ref = batch["raw_ref"][0].as_py()
                        if ref in wanted and ref not in found and sha256(body := batch["body"][0].as_py()).hexdigest() == ref:
                            found[ref] = body
            except (OSError, pa.ArrowException):
                continue
        return found
