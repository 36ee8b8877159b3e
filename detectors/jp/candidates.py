"""Candidates of a pattern that begins with a lookbehind, tried only where one can begin.

`re` skips ahead to the letters a pattern may begin with unless it begins with an assertion, as those of numbers do
(``(?<![0-9])``): then it tries every place of the text, which costs more than everything else a recognizer does.

>>> pattern = re.compile("(?<![0-9])[0-9]{3}-[0-9]{4}(?![0-9])")
>>> [found[0] for found in candidates(pattern, DIGITS, "〒100-0001 1100-0001")]
['100-0001']
"""

from __future__ import annotations

import re
from collections.abc import Iterator

#: Where a number begins that stands behind no other digit.
DIGITS = re.compile("[0-9]+")


def candidates(pattern: re.Pattern[str], starts: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Yield what ``pattern.finditer(text)`` yields, if each match begins where one of `starts` does."""
    end = 0
    for start in starts.finditer(text):
        if start.start() >= end and (found := pattern.match(text, start.start())):
            yield found
            end = found.end()
