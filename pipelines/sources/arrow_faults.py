"""What Arrow raises for files and groups of rows it cannot read, and what is said of them instead."""

from __future__ import annotations

import pyarrow as pa

from pipelines.errors import NotExamined, is_of_system

#: All of it may quote the file.
FAULTS = (OSError, ValueError, KeyError, NotImplementedError, MemoryError, pa.ArrowException)


def unopened(fault: Exception, code: str = "file-damaged") -> Exception:
    """Return what to raise for a file that does not open: `NotExamined`; a fault of the disk as it is."""
    return fault if is_of_system(fault) else NotExamined(code, "", "restore the file from its producer")
