"""What else lies among the pictures of a telephone, drawn: cards of plastic, screens, and what looks like them.

None of it is in the sample estate.
"""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from string import ascii_uppercase
from typing import TYPE_CHECKING

from pipelines.demo import numbers
from pipelines.demo.pencil import Drawn, card, face, line
from pipelines.demo.people import TODAY, Person
from pipelines.demo.truth import Value

if TYPE_CHECKING:
    from PIL import Image, ImageDraw

SCREEN = (828, 1472)
_WHITE = (255, 255, 255)
_TRAINS = ("のぞみ", "ひかり", "こだま")
_STATIONS = ("東京", "品川", "新横浜", "名古屋", "京都", "新大阪", "新神戸", "広島", "博多")


def credit_card(rng: Random, person: Person) -> Drawn:
    """Draw the face of a payment card, number in groups."""
    picture, draw = card((206, 214, 232))
    number = numbers.credit_card(rng)
    groups = (4, 6, 5) if len(number) == 15 else (4, 4, 4, 4)
    shown = " ".join(number[sum(groups[:at]) : sum(groups[: at + 1])] for at in range(len(groups)))
    name = f"{person.name.given_romaji} {person.name.surname_romaji}".upper()
    line(draw, (60, 40), "SAKURA CARD", 44)
    draw.rounded_rectangle((70, 180, 190, 270), 14, fill=(214, 184, 90))
    line(draw, (70, 320), shown, 64)
    line(draw, (420, 410), "VALID", 16)
    line(draw, (420, 428), "THRU", 16)
    line(draw, (490, 412), f"{rng.randint(1, 12):02d}/{TODAY.year % 100 + rng.randint(0, 4)}", 34)
    line(draw, (70, 520), name, 40)
    line(draw, (790, 530), {"4": "VISA", "5": "Mastercard"}.get(number[0], "JCB"), 44)
    return Drawn(picture, "credit_card", [Value(shown, "CREDIT_CARD"), Value(name, "PERSON")])


def bank_card(rng: Random, person: Person) -> Drawn:
    """Draw a キャッシュカード of an invented bank: branch and account number, name in katakana."""
    picture, draw = card((214, 234, 220))
    account = numbers.digits(rng, 7)
    name = person.name.kana(" ")
    line(draw, (60, 40), "架空銀行", 50)
    line(draw, (620, 50), "キャッシュカード", 38)
    line(draw, (60, 250), "店番号", 24)
    line(draw, (60, 284), numbers.digits(rng, 3), 48)
    line(draw, (300, 250), "口座番号", 24)
    line(draw, (300, 284), account, 48)
    line(draw, (600, 250), "普通預金", 30)
    line(draw, (60, 400), name, 42)
    line(draw, (790, 400), "様", 36)
    line(draw, (60, 540), "ICキャッシュカード　Kaku Bank", 28)
    return Drawn(picture, "bank_card", [Value(account, "JP_BANK_ACCOUNT"), Value(name, "PERSON")])


def transit_card(rng: Random, _person: Person) -> Drawn:
    """Draw the back of a Suica."""
    picture, draw = card((236, 240, 236))
    number = f"JE{numbers.digits(rng, 2)}{rng.choice('ABCDEF')} " + " ".join(
        numbers.digits(rng, 4) for _ in range(3)
    )
    line(draw, (60, 40), "・このカードは、Suica取扱事業者が定める条件によりご利用いただけます。", 24)
    line(draw, (60, 84), "・カードを折り曲げたり、汚したりしないでください。", 24)
    line(draw, (60, 128), "・拾得された方は、最寄りの駅の係員にお届けください。", 24)
    line(draw, (60, 300), "東日本旅客鉄道株式会社", 32)
    line(draw, (60, 380), "お問い合わせ先　JR東日本の駅", 26)
    line(draw, (560, 560), number, 32)
    return Drawn(picture, "transit_card", [Value(number, "JP_TRANSIT_CARD")])


def booking_screen(rng: Random, _person: Person) -> Drawn:
    """Draw the screenshot of a reservation at スマートEX, with the code that opens the ticket machine."""
    picture, draw = _screen("予約内容の確認")
    code = " ".join(_code(rng, 4) for _ in range(4))
    booking = numbers.digits(rng, 4)
    start, end = rng.sample(_STATIONS, 2)
    line(draw, (60, 190), "スマートEX", 44)
    line(draw, (60, 270), "お預かり番号", 30)
    line(draw, (320, 266), booking, 36)
    _journey(rng, draw, 360, start, end)
    line(draw, (60, 720), "普通車指定席　おとな1名", 32)
    line(draw, (60, 780), f"{rng.randint(8, 23)},{rng.randint(100, 999)}円", 36)
    line(draw, (60, 900), "受取コード", 32)
    line(draw, (60, 950), code, 46)
    line(draw, (60, 1040), "駅の指定席券売機で受取コードを入力してください。", 28)
    line(draw, (60, 1200), "変更　　　払戻　　　領収書", 32)
    return Drawn(picture, "train_booking", [Value(code, "JP_TRAIN_RESERVATION")])


def east_booking_screen(rng: Random, person: Person) -> Drawn:
    """Draw the screenshot of a reservation at えきねっと."""
    picture, draw = _screen("申込内容照会")
    booking = numbers.digits(rng, 5)
    line(draw, (60, 190), "えきねっと", 44)
    line(draw, (60, 270), f"{person.name.written(' ')} 様", 34)
    line(draw, (60, 330), "予約番号", 30)
    line(draw, (320, 326), booking, 36)
    _journey(
        rng,
        draw,
        420,
        "東京",
        rng.choice(("仙台", "盛岡", "新青森", "金沢", "長野")),
        ("はやぶさ", "かがやき"),
    )
    line(draw, (60, 780), "運賃・料金合計", 30)
    line(draw, (420, 776), f"{rng.randint(8, 19)},{rng.randint(100, 999)}円", 34)
    line(draw, (60, 860), "受取期限　乗車日当日まで", 30)
    line(draw, (60, 940), "きっぷの受取には予約番号と電話番号が必要です。", 28)
    values = [Value(booking, "JP_TRAIN_RESERVATION"), Value(person.name.written(" "), "PERSON")]
    return Drawn(picture, "train_booking", values)


def student_card(rng: Random, person: Person) -> Drawn:
    """Draw a 学生証."""
    picture, draw = card((244, 238, 226))
    number = f"{rng.randint(21, 26)}{rng.choice('ABEL')}{numbers.digits(rng, 5)}"
    line(draw, (60, 30), "架空大学", 40)
    line(draw, (380, 30), "学生証", 44)
    line(draw, (60, 110), "学籍番号", 26)
    line(draw, (230, 104), number, 34)
    line(draw, (60, 170), "氏名", 26)
    line(draw, (230, 162), person.name.written("　"), 38)
    line(draw, (60, 230), "生年月日", 26)
    birth = numbers.wareki(person.born)
    line(draw, (230, 228), birth, 30)
    line(draw, (60, 290), "所属　文学部 史学科", 28)
    line(draw, (60, 400), "上記の者は本学の学生であることを証明する", 28)
    line(draw, (60, 450), f"有効期限　{TODAY.year + 2}年3月31日", 28)
    line(draw, (60, 540), "架空大学長", 34)
    face(draw, rng, (730, 110, 960, 420))
    values = [
        Value(number, "PERSONAL_ID"),
        Value(person.name.written("　"), "PERSON"),
        Value(birth, "DATE_OF_BIRTH"),
    ]
    return Drawn(picture, "student_card", values, faces=1)


def employee_card(rng: Random, person: Person) -> Drawn:
    """Draw a 社員証."""
    picture, draw = card((230, 236, 246))
    number = f"E{numbers.digits(rng, 5)}"
    line(draw, (60, 30), "社員証", 48)
    line(draw, (60, 130), "社員番号", 26)
    line(draw, (230, 124), number, 34)
    line(draw, (60, 200), "氏名", 26)
    line(draw, (230, 192), person.name.written("　"), 40)
    line(draw, (60, 270), "所属　営業本部 販売推進課", 28)
    line(draw, (60, 380), "上記の者は当社の社員であることを証明する", 28)
    line(draw, (60, 430), f"発行日　{TODAY.year - 1}年4月1日", 26)
    line(draw, (60, 530), "株式会社さくらモバイル", 36)
    face(draw, rng, (730, 110, 960, 420))
    values = [Value(number, "PERSONAL_ID"), Value(person.name.written("　"), "PERSON")]
    return Drawn(picture, "employee_card", values, faces=1)


def contact_screen(people: list[Person]) -> Drawn:
    """Draw the screenshot of a telephone's address book: names below the kana they begin with."""
    picture, draw = _screen("連絡先")
    row, head = 190, ""
    shown = sorted(people, key=lambda person: person.name.surname_kana)[:12]
    for person in shown:
        if (first := _kana_row(person.name.surname_kana)) != head:
            head = first
            line(draw, (40, row), head, 26)
            row += 50
        line(draw, (70, row), person.name.written(" "), 36)
        row += 74
    for index, kana in enumerate("あかさたなはまやらわ"):
        line(draw, (790, 240 + index * 70), kana, 22)
    return Drawn(picture, "contact_list", [Value(each.name.written(" "), "PERSON") for each in shown])


def leaflet(rng: Random, words: list[str]) -> Drawn:
    """Draw a page that explains something: `words` one below the other, sizes as in a flyer."""
    picture, draw = card(_WHITE, (1100, 160 + 64 * len(words)))
    for row, text in enumerate(words):
        line(draw, (60, 60 + row * 64), text, rng.choice((26, 30, 34)) if row else 44)
    return Drawn(picture, None)


def _screen(title: str) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    picture, draw = card(_WHITE, SCREEN)
    draw.rectangle((0, 0, SCREEN[0], SCREEN[1]), fill=_WHITE)
    line(draw, (40, 20), "15:04", 26)
    line(draw, (720, 20), "82%", 26)
    line(draw, (290, 90), title, 38)
    draw.line((0, 160, SCREEN[0], 160), fill=(210, 210, 210), width=2)
    return picture, draw


def _journey(
    rng: Random,
    draw: ImageDraw.ImageDraw,
    top: int,
    start: str,
    end: str,
    trains: tuple[str, ...] = _TRAINS,
) -> None:
    day: date = TODAY + timedelta(days=rng.randint(1, 60))
    hour, minute = rng.randint(6, 20), rng.randint(0, 59)
    line(draw, (60, top), f"{day.year}年{day.month}月{day.day}日({'月火水木金土日'[day.weekday()]})", 34)
    line(draw, (60, top + 70), f"{rng.choice(trains)} {rng.randint(1, 699)}号", 40)
    line(
        draw, (60, top + 150), f"{start} {hour}:{minute:02d} → {end} {hour + 2}:{(minute + 27) % 60:02d}", 38
    )
    line(draw, (60, top + 230), f"{rng.randint(1, 16)}号車 {rng.randint(1, 20)}番{rng.choice('ABCDE')}席", 36)


def _code(rng: Random, length: int) -> str:
    return "".join(rng.choices(ascii_uppercase.replace("O", "").replace("I", "") + "23456789", k=length))


def _kana_row(kana: str) -> str:
    rows = (
        "アイウエオヴ", "カキクケコガギグゲゴ", "サシスセソザジズゼゾ", "タチツテトダヂヅデド", "ナニヌネノ",
        "ハヒフヘホバビブベボパピプペポ", "マミムメモ", "ヤユヨ", "ラリルレロ", "ワヲン",
    )  # fmt: skip
    return next(("あかさたなはまやらわ"[at] for at, row in enumerate(rows) if kana[0] in row), "他")
