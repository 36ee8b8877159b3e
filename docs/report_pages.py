"""What docs/reports.md takes from the comments of the reports' SQL files."""

from __future__ import annotations


def reports() -> str:
    """Return every report with its columns, in both languages, from the comments of the SQL files."""
    from pipelines.reports.runner import list_reports

    parts = []
    for report in list_reports():
        takes = ", ".join(f"`{name}` ({kind})" for name, kind in report.parameters.items())
        columns = (f"| `{each.name}` | {each.label.en} | {each.label.ja} |" for each in report.columns)
        parts.append(
            "\n".join(
                [
                    f"## {report.name}",
                    "",
                    f"**{report.title.en} · {report.title.ja}**",
                    "",
                    report.about.en,
                    report.about.ja,
                    *(["", f"Parameters: {takes}."] if takes else []),
                    "",
                    "| column | English | 日本語 |",
                    "|---|---|---|",
                    *columns,
                ]
            )
        )
    return "\n\n".join(parts)
