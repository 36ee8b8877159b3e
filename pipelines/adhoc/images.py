"""`meibo image`: what single image files show, outside any scan and without a store.

Values come masked; `reveal` adds the raw text for a person who looks at the very files anyway.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from detectors.ocr.decode import ImageError
from detectors.ocr.image import ImageFinding, scan_image
from detectors.ocr.kinds import OTHER
from detectors.ocr.pages import Leaf, leaves
from pipelines.masking import mask


def image_command(files: list[Path], reveal: bool) -> list[dict[str, Any]]:
    """Scan each file, in order.

    Returns per file ``{"file", "kind", "score", "findings": [{"entity_type", "masked", "score", "quads",
    "text" with reveal}]}``. Of a file with several pages or frames the findings also say their ``page``, `kind` is
    the first that is known, and ``unread`` counts by code the pages that could not be read. A file that cannot be
    read gives ``{"file", "error": code}`` with the code of `ImageError`, or ``file-unreadable``. JSON-ready; quads
    are four [x, y] corners in pixels.
    """
    return [_examine(path, reveal) for path in files]


def _examine(path: Path, reveal: bool) -> dict[str, Any]:
    try:
        pages = list(leaves(path.read_bytes()))
        read = [(page, scan_image(page.data)) for page in pages if isinstance(page, Leaf)]
    except ImageError as error:
        return {"file": str(path), "error": error.code}
    except OSError:
        return {"file": str(path), "error": "file-unreadable"}
    unread = {page.code: page.count for page in pages if not isinstance(page, Leaf)}
    if not read:
        return {"file": str(path), "error": next(iter(unread))}
    scan = next((scan for _, scan in read if scan.kind != OTHER), read[0][1])
    findings = [
        _shown(finding, reveal) | ({} if page.alone else {"page": page.number})
        for page, scan in read
        for finding in scan.findings
    ]
    answer = {"file": str(path), "kind": scan.kind, "score": scan.score, "findings": findings}
    return answer | ({"unread": unread} if unread else {})


def _shown(finding: ImageFinding, reveal: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "entity_type": finding.entity_type,
        "masked": mask(finding.entity_type, finding.text),
        "score": finding.score,
        "quads": [[list(corner) for corner in quad] for quad in finding.quads],
    }
    return shown | {"text": finding.text} if reveal else shown
