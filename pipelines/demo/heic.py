"""Write a HEIC picture as telephones do, without an encoder library: lossless HEVC blocks in a HEIF container.

The HEVC encoders one can install are GPL; a still picture needs none. HEVC (ITU-T H.265) lets a block carry its
samples as they are (``pcm_flag``, 7.3.8.5); a picture of such blocks needs a few fixed headers and a trivial
run of the arithmetic coder. The files are large (1.5 bytes a pixel) and any decoder reads them.
Container: ISO/IEC 23008-12 (HEIF).
"""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

_BLOCK = 32
_VPS, _SPS, _PPS, _IDR = 32, 33, 34, 19

# Column 3 of rangeTabLps (H.265 table 9-52): the range is 508 or 510 whenever the one coded flag comes.
_LPS = (
    240, 227, 216, 205, 195, 185, 175, 166, 158, 150, 142, 135, 128, 122, 116, 110, 104, 99, 94, 89, 85, 80, 76,
    72, 69, 65, 62, 59, 56, 53, 50, 48, 45, 43, 41, 39, 37, 35, 33, 31, 30, 28, 27, 25, 24, 23, 22, 21, 20, 19,
    18, 17, 16, 15, 14, 14, 13, 12, 12, 11, 11, 10, 9,
)  # fmt: skip


def encode(picture: Image.Image) -> bytes:
    """Return `picture` (any mode, even width and height) as the bytes of a .heic file."""
    width, height = picture.size
    if width % 2 or height % 2:
        raise ValueError("width and height must be even")
    columns, rows = -(-width // _BLOCK), -(-height // _BLOCK)
    slice_ = _nal(_IDR, _slice_data(picture, columns, rows))
    parameter_sets = [
        (_VPS, _nal(_VPS, _video_parameters())),
        (_SPS, _nal(_SPS, _sequence_parameters(width, height, columns, rows))),
        (_PPS, _nal(_PPS, _picture_parameters())),
    ]
    return _container(width, height, parameter_sets, slice_)


class _Bits:
    """A bit string under construction."""

    def __init__(self) -> None:
        self.bits: list[str] = []

    def u(self, width: int, value: int) -> _Bits:
        self.bits.append(f"{value:0{width}b}")
        return self

    def ue(self, *values: int) -> _Bits:
        """Append values as Exp-Golomb codes (H.265 9.2), also for signed zeros."""
        for value in values:
            code = f"{value + 1:b}"
            self.bits.append("0" * (len(code) - 1) + code)
        return self

    def flags(self, pattern: str) -> _Bits:
        """Append flags in a row, written ``0 1 0``."""
        self.bits.append(pattern.replace(" ", ""))
        return self

    def closed(self) -> bytes:
        """Return the bytes, with a stop bit and zeros up to the byte."""
        self.bits.append("1")
        return self.padded()

    def padded(self) -> bytes:
        text = "".join(self.bits)
        text += "0" * (-len(text) % 8)
        return int(text, 2).to_bytes(len(text) // 8, "big")


def _nal(kind: int, payload: bytes) -> bytes:
    """NAL unit: header, payload with emulation prevention (7.3.1.1)."""
    body = re.sub(rb"\x00\x00(?=[\x00-\x03])", b"\x00\x00\x03", payload)
    return bytes((kind << 1, 1)) + body


def _profile(bits: _Bits) -> _Bits:
    # Main Still Picture, also readable as Main and Main 10; level 5.
    return bits.u(8, 3).u(32, 0x70000000).flags("1 0 0 1").u(44, 0).u(8, 150)


def _video_parameters() -> bytes:
    bits = _Bits().u(4, 0).flags("1 1").u(6, 0).u(3, 0).flags("1").u(16, 0xFFFF)
    return _profile(bits).flags("1").ue(0, 0, 0).u(6, 0).ue(0).flags("0 0").closed()


def _sequence_parameters(width: int, height: int, columns: int, rows: int) -> bytes:
    bits = _profile(_Bits().u(4, 0).u(3, 0).flags("1")).ue(0, 1, columns * _BLOCK, rows * _BLOCK)
    # Conformance window in chroma samples: what the last blocks have too much.
    bits.flags("1").ue(0, (columns * _BLOCK - width) // 2, 0, (rows * _BLOCK - height) // 2)
    bits.ue(0, 0, 4).flags("1").ue(0, 0, 0)
    # Coding blocks of 32 only; transforms of 4 to 32 (none is used); no scaling lists, AMP or SAO.
    bits.ue(2, 0, 0, 3, 0, 0).flags("0 0 0")
    bits.flags("1").u(4, 7).u(4, 7).ue(2, 0).flags("1")
    return bits.ue(0).flags("0 0 0 0 0").closed()


def _picture_parameters() -> bytes:
    bits = _Bits().ue(0, 0).flags("0 0").u(3, 0).flags("0 0").ue(0, 0, 0).flags("0 0 0").ue(0, 0)
    # Last flags: deblocking controlled, not overridden, off; no lists; merge level; no extensions.
    return bits.flags("0 0 0 0 0 0 0 1 0 1 0 0").ue(0).flags("0 0").closed()


def _slice_data(picture: Image.Image, columns: int, rows: int) -> bytes:
    header = _Bits().flags("1 0").ue(0, 2, 0).closed()
    planes = _planes(picture, columns * _BLOCK, rows * _BLOCK)
    data = bytearray(header)
    for index in range(columns * rows):
        data += _block_prefix(min(index, len(_LPS) - 1), first=index == 0)
        row, column = divmod(index, columns)
        for plane, stride, side in planes:
            for line in range(row * side, (row + 1) * side):
                start = line * stride + column * side
                data += plane[start : start + side]
    return bytes(data) + _end_of_slice()


def _planes(picture: Image.Image, width: int, height: int) -> list[tuple[bytes, int, int]]:
    """Return (samples, samples a line, samples a block's line) for Y, Cb, Cr."""
    from PIL import Image

    canvas = Image.new("RGB", (width, height), "white")
    canvas.paste(picture.convert("RGB"))
    luma, blue, red = canvas.convert("YCbCr").split()
    half = (width // 2, height // 2)
    return [
        (luma.tobytes(), width, _BLOCK),
        (blue.resize(half, Image.Resampling.BOX).tobytes(), half[0], _BLOCK // 2),
        (red.resize(half, Image.Resampling.BOX).tobytes(), half[0], _BLOCK // 2),
    ]


def _block_prefix(state: int, *, first: bool) -> bytes:
    """Coded flags before a block's samples: (not the end of the slice,) one partition, samples follow.

    The only context-coded flag is always the more probable symbol, so its state counts the blocks.
    """
    span = (510 if first else 508) - _LPS[state]
    if span < 256:
        return _flushed("0", 2 * span - 2)
    return _flushed("", span - 2)


def _end_of_slice() -> bytes:
    return _flushed("", 510 - 2)


def _flushed(written: str, low: int) -> bytes:
    """Terminate the arithmetic coder (9.3.4.7) after the bits `written` so far.

    Renormalising by 7 bits and flushing 3 puts out the 10 bits of `low`, the last one set; the very first bit
    of a coder is never written.
    """
    return _Bits().flags(f"{written}{low | 1:010b}"[1:]).padded()


def _container(width: int, height: int, parameter_sets: list[tuple[int, bytes]], slice_: bytes) -> bytes:
    data = struct.pack(">I", len(slice_)) + slice_
    head = _box(b"ftyp", b"heic" + struct.pack(">I", 0) + b"mif1heic")
    # The item's place depends on the length of the box that tells it: measured with a first draft.
    draft = _meta(width, height, parameter_sets, 0, len(data))
    meta = _meta(width, height, parameter_sets, len(head) + len(draft) + 8, len(data))
    return head + meta + _box(b"mdat", data)


def _meta(
    width: int, height: int, parameter_sets: list[tuple[int, bytes]], offset: int, length: int
) -> bytes:
    item = _full(b"infe", 2, struct.pack(">HH4s", 1, 0, b"hvc1") + b"\0")
    colour = b"nclx" + struct.pack(">HHHB", 1, 13, 6, 0x80)
    properties = (
        _box(b"hvcC", _decoder_configuration(parameter_sets)),
        _full(b"ispe", 0, struct.pack(">II", width, height)),
        _box(b"colr", colour),
        _full(b"pixi", 0, bytes((3, 8, 8, 8))),
    )
    association = struct.pack(">IHB", 1, 1, 4) + bytes((0x81, 2, 3, 4))
    return _full(
        b"meta",
        0,
        _full(b"hdlr", 0, struct.pack(">I4s12x", 0, b"pict") + b"\0")
        + _full(b"pitm", 0, struct.pack(">H", 1))
        + _full(b"iloc", 0, struct.pack(">HHHHHII", 0x4400, 1, 1, 0, 1, offset, length))
        + _full(b"iinf", 0, struct.pack(">H", 1) + item)
        + _box(b"iprp", _box(b"ipco", b"".join(properties)) + _full(b"ipma", 0, association)),
    )


def _decoder_configuration(parameter_sets: list[tuple[int, bytes]]) -> bytes:
    head = bytes((1, 3)) + struct.pack(">I", 0x70000000) + bytes((0x90, 0, 0, 0, 0, 0, 150))
    head += bytes((0xF0, 0, 0xFC, 0xFD, 0xF8, 0xF8, 0, 0, 0x0F, len(parameter_sets)))
    units = (struct.pack(">BHH", 0x80 | kind, 1, len(unit)) + unit for kind, unit in parameter_sets)
    return head + b"".join(units)


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body) + 8) + kind + body


def _full(kind: bytes, version: int, body: bytes) -> bytes:
    return _box(kind, struct.pack(">I", version << 24) + body)
