"""Meibo for notebooks: open what a scan left, ask it, scan a frame, measure detection on your own sample.

>>> import meibo
>>> store = meibo.open(".meibo")            # doctest: +SKIP
>>> store.report("inventory", lang="en")    # doctest: +SKIP
>>> store.since("inventory", "previous")    # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pandas as pd

    from detectors.registry import Point
    from pipelines.adhoc.measure import Mode
    from pipelines.adhoc.samples import Labelled
    from pipelines.incident import Scope
    from pipelines.notebook import Store

    Sample = str | Path | Iterable[Labelled | str]

__all__ = ["differences", "draft", "measure", "measure_columns", "open", "scan", "show"]


def open(out: str | Path = ".meibo") -> Store:
    """Open the snapshot of an output directory, read-only, also while a scan writes.

    Raises `pipelines.errors.MeiboError` when there is none.
    """
    from pipelines.layout import Layout
    from pipelines.notebook import Store

    return Store(Layout(Path(out)).store)


def scan(frame: Any) -> pd.DataFrame:
    """Find personal data in a frame of pandas, polars, Arrow or DuckDB: per column its type, score and why.

    `not_examined` counts the cells that could not be: bytes that are no text, objects without one. A second column
    of one name is ``name#2``; what a pandas frame is indexed by stands last. Raises `pipelines.errors.Refused`
    ``frame-unknown``.
    """
    import pandas as pd

    from pipelines.adhoc.frames import examinable
    from pipelines.adhoc.measure import column_types

    table, lost = examinable(frame)
    rows = [
        (name, each.entity_type, each.score, list(each.reasons), lost.pop(name, 0))
        for name, each in column_types(table).items()
    ]
    # Columns of nothing but bytes inside nested values have no text to be judged by.
    rows += [(name, None, 0.0, [], count) for name, count in lost.items()]
    return pd.DataFrame(rows, columns=["column", "entity_type", "score", "reasons", "not_examined"])


def draft(
    scope: Scope, sheet: Literal["scope", "report", "notice"] = "scope", lang: Literal["ja", "en"] = "ja"
) -> str:
    """Return the scope sheet of an incident, or the draft of its report or of the notice to persons (Markdown).

    Raises `pipelines.errors.Refused` ``sheet-unknown``.
    """
    from pipelines.incident.draft import to_markdown

    return to_markdown(scope, sheet, lang)


def measure(
    sample: Sample, *, mode: Mode = "exact", point: Point = "balanced", types: Iterable[str] = ()
) -> pd.DataFrame:
    """Measure detection on labelled texts: precision, recall, F1 and their 95 % intervals, a row per type.

    `sample`: a file (.jsonl, .csv, .txt: `pipelines.adhoc.samples.read_sample`) or texts, marked as in
    ``"担当は⟦PERSON:佐藤⟧です"``. The rest as in `pipelines.adhoc.measure.measure`.
    """
    import pandas as pd

    from pipelines.adhoc.measure import measure

    figures = measure(_sample(sample), mode=mode, point=point, types=types)
    return pd.DataFrame([each.row() for each in figures])


def differences(
    sample: Sample, *, mode: Mode = "exact", point: Point = "balanced", types: Iterable[str] = ()
) -> pd.DataFrame:
    """Return where label and detection differ: number of the text (from 0), missed or extra, type, start, end."""
    import pandas as pd

    from pipelines.adhoc.measure import Difference, differences

    found = differences(_sample(sample), mode=mode, point=point, types=types)
    return pd.DataFrame(found, columns=list(Difference._fields))


def measure_columns(tables: Iterable[tuple[Any, Mapping[str, str | None]]]) -> pd.DataFrame:
    """Measure the types decided for columns: pairs of a frame and the known type of its columns, None for none.

    Rows as those of `measure`.
    """
    import pandas as pd

    from pipelines.adhoc.frames import examinable
    from pipelines.adhoc.measure import measure_columns

    figures = measure_columns((examinable(frame)[0], labels) for frame, labels in tables)
    return pd.DataFrame([each.row() for each in figures])


def show(chart: Any) -> None:
    """Show an Altair chart in a notebook without the network: JupyterLab and VS Code draw it themselves.

    Altair's own display loads scripts from a CDN.
    """
    from IPython.display import display

    spec = chart.to_dict()
    display({f"application/vnd.vegalite.v{version}+json": spec for version in (5, 6)}, raw=True)  # type: ignore[no-untyped-call]


def _sample(sample: Sample) -> list[Labelled]:
    from pipelines.adhoc.samples import labelled, read_sample

    if isinstance(sample, str | Path):
        return read_sample(Path(sample))
    return [labelled(each) if isinstance(each, str) else each for each in sample]
