"""The page: one file, no network, nothing unescaped, small, traceable, usable in both languages."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import multiprocessing
import re
import shutil
import subprocess
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.layout import scratch
from pipelines.load import load
from pipelines.reports.page import LIMIT, heat_level, render_page, write_page
from pipelines.reports.runner import list_reports, run_report
from pipelines.results import AssetResult
from pipelines.store import database
from pipelines.summary import summarise
from tests.pipelines.scans import asset, estate_job, estate_scan, examined, job, not_examined, scan, typed

CHROMIUM = Path("/usr/bin/chromium")
VOID = {"meta", "input", "br", "rect", "link", "img"}


class Outline(HTMLParser):
    """Collects what the tests ask about and checks that every tag is closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.ids: list[str] = []
        self.text: dict[str, str] = {"script": "", "style": ""}
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.ids += [value for name, value in attrs if name == "id" and value]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in self.text:
            self.text[self.open[-1]] += data


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    work = estate_job(tmp_path_factory.mktemp("estate"))
    load(work, estate_scan(work.layout))
    return work.layout.store


@pytest.fixture(scope="module")
def page(store: Path) -> str:
    return render_page(store)


@pytest.fixture(scope="module")
def outline(page: str) -> Outline:
    return Outline(page)


def test_every_tag_is_closed_and_every_id_is_used_once(outline: Outline) -> None:
    assert outline.open == []
    assert len(outline.ids) == len(set(outline.ids))


def test_nothing_is_loaded_from_anywhere(page: str, outline: Outline) -> None:
    assert not [
        attrs for _, attrs in outline.tags if attrs.get("src") or (attrs.get("href") or "#")[0] != "#"
    ]
    assert not re.search(r"url\(|@import|https?:", page)


def test_the_policy_admits_only_the_pages_own_style_and_script(outline: Outline) -> None:
    policy = next(
        a["content"] or "" for t, a in outline.tags if t == "meta" and "Content-Security-Policy" in str(a)
    )
    assert policy.startswith("default-src 'none'")
    for kind in ("script", "style"):
        digest = base64.b64encode(hashlib.sha256(outline.text[kind].encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert not [
        name for _, attrs in outline.tags for name in attrs if name == "style" or name.startswith("on")
    ]


def test_names_from_the_estate_are_escaped(page: str) -> None:
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_what_was_not_examined_stands_before_every_number(page: str) -> None:
    order = [
        page.index(f'id="{section}"')
        for section in ("gaps", "summary", "exposure", "stale", "inventory", "scan")
    ]
    assert order == sorted(order)
    gaps = page[order[0] : order[1]]
    assert "share/locked.xlsx" in gaps
    assert "暗号化・パスワード付き" in gaps
    assert "encrypted or protected by a password" in gaps


def test_every_number_of_the_summary_is_a_report(store: Path, page: str) -> None:
    told = {name: run_report(store, name).rows for name in ("coverage", "inventory", "stale", "exposure")}
    wide = {row["entity_type"] for row in told["exposure"] if row["audience"] in ("public", "unknown")}
    assert re.findall(r'<b data-report="(\w+)">([\d,]+)</b>', page) == [
        (report, f"{number:,}")
        for report, number in (
            ("coverage", len(told["coverage"])),
            ("coverage", sum(row["rows_examined"] for row in told["coverage"])),
            ("inventory", len(told["inventory"])),
            ("inventory", sum((row["sensitivity"] or 5) >= 4 for row in told["inventory"])),
            ("stale", sum(row["past"] or 0 for row in told["stale"])),
            ("exposure", len(wide)),
        )
    ]


def test_every_number_of_the_charts_and_of_what_to_do_is_a_report(store: Path, page: str) -> None:
    exposed = [f"{row['rows']:,}" for row in run_report(store, "exposure").rows]
    assert sorted(re.findall(r'<td class="h\d"><b>([\d,]+)</b>', page)) == sorted(exposed)
    stale = run_report(store, "stale").rows
    key = page[page.index('id="stale"') :].partition('<ul class="key">')[2].partition("</ul>")[0]
    bars = [int(each.replace(",", "")) for each in re.findall(r"<b>([\d,]+)</b>", key)]
    assert sum(bars) == sum(row["records"] for row in stale)
    undated = sum(row["state"] == "unknown" for row in stale)
    assert f'<span class="chip alarm">{undated}</span>' in page[page.index('id="undated"') :]
    todo = page[page.index('id="todo"') : page.index('id="summary"')]
    rows = re.findall(r"<b>([\d,]+)</b></a>.*?<code>(\w+)\.sql</code>", todo, re.DOTALL)
    assert rows
    for number, name in rows:
        assert 0 < int(number.replace(",", "")) <= len(run_report(store, name).rows)


def test_every_report_that_is_shown_stands_on_the_page_with_its_query(page: str) -> None:
    for report in list_reports():
        if report.on_page:
            assert f"pipelines/reports/{report.name}.sql" in page
            assert html.escape(report.sql.splitlines()[-1].strip(), quote=False)[:20] in page


def test_what_nobody_can_judge_is_folded_below_what_has_a_date(page: str) -> None:
    stale = page[page.index('id="stale"') : page.index('id="incidents"')]
    dated, _, undated = stale.partition('id="undated"')
    assert "不明</span>" not in dated.partition("<tbody>")[2]
    assert "保存区分が未設定" in undated


def test_everything_a_reader_sees_is_there_in_both_languages(page: str) -> None:
    assert page.count('<span class="ja" lang="ja">') == page.count('<span class="en" lang="en">') > 80


def test_tables_and_buttons_can_be_used_without_eyes_or_mouse(outline: Outline) -> None:
    scrolling = [attrs for _, attrs in outline.tags if attrs.get("class") == "scroll"]
    assert scrolling
    for attrs in scrolling:
        assert attrs["tabindex"] == "0"
        assert attrs["role"] == "region"
        assert attrs.get("aria-label") or attrs.get("aria-labelledby") in outline.ids
    assert all("scope" in attrs for tag, attrs in outline.tags if tag == "th")
    assert all(attrs.get("aria-hidden") == "true" for tag, attrs in outline.tags if tag == "svg")
    links = [attrs["href"] for tag, attrs in outline.tags if tag == "a"]
    assert {str(link)[1:] for link in links} <= set(outline.ids)


def test_the_evidence_of_each_field_is_on_the_page(page: str) -> None:
    assert "100 of 100 values match as a whole" in page
    assert "SpacedName 1 × 2" in page


def test_what_changed_since_the_scan_before_stands_above_the_numbers(tmp_path: Path) -> None:
    work = estate_job(tmp_path)
    load(work, estate_scan(work.layout, "scan-1"))
    first = render_page(work.layout.store)
    assert "初めての検査です" in first
    assert 'class="change"' not in first
    more = asset("share/new.csv")
    parts = (examined(work.layout, more, "work-new", rows=7),)
    later = estate_scan(work.layout, "scan-2")
    found = AssetResult(asset=more, fields=(typed("mail", "EMAIL_ADDRESS", 7),), parts=parts)
    finished = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
    load(work, later.model_copy(update={"assets": (*later.assets, found), "finished_at": finished}))
    page = render_page(work.layout.store)
    changes = page[page.index('id="changes"') : page.index('id="todo"')]
    assert "share/new.csv" in changes
    assert "share/locked.xlsx" not in changes
    assert Outline(page).open == []


def test_the_page_is_the_same_whether_it_compares_with_what_was_kept_or_asks_again(tmp_path: Path) -> None:
    work = estate_job(tmp_path)
    load(work, estate_scan(work.layout, "scan-1"))
    write_page(work.layout)
    kept = work.layout.state / "page"
    assert [path.name for path in kept.iterdir()] == ["scan-1"]
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in kept.glob("*/*"))
    later = estate_scan(work.layout, "scan-2")
    finished = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
    load(work, later.model_copy(update={"assets": later.assets[1:], "finished_at": finished}))
    assert 'class="change"' in write_page(work.layout).read_text("utf-8")
    assert sorted(path.name for path in kept.iterdir()) == ["scan-1", "scan-2"]
    asked = render_page(work.layout.store)
    # Of linked people nothing but what was kept tells what was said of them.
    assert work.layout.report.read_text("utf-8") == re.sub(
        r'<p class="about" id="unknown">.*</p>\n', "", asked
    )
    # What was kept is not trusted: what cannot be read is asked again.
    for path in kept.glob("scan-1/*"):
        path.write_bytes(b"half")
    assert write_page(work.layout).read_text("utf-8") == asked


def test_a_page_leaves_alone_what_another_one_holds_on_disk_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "PAGE_MEMORY", 1 << 20)
    work = estate_job(tmp_path)
    load(work, estate_scan(work.layout))
    # DuckDB gives its files the same names in every process.
    spilled = work.layout.pages / "duckdb_temp_storage_DEFAULT-0.tmp"
    with scratch(work.layout.pages) as own:
        (own / "inventory").write_bytes(b"rows of another page")
        spilled.write_bytes(b"rows of another page")
        write_page(work.layout)
        summarise(work.layout, work.layout.report, 0)
        assert spilled.exists()
        assert (own / "inventory").exists()
    assert not own.exists()


def test_an_older_page_does_not_forget_what_a_newer_one_kept(tmp_path: Path) -> None:
    work = estate_job(tmp_path)
    load(work, estate_scan(work.layout, "scan-1"))
    newer = work.layout.pages / "scan-2"
    newer.mkdir(parents=True)
    write_page(work.layout)
    assert newer.exists()


def test_pages_rendered_at_once_are_the_page_rendered_alone(tmp_path: Path) -> None:
    work = estate_job(tmp_path)
    load(work, estate_scan(work.layout))
    alone = render_page(work.layout.store)
    with ProcessPoolExecutor(3, multiprocessing.get_context("spawn")) as pool:
        for page in pool.map(render_page, [work.layout.store] * 6, [work.layout.pages] * 6):
            assert page == alone


def test_a_store_without_a_finding_gives_a_page_that_says_so(tmp_path: Path) -> None:
    work = job(tmp_path)
    load(work, scan("s", []))
    page = render_page(work.layout.store)
    assert Outline(page).open == []
    assert "個人データは見つかっていません" in page


def test_a_large_estate_stays_below_three_megabytes_and_says_what_it_leaves_out(tmp_path: Path) -> None:
    work = job(tmp_path)
    tables = [asset(f"crm/schema.{'長い名前' * 60}_{number}") for number in range(1_000)]
    assets = [
        AssetResult(
            asset=table,
            fields=tuple(
                typed(f"column_{n}_{'x' * 200}", kind, position=n, reasons=("r" * 300,) * 9)
                for n, kind in enumerate(("PERSON", "JP_ADDRESS", "AGE"))
            ),
            parts=(
                examined(work.layout, table, f"w{number}"),
                not_examined(table, "a-reason-without-a-word", index=1),
            ),
        )
        for number, table in enumerate(tables)
    ]
    assets[-1] = assets[-1].model_copy(update={"fields": (typed("worst", "JP_MY_NUMBER"),)})
    load(work, scan("s", assets))
    page = render_page(work.layout.store)
    assert len(page.encode()) < 3_000_000
    assert f"{2_998 - LIMIT:,} more rows. The most sensitive ones are shown." in page
    assert "worst" in page


def test_the_page_is_written_beside_the_store_and_for_its_owner_alone(tmp_path: Path) -> None:
    work = estate_job(tmp_path)
    load(work, estate_scan(work.layout))
    path = write_page(work.layout)
    assert path == work.layout.out / "report.html"
    assert path.stat().st_mode & 0o777 == 0o600
    before = path.read_bytes()
    write_page(work.layout)
    assert path.read_bytes() == before


@given(st.integers(1, 5), st.integers(0, 10**9), st.integers(0, 10**6))
def test_more_rows_and_more_sensitive_types_are_never_paler(sensitivity: int, rows: int, more: int) -> None:
    assert (
        1
        <= heat_level(sensitivity, rows)
        <= heat_level(sensitivity, rows + more)
        <= heat_level(5, rows + more)
        <= 5
    )


PROBE = """<!doctype html><meta charset="utf-8"><iframe width="{width}" height="900" srcdoc="{page}"></iframe>
<script>document.querySelector("iframe").addEventListener("load", (event) => {{
  const page = event.target.contentDocument, root = page.documentElement;
  const seen = (kind) => [...page.querySelectorAll("h2 ." + kind)].filter((item) => item.offsetWidth > 0).length;
  const look = () => [root.lang, root.scrollWidth, seen("ja"), seen("en")];
  const japanese = look();
  page.querySelector("[data-lang=en]").click();
  const report = document.createElement("pre");
  report.textContent = JSON.stringify([japanese, look()]);
  document.body.append(report);
}});</script>"""


@pytest.mark.slow
@pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed")
@pytest.mark.parametrize("width", [375, 1440])
def test_in_a_browser_nothing_overflows_and_the_language_switches(
    page: str, tmp_path: Path, width: int
) -> None:
    probe = tmp_path / "probe.html"
    probe.write_text(PROBE.format(width=width, page=html.escape(page)), "utf-8")
    flags = (
        "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
        " --disable-component-update --disable-sync --virtual-time-budget=5000 --dump-dom"
    )
    command = [str(CHROMIUM), *flags.split(), f"--user-data-dir={tmp_path / 'profile'}", probe.as_uri()]
    dom = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    shutil.rmtree(tmp_path / "profile", ignore_errors=True)
    found = re.search(r"<pre>(.*?)</pre>", dom)
    assert found, "the page did not load"
    (lang, across, ja, en), (lang_after, across_after, ja_after, en_after) = json.loads(found[1])
    assert max(across, across_after) <= width
    assert (lang, ja > 0, en) == ("ja", True, 0)
    assert (lang_after, ja_after, en_after > 0) == ("en", 0, True)
