"""What was found about a person, for people and machines."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

from pipelines.desk.erasure import Check
from pipelines.policies import Label
from pipelines.reports.render import gap_sentence, printable, shown, to_csv, to_json
from pipelines.reports.runner import Column, Lang, Report, Row, Table, table_of
from pipelines.reports.words import PLACE
from pipelines.store.reader import Reader
from pipelines.subject.search import Candidate

_HOLDINGS = (
    ("asset", "資産", "Asset", PLACE),
    ("place", "場所", "Place", ""),
    ("field", "項目", "Field", ""),
    ("page", "ページ", "Page", ""),
    ("entity_type", "種別", "Type", "entity"),
    ("masked", "伏せ字の見本", "Masked sample", ""),
    ("evidence", "本人とみる根拠", "Why this person", "link"),
    ("confidence", "確からしさ", "Confidence", ""),
    ("third_parties", "同じ場所の他の人（種別と数）", "Others there (type and number)", "third_party"),
    ("purpose", "利用目的", "Purpose", ""),
    ("retention", "保存区分", "Retention class", "retention"),
    ("retention_kind", "期限の意味", "Meaning of the date", "retention_kind"),
    ("law", "保存の根拠", "Basis", ""),
    ("verified", "根拠の確認", "How verified", "verified"),
    ("until", "遅くともこの日まで", "At the latest until", ""),
    ("until_of", "その日の対象", "That day is", "until_of"),
    ("recipients", "提供先・委託先", "Recipients", ""),
    ("as_of", "最終検査日（今回は未検査）", "Last examined (not this time)", ""),
    ("owner", "管理者", "Owner", ""),
)
_REVEALED = (("value", "内容", "Content", ""), ("reveal", "開示の可否", "Shown or why not", "reveal"))
#: Where it stands, and whose it is to look after.
_PLACES = (*_HOLDINGS[:6], *_HOLDINGS[-2:])
_CANDIDATES = (
    ("candidate", "候補", "Candidate", ""),
    ("matched", "一致した項目", "Agrees in", "asked"),
    ("records", "記録", "Records", ""),
    ("assets", "資産", "Assets", ""),
    ("confidence", "確からしさ", "Confidence", ""),
)
_RESIDUALS = (
    ("person", "消去された方（鍵の符号）", "Erased person (digest of the keys)", ""),
    ("state", "状態", "State", "residual"),
    ("asset", "資産", "Asset", PLACE),
    ("place", "場所", "Place", ""),
    ("fields", "項目", "Fields", ""),
    ("types", "種別", "Types", "entity"),
    ("retention", "保存区分", "Retention class", "retention"),
    ("law", "保存の根拠", "Basis", ""),
    ("until", "遅くともこの日まで", "At the latest until", ""),
    ("owner", "管理者", "Owner", ""),
)


def holdings_table(reader: Reader, rows: Sequence[Row], *, revealed: bool) -> Table:
    """Return everything about one person as a table like a report's."""
    columns = (*_REVEALED, *_HOLDINGS) if revealed else _HOLDINGS
    return _table(reader, "subject", Label(ja="本人に関する記録", en="Held about this person"), columns, rows)


def places_table(reader: Reader, rows: Sequence[Row], *, revealed: bool) -> Table:
    """Return the places of a key as a table like a report's."""
    columns = (*_REVEALED, *_PLACES) if revealed else _PLACES
    return _table(reader, "places", Label(ja="記録の場所", en="Where it stands"), columns, rows)


def candidates_table(reader: Reader, found: Iterable[Candidate]) -> Table:
    """Return the persons who may be meant; the reader chooses with ``--candidate``."""
    title = Label(ja="候補（--candidate で選ぶ）", en="Candidates (choose with --candidate)")
    rows = [
        {
            "candidate": each.name,
            "matched": list(each.matched),
            "records": each.records,
            "assets": each.assets,
            "confidence": round(each.confidence, 2),
        }
        for each in found
    ]
    return _table(reader, "candidates", title, _CANDIDATES, rows)


def residuals_table(reader: Reader, checks: Sequence[Check]) -> Table:
    """Return the places where erased persons are still found, person by person."""
    title = Label(ja="消去後の残存", en="Residuals after erasure")
    rows = [{"person": check.person, **row} for check in checks for row in check.residuals]
    return _table(reader, "residuals", title, _RESIDUALS, rows)


def render(table: Table, output: str, lang: Lang) -> bytes:
    """Return a table as ``json``, ``csv`` or ``html``."""
    if output == "json":
        return (to_json(table) + "\n").encode()
    return to_csv(table, lang) if output == "csv" else _html(table, lang).encode()


def _table(
    reader: Reader, name: str, title: Label, columns: Sequence[tuple[str, str, str, str]], rows: Sequence[Row]
) -> Table:
    made = tuple(Column(key, Label(ja=ja, en=en), words) for key, ja, en, words in columns)
    plain = [{column.name: row.get(column.name) for column in made} for row in rows]
    table = table_of(reader, Report(name, title, title, made, {}, ""), plain)
    if any(column.words == "third_party" for column in made):
        table.vocabulary["third_party"] = _third_parties(table)
    return table


def _third_parties(table: Table) -> dict[str, Label]:
    """Return "PERSON 2" in the words of the entity types."""
    words = {}
    for said in {each for row in table.rows for each in row["third_parties"] or ()}:
        entity_type, _, number = said.partition(" ")
        known = table.vocabulary["entity"].get(entity_type, Label(ja=entity_type, en=entity_type))
        words[said] = Label(ja=f"{known.ja} {number}", en=f"{known.en} {number}")
    return words


def _html(table: Table, lang: Lang) -> str:
    columns = table.report.columns
    head = "".join(f"<th>{html.escape(getattr(column.label, lang))}</th>" for column in columns)
    body = "".join(
        "<tr>"
        + "".join(
            f"<td>{html.escape(printable(shown(table.text(column, row[column.name], lang), table.zone)))}</td>"
            for column in columns
        )
        + "</tr>"
        for row in table.rows
    )
    gap = html.escape(gap_sentence(table.gap, lang))
    title = getattr(table.report.title, lang)
    return page_of(
        title,
        lang,
        f"<h1>{html.escape(title)}</h1><p>{gap}</p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>",
    )


def page_of(title: str, lang: Lang, body: str) -> str:
    """Return a self-contained page that loads and runs nothing; `body` is HTML."""
    style = (
        "body{font-family:sans-serif;margin:2rem}table{border-collapse:collapse}"
        "td,th{border:1px solid #999;padding:.3rem}"
    )
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}"><title>{html.escape(title)}</title>'
        f"<style>{style}</style></head><body>{body}</body></html>\n"
    )
