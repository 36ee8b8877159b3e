"""The vote of the point ``strict``: a name counts where rules, tagger and a second opinion agree.

What the rules and the tagger report with the strongest evidence (a label, an honorific beside a full name) needs
no vote, nor does a name that is a whole value: nothing beside it could tell, the column decides. Every other name
falls below what is reported unless the second opinion sees a person there too; so does one in a window that the
budget left unread. The second opinion adds no names of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from detectors.resolver import REPORTED, Found

#: The only type that is voted on.
PERSON = "PERSON"
#: Recognizer of the second opinion, by name.
SECOND = "SpacyNerRecognizer"
#: From this score the evidence is strong: a label or an honorific.
STRONG = 0.9
#: Ceiling of a name nobody seconded: found at the point ``recall`` only.
UNSECONDED = 0.3


def needs_a_second(text: str, start: int, end: int, score: float) -> bool:
    """Whether the name ``text[start:end]`` counts at the point ``strict`` only where another one sees it too."""
    alone = not text[:start].strip() and not text[end:].strip()
    return REPORTED["strict"] <= score < STRONG and not alone


def voted(text: str, proposals: Iterable[Found]) -> Iterator[Found]:
    """Yield the proposals for `text` less those of the second opinion; names nobody seconded are marked down."""
    ours: list[Found] = []
    seconds: list[Found] = []
    for found in proposals:
        (seconds if found.recognizer == SECOND else ours).append(found)
    for found in ours:
        asked = found.entity_type == PERSON and needs_a_second(text, found.start, found.end, found.score)
        seconded = any(each.start < found.end and found.start < each.end for each in seconds)
        yield replace(found, score=UNSECONDED) if asked and not seconded else found
