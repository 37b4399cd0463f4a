"""Settings with secrets: stored encrypted, shown hidden. A secret is a field of pydantic's type SecretStr."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, SecretStr

from regulars.infra.crypto import Vault

HIDDEN = "********"


def seal(config: BaseModel, context: str, vault: Vault) -> dict[str, Any]:
    """Return settings as they are stored: secrets encrypted, everything else plain.

    context: whose settings they are; a sealed value opens under the same context alone.
    """
    stored = config.model_dump(mode="json")
    for name, value in config:
        if isinstance(value, SecretStr):
            cipher = vault.encrypt(value.get_secret_value(), f"{context}:{name}")
            stored[name] = {"sealed": base64.b64encode(cipher).decode()}
    return stored


def unseal(stored: Mapping[str, Any], context: str, vault: Vault) -> dict[str, Any]:
    """Return settings with their secrets plain; plain settings pass unchanged."""
    return {
        name: vault.decrypt(base64.b64decode(value["sealed"]), f"{context}:{name}").decode()
        if _is_sealed(value)
        else value
        for name, value in stored.items()
    }


def hidden(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return stored settings as they may be shown."""
    return {name: HIDDEN if _is_sealed(value) else value for name, value in stored.items()}


def kept(config: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """Return new settings in which a secret shown as hidden keeps its stored value."""
    return {name: before.get(name, value) if value == HIDDEN else value for name, value in config.items()}


def _is_sealed(value: object) -> bool:
    return isinstance(value, Mapping) and "sealed" in value
