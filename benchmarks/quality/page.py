"""docs/quality.md, from the result of a run and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from benchmarks.quality import targets

Json = Mapping[str, Any]

_HEAD = """\
# Detection quality · 検出品質

<!-- Written by `make quality` from benchmarks/results/quality.json; do not edit. -->

How much of the personal data that is there is found, and how much is found that is not. `make quality` measures it
all again, writes this page and fails when a figure falls below its floor (`benchmarks/quality/floors.yaml`).
検出の適合率・再現率・F1 です。`make quality` で再測定し、下限を割ると失敗します。

What is scored is what `meibo detect` prints at the balanced point with NER off. **exact**: same start and same
end; **overlap**: any common character; **char**: by character. Brackets hold the 95 % interval of F1 (bootstrap
over documents, {resamples} resamples, seed {seed}). Types that are not annotated in a set are not scored in it.

{machine} · detectors {detector_version}
{versions}
"""

_TARGETS = """\
What the project set out to reach on unseen data, and what it reaches on the sets that are here (some of them seen:
†, below).
"""

_SETS = """\
Our own corpus (`benchmarks/quality/corpus/`, persons invented) is in two splits without a common name or template:
rules may be written looking at `calibrate`, `measure` is only counted. It is hard on purpose: rare surnames, bare
ones, places and brands that could be names; its rates are no estimate for ordinary text. The other sets are public
data with licences of their own, read from `MEIBO_CORPORA` and not part of this project. The weights of the name
tagger were learned from rows of those marked †: their PERSON figures show that nothing broke, not what to expect
of unseen text; `python -m detectors.names.tagger.train --measure` holds rows out and measures on those.
"""

_COLUMNS = """\
*Personal or not*: was the column taken for personal data; *typed*: for the right type. A birth date under a header
that says nothing counts as no personal data (nothing but the header tells it from other dates); a customer or
member number taken for PERSONAL_ID is right where the truth has no type for it; kana names are PERSON.
"""

_NUMBERS = """\
Telephone numbers stand alone, in many spellings, among dates, postal codes and order numbers. Identifiers stand
beside the label of their type, half of them with a wrong check digit; every corporate number also stands under the
label of My Number and is to be left alone there.
"""

_COMPARISON = """\
At most 150 documents of each set, the same for all systems, PERSON only. *Presidio + GiNZA*: `AnalyzerEngine` with
`ja_ginza`, its label `Person` mapped (with Presidio's own mapping it finds nobody). *Sudachi*: runs of morphemes
tagged 人名.
"""

SYSTEMS = {"meibo": "Meibo", "presidio_ginza": "Presidio + GiNZA", "sudachi": "Sudachi 人名"}


def render(result: Json) -> str:
    """Return the page. A run that is not complete lacks the sets it left out."""
    figures = result["figures"]
    parts = [_head(result["environment"]), "## Targets", _TARGETS, _targets(figures)]
    parts += ["## Sets", _SETS, _sets(result["sets"])]
    parts += ["## Text", _text(figures["text"], result["sets"])]
    parts += ["## Text that names nobody", _nameless(figures["text"], result["sets"])]
    parts += ["## Columns", _COLUMNS, _columns(figures["columns"])]
    if "phones" in figures:
        parts += ["## Single numbers", _NUMBERS, _numbers(figures)]
    if "comparison" in figures:
        parts += ["## Comparison", _COMPARISON, _comparison(figures["comparison"])]
    parts += ["## Our own corpus by genre and kind", _genres(figures["text"])]
    parts += ["## Speed", _speed(figures["speed"])]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _head(environment: Json) -> str:
    versions = " · ".join(f"{name} {each}" for name, each in environment["versions"].items())
    return _HEAD.format(**{**environment, "versions": versions, "resamples": f"{environment['resamples']:,}"})


def _targets(figures: Json) -> str:
    rows = (
        [target.about, f"{'≤' if target.ceiling else '≥'} {target.bound:,g}", f"{value:,g}", met]
        for target, value in targets.measured(figures)
        for met in ["yes" if target.is_met(value) else "**no**"]
    )
    missed = (
        f"* *{target.about}*: {target.remains}"
        for target, value in targets.measured(figures)
        if target.remains and not target.is_met(value)
    )
    table = _table(["figure", ">target", ">today", "met"], rows)
    return "\n\n".join(filter(None, (table, "\n".join(missed))))


def _sets(sets: Json) -> str:
    rows = (
        [_named(name, sets), each["about"], f"{each['documents']:,}", f"{each['characters']:,}"]
        for name, each in sets.items()
    )
    return _table(["set", "what", ">documents", ">characters"], rows)


def _text(text: Json, sets: Json) -> str:
    rows = []
    for name, each in text.items():
        for entity_type, figures in each.get("types", {}).items():
            if figures["expected"] or entity_type == "ALL":
                found = f"{figures['expected']:,}"
                rows.append([_named(name, sets), f"`{entity_type}`", found, *_modes(figures)])
    heads = ["set", "type", ">expected", ">exact P", ">exact R", ">exact F1", ">overlap F1", ">char F1"]
    return _table(heads, rows)


def _nameless(text: Json, sets: Json) -> str:
    rows = []
    for name, each in text.items():
        if "false_per_10k" in each or "documents_hit" in each:
            hit = each.get("documents_hit")
            rows.append(
                [
                    _named(name, sets),
                    _rate(each["false_per_10k"]) if "false_per_10k" in each else "",
                    f"{hit['rate']:.1%} ({hit['count']})" if hit else "",
                ]
            )
    heads = ["set", ">false PERSON per 10,000 characters", ">documents with a false span of the set's types"]
    return _table(heads, rows)


def _columns(columns: Json) -> str:
    rows = []
    for name, each in columns.items():
        figures = each["columns"]
        cells = (_triple(figures[question]) for question in ("personal", "typed"))
        rows.append([name, figures["count"], *(cell for triple in cells for cell in triple)])
    heads = [">P", ">R", ">personal or not F1", ">P", ">R", ">typed F1"]
    return _table(["tables", ">columns", *heads], rows)


def _numbers(figures: Json) -> str:
    named = {"telephone numbers": figures["phones"]}
    named |= {f"`{name}`": each for name, each in figures["checksums"].items()}
    rows = ([name, each["rows"], each["expected"], *_triple(each["exact"])] for name, each in named.items())
    return _table(["what", ">numbers", ">valid", ">P", ">R", ">F1"], rows)


def _comparison(comparison: Json) -> str:
    rows = []
    for name, each in comparison.items():
        cells = (_compared(each[system]) if system in each else "" for system in SYSTEMS)
        rows.append([f"`{name}`", each["documents"], *cells])
    return _table(["set", ">documents", *(f">{each}" for each in SYSTEMS.values())], rows)


def _compared(figures: Json) -> str:
    if "false_per_10k" in figures:
        return f"{_rate(figures['false_per_10k'])} false per 10,000"
    return f"{_f1(figures['exact'])}, overlap {_short(figures['overlap']['f1'])}"


def _genres(text: Json) -> str:
    rows = []
    for name, each in text.items():
        for genre, figures in each.get("genres", {}).items():
            if not name.endswith(("nameless", "ambiguous")):
                counts = [figures["documents"], figures["expected"], figures["proposed"]]
                rows.append([f"`{name}`", genre, *counts, *_modes(figures)])
    heads = [
        ">documents",
        ">expected",
        ">found",
        ">exact P",
        ">exact R",
        ">exact F1",
        ">overlap F1",
        ">char F1",
    ]
    return _table(["set", "genre or kind", *heads], rows)


def _speed(speed: Json) -> str:
    each = speed["characters_per_cpu_second"]
    rows = ([f"`{name}`", f"{rate:,}"] for name, rate in each.items())
    about = (
        "Characters per CPU second, as `meibo detect --jsonl` reads what arrives together, once all dictionaries"
        " are loaded; trust ratios."
    )
    return about + "\n\n" + _table(["set", ">characters per CPU second"], rows)


def _named(name: str, sets: Json) -> str:
    return f"`{name}`{' †' if sets[name]['learned_from'] else ''}"


def _modes(figures: Json) -> list[str]:
    return [*_triple(figures["exact"]), _short(figures["overlap"]["f1"]), _short(figures["char"]["f1"])]


def _triple(figure: Json) -> list[str]:
    return [_short(figure["p"]), _short(figure["r"]), _f1(figure)]


def _f1(figure: Json) -> str:
    return f"{_short(figure['f1'])} [{_short(figure['low'])}, {_short(figure['high'])}]"


def _rate(rate: Json) -> str:
    return f"{rate['rate']:.2f} [{rate['low']:.2f}, {rate['high']:.2f}]"


def _short(value: float) -> str:
    return f"{value:.3f}".removeprefix("0")


def _table(heads: list[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a Markdown table; a head that starts with ``>`` is of numbers."""
    rule = "|" + "|".join("--:" if head.startswith(">") else "---" for head in heads) + "|"
    lines = ["| " + " | ".join(head.removeprefix(">") for head in heads) + " |", rule]
    lines += ["| " + " | ".join(map(str, row)) + " |" for row in rows]
    return "\n".join(lines)
