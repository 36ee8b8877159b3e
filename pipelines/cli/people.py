"""Commands about one person: what is held, where it stands, whether somebody erased has come back."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from zoneinfo import ZoneInfo

import typer
from rich.console import Console

from pipelines.cli.options import NOT_EXAMINED, KnownEstate, Out, given_moment, known_estate, say_progress
from pipelines.cli.reports import Lang
from pipelines.errors import Refused

if TYPE_CHECKING:
    from pipelines.config import Estate
    from pipelines.keys import KeyRing
    from pipelines.layout import Layout
    from pipelines.reports.runner import Table
    from pipelines.store.reader import Reader
    from pipelines.subject.search import Asked, Candidate

Several = list[str] | None
Format = Annotated[Literal["table", "json", "csv", "html"], typer.Option("--format")]
AGAIN = 2
"""Exit code of `meibo subject` where several persons may be meant: choose and ask again."""
OTHERS = 5
"""Of persons who agree in part so many are named."""


def subject(
    name: Annotated[Several, typer.Option(help="Repeatable, like every identifier.")] = None,
    phone: Annotated[Several, typer.Option()] = None,
    email: Annotated[Several, typer.Option()] = None,
    address: Annotated[Several, typer.Option()] = None,
    member: Annotated[Several, typer.Option(help="Member, employee or customer number.")] = None,
    born: Annotated[Several, typer.Option(help="Date of birth.")] = None,
    candidate: Annotated[str | None, typer.Option(help="One of several who may be meant.")] = None,
    reveal: Annotated[
        bool, typer.Option("--reveal", help="Show the values; noted in the audit trail.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why values are shown.")] = "",
    export_keys: Annotated[
        Path | None, typer.Option(help="Write this person's value keys for `meibo erase-check`.")
    ] = None,
    estate: KnownEstate = None,
    out: Out = Path(".meibo"),
    output: Format = "table",
    lang: Lang = "ja",
) -> None:
    """Show what is held about one person, everybody else masked: 0 one person, 2 several may be meant."""
    from pipelines.keys import KeyRing
    from pipelines.layout import Layout
    from pipelines.store.own_key import refuse_other_key
    from pipelines.store.reader import Reader
    from pipelines.subject import search, show
    from pipelines.subject.holdings import holdings

    given = {"name": name, "phone": phone, "email": email, "address": address, "member": member, "born": born}
    keys = KeyRing.from_environment()
    asked = search.seal_query(keys, {kind: values for kind, values in given.items() if values})
    layout = Layout(out.resolve())
    say_progress(layout, lang)
    with Reader(layout.store) as reader:
        refuse_other_key(reader, keys)
        _say_unsearched(search.unsearched(reader, asked), lang)
        found = search.candidates(reader, asked)
        person = search.chosen(found, candidate)
        if person is None and found:
            _print(show.candidates_table(reader, found), output, lang)
            raise typer.Exit(AGAIN)
        _say_others([each for each in found if each is not person], lang)
        rows = holdings(reader, person.subject_id if person else None, asked)
        if export_keys is not None:
            _export(export_keys, rows, asked)
        if reveal:
            known = known_estate(estate)
            rows = _revealed(reader, layout, known, keys, rows, reason, [each.key for each in asked])
        _print(show.holdings_table(reader, rows, revealed=reveal), output, lang)


def _say_unsearched(assets: Sequence[str], lang: Lang) -> None:
    """Say on standard error where nobody can be found: what is not there may be there all the same."""
    from pipelines.cli.console import print_error

    if not assets:
        return
    more = ["…"] if len(assets) > OTHERS else []
    said = {
        "ja": f"照合用の鍵がないため {len(assets)} 件の資産は探せません(estate.yaml の keys を確認): ",
        "en": f"{len(assets)} assets have no value keys and were not searched (see `keys` of the estate): ",
    }
    print_error(said[lang] + ", ".join([*assets[:OTHERS], *more]))


def _say_others(others: Sequence[Candidate], lang: Lang) -> None:
    """Say on standard error that more persons agree in some of what was asked: they may be the same one."""
    from pipelines.cli.console import print_error

    if not others:
        return
    listed = [f"{each.name} ({' '.join(f'--{kind}' for kind in each.matched)})" for each in others[:OTHERS]]
    more = ["…"] if len(others) > OTHERS else []
    said = {
        "ja": f"ほかに {len(others)} 人が一部で一致します。--candidate で確認できます: ",
        "en": f"{len(others)} more agree in part; look at them with --candidate: ",
    }
    print_error(said[lang] + ", ".join(listed + more))


def where(
    key: Annotated[str, typer.Argument(help="A keyed number as reports show it: k:9f7b549f9311.")],
    reveal: Annotated[
        bool, typer.Option("--reveal", help="Show the values; noted in the audit trail.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why values are shown.")] = "",
    estate: KnownEstate = None,
    out: Out = Path(".meibo"),
    output: Format = "table",
    lang: Lang = "ja",
) -> None:
    """Show where a keyed number of a report stands: asset, row, field; its value only with --reveal."""
    from pipelines.store.reader import Reader
    from pipelines.subject.places import places_of
    from pipelines.subject.show import places_table

    layout, known = layout_of(out), known_estate(estate)
    with Reader(layout.store) as reader:
        keys = keys_of(reader)
        rows = places_of(reader, key, known, keys)
        if reveal:
            rows = _revealed(reader, layout, known, keys, rows, reason, [row["value_key"] for row in rows])
        _print(places_table(reader, rows, revealed=reveal), output, lang)


def erase_check(
    keys: Annotated[
        Path | None, typer.Option(help="Identifiers of the erased person; without: all that are kept.")
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep the keys for later checks, until they expire.")
    ] = False,
    erased_on: Annotated[
        str | None,
        typer.Option(
            help="When the person was erased (2026-11-24 10:30, or the day); a scan from before says nothing."
            " Default: today, or as kept.",
        ),
    ] = None,
    estate: KnownEstate = None,
    out: Out = Path(".meibo"),
    output: Annotated[
        Literal["table", "json", "csv", "html", "markdown"], typer.Option("--format")
    ] = "markdown",
    lang: Lang = "ja",
) -> None:
    """Look whether erased persons have come back: 0 with a certificate for each, 3 with what is left or open."""
    from pipelines.desk import erased_keys
    from pipelines.desk.erasure import check
    from pipelines.keys import KeyRing
    from pipelines.policies import load_policies
    from pipelines.store.own_key import refuse_other_key
    from pipelines.store.reader import Reader
    from pipelines.subject.certificate import certificates
    from pipelines.subject.show import residuals_table

    ring, known = KeyRing.from_environment(), known_estate(estate)
    zone = ZoneInfo(known.timezone if known else "Asia/Tokyo")
    layout, now = layout_of(out), datetime.now(zone)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    since = given_moment(erased_on, "--erased-on", zone.key).astimezone(zone) if erased_on else midnight
    people = (
        [erased_keys.Erased(tuple(erased_keys.read_keys(keys, ring)), since)]
        if keys
        else erased_keys.kept(layout, now.date())
    )
    if not people:
        raise Refused("keys-empty", "--keys", "name a file; none are kept")
    if keep:
        days = load_policies(known.policies if known else None).settings["erased_keys_days"].value or 0
        erased_keys.keep(layout, people[0], int(days), now.date())
    say_progress(layout, lang)
    with Reader(layout.store) as reader:
        refuse_other_key(reader, ring)
        checks = [check(reader, each.keys, each.erased_at) for each in people]
        back = [check for check in checks if check.residuals]
        if back:
            _print(residuals_table(reader, back), "table" if output == "markdown" else output, lang)
    gone = [check for check in checks if not check.residuals]
    # Of one person a machine reads one document: what is left, or the certificate.
    if gone and not (back and output in ("json", "csv")):
        chosen = output if output in ("html", "json") else "markdown"
        typer.echo(certificates(gone, chosen, lang, zone.key), nl=False)
    if not all(check.certified for check in checks):
        raise typer.Exit(NOT_EXAMINED)


def _revealed(
    reader: Reader,
    layout: Layout,
    estate: Estate | None,
    keys: KeyRing,
    rows: list[dict[str, Any]],
    reason: str,
    asked: Sequence[bytes],
) -> list[dict[str, Any]]:
    from pipelines.desk.reveal import reveal
    from pipelines.job import Job

    if estate is None:
        raise Refused("estate-missing", "--estate", "values are read from the sources again")
    return reveal(Job(estate, layout, keys), reader, rows, reason, list(dict.fromkeys(asked)))


def keys_of(reader: Reader) -> KeyRing:
    """Return the key of the environment; refuses one the store was not written with."""
    from pipelines.keys import KeyRing
    from pipelines.store.own_key import refuse_other_key

    keys = KeyRing.from_environment()
    refuse_other_key(reader, keys)
    return keys


def _export(path: Path, rows: Sequence[dict[str, object]], asked: Sequence[Asked]) -> None:
    from pipelines.desk.erased_keys import Key, write_keys
    from pipelines.errors import writing_to
    from pipelines.subject.mentions import UNCLEAR

    found = [Key(each.entity_type, each.key) for each in asked]
    found += [
        Key(str(row["entity_type"]), row["value_key"])
        for row in rows
        if isinstance(row["value_key"], bytes) and row["evidence"] != [UNCLEAR]
    ]
    with writing_to("--export-keys"):
        path.touch(0o600)
        path.write_text(write_keys(dict.fromkeys(found)), "utf-8")


def _print(table: Table, output: str, lang: Literal["ja", "en"]) -> None:
    from pipelines.reports.render import to_terminal
    from pipelines.subject.show import render

    if output == "table":
        console = Console()
        console.print(to_terminal(table, lang, width=console.width))
    else:
        sys.stdout.buffer.write(render(table, output, lang))


def layout_of(out: Path) -> Layout:
    """Return the output directory a command was given."""
    from pipelines.layout import Layout

    return Layout(out.resolve())


COMMANDS = (subject, where, erase_check)
