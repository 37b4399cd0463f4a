"""Kinds: one class per file, found by scanning a folder and then entry points; no list is kept by hand."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from importlib.metadata import entry_points
from types import ModuleType
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from regulars.core.errors import BadInput, NotFound
from regulars.core.text import Text


class Kind:
    """Base of every pluggable kind. Stored as {key, version, config}; config fields are append-only."""

    key: ClassVar[str]
    version: ClassVar[int] = 1
    title: ClassVar[Text]
    Config: ClassVar[type[BaseModel]]
    """Typed settings; its JSON schema draws the operator's form."""


K = TypeVar("K", bound=Kind)


class Registry(Generic[K]):
    """The kinds of one sort (channels, nodes, ...), frozen once loaded."""

    def __init__(self, name: str, base: type[K]) -> None:
        self.name = name
        self._base = base
        self._kinds: dict[str, type[K]] = {}
        self._frozen = False

    def add(self, cls: type[K]) -> type[K]:
        """Register a class (decorator). Raises TypeError on a wrong base, a reused key, or after freezing."""
        if not issubclass(cls, self._base):
            raise TypeError(f"{cls.__name__} must derive from {self._base.__name__} to be one of {self.name}.")
        if self._frozen:
            raise TypeError(f"{self.name} are frozen; add {cls.__name__} in their folder or as an entry point.")
        if cls.key in self._kinds and self._kinds[cls.key].__qualname__ != cls.__qualname__:
            raise TypeError(f"The key {cls.key!r} of {self.name} is taken by {self._kinds[cls.key].__name__}.")
        self._kinds[cls.key] = cls
        return cls

    def load(self, folder: ModuleType) -> Registry[K]:
        """Import every module of the folder, then the entry points `regulars.<name>`, then freeze."""
        if self._frozen:
            return self
        for module in pkgutil.iter_modules(folder.__path__):
            importlib.import_module(f"{folder.__name__}.{module.name}")
        for point in entry_points(group=f"regulars.{self.name}"):
            point.load()
        self._frozen = True
        return self

    def get(self, key: str) -> type[K]:
        """Return the kind. Raises NotFound naming the known keys."""
        if key not in self._kinds:
            known = ", ".join(sorted(self._kinds)) or "none"
            raise NotFound(f"There is no {key!r} among {self.name}.", f"Known: {known}.", code="kind.unknown")
        return self._kinds[key]

    def parse(self, key: str, config: dict[str, Any]) -> BaseModel:
        """Return the typed config. Raises BadInput naming the first bad field."""
        try:
            return self.get(key).Config.model_validate(config)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(p) for p in first["loc"]) or "config"
            raise BadInput(f"{key}: {where}: {first['msg']}.", "Correct the field and save again.") from error

    def __iter__(self) -> Iterator[type[K]]:
        return iter(self._kinds[k] for k in sorted(self._kinds))

    def __len__(self) -> int:
        return len(self._kinds)
