"""The end of an address: building, floor, room, 様方 — and where running text goes on instead.

After the block numbers nothing marks a building but its own words. It is taken when it carries a building word
(ビル, ハイツ, 荘), a floor or room, or letters that are no Japanese sentence (katakana, Latin); it ends before a
particle (…ビル1階に移転), a company (…2-5 株式会社) unless it is 内, a person, a label or a telephone number.

>>> def rest(text): return text[: building_end(text, 0)]
>>> rest("新宿SKYビル1階に移転した"), rest("です。"), rest("-402号 / 最寄駅"), rest("加納合同事務所内です。")
('新宿SKYビル1階', '', '-402号', '加納合同事務所内')
>>> rest(" プレジール若葉305"), rest("ハイツ丸の内203"), rest(" コーヒー豆の話")
(' プレジール若葉305', 'ハイツ丸の内203', '')
>>> rest(" ガーデンテラス"), rest(" 山田太郎"), rest("(株式会社青空内)"), rest("(本山マンション203号)")
(' ガーデンテラス', '', '', '(本山マンション203号)')
"""

from __future__ import annotations

import re

from detectors.ahead import compiled

#: Longest stretch looked at; building names of KEN_ALL have up to 32 characters.
_REACH = 60
_CHUNKS = 3

_RUN = re.compile(r"(?!・[^0-9])(?:[\w・.&'‘’-]|~(?=[0-9]{3}|[0-9]{1,2}[F階]))+")
_GAP = re.compile(r" {1,2}(?=[\w])|、(?=[0-9]{1,4}号)")
#: (旧：栃木県小山市…): an address of its own.
_ANOTHER = re.compile(":|[都道府県][^0-9]{1,7}[市区町村郡]")
_BRACKETS = re.compile(r"\(([^()\n]{1,30})\)(?=\s|$)")

_COMPANY = re.compile(
    r"株式会社|有限会社|合同会社|合資会社|合名会社|㈱|㈲|[一特]般社団|一般財団|公益[社財]団|医療法人|学校法人|宗教法人"
    r"|社会福祉法人|税理士法人|監査法人|協同組合|NPO|特定非営利|独立行政法人"
)
_STOP = compiled(
    r"様(?!方)|さん(?![ァ-ヶ一-鿿])|さま|御中|氏名|(?<![A-Za-z])(?:TEL|Tel|tel|FAX|Fax)|電話|携帯|連絡先|担当|代表|備考|生年月日|メール|〒|http|E-?mail"
    r"|0[0-9]{1,4}-[0-9]{1,4}-[0-9]{3,4}|(?<![0-9])0[0-9]{9,10}(?![0-9])"
)
_COMPANY_INSIDE = re.compile(r"[^内\n]{0,40}内(?![一-鿿])")

#: A stretch of hiragana; one that is such a phrase, or begins with such a word, is grammar and not a name.
_HIRAGANA = re.compile(r"[ぁ-ゖ]+")
_PHRASE = compiled(
    r"(?:に|を|へ|は|が|で|と|も|の|や|な|だ)$"
    r"|です|でし|でご|である|であり|でお|にて|にあ|にお|にご|にな|にし|にい|から|まで|より|あて|ほか|など|への|での|との|にも|には|では|をお|をご|がご|はご"
)
_INNER = re.compile(r"[のがつ](?=[一-鿿ァ-ヶ])")
_AFTER = re.compile(
    r"所在|付近|周辺|在住|居住|宛(?!名)|地先|先(?![^\W0-9]*(?:ビル|マンション))|移転|交差点|地内|他(?![^\W0-9]*ビル)|外[0-9一二三]筆|以下"
)

_BUILDING = (
    "ビル|マンション|ハイツ|ハイム|コーポ|アパート|メゾン|レジデンス|レジデンシア|パレス|タワー|テラス|コート|ヒルズ|ハウス|プラザ|スクエア|シティ|"
    "センター|ガーデン|フラット|ヴィラ|ビラ|パーク|プレイス|アネックス|ステーション|ドーム|ホテル|モール|ハイライズ|カーサ|ドミール|グラン|プレミアム|"
    "ライオンズ|ダイヤパレス|シャトー|エステート|キャッスル|サンライズ|コスモ|ロイヤル|荘|棟|館|寮|団地|住宅|官舎|宿舎|公舎|社宅|会館|事務所|庁舎|"
    "市役所|区役所|町役場|村役場|役場|学校|分校|高校|大学|幼稚園|保育園|病院|医院|診療所|郵便局|工場|倉庫|営業所|邸|寺|神社|公民館|県営|市営|都営|府営|町営|"
    "BLD|Bld|BLDG|Bldg|bldg|様方"
)
_ROOM = r"[0-9A-Za-z]{1,5}(?:号室|号棟|号|室|階|[Ff](?![A-Za-z]))|[Ff][0-9]{1,2}(?![0-9])|[東西南北左右]室"
_MARKER = compiled(f"{_BUILDING}|{_ROOM}|内$|[-ーｰ・]?[0-9]+$")
_STRONG = compiled(f"{_BUILDING}|{_ROOM}|内$")
_BLOCK = re.compile(r"[0-9](?:丁目|番|街区|画地)|^[0-9]{3,4}$")
#: A building nobody's word list holds, by its room: プレジール若葉305.
_NAMED_ROOM = re.compile(r"[ァ-ヺー]{3,12}[一-鿿]{0,4}[1-9][0-9]{2,3}")
#: The same with its floor or room behind a space: 豊洲フロント 2F.
_NAME_AND_ROOM = re.compile(
    rf"(?=[一-鿿々]{{0,8}}[ァ-ヺーA-Za-z]{{2}})([一-鿿々ァ-ヺーA-Za-z0-9]{{3,16}}) (?:{_ROOM})(?!\w)"
)
#: 鈴木方: the household somebody lodges with, without 様.
_CARE_OF = re.compile(
    r"(?!(?:地|遠|先|夕|明|双|両|前|後|四|八|味|大|親|仕|行|裏|平|立|南|北|東|西)方)[一-鿿々ヶ]{1,5}方"
)
_LODGING = re.compile(r"[ 、]?[一-鿿々ヶ]{1,5}?(?:様)?方$")
_ENDS_IN_ROOM = re.compile(r"[0-9]{2,4}$")
_BARE_ROOM = re.compile(r"[A-Za-z]?-?[0-9]{2,4}|[0-9]{1,2}-(?:[A-Z]|[0-9]{3,4})")
_LETTER_ROOM = re.compile("[-ーｰ]?[A-Z]|~[0-9]{1,4}号?")
_FOREIGN = re.compile(r"[ァ-ヺーｦ-ﾟ]{3,}|[A-Za-zА-я][A-Za-zА-я&.'’]+")
#: Kanji behind a room are a person's or an office's.
_KANJI_TAIL = re.compile(r"(?:(?<=[室階])[一-鿿]{2,}|(?<=号)[一-鿿]{2,6})(?<![室内方棟館])$")
_TRAILING = re.compile(r"[-・.&'’]+$")


def building_end(folded: str, start: int) -> int:
    """Return where building and room end in folded text when the block numbers end at `start`."""
    end = _chunk_end(folded, start, spaced=False)
    named = end > start
    for _ in range(_CHUNKS):
        gap = _GAP.match(folded, end)
        if gap is None:
            break
        chunk = _chunk_end(folded, gap.end(), spaced=True, after_name=named)
        if chunk == gap.end():
            chunk = _before_room(folded, chunk)
        if chunk == gap.end():
            break
        end, named = chunk, True
    brackets = _BRACKETS.match(folded, end)
    if (
        brackets
        and (_STRONG.search(brackets[1]) or _BLOCK.search(brackets[1]))
        and not (_COMPANY.search(brackets[1]) or _ANOTHER.search(brackets[1]))
        and brackets[1][-1] != "内"
    ):
        return brackets.end()
    return end


def room_of(building: str) -> tuple[str, str]:
    """Split a building's text into ``(name, room)``; the room keeps digits and letters: 2号棟-203 → 2-203.

    >>> room_of("新宿SKYビル1階"), room_of("-402号"), room_of("ハイムみづき105"), room_of("第2森ビル401号")
    (('新宿SKYビル', '1F'), ('', '402'), ('ハイムみづき', '105'), ('第2森ビル', '401'))
    >>> room_of("コーポ青葉203号室 鈴木様方")
    ('コーポ青葉', '203')
    """
    building = _LODGING.sub("", building)
    found = re.search(
        r"(?:([0-9A-Za-z]{1,3})号?棟[- ]?)?(?:-|ー|ｰ| )?((?:[A-Za-z]-?)?[0-9]{1,5}|[A-Za-z](?=号|室))"
        r"(号室|号|室|階|[Ff])?内?$",
        building,
    )
    if found is None or (not found[3] and building[: found.start()].endswith("第")):
        return building.strip(" -ーｰ"), ""
    wing = f"{found[1]}-" if found[1] else ""
    floor = "F" if found[3] in ("階", "F", "f") else ""
    number = found[2].upper().replace("-", "").lstrip("0")
    return building[: found.start()].strip(" -ーｰ"), f"{wing}{number}{floor}"


def _chunk_end(folded: str, start: int, spaced: bool, after_name: bool = False) -> int:
    """Return where the building word at `start` ends; `start` itself when there is none."""
    found = _RUN.match(folded, start, start + _REACH)
    if found is None:
        return start
    body = _before_sentence(_before_stop(found[0], spaced))
    body = _TRAILING.sub("", _KANJI_TAIL.sub("", body))
    if body in ("", "内"):
        return start
    if spaced:
        fits = bool(
            _STRONG.search(body)
            or _NAMED_ROOM.fullmatch(body)
            or _CARE_OF.fullmatch(body)
            or (after_name and _BARE_ROOM.fullmatch(body))
        )
    else:
        fits = any(
            (
                _MARKER.search(body),
                _FOREIGN.search(body),
                _LETTER_ROOM.fullmatch(body),
                _CARE_OF.fullmatch(body),
            )
        )
    return start + len(body) if fits else start


def _before_room(folded: str, start: int) -> int:
    """Return where a name that nothing but the room behind it makes a building ends; `start` when it is none."""
    named = _NAME_AND_ROOM.match(folded, start)
    if named is None or _COMPANY.search(named[1]) or _STOP.search(named[1]):
        return start
    return named.end()


def _before_stop(run: str, spaced: bool) -> str:
    """Cut a run before a company, person, label or telephone number; a company that is 内 belongs to it."""
    company = _COMPANY.search(run)
    if company:
        inside = _COMPANY_INSIDE.match(run, company.start())
        run = run[: inside.end()] if inside else run[: company.start()]
    stop = _STOP.search(run)
    if stop is None:
        return run
    # After a space, what ends in 様 is a person from its first letter on.
    return "" if spaced else run[: stop.start()]


def _before_sentence(run: str) -> str:
    """Cut a run where the sentence goes on."""
    after = _AFTER.search(run)
    if after:
        run = run[: after.start()]
    for kana in _HIRAGANA.finditer(run):
        inside = kana.start() and _INNER.match(run, kana.start())
        named = (
            _STRONG.search(run, kana.end())
            or _FOREIGN.search(run, kana.end())
            # ハイツ丸の内203: a building word before, a room at the end.
            or (inside and _STRONG.search(run[: kana.start()]) and _ENDS_IN_ROOM.search(run, kana.end()))
        )
        if _PHRASE.match(kana[0]) and not (inside and named):
            return run[: kana.start()]
        if not (named or _MARKER.search(run, kana.end())):
            return run[: kana.start()]
    return run
