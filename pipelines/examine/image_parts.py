"""Images of a part: OCR, the same recognizers, findings with their quads; the kind of card as evidence."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from functools import partial
from zoneinfo import ZoneInfo

import pyarrow as pa

from detectors.context.special_care import SPECIAL_CARE, kind_of
from detectors.registry import Point, find_entities
from detectors.resolver import REPORTED
from detectors.schema import EVIDENCE
from pipelines.errors import NotExamined
from pipelines.examine.documents import totals
from pipelines.examine.moments import moment_in
from pipelines.seal import Sealer
from pipelines.store.files import FINDING_FILE, PICTURE_FILE

FIELD = "image"


def examine_images(
    batch: pa.RecordBatch,
    first_row: int,
    point: Point,
    sealer: Sealer,
    timezone: str,
    row_keys: Sequence[str | None] = (),
) -> tuple[pa.Table, pa.RecordBatch, pa.Table]:
    """Return (findings reported at an operating point, evidence, pictures) of a batch with the column ``image``.

    Column ``page``, where there is one, says which page of its file a picture is; `row_keys`, where given, in
    which row of a table each stands. Cameras without a zone of their own are in `timezone`. `quad` holds eight
    numbers per line of text the finding covers. Raises `NotExamined` with the code of the image that could not be
    read, or ``ocr-missing``.
    """
    try:
        return _examined(
            batch, first_row, point, sealer, ZoneInfo(timezone), row_keys or [None] * batch.num_rows
        )
    except ModuleNotFoundError:
        raise NotExamined("ocr-missing", "", "install meibo[ocr]") from None


def _examined(
    batch: pa.RecordBatch,
    first_row: int,
    point: Point,
    sealer: Sealer,
    zone: ZoneInfo,
    row_keys: Sequence[str | None],
) -> tuple[pa.Table, pa.RecordBatch, pa.Table]:
    from detectors.ocr.decode import ImageError
    from detectors.ocr.image import scan_image

    analyze = partial(find_entities, point=point)
    rows: list[dict[str, object]] = []
    shown: list[dict[str, object]] = []
    pages = batch.column("page").to_pylist() if "page" in batch.schema.names else [1] * batch.num_rows
    for row, (data, page) in enumerate(zip(batch.column(FIELD).to_pylist(), pages, strict=True), first_row):
        try:
            scan = scan_image(data, analyze=analyze, threshold=REPORTED[point])
        except ImageError as error:
            raise NotExamined(error.code) from None
        captured = scan.captured and moment_in(scan.captured, zone)
        shown.append(
            {"row": row, "page": page, "kind": scan.kind, "captured": captured, "located": scan.located}
        )
        for found in scan.findings:
            value_key, alt_key, masked = sealer.seal(found.entity_type, found.text)
            rows.append(
                {
                    "field": FIELD,
                    "row": row,
                    "row_key": row_keys[row - first_row],
                    "page": page,
                    "quad": [float(number) for quad in found.quads for corner in quad for number in corner],
                    "start": found.start,
                    "end": found.end,
                    "entity_type": found.entity_type,
                    "score": found.score,
                    "recognizer": found.recognizer,
                    "recognizer_version": found.version,
                    "personal": True,
                    "value_key": value_key,
                    "alt_key": alt_key,
                    "masked": masked,
                    "kind": kind_of(found.text) if found.entity_type == SPECIAL_CARE else None,
                }
            )
    kinds = Counter(str(each["kind"]) for each in shown)
    return (
        pa.Table.from_pylist(rows, FINDING_FILE),
        _evidence(batch.num_rows, kinds),
        pa.Table.from_pylist(shown, PICTURE_FILE),
    )


def _evidence(rows: int, kinds: Counter[str]) -> pa.RecordBatch:
    profile = json.dumps({f"document {kind}": count for kind, count in kinds.items()}, sort_keys=True)
    return pa.RecordBatch.from_pylist([totals(FIELD, "image", rows, rows, rows, profile)], EVIDENCE)
