"""What all statements share: the sentence, the person it speaks of, and whether it states anything at all.

A statement counts when it stands in one sentence with a person: a name that is reported in the text, or a word for
one person (ご本人, お客様, 彼女). Denied, asked, supposed or general talk (制度, 募集, 保険) is no statement.
A form says whose it is once: a phrase that begins with its own label (既往歴：…) belongs to a name with a label or
an honorific above it. Score: .7 with a name, .6 with a word for a person or on a form, .25 without (reported at
the recall point only).
The span is the phrase (``前職は東亜商事``), without the name and without the rest of the sentence.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar

import re2

from detectors.ahead import compiled
from detectors.names.lexicon import HIRAGANA, HONORIFIC, KANJI, KATAKANA, TITLE
from detectors.names.passage import Point
from detectors.names.person import spans_of
from detectors.recognizer import Match, Recognizer
from detectors.resolver import REPORTED

NAMED, MEANT, UNTIED = 0.7, 0.6, 0.25

#: Score of a name with a label or an honorific, and how far above an entry of a form it may stand.
_LABELLED, _FORM_REACH = 0.9, 400

#: (start, end) of the names in a sentence, in order.
People = tuple[tuple[int, int], ...]
#: Where a sentence begins in its text, the sentence, and where in it a phrase stands.
Cued = tuple[int, str, Sequence[tuple[int, int]]]

#: A sentence or a line, cut at 500 characters so that work on a text without an end stays linear.
_SENTENCE = re.compile("[^。｡\n\r!?]{1,500}[。｡!?]?")

#: Words for one person of whom the reader knows who it is.
PERSON_WORD = compiled(
    "彼女|(?<!元)彼(?![方岸の女氏])"
    "|(?:ご|御)?本人(?:様|さま)?(?!確認|以外|限定|名義|認証|通知|希望|特定|申告)"
    "|(?:お客様|お客さま|顧客)(?=[はがもにの、 ]|本人|より|から|ご)(?!の(?:声|個人|情報|同意|端末|環境))"
    "|先方|同氏(?!名)|当人|当該(?:社員|従業員|職員|顧客|契約者)|(?:ご|御)?契約者様?(?=[はがの、])|利用者様"
    "|入居者様|患者(?:様|さん)(?=[はがの、])|ご主人|奥様|奥さん|旦那様|(?<![A-Za-z])[A-Z](?:さん|様|氏|君)"
)
#: Others than humans fall ill too.
_ANIMAL = re.compile("愛犬|愛猫|飼い犬|飼い猫|ペット|動物病院|犬が|猫が|ワンちゃん|猫ちゃん")
_INVENTED = re.compile(
    "主人公|登場人物|ドラマ|映画|小説|漫画|架空|記入例|記載例|例文|サンプル|ダミー|という設定|役を演じ"
)
_SUPPOSED_BEFORE = compiled("もし(?!も)|もしも|仮に|万一|万が一|例えば|たとえば|(?:たと|例)えば")
#: The organisation is what the sentence is about, not a person.
_CORPORATE = re.compile("(?:当社|弊社|当行|当院|当店|当会|わが社|我が社|同社|同行|両社)(?:で)?(?:は|が|も)")

_DENIED = compiled(
    rf"[{HIRAGANA}]{{0,8}}?(?:ない|なかった|ません|なし|無し|無い|ず(?:[、。に]|$))"
    "|(?:[はがも:] ?)?(?:特に)?(?:不問|不明|未確認|要確認|非公開|特になし|該当なし|問わず|問いません)"
    "|(?:と|で)?(?:いう|の)(?:わけ|事実|こと)[でではも]{1,2}ない|という?のはデマ|とは(?:言|い)えない"
)
_DOUBTED = re.compile(
    rf"[{HIRAGANA}]{{0,6}}?(?:かもしれ|かも知れ|かどうか|か否か|たら|のでは(?:ない|と)|っぽい"
    "|ようでしたら|でしたら|であれば|ならば|なら[、 ])"
    rf"|[{HIRAGANA}]{{0,6}}?か(?:$|[。?]|、?(?:を|は)?(?:確認|ご確認|尋|聞|伺|教え|ご教示|お知らせ))"
    "|[^、。]{0,6}?(?:場合|ときは|とき、|時は|際[はにの、]|の有無|の可能性|の疑い(?:が|は)?(?:ない|なし))"
    "|(?:です|ます|でした|ました|でしょう|ある|いる|ている)か(?:[。?]|$)"
)
_GENERAL = re.compile(
    "[^、。]{0,2}?(?:(?:の|な|た|る|ている|中の)?(?:方々?|人々?|人たち|者|皆様|皆さま|患者|社員|従業員|学生|女性|男性)"
    "(?:(?:も|は|を|に)(?![^。]{0,12}(?:様|さん|氏))|向け|対象|限定|歓迎|など|等|へ[のは]))"
    "|[^、。]{0,8}?(?:歓迎|不問|募集|求人|応募可|応募資格|キャンペーン|プラン|制度|取り組み|取組|支援(?!センターに)|対策"
    "|に関する|に関して|向け|対象者|を対象|専門|研究|講演|講座|講義|セミナー|学会|シンポジウム|保険|特約|給付|割引"
    "|とは[、何]|について(?!話|聞|伺|本人|相談|お話|、)|の(?:聞き取り|聞き方|伝え方)|方法|記入|記載欄|入力|欄[にはを]|項目|義務"
    "|禁止|してはなら|取得(?:しない|いたしません|には|する際)|取扱|取り扱い|個人情報|ポリシー|規程|規約|規定|アンケート|啓発"
    "|予防|に注意|ご注意|教室|相談窓口|コラム|特集|統計|の割合|が増え|が多い|増加|ガイド|手引|マニュアル|広告|チラシ|パンフ)"
    "|[^、。]{0,8}?(?:でも|ても)(?:ご?加入|ご?利用|お?申|可能|でき|安心|OK)"
)


class StatementRecognizer(Recognizer):
    """Base of the recognizers of statements: a subclass gives the phrases to look for.

    `stated`: pairs of an RE2 pattern, the words without which a sentence cannot hold the phrase, and the phrase's
    own pattern. The gate is the alternation of the former. `entry`: how a phrase begins that is the entry of a
    form. `point`: how names are looked for (`PersonRecognizer`).
    """

    version: ClassVar[str] = "3"
    stated: ClassVar[tuple[tuple[str, str], ...]]
    entry: ClassVar[re.Pattern[str] | None] = None
    _cues: ClassVar[Any]
    _phrases: ClassVar[tuple[re.Pattern[str], ...]]

    def __init_subclass__(cls, **options: Any) -> None:
        """Compile the cues to one set, evaluated once per sentence."""
        super().__init_subclass__(**options)
        cls.gate = "|".join(cue for cue, _ in cls.stated)
        cls._cues = re2.Set.SearchSet()
        for cue, _ in cls.stated:
            cls._cues.Add(cue)
        cls._cues.Compile()
        cls._phrases = tuple(compiled(phrase) for _, phrase in cls.stated)

    def __init__(self, point: Point = "balanced", **options: Any) -> None:
        super().__init__(**options)
        self.point: Point = point

    def find(self, text: str, folded: str) -> Iterable[Match]:
        """Yield the statements of every sentence, tied to a person or not (see the module for scores)."""
        return self.find_all([text], [folded])[0]

    def find_all(self, texts: Sequence[str], folded: Sequence[str]) -> list[list[Match]]:
        """Return what `find` yields for every text; names are looked for where a phrase stands, of all at once."""
        cued = [list(self._cued(plain)) for plain in folded]
        asked = [at for at, each in enumerate(cued) if each]
        named = spans_of([folded[at] for at in asked], self.point)
        found: list[list[Match]] = [[] for _ in texts]
        for at, names in zip(asked, named, strict=True):
            reported = sorted((start, end) for start, end, score in names if score >= REPORTED["balanced"])
            heads = [end for _, end, score in names if score >= _LABELLED]
            found[at] = list(self._stated(cued[at], reported, heads))
        return found

    def _cued(self, folded: str) -> Iterator[Cued]:
        for said in _SENTENCE.finditer(folded):
            # A lone surrogate has no UTF-8 form; no cue asks for one.
            cues = self._cues.Match(said[0].encode("utf-8", "replace")) or ()
            if phrases := [found.span() for cue in cues for found in self._phrases[cue].finditer(said[0])]:
                yield said.start(), said[0], phrases

    def _stated(
        self, cued: Iterable[Cued], names: Sequence[tuple[int, int]], heads: Sequence[int]
    ) -> Iterator[Match]:
        for offset, sentence, phrases in cued:
            named = _within(names, offset, offset + len(sentence))
            for start, end in phrases:
                if self.states(sentence, start, end, named):
                    score = self.tie(sentence, start, end, named)
                    if score < MEANT and self.entry and self.entry.match(sentence, start, end):
                        headed = any(0 <= offset - head <= _FORM_REACH for head in heads)
                        score = MEANT if headed else score
                    yield Match(offset + start, offset + end, score, self.entity_type)

    def states(self, sentence: str, start: int, end: int, named: People) -> bool:
        """Say whether a phrase states something of somebody; `named`: the people of the sentence."""
        return asserted(sentence, start, end)

    def tie(self, sentence: str, start: int, end: int, named: People) -> float:
        """Score a phrase by the person the sentence holds beside it."""
        if about_a_company(sentence, start, end, named):
            return UNTIED
        if any(is_apart(person, start, end) for person in named):
            return NAMED
        return MEANT if person_word_before(sentence, start) else UNTIED


def _within(names: Sequence[tuple[int, int]], first: int, last: int) -> People:
    """Return those of `names` (sorted) that stand from `first` to `last`, counted from there."""
    at = bisect_left(names, (first, first))
    until = bisect_left(names, (last, last))
    return tuple((start - first, end - first) for start, end in names[at:until] if end <= last)


def is_apart(person: tuple[int, int], start: int, end: int) -> bool:
    """Whether a name stands outside the phrase: 元松本商事社員 names nobody."""
    return person[1] <= start or person[0] >= end


def person_word_before(sentence: str, start: int) -> bool:
    """Whether a word for one person stands before the phrase; after it such a word is a class of people."""
    return PERSON_WORD.search(sentence, 0, start) is not None


def asserted(sentence: str, start: int, end: int) -> bool:
    """Whether the phrase is stated of somebody: not denied, asked, supposed, invented, or said in general."""
    return certain(sentence, start, end) and not _GENERAL.match(sentence, end)


def certain(sentence: str, start: int, end: int) -> bool:
    """Whether the phrase is stated as a fact, be it of somebody or in general."""
    if sentence.endswith("?") or _DENIED.match(sentence, end) or _DOUBTED.match(sentence, end):
        return False
    return not (
        _SUPPOSED_BEFORE.search(sentence, 0, start) or _INVENTED.search(sentence) or _ANIMAL.search(sentence)
    )


def about_a_company(sentence: str, start: int, end: int, named: People) -> bool:
    """Whether the subject before the phrase is a company, with nobody `named` since or directly after."""
    subjects = list(_CORPORATE.finditer(sentence, 0, start))
    if not subjects:
        return False
    return not any(subjects[-1].end() <= there < end + 4 for there, _ in named)


#: What may stand in the name of a company or a job: no hiragana, no punctuation.
WORD = rf"[{KANJI}{KATAKANA}A-Za-z0-9&・ー]"
#: A kanji or katakana before a word makes it the end of another one.
ALONE_BEFORE = rf"(?<![{KANJI}{KATAKANA}])"
#: An honorific, a title or nothing, between a name and what follows.
POLITE = rf"(?:{HONORIFIC.pattern}|{TITLE.pattern})?(?:本人|\([^()]{{0,12}}\))?"
#: How a verb of a phrase goes on: していた, されました, っており, 中, 予定. It stops before a negation.
TAIL = (
    "(?:中(?!止|断)|予定|済み?|歴(?!史)(?:あり)?|経験あり"
    "|(?:なさ)?[てでしされらいっおゃりん]{0,6}(?:まし)?(?:た(?![めいくら])|だ(?![けが])|る|り)?)"
)


def any_of(words: str) -> str:
    """Return the alternation of words separated by space, longest first."""
    return "(?:" + "|".join(sorted(words.split(), key=lambda word: (-len(word), word))) + ")"
