"""The one family of errors Meibo shows to people.

Every error says what happened (a stable code), where (a place that holds no value), and what the reader can
do. Messages of DuckDB, Arrow, Great Expectations and pydantic quote the data they choke on; they end at the
step boundary and become one of these, ``raise … from None``.
"""

from __future__ import annotations

import errno
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_ROOM = "make room where it writes, --out and temporary files, and run it again"
#: What a disk refuses, whichever file it was about: code and what to do.
_OF_A_DISK = {
    errno.ENOSPC: ("disk-full", _ROOM),
    errno.EDQUOT: ("disk-full", _ROOM),
    errno.EFBIG: ("disk-full", _ROOM),
    errno.EROFS: ("disk-read-only", "name an --out that can be written"),
    errno.EIO: ("disk-failed", "look after the disk"),
    errno.EACCES: ("not-permitted", "run it as the user --out and the files it names belong to"),
    errno.EPERM: ("not-permitted", "run it as the user --out and the files it names belong to"),
}

#: What is wrong with a path, not with the disk or with us.
_OF_A_PATH = frozenset(
    {errno.EACCES, errno.EEXIST, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.ENOENT, errno.ENOTDIR}
    | {errno.EPERM, errno.EROFS}
)


class MeiboError(Exception):
    """Something Meibo could not do, told without a value. The command exits with 74 unless a subclass says other.

    Parameters
    ----------
    code: stable, machine-readable reason such as ``file-truncated`` (kebab case).
    place: where it happened: an asset id, a configuration path, a file name already masked.
    hint: what the reader can do about it, one English sentence.
    """

    exit_code = 74

    def __init__(self, code: str, place: str = "", hint: str = "") -> None:
        # All three go to Exception so that the error survives pickling between processes.
        super().__init__(code, place, hint)
        self.code = code
        self.place = place
        self.hint = hint

    def __str__(self) -> str:
        text = f"{self.code}: {self.place}" if self.place else self.code
        return f"{text} ({self.hint})" if self.hint else text


class Refused(MeiboError):
    """Nothing was done: usage, configuration or key are wrong. The command exits with 64."""

    exit_code = 64


class ConfigRefused(Refused):
    """The estate file is wrong; `faults` lists every fault as (path in the file, what is wrong)."""

    def __init__(self, place: str, faults: list[tuple[str, str]]) -> None:
        MeiboError.__init__(self, "configuration", place, "correct the file and run again")
        self.args = (place, faults)
        self.faults = faults

    def __str__(self) -> str:
        lines = "\n".join(f"  {path}: {fault}" for path, fault in self.faults)
        return f"{super().__str__()}\n{lines}"


class NotExamined(MeiboError):
    """A source, an asset or a part could not be read. It is recorded, reported, and the scan goes on."""

    exit_code = 3


def hush_warnings() -> None:
    """Have this process print no warning of a library: parsers of foreign files quote the cell they wonder at."""
    warnings.simplefilter("ignore")


def of_disk(error: Exception) -> MeiboError | None:
    """Return what a disk that is full, failing or not ours has to be told as; None for any other fault."""
    number = error.errno if isinstance(error, OSError) else None
    if type(error).__module__ == "_duckdb":
        # DuckDB hands on what the system said, in words alone.
        number = next((each for each in _OF_A_DISK if os.strerror(each) in str(error)), None)
    code, hint = _OF_A_DISK.get(number or 0, ("", ""))
    return MeiboError(code, "", hint) if code else None


def is_of_system(error: Exception) -> bool:
    """Say whether the system failed to give what lies there; libraries raise `OSError` for damaged content, too.

    So does the system itself where that sends a reader to before the beginning of a file: EINVAL.
    """
    return isinstance(error, OSError) and error.errno not in (None, 0, errno.EINVAL)


@contextmanager
def writing_to(place: str) -> Iterator[None]:
    """Refuse a path that cannot be written; `place`: the option that named it, not the path itself."""
    try:
        yield
    except OSError as error:
        if error.errno not in _OF_A_PATH:
            raise
        raise Refused("output-unwritable", place, "name a place this user may write to") from None
