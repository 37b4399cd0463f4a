"""The door of connectors."""

from __future__ import annotations

from regulars.connectors import kinds
from regulars.connectors.contract import Connector, connector_registry
from regulars.connectors.places import allow
from regulars.core.registry import Registry

__all__ = ["allow", "connector_kinds"]


def connector_kinds() -> Registry[Connector]:
    """Return the connector kinds, loaded."""
    return connector_registry.load(kinds)
