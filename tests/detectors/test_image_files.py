"""What an image file is besides pixels: formats, pages and frames, and the words of EXIF, IPTC and XMP."""

from __future__ import annotations

import struct
from datetime import datetime, timedelta, timezone
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, PngImagePlugin
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from detectors.ocr.decode import MAX_PIXELS, ImageError, decode, read_picture
from detectors.ocr.image import scan_image
from detectors.ocr.metadata import MAX_TEXT, Metadata
from detectors.ocr.pages import MAX_FRAMES, MAX_PAGES, Leaf, Unread, leaves
from detectors.registry import find_entities

JST = timezone(timedelta(hours=9))
TAKEN = datetime(2026, 3, 14, 15, 4, 5)


# --- EXIF, IPTC, XMP, text chunks ------------------------------------------------------------------------------


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_a_picture_says_when_it_was_taken_and_whether_where(format_: str) -> None:
    told = read_picture(
        saved(format_, exif=exif(taken="2026:03:14 15:04:05", offset="+09:00", place=True))
    ).metadata
    assert (told.captured, told.located) == (TAKEN.replace(tzinfo=JST), True)
    assert read_picture(saved(format_)).metadata == Metadata()


def test_heic_says_it_too(repo_root: Path) -> None:
    data = (repo_root / "tests/fixtures/ocr/license.heic").read_bytes()
    assert read_picture(data).metadata.captured is None
    assert not read_picture(data).metadata.located


@pytest.mark.parametrize(
    ("taken", "offset", "captured"),
    [
        ("2026:03:14 15:04:05", "", TAKEN),
        ("2026:03:14 15:04:05", "Tokyo", TAKEN),
        ("2026:02:30 15:04:05", "+09:00", None),
        ("0000:00:00 00:00:00", "+09:00", None),
        ("    :  :     :  :  ", "", None),
        ("2026-03-14T15:04", "", None),
        ("0001:01:01 00:00:00", "+09:00", None),
    ],
)
def test_a_moment_that_does_not_exist_is_none(taken: str, offset: str, captured: datetime | None) -> None:
    assert read_picture(saved("JPEG", exif=exif(taken=taken, offset=offset))).metadata.captured == captured


@pytest.mark.parametrize(
    ("tag", "value"),
    [
        (0x013B, "佐久間 遥斗".encode()),
        (0x010E, "佐久間 遥斗様の本人確認".encode("cp932")),
        (0x9C9D, "佐久間 遥斗\0".encode("utf-16-le")),
        (0x8298, b"(c) 2026 Haruto Sakuma"),
    ],
)
def test_who_made_a_picture_is_found_wherever_it_is_written(tag: int, value: bytes) -> None:
    block = Image.Exif()
    block[tag] = value
    found = scan_image(saved("JPEG", exif=block), analyze=find_entities).findings
    assert {each.entity_type for each in found} == {"PERSON"}
    assert found[0].quads == ()


def test_what_the_file_says_stands_behind_the_pages_of_the_picture() -> None:
    block = Image.Exif()
    block[0x013B] = "佐久間 遥斗".encode()
    scan = scan_image(saved("PNG", exif=block), analyze=find_entities)
    (found,) = scan.findings
    assert scan.text[found.start : found.end] == found.text == "佐久間 遥斗"


@pytest.mark.parametrize(
    "comment",
    [
        b"ASCII\0\0\0tel 090-1234-5678",
        b"UNICODE\0" + "電話 090-1234-5678".encode("utf-16-le"),
        b"UNICODE\0" + "電話 090-1234-5678".encode("utf-16-be"),
        b"JIS\0\0\0\0\0" + "電話 090-1234-5678".encode("iso2022_jp"),
        bytes(8) + "電話 090-1234-5678".encode(),
    ],
)
def test_a_comment_of_the_user_is_read_in_its_own_code(comment: bytes) -> None:
    block = Image.Exif()
    block.get_ifd(0x8769)[0x9286] = comment
    assert "090-1234-5678" in read_picture(saved("JPEG", exif=block)).metadata.text


def test_text_chunks_of_png_are_read_even_behind_the_pixels() -> None:
    chunks = PngImagePlugin.PngInfo()
    chunks.add_text("Author", "Haruto Sakuma")
    chunks.add_itxt("Comment", "電話 090-1234-5678", zip=True)
    chunks.add(b"tEXt", b"Source\0desk of Hanako Sato", after_idat=True)
    told = read_picture(saved("PNG", pnginfo=chunks)).metadata.text
    assert told.split("\n") == ["作成者: Haruto Sakuma", "電話 090-1234-5678", "desk of Hanako Sato"]


def test_xmp_and_iptc_are_read_and_what_both_say_counts_once() -> None:
    caption = "佐久間 遥斗様 090-1234-5678"
    packet = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:p="urn:p" p:Headline="受付">'
        f"<dc:description><rdf:Alt><rdf:li>{caption}</rdf:li></rdf:Alt></dc:description>"
        "<dc:creator><rdf:Seq><rdf:li>Hanako Sato</rdf:li></rdf:Seq></dc:creator>"
        "</rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    data = with_iptc(saved("JPEG", xmp=packet.encode()), {(2, 120): caption.encode()})
    assert read_picture(data).metadata.text.split("\n") == [caption, "受付", "作成者: Hanako Sato"]


def test_a_damaged_block_is_looked_at_as_it_is() -> None:
    told = read_picture(saved("JPEG", xmp=b"<x:xmpmeta><broken>tel 090-1234-5678")).metadata.text
    assert "090-1234-5678" in told
    entities = b'<!DOCTYPE a [<!ENTITY b "bomb"><!ENTITY c "&b;&b;">]><a>&c; 090-1234-5678</a>'
    assert "090-1234-5678" in read_picture(saved("PNG", pnginfo=xmp_chunk(entities))).metadata.text


def test_a_comment_whose_directory_is_damaged_is_still_looked_at() -> None:
    # An IFD with one tag, the directory of the exposure, that lies nowhere.
    block = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x87\x69\0\x04\0\0\0\x01\xff\xff\xff\xf0\0\0\0\0 tel 090-1234-5678"
    assert "090-1234-5678" in read_picture(with_app1(saved("JPEG"), block)).metadata.text


def test_more_words_than_are_looked_at_are_refused_with_a_code() -> None:
    chunks = PngImagePlugin.PngInfo()
    chunks.add_text("Comment", "あ" * (MAX_TEXT + 1), zip=True)
    assert code_of(saved("PNG", pnginfo=chunks)) == "image-text-too-long"


@given(st.binary(min_size=1, max_size=300))
def test_any_exif_block_is_read_or_refused_with_a_code(block: bytes) -> None:
    for head in (b"Exif\0\0", b"Exif\0\0II*\0\x08\0\0\0", b"Exif\0\0MM\0*\0\0\0\x08\0\x02"):
        assert code_of(with_app1(saved("JPEG"), head + block)) in {"image-decoded", "image-truncated"}


# --- formats ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format_", ["GIF", "WEBP", "BMP", "TIFF", "AVIF"])
@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "CMYK"])
def test_every_format_and_mode_is_decoded_as_it_looks(format_: str, mode: str) -> None:
    image = Image.new("RGB", (40, 30), "white").convert(mode)
    try:
        data = saved(format_, image)
    except (OSError, ValueError):
        pytest.skip("the format has no such mode")
    pixels = decode(data)
    assert pixels.shape == (30, 40, 3)
    assert pixels.min() > 250


def test_transparent_and_sixteen_bit_pictures_are_seen_on_white_paper() -> None:
    assert decode(saved("WEBP", Image.new("RGBA", (20, 20), (0, 0, 0, 0)))).min() > 250
    assert decode(saved("TIFF", Image.new("I;16", (20, 20), 40_000))).shape == (20, 20, 3)
    assert decode(saved("TIFF", Image.new("F", (20, 20), 0.5))).shape == (20, 20, 3)
    assert decode(saved("TIFF", Image.new("LAB", (20, 20), (255, 128, 128)))).shape == (20, 20, 3)


# --- pages and frames ------------------------------------------------------------------------------------------


def test_a_fax_of_several_pages_is_one_image_per_page() -> None:
    data = several("TIFF", [Image.new("L", (40, 30 + number), 255) for number in range(3)])
    pages = list(leaves(data))
    assert [
        (page.number, page.alone, decode(page.data).shape[0]) for page in pages if isinstance(page, Leaf)
    ] == [
        (1, False, 30),
        (2, False, 31),
        (3, False, 32),
    ]


def test_the_words_of_a_page_stay_with_it() -> None:
    tags = ImageFileDirectory_v2()
    tags[0x013B], tags[0x8769], tags[0x8825] = (
        "Haruto Sakuma",
        {0x9003: "2026:03:14 15:04:05"},
        {2: (35.0, 40.0, 52.0)},
    )
    data = several("TIFF", [Image.new("L", (40, 30)), Image.new("L", (40, 30))], tiffinfo=tags)
    first, *_ = (page for page in leaves(data) if isinstance(page, Leaf))
    told = read_picture(first.data).metadata
    assert (told.captured, told.located, told.text) == (TAKEN, True, "作成者: Haruto Sakuma")


def test_pages_beyond_the_bound_and_damaged_ones_are_told() -> None:
    many = several("TIFF", [Image.new("1", (8, 8)) for _ in range(MAX_PAGES + 3)])
    assert list(leaves(many))[-1] == Unread("image-many-pages", 3)
    pages = [Image.effect_noise((200, 200), 90) for _ in range(3)]
    whole = several("TIFF", pages, compression="tiff_lzw")
    second = bytearray(whole)
    start = len(whole) // 2
    second[start : start + 200] = b"\xff" * 200
    told = list(leaves(bytes(second)))
    assert [page.number if isinstance(page, Leaf) else page.code for page in told].count("page-damaged") <= 1
    assert len(told) == 3


def test_of_an_animation_the_frames_that_differ_are_read() -> None:
    shades = [0, 0, 128, 128, 255]
    for format_ in ("GIF", "WEBP", "PNG"):
        data = several(format_, [Image.new("RGB", (64, 64), (shade,) * 3) for shade in shades], duration=100)
        read = [page for page in leaves(data) if isinstance(page, Leaf)]
        assert [int(decode(page.data)[0, 0, 0]) for page in read] == [0, 128, 255], format_
        assert read[0].data is data


def test_a_frame_with_one_more_line_is_read_and_one_with_a_blinking_cursor_is_not() -> None:
    screen = Image.new("RGB", (900, 560), "white")
    cursor, line = screen.copy(), screen.copy()
    ImageDraw.Draw(cursor).rectangle((50, 50, 54, 76), "black")
    ImageDraw.Draw(line).text((50, 50), "yamada 090-1234-5678", "black", font_size=22)
    for format_ in ("GIF", "PNG"):
        data = several(format_, [screen, cursor, screen, line], duration=100)
        assert [page.number for page in leaves(data) if isinstance(page, Leaf)] in ([1, 4], [1, 3]), format_


def test_more_different_frames_than_are_read_are_told() -> None:
    frames = [Image.new("L", (64, 64), shade) for shade in range(0, 240, 12)]
    *read, rest = leaves(several("GIF", frames, duration=100))
    assert len(read) == MAX_FRAMES
    assert isinstance(rest, Unread) and rest.code == "image-many-pages"


def test_a_file_of_one_page_and_what_is_no_image_stay_as_they_are() -> None:
    for data in (saved("JPEG"), saved("PNG"), saved("TIFF"), saved("GIF"), b"", b"II*\0broken", b"GIF89a"):
        assert list(leaves(data)) == [Leaf(1, data, alone=True)]


def test_a_page_that_would_unfold_to_a_bomb_is_told_not_decoded() -> None:
    side = int(MAX_PIXELS**0.5) + 1
    data = several("TIFF", [Image.new("1", (8, 8)), Image.new("1", (side, side))], compression="group4")
    assert [type(page) for page in leaves(data)] == [Leaf, Unread]


@given(st.binary(max_size=200))
def test_any_bytes_have_pages(data: bytes) -> None:
    for prefix in (b"II*\0", b"MM\0*", b"GIF89a", b"RIFF\x10\0\0\0WEBPVP8X", b"\0\0\0\x18ftypavif"):
        assert all(isinstance(page, Leaf | Unread) for page in leaves(prefix + data))


# --- making files ----------------------------------------------------------------------------------------------


def saved(format_: str, image: Image.Image | None = None, **more: object) -> bytes:
    out = BytesIO()
    (image or Image.new("RGB", (40, 30), "white")).save(out, format_, **more)
    return out.getvalue()


def several(format_: str, pages: list[Image.Image], **more: object) -> bytes:
    return saved(format_, pages[0], save_all=True, append_images=pages[1:], **more)


def exif(*, taken: str = "", offset: str = "", place: bool = False) -> Image.Exif:
    block = Image.Exif()
    # Pillow writes no block without a tag of its own.
    block[0x010F] = "Maker"
    block[0x8769] = {0x9003: taken} | ({0x9011: offset} if offset else {})
    if place:
        block[0x8825] = {1: "N", 2: (35.0, 40.0, 52.0)}
    return block


def with_app1(jpeg: bytes, body: bytes) -> bytes:
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + jpeg[2:]


def with_iptc(jpeg: bytes, entries: dict[tuple[int, int], bytes]) -> bytes:
    sets = b"".join(struct.pack(">BBBH", 0x1C, *key, len(value)) + value for key, value in entries.items())
    resource = b"8BIM" + struct.pack(">HHI", 0x0404, 0, len(sets)) + sets + b"\0" * (len(sets) % 2)
    body = b"Photoshop 3.0\0" + resource
    return jpeg[:2] + b"\xff\xed" + struct.pack(">H", len(body) + 2) + body + jpeg[2:]


def xmp_chunk(packet: bytes) -> PngImagePlugin.PngInfo:
    chunks = PngImagePlugin.PngInfo()
    chunks.add_itxt("XML:com.adobe.xmp", packet.decode())
    return chunks


def code_of(data: bytes) -> str:
    try:
        decode(data)
    except ImageError as error:
        return error.code
    return "image-decoded"
