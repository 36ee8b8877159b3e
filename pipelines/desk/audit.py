"""The audit trail: who asked what about a person, when and why; never a value.

``state/audit.jsonl`` is appended to, one JSON object a line, and copied into table `audit` at every load.
"""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from pipelines.errors import MeiboError
from pipelines.job import Job
from pipelines.layout import Layout
from pipelines.places import mask_place

#: A reason is a sentence, not a file.
LONGEST_REASON = 500


def note(job: Job, act: str, reason: str, keys: Sequence[bytes], rows: int) -> None:
    """Append one line; `keys`: value keys of what was asked for, `rows`: how many rows were shown.

    People say whose request it is: persons in the reason are masked. Written and synced before anything is shown.
    Raises `MeiboError` ``audit-failed``: then nothing may be shown.
    """
    line = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "who": _user(),
        "act": act,
        "reason": mask_place(reason, job.keys)[:LONGEST_REASON],
        "keys": sorted(key.hex() for key in keys),
        "rows": rows,
    }
    try:
        job.layout.state.mkdir(parents=True, exist_ok=True, mode=0o700)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        with os.fdopen(
            os.open(job.layout.state / "audit.jsonl", flags, 0o600), "a", encoding="utf-8"
        ) as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        raise MeiboError("audit-failed", "state/audit.jsonl", "nothing is shown without a trail") from None


def rows(layout: Layout) -> list[dict[str, Any]]:
    """Return the trail as rows of table `audit`; a line that cannot be read says so in its place."""
    try:
        lines = (layout.state / "audit.jsonl").read_text("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return []
    return [_row(line) for line in lines if line.strip()]


def _row(line: str) -> dict[str, Any]:
    try:
        raw = json.loads(line)
        return {
            "moment": datetime.fromisoformat(raw["at"]),
            **{name: str(raw[name]) for name in ("who", "act", "reason")},
            "keys": [str(key) for key in raw["keys"]],
            "rows": int(raw["rows"]),
        }
    except (ValueError, KeyError, TypeError):
        never = datetime.fromtimestamp(0, UTC)
        return {"moment": never, "who": "", "act": "unreadable", "reason": "", "keys": [], "rows": 0}


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"uid {os.getuid()}"
