"""Encodings of Japanese text files: which one it is, and the file as UTF-8 blocks of whole lines.

A closed list, because free guessing takes EUC-JP for Korean. What is tried, in this order: byte order
marks, ISO-2022-JP by its escape sequences, UTF-16 by where its zero bytes stand, strict UTF-8, then CP932 and
EUC-JP by which of them decodes more lines and gives more ordinary Japanese. Zero bytes in any other text (padding,
a damaged export) are read as spaces.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from pipelines.errors import NotExamined
from pipelines.sources.base import Gap

BLOCK = 8 << 20
SAMPLE = 256 << 10

#: A line longer than this is not held in memory; it becomes a gap.
LONGEST_LINE = 64 << 20

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

#: Codecs whose lines can be cut at the byte 0x0A and decoded one by one.
_LINEWISE = frozenset({"utf-8", "cp932", "euc_jp", "euc_jis_2004", "iso2022_jp"})

#: Encodings of bytes, the one that wins where two read a text alike first.
_EIGHT_BIT = ("cp932", "euc_jp", "euc_jis_2004", "utf-8")

_ESCAPE = re.compile(rb"\x1b(?:\$[@B]|\$\(|\([JI])")
_SHIFT = re.compile(rb"\x1b(?:\$[@B]|\$\([A-Z]|\([BJIH])")
_ORDINARY = re.compile(r"[ぁ-んァ-ヶー一-龥々、。・「」　Ａ-Ｚａ-ｚ０-９]")
_PRINTABLE = re.compile(r"[ -~\r\t]")
_ODD = re.compile(r"[｡-ﾟ\ue000-\uf8ff]")


def detect_encoding(path: Path) -> str:
    """Return the Python codec of a text file, ``utf-8`` for ASCII.

    Reads on to the first byte that is not ASCII: a log may turn Japanese after megabytes.
    Raises `NotExamined` ``encoding-unknown`` where no codec reads at least half of the lines.
    """
    with path.open("rb") as file:
        sample = _telling_sample(file)
    for mark, codec in _BOMS:
        if sample.startswith(mark):
            return codec
    if _is_jis(sample):
        return "iso2022_jp"
    if b"\0" in sample[:SAMPLE] and (codec := _wide(sample)):
        return _utf16(sample, codec)
    return eight_bit(sample.replace(b"\0", b" "))


def utf8_blocks(path: Path, codec: str) -> Iterator[bytes | Gap]:
    """Stream a text file as UTF-8, in blocks of whole lines of about `BLOCK` bytes, without byte order mark.

    Lines that do not decode become gaps ``encoding-broken``, endless ones ``cell-too-long``. Line ends stay,
    except a bare CR in a file that knows no LF; zero bytes become spaces.
    """
    with path.open("rb") as file:
        _skip_mark(file, codec)
        lines = _line_blocks(file) if codec in _LINEWISE else _decoded_blocks(file, codec)
        for block in lines:
            if isinstance(block, Gap):
                yield block
            else:
                yield from _to_utf8(block.replace(b"\0", b" "), codec if codec in _LINEWISE else "utf-8")


def _telling_sample(file: BinaryIO) -> bytes:
    head = block = file.read(SAMPLE)
    while block and block.isascii() and b"\x1b" not in block and b"\0" not in block:
        block = file.read(SAMPLE)
    if not block or block is head:
        return head
    file.seek(-len(block), 1)
    # Whole lines: a character must not be cut at the sample's start.
    return block[block.find(b"\n") + 1 :] + file.read(SAMPLE)


def _is_jis(sample: bytes) -> bool:
    """Tell ISO-2022-JP, which has seven bits, from other text with an escape sequence in it."""
    if not _ESCAPE.search(sample):
        return False
    lines = sample.split(b"\n")
    return sum(_ESCAPE.search(line) is not None for line in lines) > sum(not line.isascii() for line in lines)


def _wide(sample: bytes) -> str:
    """Return the byte order of UTF-16 without its mark, or "" where zero bytes stand in text of another encoding.

    A line end tells: in UTF-16 it has its zero byte. Where there is none, the more ordinary reading is taken.
    """
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    codec = "utf-16-le" if odd > even else "utf-16-be"
    wide = sample[: len(sample) // 2 * 2].decode(codec, "replace")
    if ends := sample.count(b"\n"):
        return codec if wide.count("\n") * 2 > ends else ""
    narrow = (sample.decode(each, "ignore") for each in _EIGHT_BIT if _decodes(sample, each))
    return codec if all(_ordinariness(wide) >= _ordinariness(text) for text in narrow) else ""


def _ordinariness(text: str) -> float:
    return (len(_ORDINARY.findall(text)) + len(_PRINTABLE.findall(text))) / max(len(text), 1)


def _utf16(sample: bytes, codec: str) -> str:
    try:
        text = codecs.getincrementaldecoder(codec)().decode(sample)
    except UnicodeDecodeError:
        raise NotExamined("encoding-unknown", "", "convert the file to UTF-8") from None
    if "\0" in text:
        raise NotExamined("format-unsupported", "", "a binary file") from None
    return codec


def eight_bit(sample: bytes) -> str:
    """Return the codec of bytes in which no byte is zero; raises `NotExamined` ``encoding-unknown``."""
    telling = sum(not line.isascii() for line in sample.split(b"\n"))
    # A few damaged lines do not make another encoding of UTF-8; CP932 would read much of it, as other kanji.
    if _failures(sample, "utf-8") * 10 <= telling:
        return "utf-8"
    lines = sample.count(b"\n") + 1
    ranked = sorted(
        (_failures(sample, codec), -_japanese(sample, codec), order, codec)
        for order, codec in enumerate(_EIGHT_BIT)
    )
    failures, _, _, codec = ranked[0]
    if failures > lines / 2:
        raise NotExamined("encoding-unknown", "", "convert the file to UTF-8")
    return codec


def _decodes(sample: bytes, codec: str) -> bool:
    """Strictly, except that the sample may end inside a character."""
    try:
        codecs.getincrementaldecoder(codec)().decode(sample)
    except UnicodeDecodeError:
        return False
    return True


def _failures(sample: bytes, codec: str) -> int:
    """Lines that do not decode; the last one, which the sample may cut, only if it is the only one."""
    if _decodes(sample, codec):
        return 0
    lines = sample.split(b"\n")
    return sum(not _decodes(line, codec) for line in lines[:-1] or lines)


def _japanese(sample: bytes, codec: str) -> int:
    text = sample.decode(codec, "ignore")
    return len(_ORDINARY.findall(text)) - 2 * len(_ODD.findall(text))


def _skip_mark(file: BinaryIO, codec: str) -> None:
    head = file.read(4)
    marks = [mark for mark, name in _BOMS if name == codec and head.startswith(mark)]
    file.seek(len(marks[0]) if marks else 0)


def _line_blocks(file: BinaryIO) -> Iterator[bytes | Gap]:
    """Cut a byte stream behind line ends, about every `BLOCK` bytes."""
    rest = b""
    carriage = False
    while block := file.read(BLOCK):
        if not rest and not carriage:
            carriage = b"\n" not in block and b"\r" in block
        rest += block.replace(b"\r", b"\n") if carriage else block
        cut = rest.rfind(b"\n") + 1
        if cut:
            yield rest[:cut]
            rest = rest[cut:]
        elif len(rest) > LONGEST_LINE:
            yield Gap("cell-too-long")
            rest = _after_next_line_end(file)
    if rest:
        yield rest


def _after_next_line_end(file: BinaryIO) -> bytes:
    while block := file.read(BLOCK):
        if b"\n" in block:
            return block[block.find(b"\n") + 1 :]
    return b""


def _decoded_blocks(file: BinaryIO, codec: str) -> Iterator[bytes | Gap]:
    """UTF-16 and -32: decode first, cut the UTF-8 then."""
    decoder = codecs.getincrementaldecoder(codec)()
    rest = b""
    while block := file.read(BLOCK):
        try:
            rest += decoder.decode(block).encode()
        except UnicodeError:
            yield rest
            # Behind a broken code unit every line end is a guess: the rest of the file is one gap.
            yield Gap("encoding-broken")
            return
        cut = rest.rfind(b"\n") + 1
        if len(rest) - cut > LONGEST_LINE:
            yield Gap("cell-too-long")
            return
        if cut:
            yield rest[:cut]
            rest = rest[cut:]
    yield rest
    if decoder.getstate()[0]:
        yield Gap("encoding-broken")


def _to_utf8(block: bytes, codec: str) -> Iterator[bytes | Gap]:
    try:
        text = decode(block, codec)
    except UnicodeDecodeError:
        yield from _line_by_line(block, codec)
    else:
        yield block if codec == "utf-8" else text.encode()


def _line_by_line(block: bytes, codec: str) -> Iterator[bytes | Gap]:
    good, bad = [], 0
    for line in block.split(b"\n"):
        try:
            good.append(decode(line, codec).encode())
        except UnicodeDecodeError:
            bad += 1
    yield b"\n".join(good)
    yield Gap("encoding-broken", bad)


def decode(data: bytes, codec: str) -> str:
    """Decode strictly; raises `UnicodeDecodeError`. ``iso2022_jp`` is read as Japanese mail programs write it.

    They put NEC and IBM characters (①, 髙) into it, which Python's codec refuses and CP932 knows: so each
    double-byte run is shifted to CP932 (JIS X 0208 annex 1) and decoded there.
    """
    if codec != "iso2022_jp":
        return data.decode(codec)
    parts, mode, start = [], b"B", 0
    for escape in _SHIFT.finditer(data):
        parts.append(_from_jis(data[start : escape.start()], mode))
        mode, start = escape.group()[1:], escape.end()
    return "".join([*parts, _from_jis(data[start:], mode)])


def _from_jis(run: bytes, mode: bytes) -> str:
    if mode == b"(I":
        return bytes(byte | 0x80 for byte in run).decode("cp932")
    if not mode.startswith(b"$"):
        return run.decode("ascii")
    if mode not in (b"$B", b"$@") or len(run) % 2 or not run.isascii():
        return (b"\x1b" + mode + run + b"\x1b(B").decode("iso2022_jp_ext")
    return b"".join(map(_to_shift_jis, run[::2], run[1::2])).decode("cp932")


def _to_shift_jis(first: int, second: int) -> bytes:
    if first % 2:
        second += 0x20 if second >= 0x60 else 0x1F
    else:
        second += 0x7E
    lead = (first + 1) // 2
    return bytes((lead + (0x70 if first < 0x5F else 0xB0), second & 0xFF))
