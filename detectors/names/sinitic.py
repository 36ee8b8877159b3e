"""Chinese and Korean names in kanji: 王小明, 王 小明, 金・チュンリ. Their given names stand in no Japanese list.

One kanji of a small, closed set of surnames, then one or two kanji that are no word of their own. Those met first
as Japanese surnames or words (林, 金田, 高, 石) are left to the dictionaries.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from detectors.names.candidate import Candidate
from detectors.names.gazetteer import is_given, is_surname
from detectors.names.lexicon import HONORIFIC, KANJI, KATAKANA, TITLE
from detectors.names.morphology import Tag, tags

#: The most frequent surnames of China, Taiwan and Korea (百家姓 of today, 2020 census of Korea), folded.
SINITIC = frozenset(
    "王李張劉陳楊黄趙周呉徐孫朱胡郭何羅梁宋鄭謝韓唐馮董蕭程曹袁鄧許傅沈曽彭呂蘇盧蒋蔡賈丁魏薛閻余潘杜戴鍾汪姜"
    "範姚譚廖鄒金陸郝孔崔康邱秦顧侯邵孟竜雷銭湯尹黎喬賀龔朴権柳洪裵白曺盧河郭車具辛廉厳卞奇魯"
) - frozenset("金白河車奇具")  # fmt: skip
#: With a space or ・ after them these are surnames too.
_ALSO = frozenset("金白河車奇具高林馬方石文安南元呂任申田江武")
#: What follows a surname without being a given name: 李氏, 王家, 宋朝.
_NO_GIVEN = frozenset("氏様君殿家朝国王姓派軍城州")
_WORDS = frozenset({Tag.NOUN, Tag.PLACE, Tag.PROPER, Tag.SUFFIX})

_SURNAME, _ANY_SURNAME = ("".join(sorted(each)) for each in (SINITIC, SINITIC | _ALSO))
_BARE = re.compile(f"(?<![{KANJI}ヶケ])([{_SURNAME}])([{KANJI}]{{1,2}})(?![{KANJI}ヶケ])")
_CALLED = re.compile(
    f"(?<![{KANJI}ヶケ])([{_SURNAME}])([{KANJI}]{{1,2}})(?={HONORIFIC.pattern}|{TITLE.pattern})"
)
_SPACED = re.compile(
    f"(?<![{KANJI}ヶケ])([{_ANY_SURNAME}]) ([{KANJI}]{{1,2}})"
    f"(?:(?![{KANJI}{KATAKANA}])|(?={HONORIFIC.pattern}))"
)
#: What a text needs for any of them (RE2).
GATE = f"(?:^|[^{KANJI}ヶケ])[{_ANY_SURNAME}](?: ?[{KANJI}]|[・=][{KATAKANA}])"
_WITH_KANA = re.compile(f"(?<![{KANJI}ヶケ])([{_ANY_SURNAME}])[・=]([{KATAKANA}]{{2,8}})(?![{KATAKANA}・=])")


def sinitic(text: str) -> Iterator[Candidate]:
    """Yield Chinese and Korean names of dense folded `text`: .65 with a space or an honorific, bare .3."""
    for pattern, score in ((_SPACED, 0.65), (_CALLED, 0.65), (_BARE, 0.3)):
        for run in pattern.finditer(text):
            if _could_be(run[1], run[2]):
                yield Candidate(run.start(), run.end(), score, "full", False, (run[0],))
    for run in _WITH_KANA.finditer(text):
        yield Candidate(run.start(), run.end(), 0.6, "foreign", False, (run[2],))


def _could_be(surname: str, given: str) -> bool:
    """Whether neither the whole nor the given name is a word; a single kanji has to be a given name."""
    whole = surname + given
    if tags(whole) & _WORDS or is_surname(whole) or given[-1] in _NO_GIVEN:
        return False
    return is_given(given) if len(given) == 1 else not tags(given) & _WORDS or is_given(given)
