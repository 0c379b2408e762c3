"""The pipeline: opens a run, works its batches, closes it. The flows and the command line call nothing below this room."""

from postetl.pipeline.dry import dry_run
from postetl.pipeline.look import overview, probe, ways
from postetl.pipeline.reports import (
    Batch,
    BatchReport,
    Change,
    Difference,
    DryReport,
    Found,
    Learned,
    MaintainReport,
    PastReport,
    Run,
    RunReport,
    Skipped,
    SourceReport,
    Step,
    Stock,
    Way,
    Window,
)
from postetl.pipeline.reprocess import reprocess, reprocess_dry
from postetl.pipeline.run import abandon_run, close_run, enable, maintain, open_run, run_batch

__all__ = [
    "Batch", "BatchReport", "Change", "Difference", "DryReport", "Found", "Learned", "MaintainReport", "PastReport", "Run", "RunReport", "Skipped", "SourceReport",
    "Step", "Stock", "Way", "Window", "abandon_run", "close_run", "dry_run", "enable", "maintain", "open_run", "overview", "probe", "reprocess",
    "reprocess_dry", "run_batch", "ways",
]  # fmt: skip
