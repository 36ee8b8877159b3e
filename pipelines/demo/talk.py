"""What people write down: templates of call notes, delivery remarks, mails and memos, and what fills them.

A template never says anything about a person that the fields do not (former employers, relations, illness):
such statements belong to parts of the estate that record them as an incident.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from random import Random

from pipelines.demo import numbers
from pipelines.demo.people import TODAY, Customer, Person, World
from pipelines.demo.truth import Marked, Value, compose

MODELS = (
    "Sakura A5",
    "Sakura A5 Lite",
    "Hikari 12",
    "Hikari 12 Pro",
    "Mizu Fold",
    "らくらくモデル F-52",
    "Kaze SE",
)
PLANS = ("さくらライト3GB", "さくらスタンダード20GB", "さくら使い放題", "家族割プラス", "データ専用5GB")

#: Call notes with personal values.
CALLS = (
    "{name}様より入電。請求額の内訳について説明済み。折返し先は{phone}。",
    "{name}様（会員番号{member}）本人確認OK。住所変更受付：新住所 {address}",
    "{surname}様より、商品が届かないとの連絡。伝票番号{slip}を確認したところ配達中。",
    "本人不在のため{other}様が代理で来店。連絡先 {other_phone}。委任状あり。",
    "機種変更の案内。{surname}様は{model}を希望。IMEI {imei} を登録。",
    "{name}様、生年月日{born}で照合。{plan}へ変更。次回請求から適用。",
    "折り返し希望。{phone}（{surname}様）18時以降。",
    "メールアドレスの変更。新：{mail} 旧アドレスは削除済み。担当{staff}",
    "担当：{staff}\n件名：端末故障\n{name}様の{model}、電源入らず。代替機を貸出。IMEI:{imei}",
    "同じ番地の{other}様（{other_age}）の注文と取り違えた可能性あり。{surname}様へ謝罪し、再配送を手配。",
    "クーポンの適用漏れ。{name}様に{amount}円を返金。口座は普通 {account}（{bank}）。",
    "届け先は〒{postcode} {address}、受取人は{other}様。時間指定{time}。",
    "SIM再発行。ICCID {iccid}。{surname}様ご本人、免許証（第{licence}号）で確認。",
    "カード決済エラー。{name}様、カード番号{card}、有効期限は聞き取りせず。",
    "LINE ID：{line} へ設定手順を送付してほしいとのこと。{surname}様。",
    "{name} {age} と名乗る。本人かどうか不明のため、{phone}へ折返すと伝えた。",
    "FAXにて申込書受領。氏名：{name}　電話：{phone}　住所：{address}",
    "誤ってマイナンバー通知の写しを受領（{my_number}）。{surname}様へ返送済み、控えは破棄予定。",
    "車で来店された{surname}様、駐車場で接触。ナンバー {plate}。",
    "解約抑止。{surname}さんは他社乗換を検討中。{staff}が引き継ぎ、{phone}へ架電予定。",
    "{other}さんから{name}さんあてのギフト注文。ラッピング希望。問合せは {other_mail} まで。",
    "受電 {time} {kana} 様 TEL {phone} 用件：料金プランの相談",
    "{surname}様→{staff}。ポイント失効の件、{amount}ポイントを復元。",
    "交通系ICのオートチャージ設定の質問。カード裏面の番号 {transit} を聞いてしまったため削除依頼済み。",
)  # fmt: skip

#: Call notes without any.
PLAIN_CALLS = (
    "料金プランの問い合わせ。{plan}を案内。本人確認なし。",
    "お客様都合でキャンセル。伝票番号{slip}は破棄。",
    "{station}駅前店の営業時間を案内。",
    "無言電話。3秒で切断。",
    "在庫確認：{model} は{station}倉庫に12台。",
    "皆様へのお詫び文面を確認。神田方面の配送遅延について。",
    "問合せ番号{order}の件、対応完了。",
    "通信障害（千葉・福井エリア）について案内。復旧は{time}の見込み。",
    "品番 {jan} の入荷予定は来月上旬。山田錦の限定セットは終了。",
    "IVRで離脱。折返し不要。",
    "フリーダイヤル 0120-800-123 を案内して終話。",
    "松本営業所へ転送。中山寺方面の配達は翌日扱い。",
)

#: Remarks on a delivery.
REMARKS = (
    "不在時は{other}様（{other_phone}）へ連絡",
    "管理人の{other}さんに預けてください",
    "届いたら{phone}に電話ください",
    "のし：{surname}",
    "送り主は{other}、{other_address}",
)
PLAIN_REMARKS = (
    "宅配ボックスへ",
    "置き配希望",
    "時間指定なし",
    "のし不要",
    "領収書同封",
    "午前中に配達",
    "冷蔵便",
)

#: Inquiries by web form: (subject, body, answer).
INQUIRIES = (
    ("請求について", "{name}です。先月の請求が高いので確認してください。電話は{phone}です。",
     "{surname}様\nお問い合わせありがとうございます。内訳をお送りします。担当 {staff}"),
    ("住所変更", "引っ越しました。新しい住所は〒{postcode} {address}です。{name}",
     "{surname}様\n変更を承りました。"),
    ("届かない", "{other}あてに送った荷物（伝票{slip}）が届きません。先方の電話は{other_phone}。",
     "配送状況を確認いたします。{station}センターに保管中です。"),
    ("メルマガ停止", "{mail}への配信を止めてください。生年月日は{born}です。",
     "{surname}様\n配信停止の手続きをいたしました。担当 {staff}"),
    ("端末の不具合", "{model}の画面が映りません。IMEIは{imei}です。連絡は{mail}へ。",
     "修理受付センターへお送りください。{surname}様の受付番号は{order}です。"),
)  # fmt: skip
PLAIN_INQUIRIES = (
    ("在庫について", "{model}の在庫は{station}店にありますか。", "在庫は店舗へお問い合わせください。"),
    ("営業時間", "年末年始の営業時間を教えてください。", "12月31日から1月3日まで休業いたします。"),
    ("ポイント", "ポイントの有効期限はいつですか。注文番号は{order}です。", "最終購入から1年間です。"),
)

STATIONS = (
    "千葉",
    "福井",
    "川崎",
    "宮崎",
    "松本",
    "成田",
    "福島",
    "高田馬場",
    "中山寺",
    "三田",
    "大塚",
    "石川町",
)
_BANKS = ("みずほ銀行", "三井住友銀行", "りそな銀行", "千葉銀行", "福井銀行")
_PLATES = ("品川", "横浜", "なにわ", "名古屋", "福岡", "札幌", "春日部", "尾張小牧")


def write(rng: Random, template: str, slots: Mapping[str, Value | str]) -> Marked:
    """Fill a template, now and then as somebody in a hurry types it: full-width digits."""
    if rng.random() < 0.08:
        slots = {key: _full_width(value) for key, value in slots.items()}
    return compose(template, slots)


def fill(rng: Random, world: World, customer: Customer) -> dict[str, Value | str]:
    """Return the values a template about `customer` may use; third parties are strangers or other members."""
    other = _third_party(rng, world)
    person = customer.person
    staff = rng.choice(world.staff).person
    return {
        **_about(rng, person, ""),
        **_about(rng, other, "other_"),
        "other": other.value(_spoken(rng, other)),
        "name": person.value(_spoken(rng, person)),
        "kana": person.value(person.name.kana(" ")),
        "surname": person.value(person.name.surname),
        "staff": staff.value(staff.name.surname),
        "member": Value(customer.number, "PERSONAL_ID"),
        **_numbers(rng, person),
        **_matters(rng),
    }


def _third_party(rng: Random, world: World) -> Person:
    if rng.random() < 0.5:
        return rng.choice(world.customers).person
    return rng.choice(world.strangers)


def _about(rng: Random, person: Person, prefix: str) -> dict[str, Value | str]:
    return {
        f"{prefix}phone": Value(numbers.phone_text(rng, person.phone), "PHONE_NUMBER"),
        f"{prefix}mail": Value(person.email, "EMAIL_ADDRESS"),
        f"{prefix}age": Value(f"{person.age}{rng.choice(('歳', '歳', '才'))}", "AGE"),
        f"{prefix}address": Value(person.address.written(" "), "JP_ADDRESS"),
        f"{prefix}postcode": Value(person.address.postcode, "JP_POSTAL_CODE"),
        f"{prefix}born": Value(_birth_text(rng, person), "DATE_OF_BIRTH"),
    }


def _numbers(rng: Random, person: Person) -> dict[str, Value | str]:
    card = numbers.credit_card(rng)
    number = person.my_number
    return {
        "imei": Value(numbers.imei(rng), "IMEI"),
        "iccid": Value(numbers.iccid(rng), "ICCID"),
        "licence": Value(person.licence, "JP_DRIVER_LICENSE"),
        "my_number": Value(f"{number[:4]} {number[4:8]} {number[8:]}", "JP_MY_NUMBER"),
        "card": Value("-".join((card[:4], card[4:8], card[8:12], card[12:])), "CREDIT_CARD")
        if len(card) == 16
        else Value(card, "CREDIT_CARD"),
        "account": Value(numbers.digits(rng, 7), "JP_BANK_ACCOUNT"),
        "line": Value(f"{person.name.given_romaji}_{rng.randint(10, 999)}", "SOCIAL_ACCOUNT"),
        "plate": Value(_plate(rng), "JP_LICENSE_PLATE"),
        "transit": Value(f"JE{numbers.digits(rng, 15)}", "JP_TRANSIT_CARD"),
    }


def _matters(rng: Random) -> dict[str, Value | str]:
    return {
        "model": rng.choice(MODELS),
        "plan": rng.choice(PLANS),
        "station": rng.choice(STATIONS),
        "bank": rng.choice(_BANKS),
        "slip": numbers.slip_number(rng),
        "order": f"W{numbers.digits(rng, 10)}",
        "jan": numbers.jan_code(rng),
        "amount": f"{rng.randint(1, 98) * 100:,}",
        "time": f"{rng.randint(9, 20)}:{rng.choice(('00', '30', '15'))}",
    }


def _spoken(rng: Random, person: Person) -> str:
    return person.name.written(rng.choices(("", " ", "　"), (6, 3, 1))[0])


def _birth_text(rng: Random, person: Person) -> str:
    born = person.born
    if rng.random() < 0.4:
        return numbers.wareki(born)
    return rng.choice((f"{born.year}年{born.month}月{born.day}日", f"{born:%Y/%m/%d}", f"{born:%Y-%m-%d}"))


def _plate(rng: Random) -> str:
    kana = rng.choice("さすせそたちつてとなにぬねのはひふほまみむめもやゆらりるろ")
    tail = f"{rng.randint(10, 99)}-{rng.randint(10, 99)}"
    return f"{rng.choice(_PLATES)} {rng.choice((300, 330, 500, 580))} {kana} {tail}"


def _full_width(value: Value | str) -> Value | str:
    if isinstance(value, str) or value.entity_type in {"EMAIL_ADDRESS", "SOCIAL_ACCOUNT"}:
        return value
    table = {ord("0") + digit: ord("０") + digit for digit in range(10)} | {ord("-"): "－"}
    return Value(value.text.translate(table), value.entity_type)


def day_text(rng: Random) -> str:
    """Draw a day of the business year before the reference day, as ISO text."""
    return date(TODAY.year - 1, rng.randint(4, 12), rng.randint(1, 28)).isoformat()
