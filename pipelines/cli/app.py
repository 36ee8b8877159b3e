"""The command line: every command reads its arguments, calls one function of the house, prints.

Exit codes: 0 done · 3 done, something not examined (or a bad line in `detect`) · 64 refused
(usage, configuration, key) · 70 a fault of ours · 74 stopped (disk, load) · `gate`: 0 all pass, 1 one fails, 2 one
could not examine.
"""

from __future__ import annotations

import io
import logging
import os
import sys
import warnings
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli import adhoc, incident, keeping, people, reports, requests
from pipelines.cli.console import (
    print_error,
    print_fault,
    print_summary,
)
from pipelines.cli.japanese import said, said_of_usage
from pipelines.cli.options import (
    INTERNAL,
    NOT_EXAMINED,
    USAGE,
    AsJson,
    EstateFile,
    KnownEstate,
    Out,
    known_estate,
    layout_there,
)
from pipelines.cli.usage import usage_fault
from pipelines.errors import MeiboError, hush_warnings, of_disk

app = typer.Typer(
    name="meibo",
    help="Find Japanese personal data wherever a company keeps it, before somebody else does.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main(args: list[str] | None = None) -> None:
    """Run the command line; every error becomes one value-free line and an exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Letters an old terminal lacks are shown by their numbers; JSON reads them as the letters they are.
        sys.stdout.reconfigure(errors="backslashreplace")
    # First come, first served: otherwise a library configures the root logger, and at level INFO.
    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(levelname)s")
    for handler in logging.getLogger().handlers:
        handler.setLevel(logging.WARNING)
    try:
        with warnings.catch_warnings():
            hush_warnings()
            code = app(args, prog_name="meibo", standalone_mode=False)
        sys.stdout.flush()
    except MeiboError as error:
        code = _told(error)
    except typer.Abort:
        code = 130
    except typer.TyperException as error:
        if fault := usage_fault(error):
            print_error(f"meibo: {fault}\nmeibo: {said_of_usage()}")
        code = USAGE
    except Exception as error:
        code = _fault(error)
    sys.exit(code if isinstance(code, int) else 0)


def _told(error: MeiboError) -> int:
    print_error("\n".join(f"meibo: {line}" for line in (str(error), said(error)) if line))
    return error.exit_code


def _fault(error: Exception) -> int:
    if stop := of_disk(error):
        return _told(stop)
    print_fault(error)
    return INTERNAL


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
    confirm_empty: Annotated[
        list[str] | None,
        typer.Option(
            help="This source is empty indeed; else one that held something counts as not examined."
        ),
    ] = None,
    workers: Annotated[
        int, typer.Option(min=0, help="Worker processes; 0: one per core; 1: none beside this one.")
    ] = 0,
    engine: Annotated[str, typer.Option(help="local: processes; spark: Spark (meibo\\[spark]).")] = "local",
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
            confirm_empty=tuple(confirm_empty or ()),
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


for _adhoc in adhoc.COMMANDS:
    app.command()(_adhoc)


@app.command()
def gate(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            help="Gates to run; without one those the estate names, else `declared` and the reports whose"
            " registers it declares."
        ),
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
    estate: Annotated[
        Path | None, typer.Option(help="The estate; default ./estate.yaml. Without one no scan is removed.")
    ] = None,
    out: Out = Path(".meibo"),
    everything: Annotated[
        bool,
        typer.Option(
            "--all",
            help="Staged data, unused work and kept keys whatever their age, unless `meibo scan` is at work on it;"
            " scans still by theirs.",
        ),
    ] = False,
) -> None:
    """Remove staged data, unused work, scans and kept keys of erased persons that are past their time."""
    from datetime import UTC, datetime

    from pipelines.config import Staging
    from pipelines.desk import erased_keys
    from pipelines.purge import purge as run

    layout = layout_there(out)
    known = known_estate(estate)
    staging, store = (known.staging, known.store) if known else (Staging(), None)
    hours = 0 if everything else staging.ttl_hours
    done = run(layout, staging.model_copy(update={"ttl_hours": hours}), store)
    typer.echo(f"removed {done.staged:,} staged files")
    if done.work or done.scans:
        typer.echo(f"removed {done.work:,} pieces of unused work, {done.scans:,} scans")
    if known is None:
        typer.echo("kept all scans: no estate says how long (--estate)")
    if done.spared:
        typer.echo("left what the scan in progress needs")
    expired = erased_keys.expire(layout, datetime.now(UTC).date(), everything=everything)
    if expired:
        typer.echo(f"removed the keys of {expired:,} erased persons")


for _command in (*reports.COMMANDS, *incident.COMMANDS, *keeping.COMMANDS, *people.COMMANDS):
    app.command()(_command)
app.add_typer(keeping.ledger, name="ledger")
app.add_typer(requests.request, name="request")
