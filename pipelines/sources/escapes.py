r"""Letters that programs write as numbers, read as the letters they stand for.

``\u5c71`` stands in JSON inside a cell, in dumps, logs and property files (RFC 8259 section 7), ``&#x5C71;`` in
HTML and XML (HTML 4.01 section 5.3.1), ``\xE5\xB1\xB1`` and ``%E5%B1%B1`` in the logs of web servers (RFC 3986
section 2.1): a name in any of them is a name to whoever opens the file with the program it is meant for. So is
one with tags within, ``山<b>田</b>``: those that only say how letters look (HTML, SVG, OpenDocument) are left out;
``&nbsp;`` and a ``\n`` before a number are what they stand for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.entities import html5
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from detectors.gates import searching
from pipelines.sources.base import Gap

#: Elements that only say how letters look. Where one says more, as ``title``, it stays as it is.
_LOOKS = "(?:b|i|u|s|em|strong|span|font|small|big|mark|sub|sup|wbr|ins|del|tt|text:span|text:s|tspan)"
#: What every cell with such letters holds.
_GATE = (
    r"\\[ux][0-9A-Fa-f]{2}|&#[0-9Xx]|%(?:40|[C-Fc-f][0-9A-Fa-f]%)"
    rf"|(?i:</?{_LOOKS}[\s/>])|&[A-Za-z]{{2,8}};|\\[nrt](?:[0-9(+\\]|[^\x00-\x7F])"
)
_TAG = re.compile(
    rf"(?i)<(?P<space>text:s\s*/)>|</?{_LOOKS}"
    r"(?:\s{1,9}(?:class|style|id|lang|xml:lang|dir|color|size|face|text:style-name|text:c)"
    r"\s{0,9}=\s{0,9}(?:\"[^\"<>@]{0,500}\"|'[^'<>@]{0,500}'|[\w#.:%;-]{1,100})){0,9}\s{0,9}/?>"
)
_NAMED = re.compile(r"&([A-Za-z]{2,8};)")
#: What is part of the markup, and what looks alike to whoever reads.
_MARKUP, _SPACES = frozenset({"lt;", "gt;", "amp;", "quot;", "apos;"}), "\u00a0\u2002\u2003\u2009"
#: An end of a line or a tab before what cannot go on as the name of a folder.
_BREAK = re.compile(r"\\{1,8}[nrt](?=[0-9(+\\]|[^\x00-\x7f])")
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
    >>> letters(r"090-<b class='x'>1234</b>-5678<br>山<I>田</I>&nbsp;太郎\n03-1234-5678 <span title='佐藤'>&lt;")
    "090-1234-5678<br>山田 太郎 03-1234-5678 <span title='佐藤'>&lt;"
    """
    text = _RUN.sub(_letters_of, _NAMED.sub(_named, text))
    return _BREAK.sub(" ", _TAG.sub(_without_looks, text))


def _named(reference: re.Match[str]) -> str:
    letter = reference[0] if reference[1] in _MARKUP else html5.get(reference[1], reference[0])
    return " " if letter in _SPACES else letter


def _without_looks(tag: re.Match[str]) -> str:
    return " " if tag["space"] else ""


def _with_letters(batch: pa.RecordBatch) -> pa.RecordBatch:
    for position, column in enumerate(batch.columns):
        if any(_has_any(each) for each in texts_of(column)):
            batch = batch.set_column(position, batch.schema.field(position), _told(column))
    return batch


def texts_of(column: pa.Array) -> Iterator[pa.Array]:
    """Yield the texts of a column, and those in its lists and structures, whichever row has them."""
    kind = column.type
    if _is_text(kind):
        yield column
    elif pt.is_dictionary(kind):
        yield from texts_of(column.dictionary)
    elif isinstance(column, pa.ExtensionArray):
        yield from texts_of(column.storage)
    elif pt.is_struct(kind):
        for each in column.flatten():
            yield from texts_of(each)
    elif pt.is_map(kind):
        yield from texts_of(column.keys)
        yield from texts_of(column.items)
    elif pt.is_nested(kind) and hasattr(column, "flatten"):
        yield from texts_of(column.flatten())


def _is_text(kind: pa.DataType) -> bool:
    return bool(pt.is_string(kind) or pt.is_large_string(kind))


def _has_any(texts: pa.Array) -> bool:
    return bool(searching(texts.drop_null(), _GATE).any())


def _told(column: pa.Array) -> pa.Array:
    if not _is_text(column.type):
        return pa.array(map(_within, column.to_pylist()), column.type)
    hit = pc.match_substring_regex(column, _GATE)
    texts = [each and letters(each) for each in column.filter(hit).to_pylist()]
    return pc.replace_with_mask(column, hit.fill_null(False), pa.array(texts, column.type))


def _within(value: Any) -> Any:
    if isinstance(value, str):
        return letters(value)
    if isinstance(value, dict):
        return {key: _within(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(map(_within, value))
    return value


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
