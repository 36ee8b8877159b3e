"""Is it a column of names? Full names, surnames or given names only, kana, Latin letters, names beside a title.

Every frequent surname is also a place, a word or a product somewhere (91 % of people bear the name
of a town); what tells a column of surnames from one of branches is how many values are municipalities, and
whether the same few values return. A column of a handful of given names is as likely flowers.
"""

from __future__ import annotations

from collections.abc import Iterator

from detectors.headers import NONE
from detectors.population import Candidate, Population, percent, score


def person(column: Population) -> Candidate | None:
    """Names of persons: full, surnames only, given names only, kana, Latin letters."""
    headed, denied = column.header == "PERSON", column.header == NONE
    # 阿部 and 服部 end like departments.
    if column.share("company") > 0.3 or column.share("office") - column.share("surname") > 0.3:
        return None
    ease = 0.7 if headed else 1.25 if denied else 1.0
    for share, least, what in _name_shares(column, headed):
        if share >= min(0.98, least * ease):
            reason = f"{percent(share)} of {column.distinct:,} distinct values are {what}"
            matched = round(share * column.values)
            return Candidate("PERSON", score(share, column.distinct, headed), reason, matched)
    return None


def _name_shares(column: Population, headed: bool) -> Iterator[tuple[float, float, str]]:
    whole = column.of_distinct(column.tally("PERSON").distinct_whole)
    place, word, few = column.share("place"), column.share("word"), column.few
    ordinary = (word > 0.5 or few) and not headed
    yield column.share("full"), 0.6, "a surname and a given name"
    yield column.share("kana_full"), 0.6, "a surname and a given name in kana"
    yield column.share("romaji_full"), 0.6, "a surname and a given name in Latin letters"
    abroad = column.share("abroad_full") + column.share("romaji_full")
    yield abroad, 0.6, "names of people from abroad in Latin letters"
    if (
        place < 0.6
        and word < 0.5
        and not (few and column.share("surname_no_place") + column.share("full") < 0.4)
    ):
        yield whole, 0.6, "names of persons by the rules for names"
    if column.share("municipality") < 0.5 and column.share("surname_no_place") >= (0.5 if few else 0.2):
        yield column.share("surname"), 0.75, "surnames, few of them also names of municipalities"
    if place < 0.3 and not ordinary:
        yield column.share("given"), 0.75, "given names"
        yield column.share("kana_name"), 0.6, "readings of names in kana"
        yield column.share("romaji_surname"), 0.7, "surnames in Latin letters"
        yield column.share("romaji_given"), 0.7, "given names in Latin letters"
    if headed and place < 0.6 and word < 0.6:
        yield column.share("name"), 0.9, "names of persons of several kinds"


def person_inside(column: Population) -> Candidate | None:
    """A name together with a title or company in every cell: a column about persons, not prose."""
    if column.share("sentence") > 0.3 or column.header == NONE or is_record(column):
        return None
    inside = column.found.get("PERSON", 0)
    cells = inside + column.tally("PERSON").whole
    share = min(cells / column.values, column.of_distinct(column.tally("PERSON").distinct_matched))
    headed = column.header == "PERSON"
    if share < (0.4 if headed else 0.65) or inside < 0.3 * column.values:
        return None
    reason = f"{percent(share)} of the cells hold the name of a person beside a title or an organisation"
    return Candidate("PERSON", score(share, column.distinct, headed) - 0.1, reason, cells)


def is_record(column: Population) -> bool:
    """Whether most cells hold a name and an address: of prose every type counts, of a typed column only one."""
    return min(column.found.get(name, 0) for name in ("PERSON", "JP_ADDRESS")) > 0.5 * column.values
