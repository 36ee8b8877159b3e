"""What docs/detection.md takes from the detectors, and their registry as Presidio reads it."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def entity_types() -> str:
    """Return the index of entity types: each with its page, and who recognizes it today."""
    from detectors.entities import load_entities
    from detectors.registry import recognizers

    texts = {each.entity_type: type(each).__module__ for each in recognizers()}
    lines = [
        "| type | English | 日本語 | class under the APPI | sensitivity | in text | as a column | source read |",
        "|---|---|---|---|--:|---|:-:|:-:|",
    ]
    columns = column_types()
    for name, each in load_entities().items():
        module = texts.get(name)
        text = f"`{module}`" if module else "on images" if name == "FACE" else ""
        column = "yes" if name in columns else ""
        checked = "yes" if each.verified else ""
        cells = (
            f"[`{name}`](entities/{name}.md)",
            each.en,
            each.ja,
            each.appi,
            each.sensitivity,
            text,
            column,
            checked,
        )
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines)


def column_types() -> set[str]:
    """Return the types a column can be given: those with a rule, and those recognizers describe themselves."""
    from detectors.column_labels import LABELLED
    from detectors.column_rules import RULES
    from detectors.entities import is_listed, load_entities

    rules = "".join(path.read_text("utf-8") for path in (ROOT / "detectors").glob("column*.py"))
    proposed = re.findall(r'Candidate\(\s*"(\w+)"', rules)
    return {*RULES, *LABELLED, *proposed, *(name for name in load_entities() if not is_listed(name))}


#: Operating point → who looks for names there.
NAMED_BY = {
    "fast": "rules",
    "balanced": "rules and tagger",
    "recall": "rules and tagger",
    "strict": "rules and tagger, seconded by GiNZA",
}


def operating_points() -> str:
    """Return who looks for names at each operating point, and from which score it reports a span."""
    from detectors.resolver import REPORTED

    rows = (f"| `{name}` | {NAMED_BY[name]} | {score} |" for name, score in REPORTED.items())
    return "\n".join(["| point | names by | reported from score |", "|---|---|--:|", *rows])


def yaml_registry() -> str:
    """Return every recognizer as an entry of Presidio's YAML registry."""
    from detectors.registry import RECOGNIZERS

    entries = (f"  - {{name: {entry.partition(':')[2]}, type: predefined}}" for entry in sorted(RECOGNIZERS))
    return "\n".join([YAML_HEAD, *entries]) + "\n"


YAML_HEAD = """\
# Meibo's recognizers as a registry of Presidio (RecognizerRegistryProvider, AnalyzerEngineProvider). Generated
# from detectors/registry.py by `make docs`. Presidio finds a class by its name among the classes imported so far,
# so import them first: `import detectors; detectors.recognizer_classes()`. `enabled: false` leaves one out; those
# of Presidio's own recognizers may stand beside these. Options other than the language do not reach a class.
supported_languages: [ja]
recognizers:"""
