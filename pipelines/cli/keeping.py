"""Commands around keeping and erasing: the ledger people keep, the list of those to be told."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from pipelines.cli.options import NOT_EXAMINED, EstateFile, Out

ledger = typer.Typer(help="個人情報管理台帳: the ledger people keep of personal data.", no_args_is_help=True)


@ledger.command("export")
def export_(
    file: Annotated[Path, typer.Argument(help="The .xlsx file to write.")],
    out: Out = Path(".meibo"),
    lang: Annotated[Literal["ja", "en"], typer.Option(help="Language of the reader.")] = "ja",
) -> None:
    """Write what was found as a ledger (xlsx)."""
    from pipelines.desk.inventory_ledger import export_ledger
    from pipelines.layout import Layout

    typer.echo(f"{export_ledger(Layout(out.resolve()).store, file, lang=lang):,} lines")


@ledger.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="The .xlsx file people filled in.")],
    out: Out = Path(".meibo"),
) -> None:
    """Read the ledger people keep; `meibo report ledger_diff` compares it with what was found."""
    from pipelines.desk.inventory_ledger import import_ledger
    from pipelines.keys import KeyRing
    from pipelines.layout import Layout

    read = import_ledger(Layout(out.resolve()), KeyRing.from_environment(), file)
    typer.echo(f"{read:,} items")


def notice_list(
    asset: Annotated[str, typer.Argument(help="Asset whose dormant members are to be told.")],
    out_file: Annotated[Path, typer.Option("--out-file", help="The CSV file to write, mode 600.")],
    estate: EstateFile = Path("estate.yaml"),
    out: Out = Path(".meibo"),
    reveal: Annotated[bool, typer.Option("--reveal", help="Members' own numbers, too; audited.")] = False,
    reason: Annotated[str, typer.Option(help="Why they are needed; required with --reveal.")] = "",
) -> None:
    """List who is dormant and to be told before being erased; the list is registered with its own time limit.

    3: rows could not be read or have no number; the list is written, and not registered.
    """
    from pipelines.config import load_estate
    from pipelines.desk.notices import make_notice_list
    from pipelines.job import Job
    from pipelines.keys import KeyRing
    from pipelines.layout import Layout

    if reveal and not reason.strip():
        raise typer.BadParameter("say why", param_hint="--reason")
    job = Job(load_estate(estate), Layout(out.resolve()), KeyRing.from_environment())
    notice = make_notice_list(job, asset, out_file, reason=reason.strip() if reveal else None)
    if notice.whole:
        typer.echo(
            f"{notice.rows:,} to be told; grace until {notice.grace_until};"
            f" the list is to be gone by {notice.expires_on}"
        )
        return
    typer.echo(f"{notice.rows:,} on the list, which is not registered: nobody counts as told by it")
    if notice.gaps:
        typer.echo(f"{notice.gaps:,} rows could not be read", err=True)
    if notice.unnumbered:
        typer.echo(f"{notice.unnumbered:,} rows have no number and are not on it", err=True)
    raise typer.Exit(NOT_EXAMINED)


COMMANDS = (notice_list,)
