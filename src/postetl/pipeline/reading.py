"""Stations 3 to 5 in a worker: what a walk and a reading of the archive do with a document."""

import asyncio
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial

from postetl import worker
from postetl.model import Rejected, Target
from postetl.transform import Options, Transformed
from postetl.worker import WorkerError

READ_SECONDS = 60.0  # for one document: 60 long posts take 0.3 s, a 10 MB post 4 s
READ_MEMORY_MB = 1024  # above the worker's idle


async def in_worker(readers: Executor, function: str, *args: object, **kwargs: object) -> Transformed:
    """A function of postetl.transform, in a worker. Raises WorkerError."""
    call = partial(worker.call, f"postetl.transform:{function}", *args, timeout=READ_SECONDS, memory_mb=READ_MEMORY_MB, **kwargs)
    result: Transformed = await asyncio.get_running_loop().run_in_executor(readers, call)
    return result


async def transformed(readers: Executor, body: bytes, target: Target, *, url: str, content_type: str | None, options: Options, base: str | None = None) -> Transformed:
    """A document; once more without the thorough page extractor when the first try came to no end."""
    error: WorkerError | None = None
    for attempt in (options, replace(options, simple=True)):
        try:
            return await in_worker(readers, "transform", body, target, url=url, content_type=content_type, options=attempt, base=base)
        except WorkerError as failed:
            error = error or failed
    assert error is not None
    return Transformed(failed=Rejected(url, "read", error.reason, str(error)))
