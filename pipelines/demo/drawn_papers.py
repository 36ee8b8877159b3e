"""Papers of insurance, residence and pension, drawn as in `pipelines.demo.drawn`; not in the estate."""

from __future__ import annotations

from datetime import date
from random import Random
from string import ascii_uppercase

from pipelines.demo import numbers
from pipelines.demo.pencil import INK, Drawn, card, face, line, near_past, wrapped
from pipelines.demo.people import TODAY, Person
from pipelines.demo.truth import Value

#: Insurers by kind of scheme; the last digit is their check digit.
_INSURERS = (("01130012", "全国健康保険協会　東京支部"), ("06139992", "さくら健康保険組合"))
_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_MRZ_WIDTH = 44


def health_insurance_card(rng: Random, person: Person) -> Drawn:
    """Draw a 健康保険被保険者証 of an employee."""
    return _employee_insurance(rng, person, ("健康保険", "被保険者証"))


def eligibility_certificate(rng: Random, person: Person) -> Drawn:
    """Draw a 健康保険資格確認書, in use since December 2024."""
    return _employee_insurance(rng, person, ("健康保険", "資格確認書"))


def _employee_insurance(rng: Random, person: Person, title: tuple[str, str]) -> Drawn:
    picture, draw = card((222, 236, 246))
    insurer, called = rng.choice(_INSURERS)
    symbol, number, branch = numbers.digits(rng, 8), str(rng.randint(1, 9999)), f"{rng.randint(0, 4):02d}"
    birth = numbers.wareki(person.born)
    line(draw, (40, 24), title[0], 34)
    line(draw, (40, 66), title[1], 40)
    line(draw, (330, 28), "本人（被保険者）" if branch == "00" else "家族（被扶養者）", 28)
    line(draw, (640, 28), f"{numbers.wareki(near_past(rng))}交付", 26)
    line(draw, (330, 80), f"記号　{symbol}　　番号　{number}　(枝番)　{branch}", 28)
    line(draw, (40, 144), "氏名", 28)
    line(draw, (250, 132), person.name.kana("　"), 20)
    line(draw, (250, 156), person.name.written("　"), 38)
    line(draw, (40, 222), "生年月日", 28)
    line(draw, (250, 220), birth, 30)
    line(draw, (650, 222), f"性別　{person.sex}", 28)
    line(draw, (40, 276), "資格取得年月日", 26)
    line(draw, (250, 274), numbers.wareki(near_past(rng)), 28)
    line(draw, (40, 340), "事業所名称", 26)
    line(draw, (250, 338), "株式会社さくらモバイル", 28)
    line(draw, (40, 420), "保険者番号", 28)
    line(draw, (250, 414), insurer, 36)
    line(draw, (40, 480), "保険者名称", 26)
    line(draw, (250, 478), called, 28)
    line(draw, (40, 536), "保険者所在地", 26)
    line(draw, (250, 534), "東京都千代田区架空町1-1", 26)
    draw.rectangle((820, 430, 940, 550), outline=(190, 60, 50), width=4)
    values = [
        Value(person.name.written("　"), "PERSON"),
        Value(birth, "DATE_OF_BIRTH"),
        Value(insurer, "JP_HEALTH_INSURANCE"),
        Value(symbol, "JP_HEALTH_INSURANCE"),
        Value(number, "JP_HEALTH_INSURANCE"),
    ]
    return Drawn(picture, "health_insurance_card", values)


def national_insurance_card(rng: Random, person: Person) -> Drawn:
    """Draw a 国民健康保険被保険者証 of a municipality, with the holder's address."""
    picture, draw = card((248, 234, 224))
    insurer = numbers.luhn(f"13{numbers.digits(rng, 3)}")
    symbol, number = f"{rng.randint(10, 99)}-{rng.randint(10, 99)}", numbers.digits(rng, 6)
    birth, address = numbers.wareki(person.born), person.address.written("　")
    line(draw, (40, 24), f"{person.address.town.prefecture}　国民健康保険", 28)
    line(draw, (40, 62), "被保険者証", 38)
    line(draw, (480, 24), f"有効期限　{numbers.wareki(date(TODAY.year + 1, 9, 30))}", 28)
    line(draw, (480, 72), f"記号　{symbol}　番号　{number}", 28)
    line(draw, (40, 140), "氏名", 28)
    line(draw, (230, 132), person.name.written("　"), 38)
    line(draw, (40, 204), "生年月日", 28)
    line(draw, (230, 202), birth, 30)
    line(draw, (640, 204), f"性別　{person.sex}", 28)
    line(draw, (40, 258), "適用開始年月日", 26)
    line(draw, (260, 256), numbers.wareki(near_past(rng)), 28)
    line(draw, (40, 312), "世帯主名", 26)
    line(draw, (230, 310), person.name.written("　"), 30)
    line(draw, (40, 366), "住所", 28)
    wrapped(draw, (230, 362), address, 28, 25)
    line(draw, (40, 470), "保険者番号", 28)
    line(draw, (230, 464), insurer, 36)
    line(draw, (40, 530), "交付者名", 26)
    line(draw, (230, 528), person.address.town.city, 30)
    values = [
        Value(person.name.written("　"), "PERSON"),
        Value(birth, "DATE_OF_BIRTH"),
        Value(address, "JP_ADDRESS"),
        Value(insurer, "JP_HEALTH_INSURANCE"),
        Value(number, "JP_HEALTH_INSURANCE"),
    ]
    return Drawn(picture, "health_insurance_card", values)


def elderly_insurance_card(rng: Random, person: Person) -> Drawn:
    """Draw a 後期高齢者医療被保険者証."""
    picture, draw = card((240, 230, 246))
    insurer, number = numbers.luhn("3913101"), numbers.luhn(numbers.digits(rng, 7))
    birth, address = numbers.wareki(person.born), person.address.written("　")
    line(draw, (150, 20), "後期高齢者医療被保険者証", 40)
    line(draw, (40, 84), f"有効期限　{numbers.wareki(date(TODAY.year + 1, 7, 31))}", 28)
    line(draw, (40, 134), "被保険者番号", 28)
    line(draw, (300, 128), number, 36)
    line(draw, (40, 192), "住所", 28)
    wrapped(draw, (300, 188), address, 28, 23)
    line(draw, (40, 272), "氏名", 28)
    line(draw, (300, 264), person.name.written("　"), 38)
    line(draw, (780, 270), person.sex, 30)
    line(draw, (40, 330), "生年月日", 28)
    line(draw, (300, 328), birth, 30)
    line(draw, (40, 384), "発効期日", 28)
    line(draw, (300, 382), numbers.wareki(near_past(rng)), 28)
    line(draw, (40, 438), "一部負担金の割合", 28)
    line(draw, (300, 436), f"{rng.choice((1, 2, 3))}割", 30)
    line(draw, (40, 500), "保険者番号", 28)
    line(draw, (300, 494), insurer, 36)
    line(draw, (300, 556), "東京都後期高齢者医療広域連合", 30)
    values = [
        Value(person.name.written("　"), "PERSON"),
        Value(birth, "DATE_OF_BIRTH"),
        Value(address, "JP_ADDRESS"),
        Value(insurer, "JP_HEALTH_INSURANCE"),
        Value(number, "JP_HEALTH_INSURANCE"),
    ]
    return Drawn(picture, "health_insurance_card", values)


def residence_card(rng: Random, person: Person) -> Drawn:
    """Draw the front of a 在留カード."""
    picture, draw = card((226, 240, 244))
    number, name = _resident_number(rng), _latin(person)
    birth, address = _long_date(person.born), person.address.written("")
    until = near_past(rng).replace(year=TODAY.year + 2)
    line(draw, (36, 14), "日本国政府　GOVERNMENT OF JAPAN", 20)
    line(draw, (380, 10), "在留カード", 32)
    line(draw, (560, 18), "RESIDENCE CARD", 22)
    line(draw, (760, 14), "番号", 18)
    line(draw, (806, 10), number, 24)
    line(draw, (36, 62), "氏名 NAME", 20)
    line(draw, (190, 54), name, 32)
    line(draw, (36, 112), "生年月日", 20)
    line(draw, (190, 108), birth, 26)
    line(draw, (440, 112), "性別", 20)
    line(draw, (500, 108), f"{person.sex} {'F' if person.sex == '女' else 'M'}.", 26)
    line(draw, (600, 112), "国籍・地域", 20)
    line(draw, (730, 108), rng.choice(("ベトナム", "米国", "ブラジル", "ネパール")), 26)
    line(draw, (36, 162), "住居地", 20)
    wrapped(draw, (190, 158), address, 24, 20)
    line(draw, (36, 240), "在留資格", 20)
    line(draw, (190, 236), rng.choice(("留学", "技術・人文知識・国際業務", "永住者", "特定技能1号")), 26)
    line(draw, (36, 290), "就労制限の有無", 20)
    line(draw, (220, 286), rng.choice(("就労不可", "就労制限なし", "在留資格に基づく就労活動のみ可")), 26)
    line(draw, (36, 340), "在留期間(満了日)", 20)
    line(draw, (240, 336), f"3年 ({_long_date(until)})", 26)
    line(draw, (36, 400), "許可の種類", 20)
    line(draw, (190, 396), "在留期間更新許可 (東京出入国在留管理局長)", 22)
    line(draw, (36, 446), "許可年月日", 20)
    line(draw, (190, 442), _long_date(near_past(rng)), 24)
    line(draw, (400, 446), "交付年月日", 20)
    line(draw, (540, 442), _long_date(near_past(rng)), 24)
    line(draw, (36, 510), f"このカードは {_long_date(until)}まで有効です。", 26)
    line(draw, (560, 570), "出入国在留管理庁長官", 28)
    face(draw, rng, (760, 190, 970, 470))
    values = [
        Value(name, "PERSON"),
        Value(birth, "DATE_OF_BIRTH"),
        Value(address, "JP_ADDRESS"),
        Value(number, "JP_RESIDENCE_CARD"),
    ]
    return Drawn(picture, "residence_card", values, faces=1)


def permanent_resident_certificate(rng: Random, person: Person) -> Drawn:
    """Draw the front of a 特別永住者証明書."""
    picture, draw = card((236, 244, 226))
    number, name = _resident_number(rng), _latin(person)
    birth, address = _long_date(person.born), person.address.written("")
    until = near_past(rng).replace(year=TODAY.year + 4)
    line(draw, (36, 14), "日本国政府　GOVERNMENT OF JAPAN", 20)
    line(draw, (760, 14), "番号", 18)
    line(draw, (806, 10), number, 24)
    line(draw, (36, 48), "特別永住者証明書", 34)
    line(draw, (340, 58), "SPECIAL PERMANENT RESIDENT CERTIFICATE", 20)
    line(draw, (36, 118), "氏名 NAME", 20)
    line(draw, (190, 110), name, 32)
    line(draw, (36, 170), "生年月日", 20)
    line(draw, (190, 166), birth, 26)
    line(draw, (440, 170), "性別", 20)
    line(draw, (500, 166), person.sex, 26)
    line(draw, (600, 170), "国籍・地域", 20)
    line(draw, (730, 166), "韓国", 26)
    line(draw, (36, 222), "住居地", 20)
    wrapped(draw, (190, 218), address, 24, 20)
    line(draw, (36, 420), f"この証明書は {_long_date(until)}まで有効です。", 26)
    line(draw, (36, 480), f"交付年月日　{_long_date(near_past(rng))}", 24)
    line(draw, (560, 570), "出入国在留管理庁長官", 28)
    face(draw, rng, (760, 220, 970, 500))
    values = [
        Value(name, "PERSON"),
        Value(birth, "DATE_OF_BIRTH"),
        Value(address, "JP_ADDRESS"),
        Value(number, "JP_RESIDENCE_CARD"),
    ]
    return Drawn(picture, "special_permanent_resident_certificate", values, faces=1)


def pension_notice(rng: Random, person: Person) -> Drawn:
    """Draw a 基礎年金番号通知書, which took the place of the handbook in April 2022."""
    picture, draw = card((238, 244, 250))
    number, birth = numbers.pension_number(rng), numbers.wareki(person.born)
    line(draw, (300, 30), "基礎年金番号通知書", 42)
    line(draw, (80, 140), "基礎年金番号", 30)
    line(draw, (340, 130), number, 44)
    line(draw, (80, 220), "（フリガナ）", 22)
    line(draw, (340, 220), person.name.kana("　"), 24)
    line(draw, (80, 262), "氏　名", 30)
    line(draw, (340, 254), person.name.written("　"), 40)
    line(draw, (80, 340), "生年月日", 30)
    line(draw, (340, 338), birth, 32)
    line(draw, (80, 430), f"{numbers.wareki(near_past(rng))}　交付", 28)
    line(draw, (560, 500), "厚生労働大臣", 36)
    line(draw, (80, 570), "この通知書は大切に保管してください。日本年金機構", 22)
    return Drawn(picture, "pension_number_card", _pension_values(number, birth, person))


def pension_book(rng: Random, person: Person) -> Drawn:
    """Draw the page of a 年金手帳 that shows number and holder."""
    picture, draw = card((232, 240, 250), (900, 1240))
    number, birth = numbers.pension_number(rng), numbers.wareki(person.born)
    draw.rectangle((60, 90, 840, 1100), outline=INK, width=3)
    line(draw, (340, 130), "年金手帳", 46)
    line(draw, (110, 260), "基礎年金番号", 32)
    line(draw, (380, 252), number, 42)
    line(draw, (110, 360), "氏名", 32)
    line(draw, (380, 352), person.name.written("　"), 42)
    line(draw, (110, 460), "生年月日", 32)
    line(draw, (380, 458), birth, 34)
    line(draw, (110, 560), "性別", 32)
    line(draw, (380, 558), person.sex, 34)
    line(draw, (110, 660), "国民年金の記号番号", 26)
    line(draw, (110, 760), "厚生年金保険の記号番号", 26)
    line(draw, (110, 860), f"交付年月日　{numbers.wareki(near_past(rng))}", 28)
    line(draw, (480, 1010), "社会保険庁", 40)
    return Drawn(picture, "pension_number_card", _pension_values(number, birth, person))


def _pension_values(number: str, birth: str, person: Person) -> list[Value]:
    return [
        Value(number, "JP_PENSION_NUMBER"),
        Value(person.name.written("　"), "PERSON"),
        Value(birth, "DATE_OF_BIRTH"),
    ]


def _resident_number(rng: Random) -> str:
    letters = "".join(rng.choices(ascii_uppercase, k=4))
    return f"{letters[:2]}{numbers.digits(rng, 8)}{letters[2:]}"


def _latin(person: Person) -> str:
    return f"{person.name.surname_romaji} {person.name.given_romaji}".upper()


def _long_date(day: date) -> str:
    return f"{day.year}年{day:%m}月{day:%d}日"
