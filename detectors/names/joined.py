"""Readings of names that are written as one: 口座名義 ソガベダイスケ, 曽我部大輔(そがべだいすけ).

A run of kana that parts into the reading of a surname and that of a given name, and is no word of its own. In
katakana it has to be bounded as a field is; in hiragana, in which sentences are written, it stands behind a label
that asks for a reading, or in brackets behind kanji.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from detectors.names.candidate import Candidate
from detectors.names.gazetteer import is_common_word, is_kana_given, is_kana_surname
from detectors.names.lexicon import HIRAGANA, KANJI, KATAKANA
from detectors.names.morphology import NAME_TAGS, tags

#: Score of such a run: no tagger overrules it, of 13,000 words in katakana of the public sets two part by chance.
JOINED = 0.9
#: Shorter ones part by chance (アントン, オリコン).
_KATAKANA = f"[{KATAKANA}]{{5,14}}"
_HIRAGANA = f"[{HIRAGANA}ー]{{5,14}}"
_ASKED = (
    "(?:フリガナ|ふりがな|よみがな|読み仮名|読みがな|よみ|読み|かな|しめい|なまえ|名前|氏名)"
    r"(?:\([^()\n]{0,8}\))?[ \t]?[:=|】\]>]?[ \t]{0,2}"
)
_BEFORE, _AFTER = "[ \\t\\n(:=「\"'|,、/>\\]】)]", "[ \\t\\n)」\"'|,、/<様殿氏]|さ[まん]|こと"
_FIELD = re.compile(rf"(?<={_BEFORE})({_KATAKANA})(?={_AFTER}|$)|^({_KATAKANA})(?={_AFTER})")
_END = r"[ \t\n),、|]|$"
_READING = re.compile(rf"(?:{_ASKED}|(?<=[{KANJI}])\()({_HIRAGANA})(?={_END})")
#: What a text needs for one (RE2).
GATE = rf"(?:^|{_BEFORE}){_KATAKANA}(?:{_AFTER}|$)|(?:{_ASKED}|[{KANJI}]\(){_HIRAGANA}(?:{_END})"


def joined(text: str) -> Iterator[Candidate]:
    """Yield the readings of names in dense folded `text`; those that are all of it are left to their column."""
    for pattern in (_FIELD, _READING):
        for run in pattern.finditer(text):
            start, end = run.span(run.lastindex or 0)
            parts = _parted(text[start:end])
            if parts and text.strip() != text[start:end]:
                yield Candidate(start, end, JOINED, "full", True, parts)


@lru_cache(maxsize=16_384)
def _parted(run: str) -> tuple[str, str] | None:
    """Return surname and given name of a run that is no word, the longer surname first."""
    if tags(run) - NAME_TAGS or is_common_word(run):
        return None
    cuts = range(len(run) - 2, 1, -1)
    return next(
        ((run[:cut], run[cut:]) for cut in cuts if is_kana_surname(run[:cut]) and is_kana_given(run[cut:])),
        None,
    )
