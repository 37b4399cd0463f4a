"""Find every room's model.py, so that migrations and drift checks see all tables."""

from __future__ import annotations

import importlib
import pkgutil

import regulars


def load_tables() -> None:
    """Import the `model` module of every room that has one."""
    for room in pkgutil.iter_modules(regulars.__path__, "regulars."):
        if not room.ispkg:
            continue
        package = importlib.import_module(room.name)
        if any(m.name == "model" for m in pkgutil.iter_modules(package.__path__)):
            importlib.import_module(f"{room.name}.model")
