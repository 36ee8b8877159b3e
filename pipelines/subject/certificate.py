"""The certificate that an erased person was not found again; where something is open, a sheet that says what."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pipelines.desk.erasure import Check
from pipelines.reports.render import TOKYO, gap_sentence, printable, shown
from pipelines.reports.runner import Gap
from pipelines.reports.words import said
from pipelines.subject.show import page_of

Lang = Literal["ja", "en"]

_TITLES = {
    True: {"ja": "消去確認書", "en": "Certificate of erasure check"},
    False: {
        "ja": "消去の照合結果（確認書ではありません）",
        "en": "Outcome of an erasure check (no certificate)",
    },
}


def certificates(checks: Sequence[Check], output: str, lang: Lang, zone: str = TOKYO) -> str:
    """Return a sheet for each of the checks without residuals, as ``markdown``, ``html`` or ``json``.

    A sheet is a certificate where everything there is was examined since the erasure; else it says what was not.
    As JSON one check is an object, several are a list.
    """
    if output == "json":
        told: Any = [_certified(check) for check in checks]
        return json.dumps(told[0] if len(told) == 1 else told, ensure_ascii=False, indent=2) + "\n"
    sheets = [(_TITLES[check.certified][lang], _lines(check, lang, zone)) for check in checks]
    if output == "html":
        bodies = [
            f"<h1>{html.escape(title)}</h1>"
            + "".join(f"<p>{html.escape(printable(line))}</p>" for line in lines if line)
            for title, lines in sheets
        ]
        return page_of(sheets[0][0] if sheets else "", lang, "<hr>".join(bodies))
    return "\n".join("\n".join((f"# {title}", "", *lines, "")) for title, lines in sheets)


def _certified(check: Check) -> dict[str, Any]:
    return {
        "person": check.person,
        "certified": check.certified,
        "erased_at": check.erased_at.isoformat() if check.erased_at else None,
        "scan_id": check.scan_id,
        "scan_finished_at": check.finished_at.isoformat(),
        "checked_at": check.checked_at.isoformat(),
        "keys": check.keys,
        "parts_examined": check.parts,
        "residuals": len(check.residuals),
        "not_examined": check.gaps,
        "not_examined_since": [
            {"asset": row["asset"], "scanned": row["scanned"].isoformat()} for row in check.unseen
        ],
    }


def _lines(check: Check, lang: Lang, zone: str) -> list[str]:
    return [*_said(check, lang, zone), "", *_unseen_lines(check, lang, zone), *_gap_lines(check, lang)]


def _said(check: Check, lang: Lang, zone: str) -> list[str]:
    day = check.checked_at.astimezone(ZoneInfo(zone)).date().isoformat()
    scanned = shown(check.finished_at, zone)
    erased = shown(check.erased_at, zone) if check.erased_at else None
    if lang == "ja":
        return [
            f"確認日: {day}",
            f"消去された方: {check.person}（鍵の符号）",
            f"消去の日時: {erased or '申告なし'}",
            f"対象の検査: {check.scan_id}（{scanned} 終了）",
            f"照合した識別子の数: {check.keys:,}",
            f"検査済みの範囲: {check.parts:,} か所",
            "上記の範囲に、消去された方の識別子は見つかりませんでした。",
            "本書は照合の結果であり、媒体からの物理的な消去を証明するものではありません。",
        ]
    return [
        f"Date: {day}",
        f"Erased person: {check.person} (digest of the keys)",
        f"Erased at: {erased or 'not told'}",
        f"Scan: {check.scan_id} (finished {scanned})",
        f"Identifiers compared: {check.keys:,}",
        f"Examined: {check.parts:,} parts",
        "No identifier of the erased person was found in what was examined.",
        "This is the outcome of a comparison; it does not certify physical erasure from media.",
    ]


def _unseen_lines(check: Check, lang: Lang, zone: str) -> list[str]:
    if not check.unseen:
        return []
    count = len(check.unseen)
    said = {
        "ja": f"消去より後に検査していない資産: {count:,}。次の検査の後にもう一度照合してください。",
        "en": f"Assets not examined since the erasure: {count:,}. Check again after the next scan.",
    }[lang]
    return [
        said,
        "",
        *(f"- {printable(row['asset'])} ({shown(row['scanned'], zone)})" for row in check.unseen),
        "",
    ]


def _gap_lines(check: Check, lang: Lang) -> list[str]:
    gap = Gap(sum(row["parts"] for row in check.gaps), len({row["asset"] for row in check.gaps}))
    sentence = gap_sentence(gap, lang)
    if not check.gaps:
        return [sentence]
    warning = {"ja": "未検査は「残存なし」ではありません。", "en": "Not examined is not clean."}[lang]
    return [f"{sentence}。{warning}" if lang == "ja" else f"{sentence}. {warning}", ""] + [
        f"- {printable(row['asset'])}: {said(row['reason'], 'reason', lang)} ({row['parts']:,})"
        for row in check.gaps
    ]
