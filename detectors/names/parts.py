"""Where a run of kanji that has to be a name parts into surname and given name."""

from __future__ import annotations

from detectors.names.gazetteer import is_given, is_surname, looks_given, surname_count


def parted(name: str) -> tuple[str, str] | None:
    """Cut `name`, folded kanji, into a known surname and a given name that is known or at least looks like one.

    More lenient than `gazetteer.divide`: for places where a name is expected. A known given name goes before one
    that only looks like it, then the more frequent surname.

    >>> parted("島和平"), parted("四方田周平"), parted("報酬額")
    (('島', '和平'), ('四方田', '周平'), None)
    """
    cuts = [
        (is_given(name[cut:]), surname_count(name[:cut]), cut)
        for cut in range(max(1, len(name) - 3), min(4, len(name)))
        if (surname_count(name[:cut]) if cut == 1 else is_surname(name[:cut]))
        and (is_given(name[cut:]) or looks_given(name[cut:]))
    ]
    if not cuts:
        return None
    cut = max(cuts)[2]
    return name[:cut], name[cut:]
