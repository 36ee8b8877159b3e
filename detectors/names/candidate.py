"""What the name rules pass to each other: one stretch of text that may be a name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: full: surname and given name; surname, given: one of them; foreign: pieces with ・; other: everything else.
Role = Literal["full", "surname", "given", "foreign", "other"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible name in dense folded text: code points `start` to `end` (exclusive), evidence `score`.

    `checked`: its parts stand in a dictionary. `parts`: the pieces by which the person may be named again
    further on (surname, given name; the pieces of a foreign name).
    """

    start: int
    end: int
    score: float
    role: Role
    checked: bool = False
    parts: tuple[str, ...] = ()
