"""How a call can end without a result."""

import re
import traceback

from postetl.errors import Malformed, Reason


class WorkerError(Malformed):
    """The function did not come to an end with these arguments."""

    reason = Reason.READER_FAILED


class WorkerFailed(WorkerError):  # noqa: N818  as the rest of the tree: an outcome's name
    """The function raised something of its own; the message is `Type: message`, the child's traceback is in the notes."""


class WorkerDied(WorkerError):  # noqa: N818  as the rest of the tree: an outcome's name
    """The process ended in the middle of the call (a crash in C, os._exit, a signal)."""


class WorkerTimedOut(WorkerError):  # noqa: N818  as the rest of the tree: an outcome's name
    """The call took longer than its timeout; the process was killed."""

    reason = Reason.READER_TIMED_OUT


class WorkerOutOfMemory(WorkerError):  # noqa: N818  as the rest of the tree: an outcome's name
    """The call needed more than its memory_mb; the process was killed."""

    reason = Reason.READER_OUT_OF_MEMORY


def failed(error: BaseException) -> WorkerFailed:
    # addresses of objects differ from run to run; rejects.detail must not
    failed = WorkerFailed(re.sub(r"0x[0-9a-fA-F]{6,}", "0x", f"{type(error).__name__}: {error}")[:500])
    failed.add_note("".join(traceback.format_exception(error))[-10_000:])
    return failed
