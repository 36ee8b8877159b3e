"""Files attached to a PDF, as forms and invoices carry their data: the document is a container of them.

Names and contents as PDFium gives them (ISO 32000-1 7.11.4), each unpacked in a process of its own
(`pipelines.sources.pdf_unpack`).
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pypdfium2

from pipelines.errors import NotExamined
from pipelines.sources.base import Gap
from pipelines.sources.container import BLOCK, Entry
from pipelines.sources.pdf import opened
from pipelines.sources.pdf_unpack import DAMAGED, FAULTS, attached

_SCRIPT = Path(__file__).with_name("pdf_unpack.py")


class PdfFiles:
    """The attachments of a PDF. Raises `NotExamined` ``file-encrypted``, ``file-damaged``."""

    def __init__(self, path: Path, name: str = "") -> None:
        self._path = path
        with opened(path) as document:
            self.entries = [_entry(each, number) for number, each in enumerate(attached(document), 1)]

    def blocks(self, number: int) -> Iterator[bytes]:
        """Stream an attachment; raises `NotExamined` ``file-damaged``, or ``too-large`` for a bomb."""
        with self._path.open("rb") as file, _unpacking(file.fileno(), number) as process:
            assert process.stdout is not None
            try:
                while block := process.stdout.read(BLOCK):
                    yield block
                code = process.wait()
            finally:
                process.kill()
        if code == DAMAGED:
            raise NotExamined("file-damaged", "", "open the file and save it again")
        if code:
            raise NotExamined("too-large", "", "save the attachment by itself")

    def beside(self) -> Iterator[pa.RecordBatch | Gap]:
        """Nothing: what the document says is its text."""
        yield from ()


def _entry(each: pypdfium2.PdfAttachment, number: int) -> Entry:
    try:
        name = each.get_name().replace("/", "∕").strip()
    except FAULTS:
        name = ""
    return Entry(name or f"{number}")


def _unpacking(descriptor: int, number: int) -> subprocess.Popen[bytes]:
    # Isolated: neither the environment nor the directory it is run in bears on it.
    command = [sys.executable, "-I", str(_SCRIPT), str(descriptor), str(number)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, pass_fds=(descriptor,), env={}
    )
