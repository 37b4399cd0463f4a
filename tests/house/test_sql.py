"""SQL stands in few places: stores, infra, and the compilers."""

from __future__ import annotations

import re
from pathlib import Path

from tests.house import tree

STATEMENT = re.compile(
    # Prose begins a sentence with "Select" or "Update"; SQL is all upper or all lower case.
    r"^\s*(?:(?:select|SELECT)\s+(?:distinct\b|DISTINCT\b|\*|\d|[\w.]+\s*[(,]|[\w.]+\s*$)|"
    r"(?:insert into|INSERT INTO|delete from|DELETE FROM|alter table|ALTER TABLE|drop table|DROP TABLE|"
    r"drop index|DROP INDEX|truncate|TRUNCATE|lock table|LOCK TABLE|SYSTEM RELOAD|LISTEN|NOTIFY)\s|"
    r"(?:update|UPDATE)\s+\w+\s+(?:set|SET)\s|(?:with|WITH)\s+\w+\s+(?:as|AS)\s*\(|"
    r"(?:create|CREATE)\s+(?:table|TABLE|index|INDEX|unique|UNIQUE|materialized|MATERIALIZED|dictionary|DICTIONARY))"
    r"|\b(?:select\b.{1,600}?\bfrom|SELECT\b.{1,600}?\bFROM)\b",
    re.DOTALL,
)


READERS_OF_EVERYTHING = {"app/doctor.py", "app/lake_query.py"}
"""The doctor asks the engines about themselves; `regulars query` wraps what an engineer typed."""

PROBE = re.compile(r"^\s*select\s+1\s*$", re.IGNORECASE)
"""Asks for nothing but an answer."""


def may_hold_sql(path: Path) -> bool:
    """Tell whether the file is a store, infra, a compiler, or a table declaration."""
    parts = path.relative_to(tree.SOURCE).parts
    if "/".join(parts) in READERS_OF_EVERYTHING:
        return True
    room, rest = parts[0], parts[1:]
    if room == "infra" or parts[:2] == ("core", "rule"):
        return True
    if room == "insight" and rest and rest[0].startswith("compil"):
        return True
    return bool(rest) and (rest[0] == "store" or rest[0].startswith("store") or rest[0] == "model.py")


def test_sql_stands_in_stores_and_compilers() -> None:
    found = [
        f"{tree.short(path)}:{node.lineno} {' '.join(str(node.value).split())[:70]}"
        for path in tree.python_files("src/regulars")
        if not may_hold_sql(path)
        for node in tree.strings(tree.syntax(path))
        if STATEMENT.search(str(node.value)) and not PROBE.search(str(node.value))
    ]
    assert not found, "\n".join(found)


def test_the_check_finds_sql_and_spares_prose() -> None:
    assert STATEMENT.search("SELECT uid FROM user_state")
    assert STATEMENT.search("insert into segment (name) values (%(name)s)")
    assert STATEMENT.search("  with base as (select 1)")
    assert not STATEMENT.search("Select a segment.")
    assert not STATEMENT.search("Select a customer from the list.")
    assert not STATEMENT.search("Update the mapping and import again.")
    assert not STATEMENT.search("With a rule")
