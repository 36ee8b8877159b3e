"""Names glued to the rank before them: 取締役島和平氏は, 社外監査役峯本風雅及び, 代表取締役会長大沼美徳の.

Reports on companies write rank and name without a space, and tokenizers cut the run anywhere. The rank says where
the name begins, a particle or an honorific where it ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from detectors.names.candidate import Candidate
from detectors.names.gazetteer import is_common_word, is_given, surname_count
from detectors.names.lexicon import KANJI, NOT_A_PERSON, TITLE
from detectors.names.parts import parted

#: Score where both parts are in the dictionaries, and where the given name only looks like one.
KNOWN, LIKELY = 0.92, 0.7

_RANKED = re.compile(
    "(?:取締役(?:副?社長|副?会長|専務|常務|相談役)?|監査役|執行役員?(?:副?社長|専務|常務)?|副社長|社長|副会長|会長|理事長?"
    "|監事|相談役|首相|大統領|知事|市長|衆院議員|参院議員|監督|教授|弁護士|医師|選手|投手|故"
    "|作家|画家|音楽家|小説家|漫画家|写真家|作曲家|脚本家|演出家|落語家|建築家|評論家|書家|陶芸家|実業家|政治家|登山家"
    "|冒険家|批評家|声楽家|彫刻家|俳優|女優|声優|歌手|詩人|棋士|学者)"
    f"([{KANJI}ヶケ]{{2,6}}?)"
    "(?=[はがのをにと、。)」 \\t\\n\\r]|氏(?!名)|様|さん|及び|および|並びに|ならびに|より|から|ら|$)"
)
_SPACED = re.compile(f" {{1,3}}[{KANJI}]")

#: What a text needs for such a name (RE2).
GATE = (
    "(?:取締役|監査役|執行役|社長|会長|理事|監事|相談役|首相|大統領|知事|市長|議員|監督|教授|弁護士|医師|選手|投手|故|家|優|歌手|詩人|棋士|学者)"
    f"[{KANJI}ヶケ]"
)


def ranked(text: str) -> Iterator[Candidate]:
    """Yield the names that follow a rank directly, in dense folded `text`."""
    for found in _RANKED.finditer(text):
        name = found[1]
        start, end = found.span(1)
        if TITLE.search(name) or NOT_A_PERSON.match(text, end - 1) or _longer(text, start, name):
            continue
        if len(name) == 2:
            # 故長田 登志枝: the given name stands behind a space.
            if surname_count(name) and not is_common_word(name) and not _SPACED.match(text, end):
                yield Candidate(start, end, KNOWN, "surname", True, (name,))
        elif parts := parted(name):
            known = is_given(parts[1])
            yield Candidate(start, end, KNOWN if known else LIKELY, "full", known, parts)


def _longer(text: str, start: int, name: str) -> bool:
    """Whether the last letter of the rank is the first of the name: 理事|長谷川."""
    return text.startswith("理事長", start - 3) and any(
        surname_count("長" + name[:cut]) > surname_count(name[:cut]) for cut in (1, 2)
    )
