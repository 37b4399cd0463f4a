"""Each room says at its door what it holds, hears and emits."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from tests.house import tree


@pytest.mark.parametrize("room", tree.rooms(), ids=lambda room: room.name)
def test_sign(room: Path) -> None:
    module = tree.syntax(room / "__init__.py")
    sign = (ast.get_docstring(module) or "").lower()
    missing = [word for word in ("nouns", "hears", "emits") if word not in sign]
    assert not missing, f"{tree.short(room)}/__init__.py does not say its {', '.join(missing)}"
    assert len(module.body) == 1, f"{tree.short(room)}/__init__.py is a sign; it exports nothing"
