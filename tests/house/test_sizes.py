"""Files and functions stay small enough to be read in one go."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.house import tree

FILE_LINES, FUNCTION_LINES, WEB_LINES = 500, 60, 250
EMPTY_NAMES = re.compile(r"(^|_)(utils?|helpers?|common|manager|data)$")
WEB_SUFFIXES = {".ts", ".tsx", ".css"}


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree.syntax(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_python_files() -> None:
    files = tree.python_files("src", "tests", "bench", "examples")
    long = [f"{tree.short(p)}: {n} lines" for p in files if (n := lines(p)) > FILE_LINES]
    assert not long, "\n".join(long)


def test_functions() -> None:
    long = [
        f"{tree.short(path)}:{f.lineno} {f.name}: {size} lines"
        for path in tree.python_files("src", "bench")
        for f in functions(path)
        if (size := (f.end_lineno or f.lineno) - f.lineno + 1) > FUNCTION_LINES
    ]
    assert not long, "\n".join(long)


def test_names_say_what_is_inside() -> None:
    empty = [tree.short(p) for p in tree.python_files("src") if EMPTY_NAMES.search(p.stem)]
    assert not empty, "\n".join(empty)


def test_web_files() -> None:
    long = [
        f"{tree.short(path)}: {n} lines"
        for path in tree.kept_files()
        if path.is_relative_to(tree.ROOT / "web")
        and path.suffix in WEB_SUFFIXES
        # What is generated from the OpenAPI schema is read by nobody, and says so at its head.
        and "generated" not in path.read_text(encoding="utf-8")[:200].lower()
        if (n := lines(path)) > WEB_LINES
    ]
    assert not long, "\n".join(long)
