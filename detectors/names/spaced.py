"""Names in pieces with a space between: 山田　太郎, 山 田 太 郎, 飯豊内 泰造氏, 雪平 かんなが.

What runs on from the last piece without being part of the name is left out: how the person is called, and in
hiragana a particle.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from detectors.ahead import compiled
from detectors.names.candidate import Candidate
from detectors.names.gazetteer import (
    is_common_word,
    is_given,
    is_kana_given,
    is_place,
    is_surname,
    only_words,
    surname_count,
)
from detectors.names.lexicon import (
    ADDRESS,
    HIRAGANA,
    HIRAGANA_RUN,
    HONORIFIC,
    KANJI,
    KATAKANA,
    KIN,
    NOBODY,
    ORGANISATION,
    RANKS,
    TITLE,
)
from detectors.names.morphology import Tag, tags

_PIECE = f"[{KANJI}ヶケノ]{{1,7}}|[{HIRAGANA}]{{2,7}}"
_LETTER = re.compile(f"[{KANJI}{HIRAGANA}{KATAKANA}]")
_SPACED = re.compile(f"(?:{_PIECE})(?: {{1,3}}(?:{_PIECE})){{1,7}}")
#: The piece that ends where the search does.
_ENDING = re.compile(f"(?:{_PIECE})$")
_LONGEST_PIECE = 7
_WORD = re.compile("[^ ]+")
_BEFORE_KATAKANA = re.compile(f" [{KATAKANA}]")
_KATAKANA_GIVEN = re.compile(
    f"(?<![{KANJI}{KATAKANA}])([{KANJI}ヶケ]{{1,4}}) {{1,3}}([{KATAKANA}]{{2,6}})(?![{KATAKANA}・=])"
)
#: 契約者|蓑輪: what runs into a name from the left.
_PARTIES = (
    "ご?(?:契約|購入|注文|申込|利用|依頼|申請|届出|保護|被保険|相続|被相続|賃借|連帯保証)(?:者|人)"
    "|名義人|受取人|世帯主|配偶者|患者|会員|顧客|本人"
)
_PARTY = re.compile(f"(?:{_PARTIES})(?=..)")
#: 故|長田, 妻|町田, 被告人|今井: what somebody is, glued to a surname that is one without it.
_OF_WHOM = re.compile(
    f"(?:{_PARTIES}|被告人|被告|原告|被害者|加害者|債務者|債権者|申立人|相手方|代理人|弁護士|医師|担当|本日|昨日|先日|"
    f"{'|'.join(sorted(KIN, key=len, reverse=True))}|故|亡)(?=.)"
)
_ORGANISATION = re.compile(f".(?:{ORGANISATION})$")
#: To whom something goes: 登志枝|宛.
_TO = "宛"
_CALLED = compiled(f"(?<=.)(?:{ADDRESS.pattern}|{_TO})$")
_HIRAGANA_HONORIFIC = re.compile(f"(?<=[{HIRAGANA}])(?:さん|さま|くん|ちゃん)$")
_PARTICLE = re.compile("から|より|ら|[はがのをにともへや]")
_PARTICLES = frozenset("はがのをにともやで")
#: What departments, functions and labels end in: no surname before an honorific.
_DEPARTMENTS = frozenset("部課室係店社局所会者様方欄書先長名票証届状帳簿")
#: Single kanji with a space behind them that are no surname.
_SIGNS = frozenset(
    "名姓氏様殿君他兼故印旧新元前現株有社男女父母夫妻子兄弟姉妹娘甲乙丙丁済計係長順表図第同左右上下"
)
#: 里中翔 昭和16年2月19日
_ERAS, _YEAR = frozenset(("明治", "大正", "昭和", "平成", "令和")), re.compile(" ?[0-9元]")
_WEEKDAYS = frozenset("月火水木金土日")
#: Labels a form spreads out as it does what stands behind them: 氏 名 山 田 太 郎.
_SPREAD_LABELS = frozenset(("氏名", "名前", "姓名"))
#: Score of a pair of which the given name is known and the surname is no word at all, or a word, or one kanji.
UNHEARD, UNLIKELY = 0.6, 0.45

Piece = tuple[int, int]


def spaced(text: str) -> Iterator[Candidate]:
    """Yield the names in pieces of dense folded `text`."""
    for pair in _KATAKANA_GIVEN.finditer(text) if _BEFORE_KATAKANA.search(text) else ():
        called = HONORIFIC.match(text, pair.end()) and is_kana_given(pair[2])
        if is_surname(pair[1]) and (called or _is_katakana_given(pair[2])):
            yield Candidate(pair.start(), pair.end(), UNHEARD, "full", True, (pair[1], pair[2]))
    for run in _runs(text):
        pieces = [
            (run.start() + piece.start(), run.start() + piece.start() + len(uncalled(piece[0])))
            for piece in _WORD.finditer(run[0])
        ]
        if len(pieces) == 2:
            if whole := _split(text, pieces[:1], pieces[1:]):
                yield whole
            continue
        at = 2 if "".join(text[slice(*each)] for each in pieces[:2]) in _SPREAD_LABELS else 0
        while at < len(pieces):
            found = _best_split(text, pieces[at : at + 6])
            if found:
                candidate, used = found
                yield candidate
                at += used
            else:
                at += 1


def _runs(text: str) -> Iterator[re.Match[str]]:
    """Yield what ``_SPACED.finditer(text)`` yields; there are far fewer spaces than letters to begin at."""
    end = 0
    at = text.find(" ")
    while at >= 0:
        first = _ENDING.search(text, max(end, at - _LONGEST_PIECE), at)
        if first and (run := _SPACED.match(text, first.start())):
            yield run
            end = run.end()
        at = text.find(" ", max(at + 1, end))


@lru_cache(maxsize=65_536)
def uncalled(piece: str) -> str:
    """Return a piece without what runs on from it: an honorific, a title (泰造|氏, あかり|さん), a particle."""
    if ADDRESS.fullmatch(piece):
        return piece
    if not HIRAGANA_RUN.match(piece):
        return piece[: called.start()] if (called := _CALLED.search(piece)) else piece
    if (called := _HIRAGANA_HONORIFIC.search(piece)) and called.start() > 1:
        return piece[: called.start()]
    if not is_kana_given(piece):
        for particle in _PARTICLE.finditer(piece, 2):
            if is_kana_given(piece[: particle.start()]):
                return piece[: particle.start()]
    return piece


def _is_katakana_given(word: str) -> bool:
    known = tags(word)
    return not known & {Tag.NOUN, Tag.PLACE, Tag.PROPER} and (Tag.NAME in known or is_kana_given(word))


def _best_split(text: str, pieces: list[Piece]) -> tuple[Candidate, int] | None:
    """The best reading of the first pieces as surname and given name, and how many pieces it takes."""
    best: tuple[Candidate, int] | None = None
    for last in range(2, len(pieces) + 1):
        for cut in range(1, last):
            if not _regular(pieces[:cut]) or not _regular(pieces[cut:last]):
                continue
            found = _split(text, pieces[:cut], pieces[cut:last])
            if found and (best is None or found.score >= best[0].score):
                best = (found, last)
    return best


def _regular(pieces: list[Piece]) -> bool:
    """One piece, or single characters spread out (山 田)."""
    return len(pieces) == 1 or all(end - start == 1 for start, end in pieces)


def _split(text: str, left: list[Piece], right: list[Piece]) -> Candidate | None:
    start, end = left[0][0], right[-1][1]
    surname, given = _joined(text, left), _joined(text, right)
    if _calls(surname) or _begins_the_next(text, given, end):
        return None
    if surname in KIN:
        return _of_kin(text, right[0][0], end, given)
    if _ORGANISATION.search(surname):
        return None
    if rank := leading(surname) if len(left) == 1 else 0:
        start, surname = start + rank, surname[rank:]
    if not 2 <= len(surname) + len(given) <= 8 or not 1 <= len(surname) <= 5 or len(given) > 4:
        return None
    called = bool(HONORIFIC.match(text, end) or TITLE.match(text, end) or text.startswith(_TO, end))
    if not called and _LETTER.match(text, end) and not _particle_follows(text, end, given):
        return None
    glued = bool(not rank and start and _is_glued(text, start))
    score = pair_score(surname, given)
    if called and not glued and score < UNHEARD:
        score = max(score, _called_score(surname, given))
    if glued:
        score -= 0.25
    if score <= 0.1:
        return None
    return Candidate(start, end, round(score, 3), "full", score >= 0.6, (surname, given))


def _begins_the_next(text: str, given: str, end: int) -> bool:
    """Whether the second piece is the era of a date or the label of what follows: 月:岡田 火:川崎."""
    if given in _ERAS:
        return _YEAR.match(text, end) is not None
    if not text.startswith(":", end):
        return False
    return given in _WEEKDAYS or (only_words(given) and not is_given(given))


def _of_kin(text: str, start: int, end: int, given: str) -> Candidate | None:
    """The given name behind what somebody is to the household: 妻 美香, 長男 大翔."""
    if not 2 <= len(given) <= 4 or not is_given(given) or is_common_word(given) or _LETTER.match(text, end):
        return None
    return Candidate(start, end, UNHEARD, "given", True, (given,))


def _joined(text: str, pieces: list[Piece]) -> str:
    return text[slice(*pieces[0])] if len(pieces) == 1 else "".join([text[a:b] for a, b in pieces])


@lru_cache(maxsize=65_536)
def _calls(piece: str) -> bool:
    """Whether a piece is nothing but how somebody is called."""
    return bool(TITLE.fullmatch(piece) or HONORIFIC.fullmatch(piece))


@lru_cache(maxsize=65_536)
def leading(piece: str) -> int:
    """Return how many letters of a piece stand before the surname: ranks, or what the person is, or to whom."""
    known = is_surname(piece)
    whom = None if known else _OF_WHOM.match(piece)
    if whom and _is_left(piece, whom.end()):
        return whom.end()
    first = RANKS.match(piece) or (None if known else _PARTY.match(piece))
    return first.end() if first else 0


def _is_left(piece: str, cut: int) -> bool:
    """Whether a surname is left from `cut` on: 妻夫木 and 妻木 are surnames too, if rare ones."""
    rest = piece[cut:]
    return is_surname(rest) if cut > 1 else len(rest) > 1 and surname_count(rest) > 0


def _is_glued(text: str, start: int) -> bool:
    """Whether the word that begins at `start` goes on from the letter before: not behind a particle."""
    if text[start - 1] in _PARTICLES and not HIRAGANA_RUN.match(text, start):
        return False
    return _LETTER.match(text, start - 1) is not None


def _particle_follows(text: str, end: int, given: str) -> bool:
    """Whether a particle follows, so that the given name ends here."""
    return _PARTICLE.match(text, end) is not None and bool(HIRAGANA_RUN.fullmatch(given) or is_given(given))


def _called_score(surname: str, given: str) -> float:
    """What two pieces before an honorific or a title are worth that no dictionary knows together.

    They are a person unless the first is a department or a sign and the second a surname.
    """
    if surname[-1] in _DEPARTMENTS or surname in NOBODY:
        return 0.0
    # 備考 東様: what a form asks for, before a surname.
    if len(surname) > 1 and is_surname(given) and only_words(surname) and not is_surname(surname):
        return 0.0
    if len(surname) == 1:
        return UNHEARD if is_given(given) and surname not in _SIGNS else 0.0
    if is_given(given) or not (only_words(surname) or only_words(given) or is_surname(given)):
        return 0.5
    return 0.0


def pair_score(surname: str, given: str) -> float:
    """Return how sure two pieces with a space between them are surname and given name."""
    if surname in KIN:
        return 0.0
    family, own = is_surname(surname), is_given(given) or is_kana_given(given)
    if family and own:
        return 0.85
    word = is_common_word(given) or is_place(given)
    plain = word or (is_common_word(surname) and not surname_count(surname))
    if family and not plain and not is_surname(given) and re.fullmatch(f"[{KANJI}{HIRAGANA}]{{1,4}}", given):
        return 0.65
    if own and not plain and len(surname) >= 2 and not is_place(surname):
        return UNHEARD
    if family and (is_common_word(given) and len(given) == 1):
        return UNLIKELY
    if own and 2 <= len(surname) <= 4 and _unknown(surname):
        return UNLIKELY
    return 0.2 if not plain and not tags(surname) and not tags(given) else 0.0


def _unknown(surname: str) -> bool:
    """Whether no dictionary knows `surname`, unless as a place (阿武隈 玄信)."""
    known = tags(surname)
    return not only_words(surname) and (
        not known or (known == {Tag.PLACE} and surname[-1] not in "都道府県市区町村")
    )
