"""EMPLOYMENT_HISTORY: where a named person worked before.

Former employer (前職は東亜商事, 元東亜商事社員, 以前東亜商事で働いていた), origin (東亜商事出身), leaving
(東亜商事を退職). In a sales note it goes beyond the purpose the name was collected for (APPI art. 17, 18); the
span is the phrase.

>>> recognizer = EmploymentHistoryRecognizer()
>>> text = "田中太郎様、前職は東亜商事とのこと。"
>>> [(text[each.start : each.end], each.score) for each in recognizer.find(text, text)]
[('前職は東亜商事', 0.7)]
"""

from __future__ import annotations

from typing import ClassVar

from detectors.context.statement import ALONE_BEFORE, TAIL, WORD, StatementRecognizer
from detectors.names.lexicon import KANJI, KATAKANA

_ENDINGS = """
商事 物産 銀行 信金 信用金庫 証券 生命 損保 保険 電機 電器 電気 電工 電力 電鉄 鉄道 自動車 製薬 薬品 食品
工業 産業 化学 化成 建設 建築 不動産 住宅 通信 通商 製作所 製造 運輸 運送 物流 航空 ホテル 百貨店 書店 出版
出版社 新聞 新聞社 放送 テレビ 広告 広告代理店 代理店 印刷 商会 商店 商社 興業 工務店 重工 製鉄 製鋼 繊維
紡績 水産 酒造 システム システムズ ソフト ソフトウェア テクノ テクノロジー モバイル ネット ネットワーク
ネットワークス データ コンサルティング グループ ホールディングス フーズ フード エンジニアリング サービス
スーパー デパート カンパニー コーポレーション メーカー クリニック 病院 薬局 医院 市役所 区役所 県庁 都庁
府庁 道庁 役所 役場 警察 警察署 消防署 自衛隊 税務署 郵便局 事務所 法律事務所 会計事務所 会社 法人 協会 組合
財団 農協 生協 省 庁 社 塾 学習塾 工場
"""
_ENDING = "|".join(sorted(_ENDINGS.split(), key=lambda word: (-len(word), word)))
_LEGAL = r"(?:株式会社|有限会社|合同会社|\((?:株|有)\))"
#: Hiragana that open a name (さくら, みずほ), which are no particles.
_HEAD = (
    "(?:[あ-おか-こきぎぐげごさしすせそじずぜぞたちつてどなぬねひふほばびぶべぼまみむめやゆよら-ろわんっゃゅょ]"
    rf"{{2,5}}(?=[{KANJI}{KATAKANA}]))"
)
#: A company with a hiragana head (さくら通信) or without; only where a particle before it is ruled out.
_ORG = rf"(?:{_LEGAL})?{_HEAD}?{WORD}{{2,20}}(?:{_LEGAL})?"
_PLAIN = rf"(?:{_LEGAL})?{WORD}{{2,20}}(?:{_LEGAL})?"
_LATIN = rf"(?:{_LEGAL})?[A-Za-z0-9&'’.]{{1,20}}(?: [A-Za-z0-9&'’.]{{1,20}}){{1,4}}(?:{_LEGAL})?"
#: A word that names a company by its ending or its legal form.
_COMPANY = rf"(?:{_LEGAL}{WORD}{{1,14}}|{WORD}{{1,14}}?(?:{_ENDING})(?:{_LEGAL})?)"
_KNOWN = rf"(?:{_COMPANY}|{_HEAD}{WORD}{{0,14}}?(?:{_ENDING}))"
_WHEN = (
    r"(?:以前|かつて|昔|過去に|前に|もともと|元々|新卒で|新卒から|長年|[0-9]{4}年(?:[0-9]{1,2}月)?(?:末|頃)?(?:まで|から)"
    r"|(?:昨年|去年|一昨年|先月|前年度|今年)[^、。 はがをにで]{0,4}まで"
    r"|[0-9一二三四五六七八九十数]{1,3}(?:年|か月|ヶ月)(?:ほど|間|くらい|程度)?(?:前(?:まで|に|は)?)?)"
)
_WORKED = "(?:勤務|勤め|働い|在籍|在職|所属|勤続|お勤め|入社|仕事をし|営業をし|教鞭|アルバイト|パート)"
_WAS = "[しさなれてらいっおまゃりき]{1,8}た(?![めいくら])"
_NOTED = rf"(?:経験(?:あり)?|歴(?:あり|[0-9]+年)?|時代|{_WAS})?"

_LEFT = "(?:定年退職|早期退職|依願退職|退職|退社|離職|辞職|辞め|リストラ|懲戒解雇|解雇|クビ)"
_NOT_PAPERS = "(?!金|届|者|手続|代行|給付|勧奨|後の?(?:手続|保険))"
_DATE = (
    r"(?:(?:[0-9]{4}年)?[0-9]{1,2}月(?:[0-9]{1,2}日|末日?)?|[0-9]{4}年(?:春|夏|秋|冬|度末?)?|昨年|去年|一昨年|先月末?|先週|今年|今月末?"
    "|来月末?|年度末|年内|昨年度)"
)
_MOVED = "(?:転職|移籍|転籍|引き抜|ヘッドハント|中途入社|中途採用)"

_LABELS = (
    "(?:前々?職|前の(?:職場|会社|勤務先|勤め先|仕事)|以前の(?:お?勤め先|職場|会社|勤務先|仕事)|旧勤務先|前勤務先"
    "|元の?(?:勤務先|勤め先|職場)|職務経歴|職歴|経歴)"
)
_LABEL = f"{_LABELS}(?:の(?:会社|勤務先|役職|職種|年収|給与|退職理由))?"
_NO_OBJECT = (
    "(?:不問|不明|非公開|未確認|未定|問わ|以下|次の|下記|別紙|履歴書|記載|無し|特に|秘密|内緒|個人情報|必須|任意|記入|入力|同じ|大切"
    "|重要|関係|考慮|参考|様々|色々|十分|豊富|浅|長|短|証明|詐称|採用|照会|要確認|確認|一切|対象|応募)"
)

_ROLES = (
    "社員|行員|職員|局員|部員|店員|所員|組合員|従業員|役員|取締役|社長|会長|専務|常務|部長|課長|係長|支店長|店長|所長|工場長|勤務"
    "|所属|営業マン|営業|エンジニア|記者|研究員|技術者|秘書|アルバイト|パート|派遣|契約社員|正社員"
)
_RANK = (
    "(?:営業|社員|部長|課長|係長|主任|店長|支店長|役員|取締役|社長|エンジニア|技術者|研究員|秘書|パート|派遣)"
)
_JOBS = (
    "看護師|保育士|美容師|教員|教師|高校教師|中学教師|小学校教諭|教諭|公務員|国家公務員|地方公務員|自衛官|自衛隊員|警察官|刑事|消防士"
    "|消防官|銀行員|銀行マン|商社マン|証券マン|会社員|客室乗務員|添乗員|介護士|薬剤師|弁護士|税理士|記者|新聞記者|プログラマー|エンジニア"
    "|料理人|調理師|運転手|ホステス|ホスト|風俗嬢|キャビンアテンダント|CA|SE|MR"
)

_KATAKANA_NAME = f"(?:[{KATAKANA}]{{2,14}})"
_LATIN_NAME = "(?:[A-Z][A-Za-z0-9&]{1,14})"
_ONCE = rf"{ALONE_BEFORE}元(?![気年号々素来旦])"
_FORMERLY = "元[^気年号々素来旦]"
_IS_SAID = "(?=[ので、。)」]|です|だ|と[のい聞伺]|らしい|$)"
#: What a sentence must hold, and the phrase then looked for.
_STATED = (
    (
        _LABELS,
        rf"{_LABEL}(?:[はがも]| ?[:=] ?| )[「『]?(?!{_NO_OBJECT})(?:{_LATIN}|{_KNOWN}|{_ORG})"
        rf"(?:の(?!方|件|ため|人){WORD}{{2,14}})?",
    ),
    (_LABELS, rf"{_LABEL}[、(]?(?!{_NO_OBJECT}){_KNOWN}"),
    (_FORMERLY, rf"{_ONCE}{_HEAD}?{WORD}{{1,16}}?(?:{_ROLES})(?!{WORD}*(?:募集|求人))"),
    (_FORMERLY, rf"{_ONCE}{_KNOWN}(?:の{_RANK})?{_IS_SAID}"),
    (_FORMERLY, rf"{_ONCE}(?:{_KATAKANA_NAME}|{_LATIN_NAME})の(?:{_ROLES}){_IS_SAID}"),
    (_FORMERLY, rf"{_ONCE}(?:{_JOBS})(?!{WORD})"),
    (
        _WORKED,
        rf"{_WHEN}(?:まで)?[はにの、 ]?、?(?:{WORD}{{1,10}}の)?{_ORG}(?:にて|[でにのへ])"
        rf"[^。、「」]{{0,10}}?{_WORKED}{_NOTED}",
    ),
    (_WORKED, rf"{_WHEN}(?:まで)?[はにの、 ]?{_COMPANY}{_WORKED}{_NOTED}"),
    (_WORKED, rf"{_PLAIN}(?:にて|[でに])[^。、「」はがを]{{0,8}}?{_WORKED}{_WAS}"),
    ("勤務|在籍|在職", rf"{_KNOWN}(?:での|[でにの])?(?:勤務|在籍|在職)(?:時代?|経験|歴)"),
    ("時代(?:[にのは、]|から)", rf"{_KNOWN}時代(?=[にのは、]|から)"),
    (
        "に(?:い|おり|おられ|いらし|いらっしゃっ)(?:た|ました)",
        rf"{_WHEN}(?:まで|[はに、])?{_KNOWN}に(?:い|おり|おられ|いらし|いらっしゃっ)(?:た|ました)",
    ),
    (_LEFT, rf"(?:{_KNOWN}[を、]|{WORD}{{4,20}}を)[^。、をはが]{{0,8}}?{_LEFT}{_NOT_PAPERS}{TAIL}"),
    (
        _LEFT,
        rf"{_DATE}(?:付け?で?|[でに]|を?もって)?、?(?:定年|自己都合|早期|依願|円満|懲戒)?で?{_LEFT}{_NOT_PAPERS}"
        rf"(?:{_WAS}|済み?|予定)?",
    ),
    ("出身|OB|OG|上がり", rf"{_KNOWN}の?(?:出身|OB|OG|上がり)(?!地|校|者)"),
    (
        "前職で|前の(?:職場|会社)で",
        rf"前(?:職|の(?:職場|会社))では?、?{WORD}{{0,6}}?(?:{_ROLES})(?:職)?(?:を|として|だっ){_WAS}",
    ),
    (
        _MOVED,
        rf"{_KNOWN}(?:から|より)(?:の|[^。、はがを]{{1,14}}?[にへ])?{_MOVED}(?:で|して|されて)?(?:きた|{_WAS})?",
    ),
)


class EmploymentHistoryRecognizer(StatementRecognizer):
    """Former employers and jobs; see the module."""

    entity_type: ClassVar[str] = "EMPLOYMENT_HISTORY"
    version: ClassVar[str] = "4"
    stated: ClassVar[tuple[tuple[str, str], ...]] = _STATED
