"""RELATIONSHIP: who a named person lives with, is related to, loves or knows.

A word for a relation (妻, 長男, 恋人, 知人) or for its change (交際中, 離婚した) says nothing alone: it must be
somebody's (佐藤様の妻), be somebody (知人の田中様), be said of somebody (佐藤様は妻と二人暮らし) or join two
(佐藤様と田中様は恋人同士). The span is the word, without the names.

>>> recognizer = RelationshipRecognizer()
>>> text = "佐藤美咲様は田中部長の恋人とのこと。"
>>> [(text[each.start : each.end], each.score) for each in recognizer.find(text, text)]
[('恋人', 0.7)]
"""

from __future__ import annotations

import re
from typing import ClassVar

from detectors.ahead import compiled
from detectors.context.statement import (
    MEANT,
    NAMED,
    PERSON_WORD,
    POLITE,
    UNTIED,
    People,
    StatementRecognizer,
    about_a_company,
    asserted,
    certain,
    is_apart,
)
from detectors.names.lexicon import KANJI, KATAKANA

#: Family and partners: of one person, whoever is told.
_CLOSE = (
    "内縁の[妻夫]|元妻|元夫|前妻|前夫|元彼女?|元カレ|元カノ|亡妻|亡夫|先妻|後妻|奥様|奥さま|奥さん|奥方|御主人|ご主人|旦那様?|旦那さん"
    "|配偶者|伴侶|恋人|彼女|彼氏|婚約者|フィアンセ|許嫁|交際相手|愛人|不倫相手|浮気相手|パートナー|夫妻|元?夫婦"
    "|(?:長|次|二|三|四)[男女]|末っ子|一人息子|一人娘|息子|娘婿|養子|養女|孫娘|父親|母親|義父|義母|実父|実母|養父|養母|継父|継母"
    "|祖父母|祖父|祖母|実兄|実弟|実姉|実妹|義兄|義弟|義姉|義妹|兄弟|姉妹|双子"
    "|叔父|伯父|叔母|伯母|従兄弟|従姉妹|いとこ"
)
#: One kanji: part of another word when a kanji follows that is no honorific.
_KIN = "[妻夫父母兄弟姉妹娘孫甥姪姑舅]"
#: Said of many people in general as well: these ask for a closer tie.
_LOOSE = (
    "家族|家内|両親|父母|子供|子ども|子様|子さん|親戚|親族|親類|身内|知人|知り合い|知合い|友人|友達|親友|旧友|幼なじみ|幼馴染み?|同級生"
    "|同窓生|ママ友|飲み仲間|元同僚|同僚|元上司|上司|元部下|部下|先輩|後輩|恩師|教え子|元請け仲間|ルームメイト|同居人|腐れ縁"
)
_HONOURED = "(?:様|さま|さん)?"
#: What makes the word a product, a group, an event or a place.
_NO_RELATION = (
    rf"(?![{KANJI}]{{0,2}}(?:割|会員|カード|葬|信託|手当|旅行|経営|風呂|紹介|招待|名義|回線|契約|登録|プラン|都市|会社|店|校|品|誌|編|弟子))"
    "(?!の日|以外|向け|連れ|同伴|みんな|ランチ|の味|なる|たる|会(?!社)|シップ|企業|サービス|プラン|サポート|ドラマ|ぐるみ)"
)
_RELATION = (
    rf"(?<!親)(?:(?<![{KANJI}{KATAKANA}])|(?<=[様氏君月年日在]))(?:ご|お|御)?(?:{_CLOSE}|{_LOOSE}|{_KIN}(?![{KANJI}](?<![様方宅達]))){_HONOURED}"
    rf"(?![{KATAKANA}]){_NO_RELATION}"
)
_CHANGE = (
    "(?:交際|不倫|同棲|同居|別居|婚約|浮気|お?付き合い|二股)(?:中|し(?:てい(?:る|た|て)|て(?:お|い)|た)|をして(?:いる|いた))|付き合って(?:いる|いた|おり)"
    "|(?:結婚|離婚|再婚|入籍|破局|死別|婚約)(?:し(?:た|て|ており)|され(?:た|て)?|歴あり|調停中|協議中|予定|済み?|を控え)"
    "|(?:二人|2人|一人|1人)暮らし|独身|未婚|既婚|バツイチ|シングルマザー|シングルファザー|未亡人|母子家庭|父子家庭"
)
_WORDS = f"(?:{_RELATION})|(?:{_CHANGE})"
_CUE = (
    f"{_CLOSE}|{_LOOSE}|{_KIN}"
    "|交際|付き合|不倫|浮気|二股|同棲|同居|別居|婚約|結婚|離婚|再婚|入籍|破局|死別|人暮らし|独身|未婚|既婚|バツイチ"
    "|シングル|未亡人|母子家庭|父子家庭"
)
_WORD_OF_MANY = compiled(rf"(?:ご|お|御)?(?:{_LOOSE}){_HONOURED}$")
_ONLY_OWNED = re.compile("彼女|パートナー|父母")

_OWNER = re.compile(
    rf"{POLITE}の?(?:ご|お|御)?(?:[一二三四]人の|亡き|年配の|高校生の|小学生の|中学生の|大学生の|実の)?$"
)
_OWNER_WORD = compiled(rf"(?:{PERSON_WORD.pattern}|彼|本人|お客様)(?:様)?の(?:ご|お|御)?$")
#: Between the word and the name of who it is.
_BEARER = re.compile(r"(?:である|にあたる|だという|で、|[の:：・(「= ]|、(?!別)|,)?(?:旧姓)?")
_TOPIC = compiled(rf"{POLITE}(?:には|にも|は|が|も|から|より|、|:| |と|宅)")
_SAID = re.compile("[がはともにをへ、。]|から|より|$|あり|有|いる|が")
_PREDICATE = re.compile(
    "同士|の?関係|の?間柄|だ(?!け)|です|であ|でい|とのこと|との[話由]|と[聞伺言]|らしい|だそう|にあた|[。)」]|$|で、|の仲|、"
)
_CONSULTS = re.compile(
    "[とにへも](?:よく)?(?:ご|お)?(?:相談|確認|検討|話し合|聞い|一緒|共有|連絡|説明|代わ)|で(?:ご|お)?(?:利用|使|来|楽)|[のをも](?:紹介|分|方)"
)


class RelationshipRecognizer(StatementRecognizer):
    """Relations of named persons; see the module."""

    entity_type: ClassVar[str] = "RELATIONSHIP"
    stated: ClassVar[tuple[tuple[str, str], ...]] = ((_CUE, _WORDS),)

    def states(self, sentence: str, start: int, end: int, named: People) -> bool:
        """Say whether a word is said of somebody; somebody's own relation is no general talk."""
        if sentence.startswith("祖父江", start):
            # A surname and a town; RE2, which reads the same words as the gate, has no lookahead.
            return False
        if _owned(sentence, start, end, named) or _borne(sentence, start, end, named):
            return certain(sentence, start, end)
        return asserted(sentence, start, end)

    def tie(self, sentence: str, start: int, end: int, named: People) -> float:
        """Score by how the relation hangs on a person."""
        if _owned(sentence, start, end, named) or _borne(sentence, start, end, named):
            return NAMED
        word = sentence[start:end]
        loose = _WORD_OF_MANY.match(word) is not None
        if not loose and _OWNER_WORD.search(sentence, 0, start):
            return MEANT
        if _ONLY_OWNED.search(word) or about_a_company(sentence, start, end, named):
            return UNTIED
        return _said(sentence, start, end, loose, named)


def _owned(sentence: str, start: int, end: int, named: People) -> bool:
    """佐藤様の妻."""
    return any(
        start - 20 <= until <= start and _OWNER.fullmatch(sentence, until, start) for _, until in named
    )


def _borne(sentence: str, start: int, end: int, named: People) -> bool:
    """知人の田中様, 長男 健太."""
    return any(end < there <= end + 6 and _BEARER.fullmatch(sentence, end, there) for there, _ in named)


def _said(sentence: str, start: int, end: int, loose: bool, named: People) -> float:
    """佐藤様は妻と二人暮らし, 佐藤様と田中様は恋人同士."""
    change = re.fullmatch(_CHANGE, sentence[start:end]) is not None
    if loose and not change and _CONSULTS.match(sentence, end):
        return UNTIED
    if not (change or _PREDICATE.match(sentence, end) or _SAID.match(sentence, end)):
        return UNTIED
    if any(
        is_apart(each, start, end) and each[1] <= start and _TOPIC.match(sentence, each[1]) for each in named
    ):
        return NAMED
    said_of = PERSON_WORD.search(sentence, 0, start)
    return MEANT if said_of and not loose and _TOPIC.match(sentence, said_of.end()) else UNTIED
