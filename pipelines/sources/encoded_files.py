"""Files that stand in a text in base64: pictures in HTML and SVG, in columns of an export, in logs of browsers.

They are told, not read. RFC 2397 says how one stands in an address; without that its first bytes tell it.
"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from detectors.gates import searching
from pipelines.sources.base import Gap
from pipelines.sources.escapes import texts_of

#: Letters of base64 behind the beginning: what has fewer is a dot that counts readers.
_LEAST = 80
#: PNG, JPEG, GIF, WebP, TIFF, PDF, zip (Office), compound files (Office of before 2007).
_BEGINNINGS = "iVBORw0KGgo|/9j/[24]|R0lGODlh|R0lGODdh|UklGR|SUkqA|TU0AK|JVBERi0|UEsDBB|0M8R4KGxGuE"
#: Fonts and styles of pages are none.
_KINDS = "image|audio|video|text/(?:plain|html|csv|xml)|application/(?:pdf|zip|json|msword|octet-stream|vnd)"
_IN_ADDRESS = rf"data:(?:{_KINDS})[^,\"'\s]{{0,100}};base64,"
_FILE = rf"(?:{_IN_ADDRESS}|(?:^|[\s\"'>=:,;(])(?:{_BEGINNINGS}))[A-Za-z0-9+/]{{{_LEAST}}}"


def files_told(stream: Iterator[pa.RecordBatch | Gap]) -> Iterator[pa.RecordBatch | Gap]:
    """Pass on a stream; gaps ``attachment`` for files in its texts."""
    for item in stream:
        yield item
        if not isinstance(item, Gap) and (number := sum(map(_count, item.columns))):
            yield Gap("attachment", number)


def _count(column: pa.Array) -> int:
    texts = [each.drop_null() for each in texts_of(column)]
    held = [each.filter(pa.array(searching(each, _FILE))) for each in texts]
    return sum(pc.sum(pc.count_substring_regex(each, _FILE)).as_py() for each in held if len(each))
