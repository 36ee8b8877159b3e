"""RapidOCR 3.10 with the PP-OCRv6 small models that lie in its wheel, on onnxruntime, one thread, offline.

Every model is named by its path: where no path is given RapidOCR would fetch the model, where a named file is
missing it fails. Settings as measured on cards, screenshots and letters: short side at least 736 pixels, long
side at most 2,000, lines from confidence .3, no binarising. onnxruntime holds a flat 0.5 GB over mixed sizes.
"""

from __future__ import annotations

import threading
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from detectors.ocr.engine import Bgr, Line, Probe, quad_of

_MODELS = {
    "Det.model_path": "PP-OCRv6_det_small.onnx",
    "Rec.model_path": "PP-OCRv6_rec_small.onnx",
    "Cls.model_path": "ch_ppocr_mobile_v2.0_cls_mobile.onnx",
}
_COMMON: dict[str, Any] = {
    "Global.log_level": "critical",
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
}
_READER = _COMMON | {
    "Global.text_score": 0.3,
    "Global.max_side_len": 2000,
    "Det.limit_type": "min",
    "Det.limit_side_len": 736,
}
#: The probe looks at the whole image within 640 pixels, which shows every line of cards and letters.
_PROBE = _COMMON | {"Det.limit_type": "max", "Det.limit_side_len": 640}

#: A region this much longer than high (or higher than long) says how the text runs.
_ELONGATED = 1.5

#: So many of the longest regions vote on the orientation; more do not change the result.
_VOTERS = 12


class RapidEngine:
    """The OCR engine of the distribution. Models load at first use; threads take turns."""

    name = "rapidocr"
    version = "3.10.0/PP-OCRv6-small/1"

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._models: dict[str, Any] = {}

    def read(self, image: Bgr) -> list[Line]:
        """Find and read the lines of an upright image."""
        with self._lock:
            result = self._rapid("reader", _READER)(image, use_det=True, use_cls=False, use_rec=True)
        if result.boxes is None or result.txts is None:
            return []
        return [
            Line(text, float(score), quad_of(box))
            for box, text, score in zip(result.boxes, result.txts, result.scores, strict=True)
        ]

    def probe(self, image: Bgr) -> Probe:
        """Run the detector on a small copy, then let its regions vote on the orientation."""
        with self._lock:
            boxes = self._rapid("probe", _PROBE)(image, use_det=True, use_cls=False, use_rec=False).boxes
            if boxes is None or len(boxes) == 0:
                return Probe(0)
            sideways = _run_sideways(boxes)
            against, confidence = self._vote(image, _longest(boxes))
        # A sideways region is turned counter-clockwise before it is judged: standing then, the image needs one
        # such turn; on its head, three.
        turns = (3 if against else 1) if sideways else (2 if against else 0)
        (left, top), (right, bottom) = boxes.min(axis=(0, 1)), boxes.max(axis=(0, 1))
        return Probe(len(boxes), turns, confidence, (int(left), int(top), int(right) + 1, int(bottom) + 1))

    def _vote(self, image: Bgr, boxes: Any) -> tuple[bool, float]:
        """Ask the line classifier whether the regions stand on their head; also how sure the majority is."""
        from rapidocr.utils.process_img import get_rotate_crop_image

        against = total = 0.0
        for box in boxes:
            crop = get_rotate_crop_image(image, box.astype(np.float32))
            ((label, score),) = self._rapid("probe", _PROBE)(
                np.ascontiguousarray(crop), use_det=False, use_cls=True, use_rec=False
            ).cls_res
            # The classifier is never below .5: what it is unsure of should not count.
            weight = float(score) - 0.5
            total += weight
            against += weight if label == "180" else 0.0
        share = against / total if total else 0.0
        return share > 0.5, max(share, 1 - share)

    def _rapid(self, role: str, settings: dict[str, Any]) -> Any:
        if role not in self._models:
            self._models[role] = _load(settings)
        return self._models[role]


def _run_sideways(boxes: Any) -> bool:
    ratio = _width(boxes) / np.maximum(_height(boxes), 1)
    return int((ratio < 1 / _ELONGATED).sum()) > int((ratio > _ELONGATED).sum())


def _longest(boxes: Any) -> Any:
    length = np.maximum(_width(boxes), _height(boxes))
    return boxes[np.argsort(-length, kind="stable")[:_VOTERS]]


def _width(boxes: Any) -> Any:
    return np.linalg.norm(boxes[:, 1] - boxes[:, 0], axis=1)


def _height(boxes: Any) -> Any:
    return np.linalg.norm(boxes[:, 3] - boxes[:, 0], axis=1)


def _load(settings: dict[str, Any]) -> Any:
    from rapidocr import RapidOCR

    spec = find_spec("rapidocr")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("rapidocr")
    models = Path(spec.origin).parent / "models"
    return RapidOCR(params=settings | {key: str(models / name) for key, name in _MODELS.items()})
