"""`meibo image`: what single image files show, outside any scan and without a store.

Values come masked; `reveal` adds the raw text for a person who looks at the very files anyway.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from detectors.ocr.decode import ImageError
from detectors.ocr.image import ImageFinding, scan_image
from pipelines.masking import mask


def image_command(files: list[Path], reveal: bool) -> list[dict[str, Any]]:
    """Scan each file, in order.

    Returns per file ``{"file", "kind", "score", "findings": [{"entity_type", "masked", "score", "quads",
    "text" with reveal}]}``; a file that cannot be read gives ``{"file", "error": code}`` with the code of
    `ImageError`, or ``file-unreadable``. JSON-ready; quads are four [x, y] corners in pixels.
    """
    return [_examine(path, reveal) for path in files]


def _examine(path: Path, reveal: bool) -> dict[str, Any]:
    try:
        scan = scan_image(path.read_bytes())
    except ImageError as error:
        return {"file": str(path), "error": error.code}
    except OSError:
        return {"file": str(path), "error": "file-unreadable"}
    return {
        "file": str(path),
        "kind": scan.kind,
        "score": scan.score,
        "findings": [_shown(finding, reveal) for finding in scan.findings],
    }


def _shown(finding: ImageFinding, reveal: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "entity_type": finding.entity_type,
        "masked": mask(finding.entity_type, finding.text),
        "score": finding.score,
        "quads": [[list(corner) for corner in quad] for quad in finding.quads],
    }
    return shown | {"text": finding.text} if reveal else shown
