"""Commands without an estate or a store: one text, one table, some images."""

from __future__ import annotations

import json
import sys
from io import BufferedIOBase
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer
from rich.console import Console
from rich.table import Table

from pipelines.cli.console import print_error, print_image, print_spans, print_unread
from pipelines.cli.options import NOT_EXAMINED, AsJson
from pipelines.errors import NotExamined

if TYPE_CHECKING:
    from detectors.columns import ColumnType


def detect(
    text: Annotated[list[str] | None, typer.Argument(help="Texts; none: standard input.")] = None,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help='{"id","text"} per line in, spans per line out.')
    ] = False,
    everything: Annotated[bool, typer.Option("--all", help="Rivals and what is not personal, too.")] = False,
    point: Annotated[
        Literal["fast", "balanced", "recall", "strict"], typer.Option(help="How hard to look for names.")
    ] = "balanced",
    as_json: AsJson = False,
) -> None:
    """Find personal data in one text, or in JSON lines on standard input."""
    from pipelines.adhoc.stream import detect_lines, detect_text, unread_windows

    if jsonl and text:
        raise typer.BadParameter("lines come in on standard input", param_hint="--jsonl")
    if jsonl:
        given = cast(BufferedIOBase, sys.stdin.buffer)
        bad = detect_lines(given, sys.stdout, point=point, everything=everything)
        print_unread(unread_windows(point))
        raise typer.Exit(NOT_EXAMINED if bad else 0)
    for each in text or [_given_text()]:
        spans = detect_text(each, point=point, everything=everything)
        if as_json:
            typer.echo(json.dumps([[s.start, s.end, s.entity_type, round(s.score, 4)] for s in spans]))
        else:
            print_spans(each, spans)
    print_unread(unread_windows(point))


def _given_text() -> str:
    try:
        return sys.stdin.buffer.read().decode()
    except UnicodeDecodeError:
        raise NotExamined("not-utf-8", "standard input", "convert it to UTF-8") from None


def classify(
    file: Annotated[Path, typer.Argument(help="CSV, TSV, JSON, Parquet, xlsx, SQLite, vCard or iCalendar.")],
    as_json: AsJson = False,
    explain: Annotated[bool, typer.Option("--explain", help="Say why, without values.")] = False,
) -> None:
    """Say what personal data each column of a table holds; exit 3 when rows could not be read."""
    from pipelines.adhoc.classify import PLACE
    from pipelines.adhoc.classify import classify as run

    classified = run(file)
    _print_columns(classified.columns, as_json, explain)
    for reason, rows in classified.not_examined.items():
        print_error(f"not examined: {PLACE}: {reason} ({rows:,})")
    if classified.not_examined:
        raise typer.Exit(NOT_EXAMINED)


def _print_columns(columns: dict[str, ColumnType], as_json: bool, explain: bool) -> None:
    if as_json:
        plain = {
            name: {"type": each.entity_type, "score": round(each.score, 3), "reasons": list(each.reasons)}
            if explain
            else each.entity_type
            for name, each in columns.items()
        }
        typer.echo(json.dumps(plain, ensure_ascii=False))
        return
    table = Table()
    for heading in ("column", "type", "score", *(["why"] if explain else [])):
        table.add_column(heading)
    for name, each in columns.items():
        why = ["\n".join(each.reasons)] if explain else []
        table.add_row(name, each.entity_type or "–", f"{each.score:.2f}", *why)
    Console().print(table)


def image(
    files: Annotated[list[Path], typer.Argument(help="PNG, JPEG, HEIC, TIFF, WebP, GIF, BMP, AVIF.")],
    as_json: AsJson = False,
    reveal: Annotated[bool, typer.Option("--reveal", help="Show the text itself.")] = False,
) -> None:
    """Read ID cards and screenshots: what kind of document, which personal data, where on it."""
    from pipelines.adhoc.images import image_command

    answers = image_command(files, reveal)
    if as_json:
        typer.echo(json.dumps(answers, ensure_ascii=False))
    else:
        for answer in answers:
            print_image(answer)
    if any("error" in answer or "unread" in answer for answer in answers):
        raise typer.Exit(NOT_EXAMINED)


COMMANDS = (detect, classify, image)
