"""LZH archives: some that jLHA 0.1.6 wrote of three small files, and others written here."""

from __future__ import annotations

import base64
import struct
from collections.abc import Mapping
from itertools import pairwise

from pipelines.sources.lzh_decoder import checksum

#: meibo/a.csv, which is packed, b.txt, which is not, and c.txt, which is empty.
WRITTEN = {
    name: base64.b64decode(content)
    for name, content in {
        "level 0": (
            "HGAtbGhkLQAAAAAAAAAABGh3XSAABm1laWJvXAAAIYItbGg1LTgAAACQBgAABGh3XSAAC21laWJvXGEuY3N23McAJkRu"
            "jP+j6g3bu2AKFHKDUNCICidRApFVC+4ABB33OD1fliY1qqM58EjKdCca084pFIpFIpFP6Rt7LWxoMC0FAAAABQAAAARo"
            "d10gAAViLnR4dI8vbWVtbwobtC1saDAtAAAAAAAAAAAEaHddIAAFYy50eHQAAAA="
        ),
        "level 1": (
            "GQYtbGhkLQ4AAAAAAAAABGh3XSABAAAAAAUAAJTTCQACbWVpYm//AAAeKC1saDUtRgAAAJAGAAAEaHddIAEFYS5jc3bc"
            "xwAFAABPxQkAAm1laWJv/wAAACZEboz/o+oN27tgChRyg1DQiAonUQKRVQvuAAQd9zg9X5YmNaqjOfBIynQnGtPOKRSK"
            "RSKRT+kehi1saDAtCgAAAAUAAAAEaHddIAEFYi50eHSPLwAFAADyJgAAbWVtbwoevy1saDAtBQAAAAAAAAAEaHddIAEF"
            "Yy50eHQAAAAFAAAN6AAAAA=="
        ),
        "level 2": (
            "KwAtbGhkLQAAAAAAAAAA2DgEayACAAAABQAAogMDAAEJAAJtZWlib/8AADAALWxoNS04AAAAkAYAANg4BGsgAtzHAAUA"
            "AAb9CAABYS5jc3YJAAJtZWlib/8AAAAmRG6M/6PqDdu7YAoUcoNQ0IgKJ1ECkVUL7gAEHfc4PV+WJjWqoznwSMp0JxrT"
            "zikUikUikU/pJwAtbGgwLQUAAAAFAAAA2DgEayACjy8ABQAAsXUIAAFiLnR4dAAAbWVtbwonAC1saDAtAAAAAAAAAADY"
            "OARrIAIAAAAFAACd7wgAAWMudHh0AAAA"
        ),
        "lh6": (
            "KwAtbGhkLQAAAAAAAAAA2DgEayACAAAABQAAogMDAAEJAAJtZWlib/8AADAALWxoNi05AAAAkAYAANg4BGsgAtzHAAUA"
            "AEeCCAABYS5jc3YJAAJtZWlib/8AAAAmRG6M/6PqDdu7YAoUcoNQ0IgKJ1ECkVUL5wACDvucHq/LExrVUZz4JGU6E41p"
            "5xSKRSKRSKf0gCcALWxoMC0FAAAABQAAANg4BGsgAo8vAAUAALF1CAABYi50eHQAAG1lbW8KJwAtbGgwLQAAAAAAAAAA"
            "2DgEayACAAAABQAAne8IAAFjLnR4dAAAAA=="
        ),
        "lh7": (
            "KwAtbGhkLQAAAAAAAAAA2DgEayACAAAABQAAogMDAAEJAAJtZWlib/8AADAALWxoNy05AAAAkAYAANg4BGsgAtzHAAUA"
            "AIXDCAABYS5jc3YJAAJtZWlib/8AAAAmRG6M/6PqDdu7YAoUcoNQ0IgKJ1ECkVUL5wACDvucHq/LExrVUZz4JGU6E41p"
            "5xSKRSKRSKf0gCcALWxoMC0FAAAABQAAANg4BGsgAo8vAAUAALF1CAABYi50eHQAAG1lbW8KJwAtbGgwLQAAAAAAAAAA"
            "2DgEayACAAAABQAAne8IAAFjLnR4dAAAAA=="
        ),
    }.items()
}
#: What a.csv is.
PACKED = "番号,電話\n1,090-1234-5678\n2,080-1234-5678\n".encode("cp932") * 40


def lzh(files: Mapping[str, bytes], level: int = 0) -> bytes:
    """Write files as they are; names in CP932, at level 2 in UTF-16, too."""
    return b"".join(entry(name, content, level=level) for name, content in files.items()) + b"\0"


def entry(
    name: str,
    content: bytes,
    *,
    level: int = 0,
    method: bytes = b"-lh0-",
    packed: bytes | None = None,
    size: int = -1,
) -> bytes:
    """Write one file; `packed`: what stands for it, `size`: what it is said to have."""
    packed = content if packed is None else packed
    sizes = struct.pack("<III", len(packed), len(content) if size < 0 else size, 0)
    folder, _, last = name.rpartition("/")
    if level == 0:
        called = name.replace("/", "\\").encode("cp932")
        body = method + sizes + b" \0" + bytes([len(called)]) + called + struct.pack("<H", checksum(content))
        return bytes([len(body), sum(body) & 0xFF]) + body + packed
    wide = f"{folder}/".replace("/", "\uffff").encode("utf-16-le")
    more = [b"\x01" + b"?", b"\x44" + last.encode("utf-16-le"), b"\x45" + wide, b""]
    chain = b"".join(
        each + struct.pack("<H", len(following) + 2 if following else 0) for each, following in pairwise(more)
    )
    head = method + sizes + b" \2" + struct.pack("<HcH", checksum(content), b"w", len(more[0]) + 2)
    return struct.pack("<H", len(head) + 2 + len(chain)) + head + chain + packed


def bomb(blocks: int) -> tuple[bytes, int]:
    """Pack 65,535 references of 256 spaces a block, which take no bits each; return that and the size."""
    # Codes of one letter: of lengths, of letters (the longest reference), of places.
    block = f"{65_535:016b}{0:05b}{0:05b}{0:09b}{509:09b}{0:04b}{0:04b}"
    bits = block * blocks
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big"), 65_535 * 256 * blocks
