"""What the name rules pass to each other: one stretch of text that may be a name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: full: surname and given name; surname, given: one of them; foreign: pieces with ・; other: everything else.
Role = Literal["full", "surname", "given", "foreign", "other"]


@dataclass(slots=True, unsafe_hash=True)  # never changed; frozen ones cost three times as much to make
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


def replace(found: Candidate, *, score: float) -> Candidate:
    """Return `found` with another score."""
    if score == found.score:
        return found
    return Candidate(found.start, found.end, score, found.role, found.checked, found.parts)


def moved(found: Candidate, by: int) -> Candidate:
    """Return `found` as many code points further on."""
    if not by:
        return found
    return Candidate(found.start + by, found.end + by, found.score, found.role, found.checked, found.parts)
