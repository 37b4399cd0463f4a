"""Rooms are entered by their doors, and imports point down."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest
from tests.house import tree

OPEN_FLOORS = {"core", "infra"}
DOORS = {"contract", "api"}
"""And `api_<part>` of a room too large for one: a part of its own, with `routes_<part>`."""
FOR_APP = {"routes", "handlers", "fields", *tree.KIND_FOLDERS}
"""What boot loads by name to put the house together."""


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("regulars", cache_dir=None)


def imports(graph: grimp.ImportGraph) -> Iterator[tuple[list[str], list[str], str]]:
    for importer in graph.modules:
        for imported in graph.find_modules_directly_imported_by(importer):
            source, target = importer.split(".")[1:], imported.split(".")[1:]
            if source and target:
                yield source, target, f"{importer} imports {imported}"


def is_door(module: str, of: set[str] = DOORS) -> bool:
    return module in of or module.startswith("api_")


def test_rooms_are_entered_by_their_doors(graph: grimp.ImportGraph) -> None:
    broken = [
        text
        for source, target, text in imports(graph)
        if source[0] != target[0]
        and target[0] not in OPEN_FLOORS
        and (len(target) < 2 or not is_door(target[1], DOORS | FOR_APP if source[0] == "app" else DOORS))
    ]
    assert not broken, "\n".join(sorted(broken))


def test_routes_go_through_their_own_doors(graph: grimp.ImportGraph) -> None:
    broken = [
        text
        for source, target, text in imports(graph)
        if len(source) == 2
        and source[1].split("_")[0] == "routes"
        and target[0] == source[0]
        and len(target) > 1
        and target[1].split("_")[0] != "routes"
        and not is_door(target[1])
    ]
    assert not broken, "\n".join(sorted(broken))


def test_floors(tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run(
        [str(program), "--no-logo", "--cache-dir", str(tmp_path)],
        cwd=tree.ROOT,
        capture_output=True,
        text=True,
        env={**os.environ, "NO_COLOR": "1"},
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_every_room_of_the_tree_has_its_floor() -> None:
    floors = (tree.ROOT / ".importlinter").read_text(encoding="utf-8").split("layers =")[1]
    named = set(floors.replace("(", " ").replace(")", " ").replace("|", " ").split())
    assert {room.name for room in tree.rooms()} <= named
