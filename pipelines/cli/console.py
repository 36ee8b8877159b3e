"""What the command line shows on a terminal."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from detectors.resolver import Found
    from pipelines.summary import Summary


#: Places a summary names; all of them stand in `coverage` and in its JSON.
SHOWN = 20


def print_error(text: str) -> None:
    """Print one line on standard error, as it is."""
    Console(stderr=True).print(text, markup=False, highlight=False, soft_wrap=True)


def print_fault(error: Exception) -> None:
    """Say where a fault of ours happened; its message may quote the value it choked on."""
    where = [
        f"{Path(frame.filename).name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)
    ]
    message = f"meibo: internal error {type(error).__name__} at {' < '.join(reversed(where[-6:]))}"
    print_error(message)


def print_summary(summary: Summary) -> None:
    """Print what a scan did, what it could not examine, and where the outcome lies."""
    console = Console()
    table = Table(title=f"{summary.scan_id} · {summary.seconds:.0f} s", title_justify="left")
    for heading in ("source", "assets", "parts", "unchanged", "rows", "findings", "not examined"):
        table.add_column(heading, justify="left" if heading == "source" else "right")
    for row in summary.sources:
        table.add_row(
            row.source,
            *(f"{n:,}" for n in (row.assets, row.parts, row.reused, row.rows, row.findings)),
            f"[red]{row.not_examined:,}[/red]" if row.not_examined else "0",
        )
    console.print(table)
    for place, reason in summary.reasons[:SHOWN]:
        console.print(f"not examined: {place}: {reason}", markup=False, highlight=False, soft_wrap=True)
    for row in summary.sources:
        if row.old:
            console.print(
                f"kept: {row.source}: {row.old:,} assets count as last examined (`meibo report coverage`)",
                markup=False, highlight=False, soft_wrap=True,
            )  # fmt: skip
    if (more := len(summary.reasons) - SHOWN) > 0:
        console.print(f"not examined: {more:,} more (`meibo report coverage` lists all)", highlight=False)
    for asset, setting, column in summary.missing_columns[:SHOWN]:
        said = f"no such column: {asset}: {column} ({setting} in the estate)"
        console.print(said, markup=False, highlight=False, soft_wrap=True)
    if (more := len(summary.missing_columns) - SHOWN) > 0:
        console.print(f"no such column: {more:,} more (`meibo report missing_columns`)", highlight=False)
    console.print(
        f"store:  {summary.store}\nreport: {summary.report}", markup=False, highlight=False, soft_wrap=True
    )


def print_spans(text: str, spans: list[Found]) -> None:
    """Print the spans of a text to whoever typed it; special-care information with its kind."""
    from detectors.context.special_care import SPECIAL_CARE, kind_of

    table = Table()
    kinds = [
        kind_of(text, span.start, span.end) if span.entity_type == SPECIAL_CARE else "" for span in spans
    ]
    for heading in ("start", "end", "type", *(["kind"] if any(kinds) else []), "score", "text"):
        table.add_column(heading)
    for span, kind in zip(spans, kinds, strict=True):
        # The text was typed by whoever reads this: it is shown back to nobody else.
        value = text[span.start : span.end].encode("utf-8", "replace").decode()
        shown = [kind or ""] if any(kinds) else []
        table.add_row(str(span.start), str(span.end), span.entity_type, *shown, f"{span.score:.2f}", value)
    Console().print(table)


def print_unread(windows: int) -> None:
    """Say that a second opinion was not asked everywhere."""
    if windows:
        print_error(f"not verified: {windows:,} names beyond the budget of the second opinion")


def print_image(answer: dict[str, Any]) -> None:
    """Print what one image shows: masked, unless the answer holds the text."""
    table = Table(
        title=f"{answer['file']}: {answer.get('kind') or answer.get('error')}", title_justify="left"
    )
    for heading in (
        "type",
        "score",
        "text" if any("text" in f for f in answer.get("findings", ())) else "masked",
    ):
        table.add_column(heading)
    for found in answer.get("findings", ()):
        table.add_row(found["entity_type"], f"{found['score']:.2f}", found.get("text") or found["masked"])
    Console().print(table)
