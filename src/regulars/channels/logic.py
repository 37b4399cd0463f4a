"""Decisions of the back door that need no store: quiet hours, secrets in settings, cutting into requests."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, SecretStr

from regulars.channels.contract import Channel, Frequency, QuietHours
from regulars.core.errors import BadInput
from regulars.infra.crypto import Vault

HIDDEN = "********"
MAX_FREQUENCY_DAYS = 366


def next_allowed(at: datetime, zone: str, quiet: QuietHours | None) -> datetime:
    """Return `at` itself outside quiet hours, else the UTC instant at which they end.

    The end is wall-clock time in the brand's zone, so it stays right across a change of daylight saving.
    """
    if quiet is None or quiet.start == quiet.end:
        return at
    local = at.astimezone(ZoneInfo(zone))
    now = local.time().replace(tzinfo=None)
    spans_midnight = quiet.start > quiet.end
    inside = (now >= quiet.start or now < quiet.end) if spans_midnight else quiet.start <= now < quiet.end
    if not inside:
        return at
    day = local.date() + timedelta(days=1) if spans_midnight and now >= quiet.start else local.date()
    return datetime.combine(day, quiet.end, tzinfo=ZoneInfo(zone)).astimezone(at.tzinfo)


def checked_frequency(frequency: Frequency | None) -> Frequency | None:
    """Return the budget. Raises: BadInput unless it allows at least one message in 1..366 days."""
    if frequency and (frequency.messages < 1 or not 1 <= frequency.days <= MAX_FREQUENCY_DAYS):
        raise BadInput(
            f"A frequency budget is at least 1 message within 1 to {MAX_FREQUENCY_DAYS} days.",
            "Leave it out for no budget.",
        )
    return frequency


def cut(uids: Sequence[int], size: int) -> Iterator[list[int]]:
    """Cut people into requests of at most `size`."""
    for start in range(0, len(uids), size):
        yield list(uids[start : start + size])


def seal(kind: type[Channel], config: BaseModel, vault: Vault) -> dict[str, Any]:
    """Return settings as they are stored: secrets encrypted, everything else plain."""
    stored = config.model_dump(mode="json")
    for name, value in config:
        if isinstance(value, SecretStr):
            cipher = vault.encrypt(value.get_secret_value(), _context(kind, name))
            stored[name] = {"sealed": base64.b64encode(cipher).decode()}
    return stored


def unseal(kind: type[Channel], stored: Mapping[str, Any], vault: Vault) -> dict[str, Any]:
    """Return settings with their secrets plain; plain settings pass unchanged."""
    return {
        name: vault.decrypt(base64.b64decode(value["sealed"]), _context(kind, name)).decode()
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


def _context(kind: type[Channel], name: str) -> str:
    return f"channel:{kind.key}:{name}"
