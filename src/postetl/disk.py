"""What must have reached the disk before we go on, and what to say when it cannot."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from postetl.errors import Broken

# EFBIG: a file size limit (ulimit -f), which a person sees as a full disk
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def sync(path: Path) -> None:
    """Wait until a file's bytes, or a folder's names, are on the disk."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def replace(path: Path, body: bytes) -> None:
    """Put a small file in place whole and durably. One writer at a time: hold a lock."""
    made = path.with_name(path.name + ".tmp")
    with made.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    made.replace(path)
    sync(path.parent)


@contextmanager
def writing(what: str, where: Path) -> Iterator[None]:
    """Turn the OSErrors of a write into Broken: what failed, where, and what to do about it."""
    try:
        yield
    except OSError as error:
        raise Broken(f"{what} could not be written: {reason(error, where)}") from error


def reason(error: OSError, where: Path) -> str:
    said = error.strerror or str(error)
    if error.errno in FULL:
        return f"{said}. Make room on the disk of {where} (or raise the quota or limit) and run again: what was committed is untouched"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"{said}: {error.filename or where}. Make it writable for this user and run again"
    return f"{said}: {error.filename or where}"


def size(path: Path) -> int:
    """Bytes of a file, or of every file below a folder; 0 when it is not there. Links are not followed."""
    try:
        if path.is_dir() and not path.is_symlink():
            return sum(size(entry) for entry in path.iterdir())
        return path.lstat().st_size
    except FileNotFoundError:  # removed while we looked
        return 0
