"""Names in payloads: "氏名": "岡田朝陽", {"staff_name": "大久保"}, 担当者="森".

The key says whose name it is, the quotes where it ends. Behind a key in Japanese any word may be a name that is no
ordinary one; `name` in English is as often of a shop or a file, and the value has to be known as a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from detectors.names.candidate import Candidate, Role
from detectors.names.gazetteer import divide, is_place, is_surname, only_words, surname_count
from detectors.names.lexicon import HIRAGANA, KANJI, KATAKANA, NOBODY, NOT_A_PERSON, TITLE, WHO

#: Score of a name of the dictionaries, and of a word that none has.
KNOWN, UNKNOWN = 0.9, 0.55

_KEPT = r"(?:\([^()\n]{0,8}\))?[\"']? ?[:=] ?[\"']"
_PERSON = (
    "customer|client|user|member|contact|staff|employee|person|patient|student|guest|owner|holder|buyer|orderer|"
    "recipient|sender|applicant|insured|parent|guardian|full|display|account"
)
_NAME = rf"(?i:(?P<whose>(?:{_PERSON})[_ -]?)?name)"
_VALUE = f"[{KANJI}ヶケ]{{1,6}}[{HIRAGANA}]{{0,4}}|[{KANJI}ヶケ]{{1,4}}[{KATAKANA}]{{2,4}}"
_ENTRY = re.compile(
    rf"(?:(?P<who>(?![A-Za-z]){WHO})|(?<![A-Za-z_-]){_NAME}){_KEPT}(?P<value>{_VALUE})(?=[\"'])"
)
#: What a text needs for one (RE2).
GATE = rf"(?:{WHO}|(?i:name)){_KEPT}"
_NO_NAME = re.compile("[部課室係店社局所会者様方欄書]$|不明|未定|なし|同上|未[入登]|担当|匿名")


def payload(text: str) -> Iterator[Candidate]:
    """Yield the names behind the keys of payloads in dense folded `text`."""
    for entry in _ENTRY.finditer(text):
        value = entry["value"]
        parts = divide(value, False) if len(value) > 2 else None
        # Where something goes to is a place as often: "届け先": "千葉".
        personal = entry["whose"] or (entry["who"] and not entry["who"].endswith("先"))
        counted = surname_count(value) > 0 and (personal or not is_place(value))
        if (parts and not is_place(value)) or (counted and value not in NOBODY):
            role: Role = "full" if parts else "surname"
            yield Candidate(*entry.span("value"), KNOWN, role, True, parts or (value,))
        elif entry["who"] and personal and len(value) > 1 and _may_be_one(value):
            yield Candidate(*entry.span("value"), UNKNOWN, "other", False)


def _may_be_one(value: str) -> bool:
    if is_surname(value):
        return True
    return not (
        _NO_NAME.search(value)
        or only_words(value)
        or is_place(value)
        or TITLE.search(value)
        or NOT_A_PERSON.match(value, len(value) - 1)
    )
