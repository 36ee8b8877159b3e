"""Identity documents drawn with Pillow and Noto Sans JP: layout and wording as on the real ones."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from pipelines.demo import numbers
from pipelines.demo.goods import GOODS
from pipelines.demo.pencil import INK, Drawn, card, code, era_year, face, line, near_past, wrapped
from pipelines.demo.people import TODAY, Person
from pipelines.demo.truth import Value

if TYPE_CHECKING:
    from PIL import ImageDraw


def driver_licence(rng: Random, person: Person) -> Drawn:
    """Draw a 運転免許証."""
    picture, draw = card((232, 240, 232))
    issued = near_past(rng)
    address = person.address.written("　")
    birth = numbers.wareki(person.born)
    line(draw, (36, 30), "氏名", 24)
    line(draw, (120, 20), person.name.written("　"), 38)
    line(draw, (660, 28), f"{birth}生", 26)
    draw.line((30, 74, 980, 74), fill=INK, width=2)
    line(draw, (36, 90), "住所", 24)
    wrapped(draw, (120, 84), address, 30, 28)
    draw.line((30, 166, 980, 166), fill=INK, width=2)
    line(draw, (36, 178), f"交付　{numbers.wareki(issued)}　{numbers.digits(rng, 5)}", 26)
    until = issued.replace(year=issued.year + 5)
    draw.rectangle((30, 222, 660, 276), fill=(236, 206, 96))
    line(draw, (44, 228), f"{until.year}年({era_year(until)}){until:%m}月{until:%d}日まで有効", 32)
    line(draw, (36, 292), "免許の", 22)
    line(draw, (36, 320), "条件等", 22)
    line(
        draw,
        (130, 300),
        rng.choice(("眼鏡等", "中型車は中型車(8t)に限る", "準中型車は準中型車(5t)に限る")),
        24,
    )
    line(draw, (36, 384), "優良", 30)
    line(draw, (36, 440), "番号", 26)
    line(draw, (120, 430), f"第　{person.licence}　号", 38)
    _kinds(draw, rng)
    line(draw, (690, 560), f"{person.address.town.prefecture}", 30)
    line(draw, (690, 596), "公安委員会", 30)
    line(draw, (700, 180), "運転免許証", 36)
    face(draw, rng, (710, 240, 950, 545))
    values = [
        Value(person.name.written("　"), "PERSON"),
        Value(birth, "DATE_OF_BIRTH"),
        Value(address, "JP_ADDRESS"),
        Value(person.licence, "JP_DRIVER_LICENSE"),
    ]
    return Drawn(picture, "driver_license", values, faces=1)


def my_number_front(rng: Random, person: Person) -> Drawn:
    """Draw the front of a 個人番号カード: no number on it."""
    picture, draw = card((250, 232, 238))
    address = person.address.written("　")
    birth = numbers.wareki(person.born)
    until = person.born.replace(year=TODAY.year + rng.randint(1, 9), day=min(person.born.day, 28))
    line(draw, (36, 24), "氏名", 22)
    line(draw, (110, 16), person.name.written("　"), 36)
    line(draw, (700, 22), "個人番号カード", 36)
    line(draw, (36, 84), "住所", 22)
    wrapped(draw, (110, 78), address, 30, 28)
    face(draw, rng, (50, 180, 290, 485))
    line(draw, (330, 190), f"{birth}生", 32)
    line(draw, (680, 186), "性別", 24)
    line(draw, (750, 180), person.sex, 34)
    line(draw, (330, 250), f"{until.year}年{until.month}月{until.day}日まで有効", 32)
    line(draw, (330, 310), f"{person.address.town.city}長", 32)
    line(draw, (330, 380), "電子証明書の有効期限　　　年　　月　　日", 24)
    line(draw, (330, 430), f"セキュリティコード　{numbers.digits(rng, 4)}", 24)
    draw.rounded_rectangle((330, 500, 980, 600), 12, outline=(200, 120, 150), width=3)
    line(draw, (346, 512), "臓器提供意思《1.脳死後及び心停止後 2.心停止後 3.提供せず》", 20)
    values = [
        Value(person.name.written("　"), "PERSON"),
        Value(address, "JP_ADDRESS"),
        Value(birth, "DATE_OF_BIRTH"),
    ]
    return Drawn(picture, "my_number_card_front", values, faces=1)


def my_number_back(rng: Random, person: Person) -> Drawn:
    """Draw the back of a 個人番号カード: the number, the name, a code."""
    picture, draw = card((246, 240, 226))
    number = f"{person.my_number[:4]} {person.my_number[4:8]} {person.my_number[8:]}"
    birth = numbers.wareki(person.born)
    line(draw, (60, 60), "個人番号", 30)
    line(draw, (230, 44), number, 52)
    line(draw, (60, 150), "氏名", 26)
    line(draw, (150, 142), person.name.written("　"), 36)
    line(draw, (60, 220), f"{birth}生", 32)
    code(draw, rng, (700, 150), 240)
    draw.rectangle((60, 330, 220, 450), fill=(214, 184, 90), outline=(150, 120, 40), width=3)
    line(draw, (60, 500), "この面をコピーすることは法令で認められた者に限ります。", 24)
    line(draw, (60, 545), "紛失したときは市区町村の窓口へ届け出てください。", 24)
    values = [
        Value(number, "JP_MY_NUMBER"),
        Value(person.name.written("　"), "PERSON"),
        Value(birth, "DATE_OF_BIRTH"),
    ]
    return Drawn(picture, "my_number_card_back", values)


def receipt(rng: Random, _person: Person) -> Drawn:
    """Draw a till receipt: numbers as long as identifiers, names of goods, nobody."""
    picture, draw = card((252, 252, 250), (620, 980))
    line(draw, (150, 30), "さくらモバイル 千葉店", 32)
    line(draw, (140, 84), "TEL 0120-800-123", 26)
    line(draw, (60, 140), "2026年3月14日(土) 15:04　レジ02", 24)
    total = 0
    for row in range(8):
        jan, name, price = rng.choice(GOODS)
        total += price
        line(draw, (60, 200 + row * 72), f"{name}　¥{price:,}", 26)
        line(draw, (80, 234 + row * 72), jan, 20)
    line(draw, (60, 800), f"合計　　　　¥{total:,}", 34)
    line(draw, (60, 860), f"伝票番号 {numbers.slip_number(rng)}", 24)
    line(draw, (60, 910), "お客様控え　毎度ありがとうございます", 24)
    return Drawn(picture, None)


def landscape(rng: Random, _person: Person) -> Drawn:
    """Draw hills under a sky: no text, nobody."""
    from PIL import Image, ImageDraw

    width, height = 1200, 800
    sky = Image.linear_gradient("L").resize((width, height))
    picture = Image.merge(
        "RGB", (sky.point(lambda v: 110 + v // 2), sky.point(lambda v: 160 + v // 3), sky.point(_blue))
    )
    draw = ImageDraw.Draw(picture)
    draw.ellipse((880, 90, 1000, 210), fill=(255, 240, 190))
    for layer in range(3):
        top = 360 + layer * 120
        ridge = [(x, top + rng.randint(-70, 70)) for x in range(0, width + 151, 150)]
        shade = 120 - layer * 34
        draw.polygon([(0, height), *ridge, (width, height)], fill=(shade // 2, shade, shade // 2 + 10))
    return Drawn(picture, None)


def _blue(value: int) -> int:
    return 235 - value // 8


def _kinds(draw: ImageDraw.ImageDraw, rng: Random) -> None:
    for row, kind in enumerate(("二・小・原", "他", "二種")):
        line(draw, (36, 510 + row * 38), f"{kind}　{numbers.wareki(near_past(rng))}", 22)
    for column, kind in enumerate(("大型", "中型", "普通", "大自二", "普自二", "原付")):
        left = 400 + column % 3 * 84
        top = 510 + column // 3 * 52
        draw.rectangle((left, top, left + 82, top + 48), outline=INK, width=1)
        line(draw, (left + 6, top + 10), kind if rng.random() < 0.6 else "ー", 20)
