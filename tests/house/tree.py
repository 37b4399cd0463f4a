"""The source tree as the house tests see it."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "regulars"
KIND_FOLDERS = frozenset({"kinds", "nodes", "metrics", "earn_rules", "burn_rules", "actions"})


def rooms() -> list[Path]:
    """Return the folders directly under the package, each with a sign on its door."""
    return sorted(p.parent for p in SOURCE.glob("*/__init__.py"))


def python_files(*folders: str) -> list[Path]:
    """Return every Python file below the folders of the repository."""
    return sorted(p for folder in folders for p in (ROOT / folder).rglob("*.py"))


@cache
def syntax(path: Path) -> ast.Module:
    """Return the parsed file; each file is parsed once per test run."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


@cache
def kept_files() -> tuple[Path, ...]:
    """Return the files that are, or are about to be, part of the repository."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    return tuple(p for name in listing.split("\0") if name and (p := ROOT / name).is_file())


def short(path: Path) -> str:
    """Return the path as a reader of a failed test wants it."""
    return path.relative_to(ROOT).as_posix()


def docstrings(tree: ast.Module) -> set[int]:
    """Return the ids of the constant nodes that are docstrings or bare strings standing as comments."""
    return {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def strings(tree: ast.Module) -> Iterator[ast.Constant]:
    """Yield every string literal that is no docstring, the fixed parts of f-strings included."""
    comments = docstrings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in comments:
            yield node
