"""Station 6: the lake. One package a batch, ten Parquet tables, committed by a rename; nothing in it is changed later."""

from postetl.lake.bodies import Bodies
from postetl.lake.contents import (
    ChromeRecord,
    Contents,
    FetchRecord,
    PostRecord,
    RejectRecord,
    RunRecord,
    Sighting,
    SourceRecord,
    WindowRecord,
    package_id,
)
from postetl.lake.package import File, Package
from postetl.lake.store import Found, Lake, Swept

__all__ = [
    "Bodies", "ChromeRecord", "Contents", "FetchRecord", "File", "Found", "Lake", "Package", "PostRecord", "RejectRecord", "RunRecord", "Sighting",
    "SourceRecord", "Swept", "WindowRecord", "package_id",
]  # fmt: skip
