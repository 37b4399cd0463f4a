"""What is committed can be installed anywhere: pinned by hash, and silent about where it was made."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from tests.house import tree

# Written in parts, so that this file does not find itself.
REGISTRY_HOSTS = re.compile(
    "|".join(
        re.escape(".".join(parts))
        for parts in (
            ("pypi", "org/simple"),
            ("files", "pythonhosted", "org"),
            ("registry", "npmjs", "org"),
            ("registry", "yarnpkg", "com"),
            ("registry", "npmmirror", "com"),
            ("mirrors", "aliyun", "com"),
            ("pypi", "tuna", "tsinghua"),
            ("npm", "pkg", "github"),
        )
    )
)
MACHINE_PATHS = re.compile(
    r"(?<![\w.$}~-])/(?:"
    + "|".join(("work/(?:main|shared)", "ro" + "ot", "ho" + "me/[a-z]", "Us" + "ers/[a-zA-Z]"))
    + r")\b"
)
BINARY = {
    ".png",
    ".jpg",
    ".jpeg",
    ".gif",
    ".ico",
    ".woff2",
    ".parquet",
    ".xlsx",
    ".gz",
    ".zst",
    ".zip",
    ".whl",
}


def requirement_files() -> list[Path]:
    return sorted((tree.ROOT / "requirements").glob("*.txt"))


def text_files() -> list[Path]:
    return [p for p in tree.kept_files() if p.suffix not in BINARY and p.stat().st_size < 5_000_000]


def test_python_locks_are_there() -> None:
    if not requirement_files():
        pytest.skip("no lock file has been compiled yet")
    assert all(p.stat().st_size for p in requirement_files())


@pytest.mark.parametrize("path", requirement_files(), ids=lambda path: path.name)
def test_python_lock_has_hashes_and_no_host(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "://" not in text, "a lock file names no host"
    assert not re.search(r"^\s*--(?:(?:extra-)?index-ur[l]|find-link[s]|trusted-host)", text, re.MULTILINE)
    joined = text.replace("\\\n", " ")
    pins = [line for line in joined.splitlines() if re.match(r"^[A-Za-z0-9]", line)]
    loose = [line.split()[0] for line in pins if "==" not in line or "--hash=sha256:" not in line]
    assert pins, "a lock file pins something"
    assert not loose, f"without exact version and hash: {loose}"


def resolved(value: Any, where: str = "") -> list[str]:
    """Return the places of a package-lock that say where a package came from."""
    if isinstance(value, dict):
        own = [where] if isinstance(value.get("resolved"), str) and "://" in value["resolved"] else []
        return own + [found for key, part in value.items() for found in resolved(part, f"{where}/{key}")]
    return []


def test_web_locks_have_no_host() -> None:
    locks = [p for p in tree.kept_files() if p.name in ("package-lock.json", "npm-shrinkwrap.json")]
    found = {tree.short(p): r for p in locks if (r := resolved(json.loads(p.read_text(encoding="utf-8"))))}
    assert not found, f"run npm install with omit-lockfile-registry-resolved=true: {found}"


def test_uv_lock_is_not_kept() -> None:
    assert not [p for p in tree.kept_files() if p.name in ("uv.lock", "poetry.lock", "yarn.lock", "pnpm-lock.yaml")]


def test_no_registry_host_and_no_machine_path() -> None:
    found: list[str] = []
    for path in text_files():
        text = path.read_text(encoding="utf-8", errors="replace")
        for pattern in (REGISTRY_HOSTS, MACHINE_PATHS):
            found += [f"{tree.short(path)}: {hit.group(0)}" for hit in pattern.finditer(text)]
    assert not found, "\n".join(found)
