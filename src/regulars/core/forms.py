"""The forms that settings are filled in with: a JSON schema whose titles speak the reader's language."""

from __future__ import annotations

from typing import Any, cast

from pydantic import BaseModel

from regulars.core.words import reader, say


def form(settings: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON schema of settings; titles that the catalogue knows are in the language of this request."""
    return cast("dict[str, Any]", _said(settings.model_json_schema()))


def _said(node: object) -> object:
    if isinstance(node, list):
        return [_said(one) for one in cast("list[object]", node)]
    if not isinstance(node, dict):
        return node
    lang = reader.get()
    return {
        key: say(value, lang) if key in ("title", "description") and isinstance(value, str) else _said(value)
        for key, value in cast("dict[str, object]", node).items()
    }
