"""The command line: every command reads its arguments, calls one function of the house, prints.

Exit codes (DESIGN §3.2): 0 done · 3 done, something not examined (or a bad line in `detect`) · 64 refused
(usage, configuration, key) · 70 a fault of ours · 74 stopped (disk, load) · `gate`: 0 all pass, 1 one fails, 2 one
could not examine.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from io import BufferedIOBase
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import typer
from rich.console import Console
from rich.table import Table

from pipelines.cli import incident, keeping, people, reports, requests
from pipelines.cli.console import (
    print_error,
    print_fault,
    print_image,
    print_spans,
    print_summary,
    print_unread,
)
from pipelines.cli.options import (
    INTERNAL,
    NOT_EXAMINED,
    USAGE,
    AsJson,
    EstateFile,
    KnownEstate,
    Out,
    known_estate,
)
from pipelines.errors import MeiboError, NotExamined, of_disk

if TYPE_CHECKING:
    from detectors.columns import ColumnType

app = typer.Typer(
    name="meibo",
    help="Find Japanese personal data wherever a company keeps it, before somebody else does.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main(args: list[str] | None = None) -> None:
    """Run the command line; every error becomes one value-free line and an exit code."""
    # First come, first served: otherwise a library configures the root logger, and at level INFO.
    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(levelname)s")
    for handler in logging.getLogger().handlers:
        handler.setLevel(logging.WARNING)
    try:
        code = app(args, prog_name="meibo", standalone_mode=False)
        sys.stdout.flush()
    except MeiboError as error:
        print_error(f"meibo: {error}")
        code = error.exit_code
    except typer.Abort:
        code = 130
    except typer.TyperException as error:
        print_error(f"meibo: {_usage(error)}")
        code = USAGE
    except Exception as error:
        code = _fault(error)
    sys.exit(code if isinstance(code, int) else 0)


def _fault(error: Exception) -> int:
    if stop := of_disk(error):
        print_error(f"meibo: {stop}")
        return stop.exit_code
    print_fault(error)
    return INTERNAL


def _usage(error: Any) -> str:
    # Typer's message quotes the argument, which may be a name typed in the wrong place: say which parameter.
    parameter = getattr(getattr(error, "param", None), "name", None)
    if parameter:
        return f"usage: {parameter} is not valid"
    # Without a parameter, but with the name of one, it is a refusal of our own.
    if option := getattr(error, "param_hint", None):
        return f"usage: {option} is not valid ({error.message})"
    return f"usage: {type(error).__name__}; see --help"


@app.command()
def demo(
    directory: Annotated[Path, typer.Argument(help="Directory to write to.")],
    size: Annotated[str, typer.Option(help="small or full.")] = "full",
    seed: Annotated[int, typer.Option(help="Same seed, same bytes.")] = 20260401,
) -> None:
    """Write the sample estate: a mobile-phone and mail-order company, with its truth beside it."""
    from pipelines.demo import write_demo

    if size not in ("small", "full"):
        raise typer.BadParameter("small or full", param_hint="--size")
    estate = write_demo(directory, size="small" if size == "small" else "full", seed=seed)
    typer.echo(f"estate: {estate}\nkey:    {directory / 'demo.key'}")


@app.command()
def scan(
    estate: EstateFile = Path("estate.yaml"),
    out: Out = Path(".meibo"),
    source: Annotated[list[str] | None, typer.Option(help="Only these sources.")] = None,
    full: Annotated[bool, typer.Option("--full", help="Examine again what is known.")] = False,
    workers: Annotated[int, typer.Option(min=0, help="Worker processes; 0: one per core.")] = 0,
    engine: Annotated[str, typer.Option(help="local: processes; spark: Spark (meibo[spark]).")] = "local",
    as_json: AsJson = False,
    open_page: Annotated[
        bool, typer.Option("--open", help="Open the report, where there is a screen.")
    ] = False,
) -> None:
    """Run the nightly job without a scheduler; exit 3 when something could not be examined."""
    from pipelines.config import load_estate
    from pipelines.job import Job
    from pipelines.keys import KeyRing
    from pipelines.layout import Layout
    from pipelines.progress import show_progress
    from pipelines.scan import scan as run

    if engine not in ("local", "spark"):
        raise typer.BadParameter("local or spark", param_hint="--engine")
    job = Job(load_estate(estate), Layout(out.resolve()), KeyRing.from_environment())
    with show_progress(hidden=as_json) as progress:
        summary = run(
            job,
            tuple(source or ()),
            full=full,
            workers=workers,
            engine="spark" if engine == "spark" else "local",
            progress=progress,
        )
    if as_json:
        typer.echo(summary.model_dump_json())
    else:
        print_summary(summary)
    if open_page and _has_screen():
        typer.launch(str(job.layout.report))
    if summary.not_examined:
        raise typer.Exit(NOT_EXAMINED)


def _has_screen() -> bool:
    return sys.platform in ("darwin", "win32") or bool(os.environ.keys() & {"DISPLAY", "WAYLAND_DISPLAY"})


@app.command()
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


@app.command()
def classify(
    file: Annotated[Path, typer.Argument(help="CSV, TSV, Parquet or xlsx.")],
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


@app.command()
def image(
    files: Annotated[list[Path], typer.Argument(help="PNG, JPEG or HEIC.")],
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
    if any("error" in answer for answer in answers):
        raise typer.Exit(NOT_EXAMINED)


@app.command()
def gate(
    names: Annotated[
        list[str] | None, typer.Argument(help="Gates to run; without one those the estate names, else all.")
    ] = None,
    out: Out = Path(".meibo"),
    estate: KnownEstate = None,
    as_json: AsJson = False,
) -> None:
    """Run the gates over the last scan: 0 all pass, 1 one fails, 2 one could not examine."""
    from pipelines.gates import run_gates
    from pipelines.keys import KeyRing
    from pipelines.layout import Layout

    outcome = run_gates(known_estate(estate), Layout(out.resolve()), tuple(names or ()), KeyRing.where_set())
    if as_json:
        typer.echo(outcome.model_dump_json())
    else:
        for line in outcome.lines():
            typer.echo(line)
    raise typer.Exit(outcome.exit_code)


@app.command()
def declare(estate: KnownEstate = None, out: Out = Path(".meibo")) -> None:
    """Draft the declarations of what the last scan found, as YAML for the estate's `assets`."""
    from pipelines.gates.declare import draft
    from pipelines.layout import Layout

    typer.echo(draft(known_estate(estate), Layout(out.resolve()).store), nl=False)


@app.command()
def purge(
    estate: KnownEstate = None,
    out: Out = Path(".meibo"),
    everything: Annotated[
        bool, typer.Option("--all", help="Whatever its age, unless `meibo scan` is at work on it.")
    ] = False,
) -> None:
    """Remove staged data, unused work, scans and kept keys of erased persons that are past their time."""
    from datetime import UTC, datetime

    from pipelines.config import Staging, Store
    from pipelines.desk import erasure
    from pipelines.layout import Layout
    from pipelines.purge import purge as run

    known = known_estate(estate)
    staging, store = (known.staging, known.store) if known else (Staging(), Store())
    hours = 0 if everything else staging.ttl_hours
    done = run(Layout(out.resolve()), staging.model_copy(update={"ttl_hours": hours}), store)
    typer.echo(f"removed {done.staged:,} staged files")
    if done.work or done.scans:
        typer.echo(f"removed {done.work:,} pieces of unused work, {done.scans:,} scans")
    if done.spared:
        typer.echo("left what the scan in progress needs")
    expired = erasure.expire(Layout(out.resolve()), datetime.now(UTC).date(), everything=everything)
    if expired:
        typer.echo(f"removed the keys of {expired:,} erased persons")


for _command in (*reports.COMMANDS, *incident.COMMANDS, *keeping.COMMANDS, *people.COMMANDS):
    app.command()(_command)
app.add_typer(keeping.ledger, name="ledger")
app.add_typer(requests.request, name="request")
