"""Which files of a source are meant: shell-style patterns over the paths they have in it."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable


class Chosen:
    """Patterns of what is included and what is left out."""

    def __init__(self, include: Iterable[str], exclude: Iterable[str]) -> None:
        self._include = [glob_pattern(glob) for glob in include]
        self._exclude = [glob_pattern(glob) for glob in exclude]

    def means(self, relative: str) -> bool:
        """Say whether a path is included."""
        return any(each.match(relative) for each in self._include)

    def leaves_out(self, relative: str) -> bool:
        """Say whether a path is excluded."""
        return any(each.match(relative) for each in self._exclude)


@functools.lru_cache(maxsize=256)
def glob_pattern(glob: str) -> re.Pattern[str]:
    """Translate a glob over relative paths: ``**/`` any directories, ``*`` and ``?`` within one step.

    A glob without a slash is tried against the file name alone, as in .gitignore.
    """
    glob = glob if "/" in glob else f"**/{glob}"
    tokens = re.split(r"(\*\*/|\*\*|\*|\?)", glob.removeprefix("./"))
    known = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(known.get(token, re.escape(token)) for token in tokens) + r"\Z", re.DOTALL)
