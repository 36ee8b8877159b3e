"""Images, read by the real engine. The cards belong to nobody; Noto Sans JP draws them."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont

from detectors.jp import driver_license
from detectors.jp.date_of_birth import DateOfBirthRecognizer
from detectors.jp.driver_license import DriverLicenseRecognizer
from detectors.jp.my_number import MyNumberRecognizer
from detectors.ocr import kinds
from detectors.ocr.decode import MAX_PIXELS, ImageError, decode
from detectors.ocr.engine import Line
from detectors.ocr.image import ImageFinding, ImageScan, default_engine, scan_image
from detectors.ocr.layout import Page, Piece, by_blocks, by_rows, straighten
from detectors.ocr.reading import Reading, read_image
from detectors.ocr.repair import SIMPLIFIED, repair
from detectors.resolver import Found, resolve
from detectors.text import fold
from pipelines.adhoc.images import image_command

NAME, BORN = "佐久間 遥斗", "昭和61年 5月 1日"
ADDRESS = ("東京都千代田区神田錦町三丁目２２番", "テラス神田４０５")
LICENSE, MY_NUMBER = "309012345620", "6214 9832 0257"


def test_a_drivers_licence_a_my_number_card_and_a_menu_are_told_apart_and_read() -> None:
    licence, back, menu = scan(draw_licence()), scan(draw_back()), scan(draw_menu())
    assert (licence.kind, back.kind, menu.kind) == ("driver_license", "my_number_card_back", kinds.OTHER)
    assert values(licence) == {
        "PERSON": key(NAME),
        "DATE_OF_BIRTH": key(BORN),
        "JP_ADDRESS": key("".join(ADDRESS)),
        "JP_DRIVER_LICENSE": LICENSE,
    }
    assert values(back) == {
        "PERSON": key(NAME),
        "DATE_OF_BIRTH": key(BORN),
        "JP_MY_NUMBER": key(MY_NUMBER),
    }
    assert menu.findings == ()
    assert all(licence.text[each.start : each.end] == each.text for each in licence.findings)


def test_findings_point_at_the_place_in_the_image_as_it_came() -> None:
    upright, turned = draw_licence(), draw_licence().rotate(90, expand=True)
    (quad,) = find(scan(turned), "JP_DRIVER_LICENSE").quads
    (wanted,) = find(scan(upright), "JP_DRIVER_LICENSE").quads
    # A quarter turn to the left takes (x, y) to (y, width − x).
    for (x, y), (wanted_x, wanted_y) in zip(quad, wanted, strict=True):
        assert abs(x - wanted_y) < 12
        assert abs(y - (upright.width - wanted_x)) < 12


def test_a_heic_file_as_telephones_write_it_is_read(repo_root: Path) -> None:
    found = scan_image((repo_root / "tests/fixtures/ocr/license.heic").read_bytes(), analyze=analyze)
    assert found.kind == "driver_license"
    assert find(found, "JP_DRIVER_LICENSE").text == LICENSE


def test_the_engine_never_opens_a_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    from detectors.ocr.rapid import RapidEngine

    def refuse(*_: object) -> None:
        raise AssertionError("the engine went to the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert RapidEngine().probe(decode(png(draw_menu()))).regions == 6


@pytest.mark.parametrize("turn", [0, 90])
def test_a_single_line_on_a_large_sheet_is_read_where_it_stands(turn: int) -> None:
    from pylopdf_fonts_jp import sans_path

    sheet = Image.new("RGB", (1654, 2339), "white")
    line = "氏名 山田 太郎 電話 090-1234-5678"
    ImageDraw.Draw(sheet).text((350, 600), line, "black", ImageFont.truetype(sans_path(), 24))
    found = find(scan_image(png(sheet.rotate(turn, expand=True))), "PHONE_NUMBER")
    assert found.text == "090-1234-5678"
    corners = [corner if turn == 0 else (1654 - corner[1], corner[0]) for corner in found.quads[0]]
    assert all(500 < x < 850 and 590 < y < 650 for x, y in corners)


def lettered(size: tuple[int, int], place: tuple[int, int], points: int, **colours: str) -> Image.Image:
    from pylopdf_fonts_jp import sans_path

    sheet = Image.new("RGBA", size, colours.get("paper", "white"))
    line = "山田 太郎 電話 090-1234-5678"
    font = ImageFont.truetype(sans_path(), points)
    ImageDraw.Draw(sheet).text(place, line, colours.get("ink", "black"), font)
    return sheet


@pytest.mark.parametrize(
    "sheet",
    [
        lettered((900, 300), (50, 100), 36, paper="#00000000", ink="white"),
        lettered((900, 300), (50, 100), 36, paper="#ffffff00", ink="black"),
        lettered((320, 15), (2, -2), 12),
        lettered((4_000, 40), (1_500, 4), 24),
    ],
    ids=["white on nothing", "black on nothing", "a line cut out", "a banner"],
)
def test_writing_on_odd_sheets_is_read(sheet: Image.Image) -> None:
    assert find(scan_image(png(sheet)), "PHONE_NUMBER").text == "090-1234-5678"


@pytest.mark.slow
@pytest.mark.parametrize("turn", [0, 90])
def test_small_letters_on_a_plan_are_read_tile_by_tile_and_once(turn: int) -> None:
    plan = lettered((4_600, 6_000), (2_200, 4_700), 28).rotate(turn, expand=True)
    found = find(scan_image(png(plan)), "PHONE_NUMBER")
    assert found.text == "090-1234-5678"
    x, y = found.quads[0][0]
    assert (
        (2_350 < x < 2_450 and 4_690 < y < 4_760) if turn == 0 else (4_690 < x < 4_760 and 2_150 < y < 2_250)
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "spoil",
    [
        lambda image: image.rotate(180),
        lambda image: image.rotate(270, expand=True),
        lambda image: image.filter(ImageFilter.GaussianBlur(2)),
        lambda image: image.resize((600, 378)),
        lambda image: image.resize((420, 265)),
        lambda image: image.rotate(8, expand=True, fillcolor="#776655", resample=Image.Resampling.BICUBIC),
        lambda image: ImageEnhance.Brightness(image).enhance(0.3),
    ],
    ids=["on its head", "sideways", "blurred", "600 wide", "420 wide", "tilted", "dark"],
)
def test_every_field_survives(spoil: Callable[[Image.Image], Image.Image]) -> None:
    licence, front, back = (scan(spoil(draw())) for draw in (draw_licence, draw_front, draw_back))
    assert [licence.kind, front.kind, back.kind] == [
        "driver_license",
        "my_number_card_front",
        "my_number_card_back",
    ]
    for card in (licence, front):
        assert values(card)["JP_ADDRESS"] == key("".join(ADDRESS))
    for card in (licence, front, back):
        assert values(card)["PERSON"] == key(NAME)
        assert values(card)["DATE_OF_BIRTH"] == key(BORN)
    assert values(licence)["JP_DRIVER_LICENSE"] == LICENSE
    assert values(back)["JP_MY_NUMBER"] == key(MY_NUMBER)


@pytest.mark.slow
def test_a_screenshot_of_many_screens_is_read_to_its_end() -> None:
    long = Image.new("RGB", (700, 6000), "white")
    draw = ImageDraw.Draw(long)
    for row in range(58):
        draw.text((30, 20 + row * 100), f"{row}行目の連絡です", fill="black", font=font(34))
    draw.text((30, 5850), f"運転免許証番号 {LICENSE}", fill="black", font=font(34))
    found = scan(long)
    assert find(found, "JP_DRIVER_LICENSE").quads[0][0][1] > 5800
    read = [line.text for line in read_image(decode(png(long)), default_engine()).lines]
    assert sum("行目の" in line for line in read) == 58


# --- what cannot be read -------------------------------------------------------------------------------------


def test_what_is_no_image_is_refused_with_a_code() -> None:
    assert code_of(b"") == "image-empty"
    assert code_of("氏名,住所\n".encode()) == "image-unreadable"


def test_a_file_that_breaks_off_is_refused_with_a_code(repo_root: Path) -> None:
    whole = png(draw_menu())
    assert code_of(whole[: len(whole) // 2]) == "image-truncated"
    heic = (repo_root / "tests/fixtures/ocr/license.heic").read_bytes()
    assert code_of(heic[: len(heic) // 2]) in {"image-truncated", "image-unreadable"}


def test_a_decompression_bomb_is_refused_before_it_unfolds() -> None:
    side = int(MAX_PIXELS**0.5) + 1
    assert code_of(png(Image.new("1", (side, side)))) == "image-too-large"
    assert code_of(png(Image.new("1", (20_000, 20_000)))) == "image-too-large"


def test_a_tiff_of_several_pages_is_refused_rather_than_read_in_part() -> None:
    out = BytesIO()
    pages = [Image.new("L", (40, 40), shade) for shade in (0, 255)]
    pages[0].save(out, "TIFF", save_all=True, append_images=pages[1:])
    assert code_of(out.getvalue()) == "image-many-pages"


@given(st.binary(max_size=200))
def test_any_bytes_are_an_image_or_an_image_error(data: bytes) -> None:
    for prefix in (b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"\0\0\0\x18ftypheic", b"II*\0"):
        assert code_of(prefix + data).startswith("image-")


def test_exif_orientation_is_applied() -> None:
    image = Image.new("RGB", (40, 20), "white")
    image.putpixel((0, 0), (255, 0, 0))
    exif = Image.Exif()
    exif[0x0112] = 6
    out = BytesIO()
    image.save(out, "PNG", exif=exif)
    upright = decode(out.getvalue())
    assert upright.shape == (40, 20, 3)
    assert tuple(upright[0, 19]) == (0, 0, 255)


def test_transparency_is_paper_and_sixteen_bit_grey_is_not_clipped() -> None:
    assert decode(png(Image.new("RGBA", (20, 20), (0, 0, 0, 0)))).min() == 255
    steps = np.array([[1000, 3000], [3000, 5000]], dtype=np.uint16)
    grey = decode(png(Image.fromarray(steps)))
    assert [int(value) for value in grey[:, :, 0].ravel()] == [0, 127, 127, 255]


@pytest.mark.parametrize("size", [(1, 1), (5, 3000), (3000, 5), (200, 200)])
def test_an_image_without_text_has_no_findings(size: tuple[int, int]) -> None:
    assert scan(Image.new("RGB", size, "white")) == ImageScan(kinds.OTHER, 1.0, (), "\n\f\n\n\f\n")


def test_the_command_says_which_file_it_could_not_read_and_goes_on(tmp_path: Path) -> None:
    broken, blank, missing = tmp_path / "a.png", tmp_path / "b.png", tmp_path / "c.png"
    broken.write_bytes(b"not an image")
    blank.write_bytes(png(Image.new("RGB", (300, 200), "white")))
    assert image_command([broken, blank, missing], reveal=False) == [
        {"file": str(broken), "error": "image-unreadable"},
        {"file": str(blank), "kind": kinds.OTHER, "score": 1.0, "findings": []},
        {"file": str(missing), "error": "file-unreadable"},
    ]


@pytest.mark.slow
def test_the_command_masks_values_unless_told_to_reveal(tmp_path: Path) -> None:
    file = tmp_path / "licence.png"
    file.write_bytes(png(draw_licence()))
    (masked,), (open_,) = image_command([file], reveal=False), image_command([file], reveal=True)
    assert LICENSE not in json.dumps(masked)
    assert all("text" not in each for each in masked["findings"])
    assert LICENSE in {each["text"] for each in open_["findings"]}
    assert all(len(quad) == 4 for each in masked["findings"] for quad in each["quads"])


# --- layout --------------------------------------------------------------------------------------------------


def test_rows_bring_label_and_value_together_and_blocks_a_wrapped_address() -> None:
    lines = [
        line("住所", 0, 0, 40),
        line("青葉市緑町1-2", 100, 0, 230),
        line("緑荘301", 100, 24, 170),
        line("氏名", 0, 200, 40),
    ]
    boxes = straighten(lines)
    assert by_rows(lines, boxes).text == "住所 青葉市緑町1-2\n緑荘301\n氏名"
    assert "青葉市緑町1-2\n緑荘301" in by_blocks(lines, boxes).text


def test_a_span_over_two_lines_has_a_quad_on_each() -> None:
    lines = [line("住所 青葉市緑町", 0, 0, 140), line("緑荘301", 40, 24, 110)]
    page = by_rows(lines, straighten(lines))
    start = page.text.index("青葉市")
    first, second = page.quads_for(start, len(page.text))
    assert first[0][0] == 47
    assert second == lines[1].quad


@given(st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=8), st.data())
def test_every_span_of_a_page_goes_back_to_the_characters_it_came_from(
    texts: list[str], data: st.DataObject
) -> None:
    lines = [line(text, 0, 30 * number, 100) for number, text in enumerate(texts)]
    page = Page.of(lines, [Piece(each.text, number) for number, each in enumerate(lines)])
    start = data.draw(st.integers(0, len(page.text) - 1))
    end = data.draw(st.integers(start + 1, len(page.text)))
    back = "".join(texts[number][first:last] for number, (first, last) in page.sources(start, end).items())
    assert back == page.text[start:end]
    assert len(page.quads_for(start, end)) == len(page.sources(start, end))


@given(st.integers(0, 3), st.integers(0, 300), st.integers(0, 200))
def test_turning_back_is_the_inverse_of_turning(turns: int, x: int, y: int) -> None:
    image = np.zeros((201, 301), dtype=np.uint8)
    image[y, x] = 1
    ((row, column),) = np.argwhere(np.rot90(image, turns))
    point = (int(column), int(row))
    back = Reading([], turns, 300, 200).to_image((point,) * 4)
    assert back[0] == (x, y)


# --- repair and kinds ----------------------------------------------------------------------------------------


@given(st.text(alphabet="一ーーｰセンタ丁目番0123456789OIlBS 郎東京-东爱Aあ", max_size=40))
def test_repair_keeps_the_length_and_repairs_once(text: str) -> None:
    assert len(repair(text)) == len(text)


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("センタ一", "センター"),
        ("ー丁目", "一丁目"),
        ("田中ー郎", "田中一郎"),
        ("メゾンセンターー番館", "メゾンセンター一番館"),
        ("第3O9O12345620号", "第309012345620号"),
        ("个人番号", "個人番号"),
        ("コーヒー", "コーヒー"),
        ("BOSS 12345", "BOSS 12345"),
        ("090-1234-5678", "090-1234-5678"),
    ],
)
def test_misreadings_are_repaired_and_right_readings_left_alone(read: str, meant: str) -> None:
    assert repair(read) == meant


def test_no_japanese_character_is_taken_for_a_chinese_one() -> None:
    for chinese, japanese in SIMPLIFIED.items():
        with pytest.raises(UnicodeEncodeError):
            chinese.encode("shift_jis")
        japanese.encode("shift_jis")


def test_a_page_about_licences_is_no_licence() -> None:
    page = ["運転免許証の更新", "公安委員会からのお知らせ", "交付までの種類と期間", "令和8年まで有効"]
    assert kinds.judge(page).kind == kinds.OTHER


def test_other_papers_with_a_my_number_are_no_card() -> None:
    slip = ["給与所得の源泉徴収票", "個人番号", "621498320257", "氏名", "昭和61年5月1日生"]
    assert kinds.judge(slip).kind == kinds.OTHER
    assert kinds.judge(slip[1:]).kind == "my_number_card_back"


# --- the licence number --------------------------------------------------------------------------------------


@given(st.sampled_from(sorted(driver_license.COMMISSIONS)), st.integers(0, 10**8 - 1), st.integers(0, 9))
def test_exactly_one_check_digit_makes_a_licence_number(commission: str, body: int, reissued: int) -> None:
    first = f"{commission}{body:08}"
    valid = [digit for digit in range(10) if driver_license.is_valid(f"{first}{digit}{reissued}")]
    assert valid == [int(driver_license.calc_check_digit(first))]


def test_a_label_lifts_a_licence_number_and_a_rival_label_lowers_it() -> None:
    def score(text: str) -> float:
        (match,) = DriverLicenseRecognizer().find(text, fold(text))
        return match.score

    assert score(f"運転免許証番号 {LICENSE}") >= 0.9
    assert score(f"第{LICENSE}号") >= 0.9
    assert score(LICENSE) <= 0.4
    assert score(f"伝票番号 {LICENSE}") <= 0.2
    assert score("運転免許証番号 309012345630") < 0.4


# --- drawing and reading -------------------------------------------------------------------------------------


def analyze(text: str) -> list[Found]:
    """Three recognizers of numbers and dates: what this file tests does not wait for dictionaries."""
    recognizers = (DriverLicenseRecognizer(), MyNumberRecognizer(), DateOfBirthRecognizer())
    folded = fold(text)
    return resolve(Found.of(m, each) for each in recognizers for m in each.find(text, folded))


def scan(image: Image.Image) -> ImageScan:
    return scan_image(png(image), analyze=analyze)


def find(scan: ImageScan, entity_type: str) -> ImageFinding:
    (found,) = [each for each in scan.findings if each.entity_type == entity_type]
    return found


def values(scan: ImageScan) -> dict[str, str]:
    return {each.entity_type: key(each.text) for each in scan.findings if each.text}


def key(text: str) -> str:
    return fold(text).replace(" ", "")


def code_of(data: bytes) -> str:
    try:
        decode(data)
    except ImageError as error:
        return error.code
    return "image-decoded"


def png(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def line(text: str, left: int, top: int, right: int) -> Line:
    return Line(text, 1.0, ((left, top), (right, top), (right, top + 20), (left, top + 20)))


def font(size: int) -> ImageFont.FreeTypeFont:
    from pylopdf_fonts_jp import sans_path

    return ImageFont.truetype(str(sans_path()), size)


def write(size: tuple[int, int], colour: str, texts: Iterator[tuple[int, int, str, int]]) -> Image.Image:
    image = Image.new("RGB", size, colour)
    draw = ImageDraw.Draw(image)
    for x, y, text, height in texts:
        draw.text((x, y), text, fill="black", font=font(height))
    return image


def draw_licence() -> Image.Image:
    return write(
        (1000, 630),
        "#eaf1f6",
        iter(
            [
                (40, 30, "氏名", 24),
                (130, 24, NAME, 36),
                (620, 30, f"{BORN}生", 28),
                (40, 90, "住所", 24),
                (130, 88, ADDRESS[0], 28),
                (130, 126, ADDRESS[1], 28),
                (40, 176, "交付", 24),
                (130, 174, "令和05年04月20日 12345", 28),
                (60, 228, "2028年（令和10年）06月01日まで有効", 30),
                (40, 315, "条件等", 20),
                (130, 300, "眼鏡等", 28),
                (40, 450, f"番号 第 {LICENSE} 号", 34),
                (40, 510, "二・小・原 平成17年06月15日", 22),
                (430, 565, "東京都公安委員会", 28),
                (720, 470, "運転免許証", 40),
            ]
        ),
    )


def draw_front() -> Image.Image:
    return write(
        (1000, 630),
        "#f4eef2",
        iter(
            [
                (40, 30, "氏名", 22),
                (120, 20, NAME, 38),
                (40, 90, "住所", 22),
                (120, 86, ADDRESS[0], 28),
                (120, 124, ADDRESS[1], 28),
                (300, 190, f"{BORN}生", 32),
                (640, 190, "性別 女", 30),
                (300, 250, "2032年 8月17日まで有効", 28),
                (700, 245, "千代田区長", 32),
                (300, 330, "個人番号カード", 30),
                (300, 400, "電子証明書の有効期限   年  月  日", 24),
                (300, 520, "臓器提供意思", 22),
            ]
        ),
    )


def draw_back() -> Image.Image:
    return write(
        (1000, 630),
        "#f2f2e8",
        iter(
            [
                (60, 60, "個人番号", 28),
                (300, 50, MY_NUMBER, 44),
                (60, 150, "氏名", 24),
                (200, 144, NAME, 32),
                (60, 210, f"{BORN}生", 30),
                (60, 420, "この面は、番号法で定められた場合を除き", 22),
                (60, 452, "コピー・記録することはできません", 22),
            ]
        ),
    )


def draw_menu() -> Image.Image:
    dishes = (
        "本日のランチ",
        "日替わり定食 850円",
        "鮭の塩焼き 900円",
        "ざるそば 700円",
        "ラストオーダー 14:30",
        "追加 50円",
    )
    return write((900, 620), "white", ((60, 50 + row * 90, dish, 40) for row, dish in enumerate(dishes)))
