"""What the product lists by its own keys has a name on the page: entries of the audit log, steps of the event log."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest
from tests.house import tree
from tests.house.test_words import alternatives, template

from regulars.app.boot import load_rooms
from regulars.infra import event_log
from regulars.journeys.graph import node_kinds

ROOMS = tree.ROOT / "web" / "admin" / "src" / "rooms"
LOG = ROOMS / "settings" / "audit"


def written(place: int) -> Iterator[str]:
    """Yield what stands in the place of the calls of `audit`: 1 = the action, 2 = the kind of object."""
    for path in tree.python_files("src/regulars"):
        for node in ast.walk(tree.syntax(path)):
            if not (isinstance(node, ast.Call) and len(node.args) > place):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name == "audit":
                yield from map(template, alternatives(node.args[place]))


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(("prefix", "place"), [("a", 1), ("o", 2)])
def test_the_log_names_what_is_written_into_it(lang: str, prefix: str, place: int) -> None:
    named = set(re.findall(rf'"{prefix}\.([^"]+)":', (LOG / f"{lang}.ts").read_text(encoding="utf-8")))
    used = set(written(place))
    assert len(used) > 10
    patterns = {one: re.sub(r"\\\{\d+\\\}", r"[a-z_]+", re.escape(one)) for one in used}
    missing = [one for one, pattern in patterns.items() if not any(re.fullmatch(pattern, name) for name in named)]
    assert not missing, f"give them words in {LOG.name}/{lang}.ts: {sorted(missing)}"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_step_behind_the_log_is_named(lang: str) -> None:
    load_rooms()
    said = (ROOMS / "data" / f"{lang}.ts").read_text(encoding="utf-8")
    assert [one.name for one in event_log.consumers() if f'"r.{one.name}":' not in said] == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_way_out_of_a_node_is_named(lang: str) -> None:
    said = (ROOMS / "journeys" / f"{lang}.ts").read_text(encoding="utf-8")
    ways = {way for kind in node_kinds() for way in kind.ways}
    assert sorted(way for way in ways if f'"way.{way}":' not in said) == []
