"""A report in words: tables for the terminal and for a page of the documentation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

CASE_COLUMNS = (
    "name",
    "class",
    "path",
    "cold_p50_ms",
    "p50_ms",
    "p95_ms",
    "raw_p50_ms",
    "cold_ratio",
    "ratio",
    "equal",
)
FIGURE_COLUMNS = ("figure", "value", "unit", "bar", "ok")


def show(report: dict[str, Any], out: Console) -> None:
    """Print a report to the terminal."""
    out.print(f"[bold]{report['title']}[/], scale {report['scale']}. {_where(report)}", highlight=False)
    for columns, rows in _tables(report):
        table = Table(*columns)
        for row in rows:
            table.add_row(*row)
        out.print(table)


def into_page(report: dict[str, Any], page: Path) -> None:
    """Put a report into a Markdown page: where the same bench of that scale stands already, else at the end."""
    begin, end = (f"<!-- {report['bench']} {report['scale']} {side} -->" for side in ("begins", "ends"))
    section = "\n".join([begin, *_markdown(report), end])
    text = page.read_text(encoding="utf-8") if page.exists() else "# Benchmarks\n"
    before, found, rest = text.partition(begin)
    whole = before + section + rest.partition(end)[2] if found else f"{text.rstrip()}\n\n{section}\n"
    page.write_text(whole, encoding="utf-8")


def _markdown(report: dict[str, Any]) -> list[str]:
    lines = [f"### {report['title']}: `{report['scale']}`", "", _where(report), ""]
    for columns, rows in _tables(report):
        lines += ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
        lines += ["| " + " | ".join(row) + " |" for row in rows]
        lines.append("")
    return lines[:-1]


def _where(report: dict[str, Any]) -> str:
    machine = report["machine"]
    versions = ", ".join(f"{name} {number}" for name, number in report["versions"].items())
    sizes = ", ".join(f"{n:,} {what}" for what, n in report["data"].items())
    return (
        f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']} GiB; {versions}. Data: {sizes}."
        f" Peak memory {report['peak_memory_mib']:,} MiB."
    )


def _tables(report: dict[str, Any]) -> list[tuple[tuple[str, ...], list[list[str]]]]:
    tables: list[tuple[tuple[str, ...], list[list[str]]]] = []
    if report["cases"]:
        tables.append((CASE_COLUMNS, [[_cell(case[c]) for c in CASE_COLUMNS] for case in report["cases"]]))
    if report["figures"]:
        rows = [[name, *(_cell(f[c]) for c in FIGURE_COLUMNS[1:])] for name, f in report["figures"].items()]
        tables.append((FIGURE_COLUMNS, rows))
    return tables


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "NO"
    if isinstance(value, float):
        if 0 < abs(value) < 1:
            return f"{value:.3g}"
        return f"{value:,.1f}" if abs(value) < 1000 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
