"""Japan pack for Presidio: recognizers for Japanese personal data, usable without the rest of Meibo.

>>> from detectors import build_analyzer
>>> [r.entity_type for r in build_analyzer().analyze("電話は090-1234-5678まで", language="ja") if r.score >= 0.4]
['PHONE_NUMBER']
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from detectors.cascade import Cascade, Scan, scan_batch
    from detectors.columns import resolve_columns
    from detectors.registry import build_analyzer, find_entities, recognizer_classes
    from detectors.resolver import Resolver

__all__ = [
    "Cascade",
    "Resolver",
    "Scan",
    "build_analyzer",
    "find_entities",
    "recognizer_classes",
    "resolve_columns",
    "scan_batch",
]

_HOMES = {
    "Cascade": "detectors.cascade",
    "Scan": "detectors.cascade",
    "scan_batch": "detectors.cascade",
    "resolve_columns": "detectors.columns",
    "build_analyzer": "detectors.registry",
    "find_entities": "detectors.registry",
    "recognizer_classes": "detectors.registry",
    "Resolver": "detectors.resolver",
}


def __getattr__(name: str) -> Any:
    # Presidio and Arrow cost about a second to import; who needs one recognizer should not pay for them.
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
