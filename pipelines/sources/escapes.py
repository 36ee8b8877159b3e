r"""Letters that programs write as numbers, read as the letters they stand for.

``\u5c71`` stands in JSON inside a cell, in dumps, logs and property files (RFC 8259 section 7), ``&#x5C71;`` in
HTML and XML (HTML 4.01 section 5.3.1), ``\xE5\xB1\xB1`` and ``%E5%B1%B1`` in the logs of web servers (RFC 3986
section 2.1): a name in any of them is a name to whoever opens the file with the program it is meant for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from pipelines.sources.base import Gap

#: What every cell with such letters holds.
_GATE = r"\\[ux][0-9A-Fa-f]{2}|&#[0-9Xx]|%(?:40|[C-Fc-f][0-9A-Fa-f]%)"
#: Runs of them: a letter may take several. Backslashes double with every program they pass;
#: how many is bounded, or a page of nothing else would take time that grows with its square.
_RUN = re.compile(
    r"(?P<units>(?:\\{1,8}u[0-9A-Fa-f]{4})+)|(?P<references>(?:&#(?:[Xx][0-9A-Fa-f]{1,6}|[0-9]{1,7});)+)"
    r"|(?P<bytes>(?:\\{1,8}x[0-9A-Fa-f]{2})+)|(?P<percent>(?:%[0-9A-Fa-f]{2})+)"
)
_UNIT = re.compile(r"u([0-9A-Fa-f]{4})")
_REFERENCE = re.compile(r"[Xx]([0-9A-Fa-f]+)|([0-9]+)")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_BYTE = re.compile(r"[x%]([0-9A-Fa-f]{2})")


def unescaped(stream: Iterator[pa.RecordBatch | Gap]) -> Iterator[pa.RecordBatch | Gap]:
    """Pass on a stream in which the letters of every text stand for themselves."""
    for item in stream:
        yield item if isinstance(item, Gap) else _with_letters(item)


def letters(text: str) -> str:
    r"""Return a text with its letters, controls as spaces; what stands for none stays as it is.

    >>> letters(r'{"name": "\u5c71\u7530"}'), letters("&#x5C71;&#30000;"), letters(r"\ud842\udfb7")
    ('{"name": "山田"}', '山田', '𠮷')
    >>> letters(r"\u5c71\u3000\u7530\n\u000a\ud842|&#xD842;&#99999999;|%E5%B1")
    '山\u3000田\\n \ufffd|?&#99999999;|%E5%B1'
    >>> letters("?q=%E5%B1%B1&mail=taro%40example.jp"), letters(r"q=\xE5\xB1\xB1"), letters(r"C:\users 50%")
    ('?q=山&mail=taro@example.jp', 'q=山', 'C:\\users 50%')
    """
    return _RUN.sub(_letters_of, text)


def _with_letters(batch: pa.RecordBatch) -> pa.RecordBatch:
    for position, column in enumerate(batch.columns):
        if not (pt.is_string(column.type) or pt.is_large_string(column.type)):
            continue
        hit = pc.match_substring_regex(column, _GATE)
        if pc.any(hit).as_py():
            texts = [each and letters(each) for each in column.filter(hit).to_pylist()]
            told = pc.replace_with_mask(column, hit.fill_null(False), pa.array(texts, column.type))
            batch = batch.set_column(position, batch.schema.field(position), told)
    return batch


def _letters_of(run: re.Match[str]) -> str:
    try:
        text = _decoded(run)
    except ValueError:
        return run[0]
    # Half of a surrogate pair is no letter.
    return _CONTROLS.sub(" ", text.encode("utf-8", "replace").decode())


def _decoded(run: re.Match[str]) -> str:
    if run["units"]:
        return bytes.fromhex("".join(_UNIT.findall(run[0]))).decode("utf-16-be", "replace")
    if run["references"]:
        return "".join(
            chr(int(sixteen, 16) if sixteen else int(ten)) for sixteen, ten in _REFERENCE.findall(run[0])
        )
    return bytes.fromhex("".join(_BYTE.findall(run[0]))).decode()
